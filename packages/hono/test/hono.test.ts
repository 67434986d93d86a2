import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { getRequestListener } from '@hono/node-server'
import { createAuth, type Principal, type Settings } from '@sallyport/core'
import { memoryStorage } from '@sallyport/storage-memory'
import { Hono } from 'hono'
import { every } from 'hono/combine'
import { logger } from 'hono/logger'
import { afterEach, expect, expectTypeOf, test } from 'vitest'
import { identify, principalOf, protect, sallyport } from '../src/index.ts'

const origin = 'https://app.example.com'
const password = 'correct horse battery staple'
const servers: Server[] = []
afterEach(() => Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve)))))

async function newAuth(settings: Partial<Settings> = {}) {
  const secret = 'a secret of the tests, known to everybody who reads it'
  const auth = createAuth({ origin, secret, storage: memoryStorage(), permissions: () => ['read'], ...settings })
  await auth.users.create({ username: 'ada', password })
  const result = await auth.logIn({ username: 'ada', password })
  const token = result.token.reveal()
  return { auth, token, cookie: { cookie: `__Host-sallyport=${token}` } }
}

async function listen(app: Hono): Promise<string> {
  const server = createServer(getRequestListener(app.fetch))
  servers.push(server)
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('app.request(), without a server and without an address', async () => {
  const { auth, token, cookie } = await newAuth()
  const app = new Hono()
  app.use(sallyport(auth))
  app.get('/echo', protect('read'), (c) => c.json({ user: c.get('auth').user.username, url: c.req.url }))
  expect((await app.request('/echo')).status).toBe(401)
  expect(await (await app.request('/echo', { headers: cookie })).json()).toMatchObject({ user: 'ada' })
  const byQuery = await app.request(`/echo?a=1&token=${token}`)
  expect(await byQuery.json()).toEqual({ user: 'ada', url: 'http://localhost/echo?a=1' })
  const body = JSON.stringify({ username: 'ada', password })
  const headers = { 'content-type': 'application/json' }
  const answer = await app.request('/auth/login', { method: 'POST', headers, body })
  expect(await answer.json()).toMatchObject({ status: 'unlocked', session: { address: null } })
})

test('ASVS 14.2.1: nothing that a handler can print of its context shows a token from the query', async () => {
  const { auth, token } = await newAuth()
  const app = new Hono()
  const lines: string[] = []
  let seen = ''
  app.use((c, next) => {
    // Whoever stands in front may make Hono and the server remember the URL.
    void [c.req.query(), c.req.url, c.req.raw.signal, c.req.raw.headers]
    return next()
  })
  app.use(sallyport(auth))
  app.use(logger((line) => void lines.push(line)))
  app.get('/echo', protect('read'), (c) => {
    const urls = [c.req.url, c.req.raw.url, c.req.query(), c.req.queries('token'), new URL(c.req.url).search]
    seen = inspect([urls, c, c.req, c.req.raw, c.env], { depth: 5, showHidden: true })
    return c.json({ user: c.var.auth.user.username })
  })
  const url = await listen(app)
  expect(await (await fetch(`${url}/echo?a=1&token=${token}`)).json()).toEqual({ user: 'ada' })
  expect(seen).toContain('/echo?a=1')
  expect(seen + lines.join()).not.toContain(token.slice(28))
})

test('a body comes along with a request whose URL had a token', async () => {
  const { auth, token } = await newAuth()
  const app = new Hono()
  app.use(sallyport(auth))
  app.post('/echo', protect('read'), async (c) => c.text(await c.req.text()))
  const url = await listen(app)
  const answer = await fetch(`${url}/echo?token=${token}`, { method: 'POST', body: 'x'.repeat(100_000) })
  expect((await answer.text()).length).toBe(100_000)
})

test('app.route and basePath, with parameters in the prefix: the routes are below it', async () => {
  const { auth, token, cookie } = await newAuth()
  const sub = new Hono()
  sub.use(sallyport(auth))
  sub.get('/echo', protect('read'), (c) => c.text(c.req.path))
  const withErrors = new Hono().onError((_, c) => c.text('', 500)).route('/deep', sub)
  const app = new Hono()
  app.route('/api/v1', sub).route('/tenants/:tenant', sub).route('/errors', withErrors)
  const based = new Hono().basePath('/based')
  based.use(sallyport(auth)).get('/echo', protect('read'), (c) => c.text(c.req.path))
  app.route('/', based)
  app.use('/plain/*', sallyport(auth)).get('/plain/echo', protect('read'), (c) => c.text(c.req.path))
  const prefixes = ['/plain', '/api/v1', '/tenants/a%20b', '/tenants/%25', '/errors/deep', '/based']
  for (const prefix of prefixes) {
    const session = await app.request(`${prefix}/auth/session`, { headers: cookie })
    expect(await session.json()).toMatchObject({ status: 'unlocked' })
    expect((await app.request(`${prefix}/echo?token=${token}`)).status).toBe(200)
    expect((await app.request(`${prefix}/echo`)).status).toBe(401)
    expect((await app.request(`${prefix}/auth`)).status).toBe(404)
  }
  expect((await app.request('/auth/session')).status).toBe(404)
  expect((await app.request('/api/v1?token=x')).status).toBe(404)
})

test('in a chain, and combined with others', async () => {
  const { auth, token } = await newAuth()
  const app = new Hono()
  app.use(every(sallyport(auth), protect('read')))
  app.get('/echo', identify(), (c) => c.text(c.get('auth')?.user.username ?? ''))
  expect(await (await app.request(`/echo?token=${token}`)).text()).toBe('ada')
  expect((await app.request('/echo')).status).toBe(401)
})

test('the address: from the option, or from what Node, Deno and Bun hand over', async () => {
  const { auth } = await newAuth()
  const request = { method: 'POST', headers: { 'content-type': 'application/json' } }
  const body = JSON.stringify({ username: 'ada', password })
  const addressOf = async (app: Hono, env?: object) => {
    const answer = await app.request('/auth/login', { ...request, body }, env)
    return ((await answer.json()) as { session: { address: string | null } }).session.address
  }
  const own = new Hono()
  own.use(sallyport(auth, { address: (c) => c.req.header('cf-connecting-ip') ?? '192.0.2.1' }))
  expect(await addressOf(own)).toBe('192.0.2.1')
  const app = new Hono()
  app.use(sallyport(auth))
  expect(await addressOf(app, { incoming: { socket: { remoteAddress: '192.0.2.2' } } })).toBe('192.0.2.2')
  expect(await addressOf(app, { remoteAddr: { hostname: '192.0.2.3', port: 1 } })).toBe('192.0.2.3')
  const bun = { requestIP: () => ({ address: '192.0.2.4' }) }
  expect(await addressOf(app, bun)).toBe('192.0.2.4')
  expect(await addressOf(app, { server: bun })).toBe('192.0.2.4')
  expect(await addressOf(app, {})).toBe(null)
})

test('protect without sallyport(auth) is a clear error at the first request, in a mounted application too', async () => {
  const { auth, cookie } = await newAuth()
  const errors: string[] = []
  const app = new Hono()
  app.onError((error, c) => {
    errors.push(error.message)
    return c.text('', 500)
  })
  app.get('/echo', protect('read'), (c) => c.text('passed'))
  expect((await app.request('/echo')).status).toBe(500)
  expect(errors.join()).toContain('Put `app.use(sallyport(auth))` in front of every protected route.')
  const outer = new Hono()
  outer.use(sallyport(auth)).mount('/mounted', app.fetch)
  expect((await outer.request('/mounted/echo', { headers: cookie })).status).toBe(500)
})

test('answers that can’t be changed, and headers of a handler', async () => {
  const { auth, token, cookie } = await newAuth()
  const app = new Hono()
  app.use(sallyport(auth))
  const frozen = async () => {
    const response = await fetch('data:text/plain,x')
    return response
  }
  app.get('/frozen', protect(), frozen)
  app.get('/own', protect(), (c) => c.text('x', 200, { 'Cache-Control': 'private' }))
  app.get('/fault', protect(), () => Promise.reject(new Error('a fault')))
  app.onError((_, c) => c.text('', 500))
  expect((await app.request('/frozen', { headers: cookie })).headers.get('cache-control')).toBe('no-store')
  expect((await app.request('/own', { headers: cookie })).headers.get('cache-control')).toBe('private')
  for (const path of ['/frozen', '/own', '/fault']) {
    const answer = await app.request(`${path}?token=${token}`)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer')
  }
})

test('principalOf: who it is behind a guard, and a refusal where the guard was forgotten', async () => {
  const { auth, cookie } = await newAuth()
  const app = new Hono()
  app.get('/uninstalled', (c) => c.json({ user: principalOf(c).user.username }))
  app.use(sallyport(auth))
  app.use('/guarded/*', protect('read'))
  app.get('/guarded/x', (c) => c.json({ user: principalOf(c).user.username }))
  app.get('/forgotten', (c) => c.json({ user: principalOf(c).user.username }))
  app.onError((error, c) => c.json({ code: (error as { code?: string }).code }, (error as { status?: 401 }).status))
  const ask = async (path: string) => {
    const answer = await app.request(path, { headers: cookie })
    return [answer.status, await answer.json()]
  }
  expect(await ask('/guarded/x')).toEqual([200, { user: 'ada' }])
  expect(await ask('/forgotten')).toEqual([401, { code: 'unauthenticated' }])
  expect(await ask('/uninstalled')).toEqual([500, { code: 'not_installed' }])
})

test('the types of c.get and c.var', () => {
  const app = new Hono()
  // @ts-expect-error: a route without a guard has no `auth`
  app.get('/', (c) => c.json(c.var.auth))
  app.get('/a', protect('read'), (c) => {
    expectTypeOf(c.get('auth')).toEqualTypeOf<Principal>()
    expectTypeOf(c.var.auth).toEqualTypeOf<Principal>()
    return c.text('')
  })
  app.get('/b', identify(), (c) => {
    expectTypeOf(c.var.auth).toEqualTypeOf<Principal | undefined>()
    return c.text('')
  })
  app.get('/c/:id', protect(), (c) => {
    expectTypeOf(c.req.param('id')).toEqualTypeOf<string>()
    return c.text('')
  })
})

test.each([undefined, null, {}, { origin: 'https://app.example.com' }])('sallyport(%j) is refused at once', (wrong) => {
  expect(() => sallyport(wrong as never)).toThrow('give it what `createAuth` returned')
})
