import { betterAuth } from 'better-auth'
import { memoryAdapter } from 'better-auth/adapters/memory'
import { fromNodeHeaders, toNodeHandler } from 'better-auth/node'
import express from 'express'
import { serve } from '../servers/serve.ts'

const auth = betterAuth({
  baseURL: 'http://localhost:3000',
  secret: 'a secret that is long enough and 0123456789 for the bench',
  database: memoryAdapter({ user: [], session: [], account: [], verification: [] }),
  emailAndPassword: { enabled: true },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
})
const app = express()
app.all('/api/auth/*splat', toNodeHandler(auth))
app.get('/documents/:id', async (req, res) => {
  const session = await auth.api.getSession({ headers: fromNodeHeaders(req.headers) })
  if (session === null) return res.status(401).json({})
  res.json({ id: req.params.id, reader: session.user.name })
})
serve(app, '/documents/7', async () => {
  const body = { email: 'ada@example.com', password: 'a brass engine counts', name: 'ada' }
  const { headers } = await auth.api.signUpEmail({ body, returnHeaders: true })
  return {
    cookie: headers
      .getSetCookie()
      .map((cookie) => cookie.split(';')[0])
      .join('; '),
  }
})
