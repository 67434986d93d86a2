import { createServer, type Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import type { Auth } from '@sallyport/core'
import { identify, principalOf, protect, sallyport } from '@sallyport/express'
import express5 from 'express'
import { onTestFinished } from 'vitest'
import { type Send, sendOver, sendTo } from './client.ts'

const minute = 60_000
// Its types are those of Express 5 as far as they are used here.
const express4 = createRequire(import.meta.url)('express4') as typeof express5

/** A document service on Express, as an application of ours is. */
export function application(auth: Auth, express: typeof express5 = express5): express5.Express {
  const app = express()
  app.use(sallyport(auth))
  app.use(express.json())
  app.get('/public', (_req, res) => void res.json({ public: true }))
  app.get('/who', identify(), (req, res) => void res.json({ user: req.auth?.user.username ?? null }))
  app.get('/echo', protect(), (req, res) => {
    const { url, originalUrl, query, headers } = req
    res.json({ url, originalUrl, query, headers, via: principalOf(req).via, permissions: principalOf(req).permissions })
  })
  app.get(
    '/documents/:id',
    protect('documents:read'),
    (req, res) => void res.json({ id: req.params['id'], by: principalOf(req).user.username }),
  )
  app.put(
    '/documents/:id',
    protect('documents:write'),
    (req, res) => void res.json({ put: req.params['id'], body: req.body as unknown }),
  )
  app.delete(
    '/documents/:id',
    protect('documents:write', { within: 15 * minute }),
    (_req, res) => void res.status(204).end(),
  )
  app.get('/vault', protect({ assurance: 2 }), (_req, res) => void res.json({ open: true }))
  return app
}

/** Serves something until the test ends. */
export async function serve(
  handler: Parameters<typeof createServer>[1],
): Promise<{ readonly url: string; readonly server: Server }> {
  const server = createServer(handler)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server }
}

/** How an installation is reached, by name: each answers alike. */
export const ways: Readonly<Record<'auth.handle' | 'Express 5' | 'Express 4', (auth: Auth) => Promise<Send>>> = {
  'auth.handle': async (auth) => sendTo(auth),
  'Express 5': async (auth) => sendOver((await serve(application(auth))).url),
  'Express 4': async (auth) => sendOver((await serve(application(auth, express4))).url),
}

/** The names of the ways, for `describe.each`. */
export const wayNames = Object.keys(ways) as (keyof typeof ways)[]
