import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { argon2Hasher, type Auth, createAuth, recoveryCodes, type Settings } from '@sallyport/core'
import { totp } from '@sallyport/core/totp'
import { protect, sallyport } from '@sallyport/hono'
import { passkeys } from '@sallyport/passkeys'
import { memoryStorage } from '@sallyport/storage-memory'
import { Hono } from 'hono'

export const password = 'correct horse battery staple'
export const minute = 60_000

/** A server of documents, with somebody called ada. */
export interface TestServer {
  readonly origin: string
  readonly auth: Auth
  /** Targets of requests, tokens and all, as they came in. */
  readonly requests: string[]
  readonly server: Server
  advance(ms: number): void
}

export async function startServer(settings: Partial<Settings> = {}, page = ''): Promise<TestServer> {
  const server = createServer().listen(0, 'localhost')
  await once(server, 'listening')
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`
  let ahead = 0
  const auth = createAuth({
    origin,
    secret: 'a secret of the tests, known to everybody who reads it',
    storage: memoryStorage(),
    factors: [totp(), recoveryCodes(), passkeys()],
    permissions: () => ['documents:read'],
    clock: () => Date.now() + ahead,
    password: { hasher: argon2Hasher({ memoryCost: 8, timeCost: 1, parallelism: 1 }) },
    ...settings,
  })
  await auth.users.create({ username: 'ada', password })
  const app = new Hono()
  app.use(sallyport(auth))
  app.get('/', (c) => c.html(page))
  app.get('/html/session', (c) => c.html('<p>somebody else'))
  app.get('/documents/:id', protect('documents:read'), (c) => c.json({ id: c.req.param('id'), q: c.req.query('q') }))
  app.get('/secrets', protect('documents:read', { within: 5 * minute }), (c) => c.text('secret'))
  app.get('/never', protect('documents:write'), (c) => c.text('never'))
  const listener = getRequestListener(app.fetch)
  const requests: string[] = []
  server.on('request', (incoming, outgoing) => {
    requests.push(`${incoming.method} ${incoming.url}`)
    void listener(incoming, outgoing)
  })
  return { origin, auth, requests, server, advance: (ms) => void (ahead += ms) }
}
