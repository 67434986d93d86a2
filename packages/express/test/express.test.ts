import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { createAuth, type Settings } from '@sallyport/core'
import { memoryStorage } from '@sallyport/storage-memory'
import type express from 'express'
import type { ErrorRequestHandler, Express } from 'express'
import { afterEach, describe, expect, test } from 'vitest'
import { principalOf, protect, sallyport } from '../src/index.ts'
import { versions } from './app.ts'

const origin = 'https://app.example.com'
const password = 'correct horse battery staple'
const servers: Server[] = []
afterEach(() => Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve)))))

async function newAuth(settings: Partial<Settings> = {}) {
  const secret = 'a secret of the tests, known to everybody who reads it'
  const auth = createAuth({ origin, secret, storage: memoryStorage(), permissions: () => ['read'], ...settings })
  await auth.users.create({ username: 'ada', password })
  const result = await auth.logIn({ username: 'ada', password })
  return { auth, token: result.token.reveal() }
}

async function listen(app: Express): Promise<string> {
  const server = createServer(app)
  servers.push(server)
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const silent: ErrorRequestHandler = (error: { code?: string; message: string }, _req, res, _next) => {
  res.status(500).json({ code: error.code, message: error.message })
}

describe.each([4, 5] as const)('Express %i', (version) => {
  const framework: typeof express = versions[version]

  test('ASVS 14.2.1: nothing that a handler can print of its request or response shows a token from the query', async () => {
    const { auth, token } = await newAuth()
    const app = framework()
    let seen = ''
    app.use((req, _res, next) => {
      // Whoever stands in front may make Express and its helpers remember the URL.
      void [req.query, req.path, req.originalUrl]
      next()
    })
    app.use(sallyport(auth))
    app.get('/echo', protect('read'), (req, res) => {
      seen = inspect({ req, res, query: req.query, url: [req.url, req.originalUrl] }, { depth: 6, showHidden: true })
      res.json({ user: principalOf(req).user.username })
    })
    const url = await listen(app)
    const answer = await fetch(`${url}/echo?a=1&token=${token}`)
    expect(await answer.json()).toEqual({ user: 'ada' })
    expect(seen).toContain('/echo?a=1')
    // The secret, and not the id, which names the session wherever it is shown.
    expect(seen).not.toContain(token.slice(28))
  })

  test('a logger in front that writes when the answer is done sees no token', async () => {
    const { auth, token } = await newAuth()
    const app = framework()
    const lines: string[] = []
    app.use((req, res, next) => {
      res.on('finish', () => lines.push(`${req.method} ${req.originalUrl} ${res.statusCode}`))
      next()
    })
    app.use(sallyport(auth))
    app.get('/echo', protect(), (_req, res) => res.sendStatus(204))
    const url = await listen(app)
    await fetch(`${url}/echo?token=${token}&a=1`)
    await fetch(`${url}/auth/session?token=${token}`)
    expect(lines).toEqual(['GET /echo?a=1 204', 'GET /auth/session 200'])
  })

  test('principalOf: who it is behind a guard, and a refusal where the guard was forgotten', async () => {
    const { auth, token } = await newAuth()
    const app = framework()
    app.get('/uninstalled', (req, res) => res.json({ user: principalOf(req).user.username }))
    app.use(sallyport(auth))
    app.get('/guarded', protect('read'), (req, res) => res.json({ user: principalOf(req).user.username }))
    app.get('/forgotten', (req, res) => res.json({ user: principalOf(req).user.username }))
    app.use(((error: { code?: string; status?: number }, _req, res, _next) => {
      res.status(error.status ?? 500).json({ code: error.code })
    }) satisfies ErrorRequestHandler)
    const url = await listen(app)
    const headers = { cookie: `__Host-sallyport=${token}` }
    const ask = async (path: string) => {
      const answer = await fetch(url + path, { headers })
      return [answer.status, await answer.json()]
    }
    expect(await ask('/guarded')).toEqual([200, { user: 'ada' }])
    expect(await ask('/forgotten')).toEqual([401, { code: 'unauthenticated' }])
    expect(await ask('/uninstalled')).toEqual([500, { code: 'not_installed' }])
  })

  test('in a sub-app below a prefix: routes, guards and links', async () => {
    const { auth, token } = await newAuth()
    const [app, api, inner] = [framework(), framework(), framework.Router()]
    inner.get('/echo', protect('read'), (req, res) =>
      res.json({ url: req.originalUrl, user: principalOf(req).user.username }),
    )
    api.use(sallyport(auth)).use('/v1', inner)
    app.use('/api', api)
    app.get('/outside', protect(), (_req, res) => res.sendStatus(204))
    app.use(silent)
    const url = await listen(app)
    const cookie = `__Host-sallyport=${token}`
    const session = await fetch(`${url}/api/auth/session`, { headers: { cookie } })
    expect(await session.json()).toMatchObject({ status: 'unlocked', user: { username: 'ada' } })
    const echo = await fetch(`${url}/api/v1/echo?token=${token}&a=1`)
    expect(await echo.json()).toEqual({ url: '/api/v1/echo?a=1', user: 'ada' })
    expect((await fetch(`${url}/auth/session`)).status).toBe(404)
    expect((await fetch(`${url}/outside`, { headers: { cookie } })).status).toBe(500)

    const principal = await auth.authenticate(new Request(`${url}/x`, { headers: { cookie } }))
    if (principal.status !== 'unlocked') throw new Error(principal.status)
    const wanted = { method: 'GET', path: '/api/v1/echo?a=1', withinMs: 5000, uses: 'once' } as const
    const link = await auth.urlTokens.issue(principal.principal, wanted)
    expect((await fetch(link.url.reveal().replace(origin, url))).status).toBe(200)
  })

  test('protect without sallyport(auth) is a clear error at the first request', async () => {
    const app = framework()
    app.get('/echo', protect('read'), (_req, res) => res.json({ passed: true }))
    app.use(silent)
    const url = await listen(app)
    const answer = await fetch(`${url}/echo`)
    expect(answer.status).toBe(500)
    expect(await answer.json()).toEqual({
      code: 'not_installed',
      message: expect.stringContaining('Put `app.use(sallyport(auth))` in front of every protected route.') as string,
    })
  })

  test('ASVS 15.3.4: behind a trusted proxy the client is who the proxy says, whatever `trust proxy` says', async () => {
    const { auth } = await newAuth({ trustedProxies: ['127.0.0.1'] })
    const app = framework()
    app.set('trust proxy', false)
    app.use(sallyport(auth))
    const url = await listen(app)
    const headers = { 'content-type': 'application/json', 'x-forwarded-for': '198.51.100.9, 203.0.113.7' }
    const body = JSON.stringify({ username: 'ada', password })
    const answer = await fetch(`${url}/auth/login`, { method: 'POST', headers, body })
    expect(await answer.json()).toMatchObject({ session: { address: '203.0.113.7' } })
  })

  test('what has read the body and kept it is named, and is no fault of the client', async () => {
    const faults: unknown[] = []
    const { auth } = await newAuth({ onError: (error) => void faults.push(error) })
    const app = framework()
    app.use((req, _res, next) => void req.resume().once('end', next))
    app.use(sallyport(auth))
    const url = await listen(app)
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify({ username: 'ada', password })
    const answer = await fetch(`${url}/auth/login`, { method: 'POST', headers, body })
    expect(answer.status).toBe(500)
    expect(String(faults)).toContain('Put `sallyport(auth)` before it.')
    expect((await fetch(`${url}/auth/logout`, { method: 'POST' })).status).toBe(204)
  })

  test('a middleware in front and behind it may write headers at once: those for a token in the query stand', async () => {
    const { auth, token } = await newAuth()
    const app = framework()
    app.use(sallyport(auth))
    app.get('/object', protect(), (_req, res) => {
      res
        .writeHead(200, 'Fine', { 'cache-control': 'public', 'Referrer-Policy': 'unsafe-url', 'X-A': ['1', '2'] })
        .end('x')
    })
    app.get('/list', protect(), (_req, res) => {
      res.writeHead(200, ['Cache-Control', 'public', 'X-A', '1']).end('x')
    })
    app.get('/stream', protect(), (_req, res) => {
      res.set('Cache-Control', 'public')
      res.write('x')
      res.end('y')
    })
    const url = await listen(app)
    for (const path of ['/object', '/list', '/stream']) {
      const answer = await fetch(`${url}${path}?token=${token}`)
      expect(answer.headers.get('cache-control')).toBe('no-store')
      expect(answer.headers.get('referrer-policy')).toBe('no-referrer')
      if (path !== '/stream') expect(answer.headers.get('x-a')).toMatch(/^1/)
      expect(answer.statusText).toBe(path === '/object' ? 'Fine' : 'OK')
      const own = await fetch(url + path, { headers: { cookie: `__Host-sallyport=${token}` } })
      expect(own.headers.get('cache-control')).toBe('public')
    }
  })
})

test.each([undefined, null, {}, { origin: 'https://app.example.com' }])('sallyport(%j) is refused at once', (wrong) => {
  expect(() => sallyport(wrong as never)).toThrow('give it what `createAuth` returned')
})
