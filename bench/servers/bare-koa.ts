import Koa from 'koa'
import { someCookie } from '../setting.ts'
import { serve } from './serve.ts'

const app = new Koa()
app.use((ctx) => {
  ctx.body = { id: ctx.path.slice(11), reader: 'ada' }
})
serve(app.callback(), '/documents/7', async () => someCookie)
