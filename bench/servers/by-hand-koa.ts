import Koa from 'koa'
import { checkByHand } from '../by-hand.ts'
import { someCookie } from '../setting.ts'
import { serve } from './serve.ts'

const app = new Koa<{ reader: string }>()
app.use(async (ctx, next) => {
  const session = await checkByHand(ctx.headers.cookie)
  if (session === undefined) return ctx.throw(401)
  ctx.state.reader = session.username
  ctx.set('Cache-Control', 'no-store')
  await next()
})
app.use((ctx) => {
  ctx.body = { id: ctx.path.slice(11), reader: ctx.state.reader }
})
serve(app.callback(), '/documents/7', async () => someCookie)
