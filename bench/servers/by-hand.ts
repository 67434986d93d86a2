import express, { type Request } from 'express'
import { checkByHand } from '../by-hand.ts'
import { someCookie } from '../setting.ts'
import { serve } from './serve.ts'

const app = express()
const readers = new WeakMap<Request, string>()
app.use(async (req, res, next) => {
  const session = await checkByHand(req.headers.cookie)
  if (session === undefined) return void res.sendStatus(401)
  readers.set(req, session.username)
  res.setHeader('Cache-Control', 'no-store')
  next()
})
app.get('/documents/:id', (req, res) => {
  res.json({ id: req.params.id, reader: readers.get(req) })
})
serve(app, '/documents/7', async () => someCookie)
