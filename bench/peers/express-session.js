import express from 'express'
import session from 'express-session'
import { serve } from '../servers/serve.ts'

const app = express()
app.use(session({ secret: 'a secret that is long enough for the bench', resave: false, saveUninitialized: false }))
app.post('/login', (req, res) => {
  req.session.user = { username: 'ada', permissions: ['documents:read'] }
  res.json({})
})
app.get('/documents/:id', (req, res) => {
  if (!req.session.user?.permissions.includes('documents:read')) return res.status(401).json({})
  res.json({ id: req.params.id, reader: req.session.user.username })
})
serve(app, '/documents/7', async (origin) => {
  const answer = await fetch(`${origin}/login`, { method: 'POST' })
  return { cookie: answer.headers.get('set-cookie').split(';')[0] }
})
