import express from 'express'
import { someCookie } from '../setting.ts'
import { serve } from './serve.ts'

const app = express()
app.get('/documents/:id', (req, res) => {
  res.json({ id: req.params.id, reader: 'ada' })
})
serve(app, '/documents/7', async () => someCookie)
