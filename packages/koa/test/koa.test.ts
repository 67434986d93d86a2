import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { createAuth, type Principal, type Settings } from '@sallyport/core'
import { memoryStorage } from '@sallyport/storage-memory'
import type Koa from 'koa'
import mount from 'koa-mount'
import { afterEach, describe, expect, expectTypeOf, test } from 'vitest'
import { identify, principalOf, protect, sallyport } from '../src/index.ts'
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

async function listen(app: Koa): Promise<string> {
  const server = createServer(app.callback())
  servers.push(server)
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe.each([2, 3] as const)('Koa %i', (version) => {
  const framework: typeof Koa = versions[version]

  test('ASVS 14.2.1: nothing that a handler can print of its context shows a token from the query', async () => {
    const { auth, token } = await newAuth()
    const app = new framework()
    let seen = ''
    app.use((ctx, next) => {
      // Whoever stands in front may make Koa remember the URL.
      void [ctx.URL, ctx.href]
      return next()
    })
    app.use(sallyport(auth))
    app.use(protect('read'))
    app.use((ctx) => {
      const urls = [ctx.url, ctx.originalUrl, ctx.href, ctx.URL.href, ctx.search, ctx.querystring, ctx.query]
      seen = inspect([urls, ctx, ctx.req, ctx.res], { depth: 5, showHidden: true })
      ctx.body = { user: ctx.state['auth'].user.username as string }
    })
    const url = await listen(app)
    const answer = await fetch(`${url}/echo?a=1&token=${token}`)
    expect(await answer.json()).toEqual({ user: 'ada' })
    expect(seen).toContain('/echo?a=1')
    expect(seen).not.toContain(token.slice(28))
  })

  test('mounted: what comes behind the mount sees its own path again, without the token', async () => {
    const { auth, token } = await newAuth()
    const app = new framework()
    app.use(mount('/api', sallyport(auth)))
    app.use((ctx) => {
      ctx.body = [ctx.path, ctx.url, ctx.originalUrl]
    })
    const url = await listen(app)
    const answer = await fetch(`${url}/api/echo?token=${token}&a=1`)
    expect(await answer.json()).toEqual(['/api/echo', '/api/echo?a=1', '/api/echo?a=1'])
    const session = await fetch(`${url}/api/auth/session?token=${token}`)
    expect(await session.json()).toMatchObject({ status: 'unlocked' })
  })

  test('what stands in front may change the answer: it is Koa’s to send', async () => {
    const { auth } = await newAuth()
    const app = new framework()
    const seen: unknown[] = []
    app.use(async (ctx, next) => {
      await next()
      seen.push([ctx.status, typeof ctx.body])
      ctx.set('X-Response-Time', '1')
    })
    app.use(sallyport(auth)).use(protect())
    const url = await listen(app)
    const refused = await fetch(`${url}/echo`)
    expect([refused.status, refused.headers.get('x-response-time')]).toEqual([401, '1'])
    expect((await fetch(`${url}/auth/session`)).headers.get('x-response-time')).toBe('1')
    expect((await fetch(`${url}/auth/logout`, { method: 'POST' })).headers.get('x-response-time')).toBe('1')
    expect(seen).toEqual([
      [401, 'string'],
      [200, 'string'],
      [204, 'object'],
    ])
  })

  test('a fault behind a token in the query: Koa clears the headers, and no-referrer stands', async () => {
    const { auth, token } = await newAuth()
    const app = new framework()
    app.silent = true
    app.use(sallyport(auth)).use(protect())
    app.use(() => {
      throw new Error('a fault')
    })
    const url = await listen(app)
    const answer = await fetch(`${url}/echo?token=${token}`)
    expect([answer.status, answer.headers.get('referrer-policy')]).toEqual([500, 'no-referrer'])
    expect(answer.headers.get('cache-control')).toBe('no-store')
  })

  test('protect without sallyport(auth) is a clear error at the first request', async () => {
    const app = new framework()
    const errors: unknown[] = []
    app.on('error', (error) => void errors.push(error))
    app.use(protect('read')).use((ctx) => {
      ctx.body = 'passed'
    })
    const url = await listen(app)
    const answer = await fetch(`${url}/echo`)
    expect([answer.status, await answer.text()]).toEqual([500, 'Internal Server Error'])
    expect(String(errors)).toContain('Put `app.use(sallyport(auth))` in front of every protected route.')
  })

  test('principalOf: who it is behind a guard, and a refusal where the guard was forgotten', async () => {
    const { auth, token } = await newAuth()
    const app = new framework()
    app.use(async (ctx, next) => {
      try {
        await next()
      } catch (error) {
        const { code, status } = error as { code: string; status: number }
        ctx.status = status
        ctx.body = { code }
      }
    })
    app.use((ctx, next) => {
      if (ctx.path === '/uninstalled') ctx.body = { user: principalOf(ctx).user.username }
      return next()
    })
    app.use(sallyport(auth))
    app.use((ctx, next) => (ctx.path === '/guarded' ? protect('read')(ctx, next) : next()))
    app.use((ctx) => {
      ctx.body = { user: principalOf(ctx).user.username }
    })
    const url = await listen(app)
    const ask = async (path: string) => {
      const answer = await fetch(url + path, { headers: { cookie: `__Host-sallyport=${token}` } })
      return [answer.status, await answer.json()]
    }
    expect(await ask('/guarded')).toEqual([200, { user: 'ada' }])
    expect(await ask('/forgotten')).toEqual([401, { code: 'unauthenticated' }])
    expect(await ask('/uninstalled')).toEqual([500, { code: 'not_installed' }])
  })

  test('the types of ctx.state.auth', () => {
    const app = new framework<object>()
    // @ts-expect-error: a route without a guard has none, where the application says what its state is
    app.use((ctx) => void ctx.state.auth)
    app.use(protect('read')).use((ctx) => expectTypeOf(ctx.state.auth).toEqualTypeOf<Principal>())
    app.use(identify()).use((ctx) => expectTypeOf(ctx.state.auth).toEqualTypeOf<Principal | undefined>())
  })
})

test.each([undefined, null, {}, { origin: 'https://app.example.com' }])('sallyport(%j) is refused at once', (wrong) => {
  expect(() => sallyport(wrong as never)).toThrow('give it what `createAuth` returned')
})
