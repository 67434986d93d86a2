import { principalOf, protect, sallyport } from '@sallyport/express'
import express from 'express'
import { createBenchAuth, sessionToken } from '../setting.ts'
import { serve } from './serve.ts'

const auth = await createBenchAuth()
const app = express()
app.use(sallyport(auth))
app.get('/documents/:id', protect('documents:read'), (req, res) => {
  res.json({ id: req.params.id, reader: principalOf(req).user.username })
})
serve(app, '/documents/7', async () => ({ cookie: `sallyport=${await sessionToken(auth)}` }))
