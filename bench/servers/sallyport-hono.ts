import { getRequestListener } from '@hono/node-server'
import { protect, sallyport } from '@sallyport/hono'
import { Hono } from 'hono'
import { createBenchAuth, sessionToken } from '../setting.ts'
import { serve } from './serve.ts'

const auth = await createBenchAuth()
const app = new Hono()
app.use(sallyport(auth))
app.get('/documents/:id', protect('documents:read'), (c) =>
  c.json({ id: c.req.param('id'), reader: c.get('auth').user.username }),
)
serve(getRequestListener(app.fetch), '/documents/7', async () => ({ cookie: `sallyport=${await sessionToken(auth)}` }))
