import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { checkByHand } from '../by-hand.ts'
import { someCookie } from '../setting.ts'
import { serve } from './serve.ts'

const app = new Hono<{ Variables: { reader: string } }>()
app.use(async (c, next) => {
  const session = await checkByHand(c.req.header('cookie'))
  if (session === undefined) return c.body(null, 401)
  c.set('reader', session.username)
  c.header('Cache-Control', 'no-store')
  await next()
})
app.get('/documents/:id', (c) => c.json({ id: c.req.param('id'), reader: c.get('reader') }))
serve(getRequestListener(app.fetch), '/documents/7', async () => someCookie)
