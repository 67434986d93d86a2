import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { someCookie } from '../setting.ts'
import { serve } from './serve.ts'

const app = new Hono()
app.get('/documents/:id', (c) => c.json({ id: c.req.param('id'), reader: 'ada' }))
serve(getRequestListener(app.fetch), '/documents/7', async () => someCookie)
