import { protect, sallyport } from '@sallyport/koa'
import Koa from 'koa'
import { createBenchAuth, sessionToken } from '../setting.ts'
import { serve } from './serve.ts'

const auth = await createBenchAuth()
const app = new Koa()
app.use(sallyport(auth))
app.use(protect('documents:read'))
app.use((ctx) => {
  ctx.body = { id: ctx.path.slice(11), reader: ctx.state.auth.user.username }
})
serve(app.callback(), '/documents/7', async () => ({ cookie: `sallyport=${await sessionToken(auth)}` }))
