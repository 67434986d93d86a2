import { describe, expect, test } from 'vitest'
import { application, serve, ways } from './application.ts'
import { browser, program, type Send, sendOver } from './client.ts'
import { day, goodPassword, hour, house, minute, origin } from './house.ts'
import { protect } from '@sallyport/express'
import express from 'express'

describe.each(['Express 5', 'Express 4'] as const)('protected routes, on %s', (way) => {
  async function open(settings: Parameters<typeof house>[0] = {}) {
    const there = await house(settings)
    const send = await ways[way](there.auth)
    return { ...there, send }
  }

  async function apiToken(send: Send, fields: object = {}) {
    const page = browser(send)
    await page.logIn()
    const made = await page.send('POST', '/auth/api-tokens', { name: 'ci', ...fields })
    const api = program(send)
    api.token = String(made.json['token'])
    return { page, api }
  }

  test('no credential: 401 unauthenticated', async () => {
    const { send } = await open()
    const answer = await browser(send).send('GET', '/documents/1')
    expect([answer.status, answer.json['code']]).toEqual([401, 'unauthenticated'])
    expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8')
    expect(answer.headers.get('www-authenticate')).toBe('Sallyport')
    expect((await browser(send).send('GET', '/public')).json).toEqual({ public: true })
  })

  test('a session passes by cookie and by query, and answers are not stored', async () => {
    const { send } = await open()
    for (const client of [browser(send), program(send)]) {
      await client.logIn()
      const answer = await client.send('GET', '/documents/7')
      expect([answer.status, answer.json]).toEqual([200, { id: '7', by: 'ann' }])
      expect(answer.headers.get('cache-control')).toBe('no-store')
      expect((await client.send('PUT', '/documents/7', { text: 'x' })).json).toEqual({ put: '7', body: { text: 'x' } })
    }
  })

  test('bad and expired: 401 invalid_token, expired_token, and no cookie is cleared', async () => {
    const { send, advance } = await open()
    const page = browser(send)
    page.token = 'nonsense'
    expect((await page.send('GET', '/documents/1')).json['code']).toBe('invalid_token')
    await page.logIn()
    advance(30 * day)
    const answer = await page.send('GET', '/documents/1')
    expect([answer.status, answer.json['code'], answer.cookies]).toEqual([401, 'expired_token', []])
  })

  test('ASVS 16.3.2: not allowed: 403 forbidden with the permission that is missing, and why', async () => {
    const { send, auth, ann, of } = await open()
    const page = browser(send)
    await page.logIn()
    await auth.users.update(ann.id, { roles: ['reader'] })
    const answer = await page.send('PUT', '/documents/1', {})
    expect([answer.status, answer.json]).toEqual([
      403,
      {
        type: 'urn:sallyport:forbidden',
        title: 'You are not allowed to do this.',
        status: 403,
        code: 'forbidden',
        detail: 'The user does not have the permission documents:write.',
        permission: 'documents:write',
      },
    ])
    expect(of('access.denied')).toMatchObject([{ userId: ann.id, code: 'forbidden', permission: 'documents:write' }])
  })

  test('an API token: its scopes narrow, and it satisfies no requirement of an authentication', async () => {
    const { send } = await open()
    const { api } = await apiToken(send, { scopes: ['documents:read'] })
    expect((await api.send('GET', '/documents/1')).status).toBe(200)
    const answer = await api.send('PUT', '/documents/1', {})
    expect([answer.status, answer.json['detail']]).toEqual([
      403,
      'The user has the permission documents:write, but it is not among the scopes of this API token.',
    ])
    const { api: whole } = await apiToken(send)
    expect((await whole.send('PUT', '/documents/1', {})).status).toBe(200)
    const deleted = await whole.send('DELETE', '/documents/1')
    expect([deleted.status, deleted.json['code']]).toEqual([403, 'step_up_required'])
  })

  test('ASVS 7.5.3: too old or too weak: 403 step_up_required with what would satisfy it', async () => {
    const { send, advance } = await open()
    const page = browser(send)
    await page.logIn()
    advance(15 * minute + 1)
    const answer = await page.send('DELETE', '/documents/1')
    expect([answer.status, answer.json['code'], answer.json['requirement']]).toEqual([
      403,
      'step_up_required',
      { within: 15 * minute },
    ])
    await page.send('POST', '/auth/reauthenticate', { password: goodPassword })
    expect((await page.send('DELETE', '/documents/1')).status).toBe(204)
    expect((await page.send('GET', '/vault')).json).toMatchObject({
      code: 'step_up_required',
      requirement: { assurance: 2 },
    })
  })

  test('ASVS 3.5.1: cross-site with a cookie: 403, on every route, before the application sees it', async () => {
    const { send } = await open()
    const page = browser(send)
    await page.logIn()
    for (const headers of [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'none' },
    ]) {
      const answer = await page.send('PUT', '/documents/1', {}, { ...headers, origin: 'https://evil.example' })
      expect([answer.status, answer.json['code']]).toEqual([403, 'cross_site_request'])
      const nowhere = await page.send('POST', '/nowhere', {}, { ...headers, origin: 'https://evil.example' })
      expect(nowhere.json['code']).toBe('cross_site_request')
      expect((await page.send('GET', '/documents/1', undefined, headers)).status).toBe(200)
    }
    const bare = await send({
      method: 'PUT',
      path: '/documents/1',
      headers: { cookie: `__Host-sallyport=${page.token}` },
    })
    expect(bare.json['code']).toBe('cross_site_request')
  })

  test('two different credentials: 400 ambiguous_credentials', async () => {
    const { send } = await open()
    const { page, api } = await apiToken(send)
    const answer = await page.send('GET', `/documents/1?token=${api.token}`)
    expect([answer.status, answer.json['code']]).toEqual([400, 'ambiguous_credentials'])
  })

  test('D4: storage away: 503 unavailable with Retry-After', async () => {
    const { send, failing } = await open()
    const page = browser(send)
    await page.logIn()
    failing.fail('reject')
    const answer = await page.send('GET', '/documents/1')
    expect([answer.status, answer.json['code'], answer.headers.get('retry-after'), answer.cookies]).toEqual([
      503,
      'unavailable',
      '2',
      [],
    ])
    expect((await page.send('GET', '/who')).status).toBe(503)
    expect((await page.send('GET', '/public')).status).toBe(200)
    failing.heal()
    expect((await page.send('GET', '/documents/1')).status).toBe(200)
  })

  test('DESIGN 10.4: the query token is gone before the application sees the request', async () => {
    const { send } = await open()
    const client = program(send)
    await client.logIn()
    for (const [path, url] of [
      [`/echo?token=${client.token}`, '/echo'],
      [`/echo?a=1&token=${client.token}&b=%C3%A4+x`, '/echo?a=1&b=%C3%A4+x'],
      [`/echo?%74oken=${client.token}&a`, '/echo?a'],
    ] as const) {
      const answer = await send({ method: 'GET', path })
      expect([answer.json['url'], answer.json['originalUrl']]).toEqual([url, url])
      expect(answer.text).not.toContain(client.token)
      expect(answer.json['query']).not.toHaveProperty('token')
      expect(answer.headers.get('referrer-policy')).toBe('no-referrer')
      expect(answer.headers.get('cache-control')).toBe('no-store')
      expect(answer.cookies).toEqual([])
    }
  })

  test('a link opens what it was made for, and nothing else', async () => {
    const { send } = await open()
    const page = browser(send)
    await page.logIn()
    const made = await page.send('POST', '/auth/url-tokens', {
      method: 'GET',
      path: '/documents/1?v=1',
      withinMs: minute,
    })
    const path = String(made.json['url']).slice(origin.length)
    expect((await send({ method: 'GET', path: path.replace('documents/1', 'documents/2') })).status).toBe(401)
    const first = await send({ method: 'GET', path, headers: { cookie: '__Host-sallyport=stale' } })
    expect([first.status, first.json]).toEqual([200, { id: '1', by: 'ann' }])
    expect((await send({ method: 'GET', path })).json['code']).toBe('invalid_token')
  })

  test('Authorization: Bearer is refused with a hint, unless it is switched on', async () => {
    const { send } = await open()
    const client = program(send)
    await client.logIn()
    const headers = { authorization: `Bearer ${client.token}` }
    const answer = await send({ method: 'GET', path: '/documents/1', headers })
    expect([answer.status, answer.json['code']]).toEqual([401, 'unauthenticated'])
    expect(answer.json['detail']).toMatch(/Authorization header is not read/)
    const on = await open({ bearer: true })
    const other = program(on.send)
    await other.logIn()
    const bearing = { authorization: `Bearer ${other.token}` }
    expect((await on.send({ method: 'GET', path: '/documents/1', headers: bearing })).status).toBe(200)
    const twice = [
      ['authorization', bearing.authorization],
      ['authorization', bearing.authorization],
    ] as const
    expect((await on.send({ method: 'GET', path: '/documents/1', headers: twice })).json['code']).toBe(
      'ambiguous_credentials',
    )
  })

  test.each([
    [false, 401, 401],
    ['api-tokens-only', 401, 200],
    [true, 200, 200],
  ] as const)('query: %j', async (query, forSession, forApiToken) => {
    const { send, auth } = await open({ query })
    const page = browser(send)
    await page.logIn()
    const client = program(send)
    client.token = page.token
    expect((await client.send('GET', '/documents/1')).status).toBe(forSession)
    const resolution = await auth.authenticate(
      new Request(origin, { headers: { cookie: `__Host-sallyport=${page.token}` } }),
    )
    const principal = resolution.status === 'unlocked' ? resolution.principal : expect.fail()
    client.token = (await auth.apiTokens.issue(principal, { name: 'ci' })).token.reveal()
    expect((await client.send('GET', '/documents/1')).status).toBe(forApiToken)
  })

  test('identify lets everybody pass, and tells who it is', async () => {
    const { send } = await open()
    const page = browser(send)
    expect((await page.send('GET', '/who')).json).toEqual({ user: null })
    await page.logIn()
    expect((await page.send('GET', '/who')).json).toEqual({ user: 'ann' })
  })

  test('ASVS 8.3.2: a role that is lost is lost with the next request', async () => {
    const { send, auth, ann } = await open()
    const { page, api } = await apiToken(send)
    expect([
      (await page.send('PUT', '/documents/1', {})).status,
      (await api.send('PUT', '/documents/1', {})).status,
    ]).toEqual([200, 200])
    await auth.users.update(ann.id, { roles: [] })
    expect([
      (await page.send('PUT', '/documents/1', {})).status,
      (await api.send('PUT', '/documents/1', {})).status,
    ]).toEqual([403, 403])
  })
})

test('D15: protect without sallyport in front fails, and lets nobody pass', async () => {
  const app = express()
  app.get('/documents/:id', protect(), (_req, res) => void res.json({}))
  app.use(
    ((error: { code?: string }, _req, res, _next) =>
      void res.status(500).json({ code: error.code })) satisfies express.ErrorRequestHandler,
  )
  const send = sendOver((await serve(app)).url)
  const answer = await send({ method: 'GET', path: '/documents/1' })
  expect([answer.status, answer.json['code']]).toEqual([500, 'not_installed'])
})

test('behind a trusted proxy, the client is who the proxy says', async () => {
  const { auth } = await house({ trustedProxies: ['127.0.0.1'] })
  const send = sendOver((await serve(application(auth))).url)
  const page = browser(send)
  const answer = await page.send(
    'POST',
    '/auth/login',
    { username: 'ann', password: goodPassword },
    { 'x-forwarded-for': '203.0.113.9' },
  )
  expect(answer.json['session']).toMatchObject({ address: '203.0.113.9' })
  expect(hour).toBe(60 * minute)
})
