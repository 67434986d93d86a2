import { sallyport } from '@sallyport/express'
import express from 'express'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { serve, ways } from '../flows/application.ts'
import { browser, type Outgoing, sendOver } from '../flows/client.ts'
import { goodPassword, house, origin } from '../flows/house.ts'

const json = { 'content-type': 'application/json' }

async function open() {
  const there = await house()
  const send = await ways['Express 5'](there.auth)
  const post = (path: string, body: string | Uint8Array, headers: Outgoing['headers'] = json) =>
    send({ method: 'POST', path, headers, body })
  return { ...there, send, post }
}

describe('D7: bodies', () => {
  test.each([
    ['a megabyte', 1024 * 1024],
    ['five megabytes', 5 * 1024 * 1024],
  ])('%s is 413, and the client gets to read it', async (_, length) => {
    const { post, counting } = await open()
    counting.reset()
    const body = JSON.stringify({ username: 'ann', password: goodPassword, x: 'x'.repeat(length) })
    const answer = await post('/auth/login', body)
    expect([answer.status, answer.json['code']]).toEqual([413, 'body_too_large'])
    expect(counting.calls).toEqual([])
  })

  test('a body without an announced length is counted as it comes', async () => {
    const { send } = await open()
    const headers = { ...json, 'transfer-encoding': 'chunked', 'content-length': '' }
    const body = JSON.stringify({ x: 'x'.repeat(200_000) })
    const chunked = await send({
      method: 'POST',
      path: '/auth/login',
      headers: { ...json, 'transfer-encoding': headers['transfer-encoding'] },
      body,
    }).catch((error: unknown) => String(error))
    if (typeof chunked !== 'string') expect([400, 413]).toContain(chunked.status)
  })

  test.each([
    ['in front of a parser', 10_000],
    ['in front of a parser', 30_000],
    ['behind a parser', 10_000],
    ['behind a parser', 30_000],
  ])('%s JSON %d deep is read and refused', async (where, depth) => {
    const there = await open()
    const app = express()
    app.use(express.json(), sallyport(there.auth))
    const behind = sendOver((await serve(app)).url)
    const post = (path: string, body: string) =>
      where === 'behind a parser' ? behind({ method: 'POST', path, headers: json, body }) : there.post(path, body)
    const deep = `${'['.repeat(depth)}${']'.repeat(depth)}`
    for (const body of [
      deep,
      `{"username":${deep},"password":"x"}`,
      `{"username":"ann","password":"${goodPassword}","x":${deep}}`,
    ]) {
      const answer = await post('/auth/login', body)
      expect(answer.status).toBeLessThan(500)
    }
    const objects = `${'{"a":'.repeat(depth / 3)}1${'}'.repeat(depth / 3)}`
    expect((await post('/auth/login', objects)).status).toBe(400)
    expect(there.errors).toEqual([])
  })

  test.each([
    '{"username":"ann","password":"PW","__proto__":{"returnToken":true}}',
    '{"__proto__":{"username":"ann","password":"PW"},"username":"bob","password":"PW"}',
    '{"constructor":{"prototype":{"returnToken":true}},"username":"ann","password":"PW"}',
  ])('ASVS 15.3.6: prototypes are polluted by nothing: %s', async (text) => {
    const { post } = await open()
    const answer = await post('/auth/login', text.replaceAll('PW', goodPassword))
    expect(answer.json).not.toHaveProperty('token')
    expect(({} as Record<string, unknown>)['returnToken']).toBeUndefined()
    expect(({} as Record<string, unknown>)['username']).toBeUndefined()
  })

  test('ASVS 15.3.3: privileged fields are dropped', async () => {
    const { auth, post, ann } = await open()
    const body = {
      username: 'ann',
      password: goodPassword,
      roles: ['admin'],
      userId: 'root',
      methods: ['mfa'],
      expiresAt: 9e15,
      id: 'x',
    }
    const answer = await post('/auth/login', JSON.stringify(body))
    expect(answer.json).toMatchObject({ user: { id: ann.id, roles: ['editor'] }, session: { methods: ['pwd'] } })
    expect(await auth.users.find(ann.id)).toMatchObject({ roles: ['editor'] })
  })

  test.each([
    ['invalid UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ['UTF-16', Buffer.from('\ufeff{"username":"ann"}', 'utf16le')],
    ['an overlong NUL', Buffer.from([0x7b, 0x22, 0xc0, 0x80, 0x22, 0x3a, 0x31, 0x7d])],
    ['half a surrogate', Buffer.from('{"username":"a\\ud800b","password":"\\udc00"}')],
    ['nothing but white space', Buffer.from(' \n ')],
    ['two objects', Buffer.from('{}{}')],
  ])('%s is 400 or 401', async (_, body) => {
    const { post } = await open()
    expect([400, 401]).toContain((await post('/auth/login', body)).status)
  })

  test('two content types are 415', async () => {
    const { post } = await open()
    const body = JSON.stringify({ username: 'ann', password: goodPassword })
    const twice = [
      ['Content-Type', 'application/json'],
      ['Content-Type', 'text/plain'],
    ] as const
    expect((await post('/auth/login', body, twice)).status).toBe(415)
  })

  test.each(['/auth/login', '/auth/logout', '/auth/sessions/revoke-others', '/auth/api-tokens', '/auth/unlock'])(
    'ASVS 3.5.2: %s reads JSON or nothing',
    async (path) => {
      const { post } = await open()
      for (const type of [
        'text/plain',
        'application/x-www-form-urlencoded',
        'multipart/form-data; boundary=x',
        'text/plain;application/json',
      ]) {
        const answer = await post(path, '{"username":"ann"}', { 'content-type': type })
        expect([type, answer.status, answer.json['code']]).toEqual([type, 415, 'unsupported_media_type'])
      }
    },
  )
})

describe('D7: the query', () => {
  test.each(['token=T&token=T', 'token=T&%74oken=T', '%74%6f%6b%65%6e=T&token=', 'token=T&token', 'token=T&&token=x'])(
    'ASVS 15.3.7: %s is ambiguous',
    async (query) => {
      const { send, auth } = await open()
      const { token } = await auth.logIn({ username: 'ann', password: goodPassword })
      for (const path of ['/auth/session', '/documents/1']) {
        const answer = await send({ method: 'GET', path: `${path}?${query.replaceAll('T', token.reveal())}` })
        expect([answer.status, answer.json['code']]).toEqual([400, 'ambiguous_credentials'])
      }
    },
  )

  test.each(['%74oken=T', 't%6Fken=T&a=%00', 'a&token=T&b=%ff%', 'token=T#token=x'])(
    '%s is one token, and it is gone',
    async (query) => {
      const { send, auth } = await open()
      const { token } = await auth.logIn({ username: 'ann', password: goodPassword })
      const answer = await send({ method: 'GET', path: `/echo?${query.replace('T', token.reveal())}` })
      expect(answer.status).toBe(200)
      expect(answer.text).not.toContain(token.reveal())
    },
  )

  test.each([
    'token[]=T',
    'token[0]=T',
    'token.x=T',
    'TOKEN=T',
    'tokenx=T',
    'token%00=T',
    'token%20=T',
    '%2574oken=T',
    'a=1;token=T',
  ])('%s is no token', async (query) => {
    const { send, auth } = await open()
    const { token } = await auth.logIn({ username: 'ann', password: goodPassword })
    expect(
      (await send({ method: 'GET', path: `/documents/1?${query.replace('T', token.reveal())}` })).json['code'],
    ).toBe('unauthenticated')
  })
})

describe('D22: whatever is sent, it is answered, and never by a fault', () => {
  const routes = [
    '/auth/login',
    '/auth/unlock',
    '/auth/unlock/begin',
    '/auth/session',
    '/auth/logout',
    '/auth/sessions',
    '/auth/reauthenticate',
    '/auth/api-tokens',
    '/auth/url-tokens',
    '/auth/password/change',
    '/auth/factors',
    '/auth/nothing',
    '/documents/1',
    '/echo',
  ]
  const value: fc.Arbitrary<unknown> = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.constantFrom<unknown>('ann', goodPassword, 'test', '__proto__', [], {}, null, true, 1e300, -0),
  )
  const names = [
    'username',
    'password',
    'current',
    'factor',
    'code',
    'response',
    'name',
    'scopes',
    'expiresAt',
    'overlapMs',
    'method',
    'path',
    'withinMs',
    'uses',
    'returnToken',
    'remember',
    '__proto__',
    'constructor',
  ]
  const body = fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 6 })

  test('any fields, by anybody', async () => {
    const { auth, errors } = await house()
    const send = await ways['Express 5'](auth)
    const page = browser(send)
    await page.logIn()
    const { token } = page
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...routes),
        fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH'),
        body,
        fc.boolean(),
        async (path, method, fields, isKnown) => {
          const client = Object.assign(browser(send), { token: isKnown ? token : undefined })
          const answer = await client.send(method, path, method === 'GET' ? undefined : fields)
          expect(answer.status).toBeLessThan(500)
        },
      ),
      { numRuns: 400 },
    )
    expect(errors).toEqual([])
  })

  test('any target, and any cookie', async () => {
    const { auth, errors } = await house()
    const piece = fc.constantFrom(
      '/',
      'auth',
      'session',
      'documents',
      '1',
      '%',
      '%2f',
      '%2e',
      '..',
      '.',
      '?',
      '&',
      'token',
      '=',
      '#',
      ';',
      '%00',
      '%ff',
      'x',
      '+',
      '@',
      ':',
      '//',
    )
    const target = fc.array(piece, { maxLength: 12 }).map((list) => `/${list.join('')}`)
    const cookie = fc
      .array(fc.constantFrom('__Host-sallyport', '=', ';', ' ', 'x', '"', '%41', 'sp_s_', ',', '\t'), { maxLength: 10 })
      .map((list) => list.join(''))
    const send = await ways['Express 5'](auth)
    await fc.assert(
      fc.asyncProperty(target, cookie, async (path, text) => {
        const answer = await send({ method: 'GET', path, headers: { cookie: text } })
        expect(answer.status).toBeLessThan(500)
        const url = new URL(origin + path)
        const resolution = await auth.authenticate(new Request(url, { headers: { cookie: text } }))
        expect(['anonymous', 'refused']).toContain(resolution.status)
      }),
      { numRuns: 400 },
    )
    expect(errors).toEqual([])
  })
})
