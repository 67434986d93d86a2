import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { browser, loggedIn, send, sessionToken } from './client.ts'
import { type Example, frameworks, startExample } from './start-example.ts'

const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

/** Each test has a user of its own: what one ends does not end another's. */
const names = Array.from({ length: 20 }, (_, i) => `user-${i}`)
const USERS = JSON.stringify(names.map((username) => ({ username, password: username, roles: ['editor'] })))
let next = 0
const fresh = () => {
  const username = names[next++] ?? expect.fail('There are not enough users.')
  return { username, password: username }
}

describe.each(frameworks)('sessions and API tokens on %s', { timeout: 30_000 }, (framework) => {
  let example: Example
  let url = ''
  beforeAll(async () => {
    example = await startExample(framework, { USERS })
    url = example.url
    next = 0
  }, 30_000)
  afterAll(() => example[Symbol.asyncDispose]())

  describe('POST /auth/login', () => {
    test('as a browser: a cookie, and no token in the body', async () => {
      const user = fresh()
      const { status, json, headers } = await browser(url).send('POST', '/auth/login', { body: user })
      expect(status).toBe(200)
      expect(json).toMatchObject({
        status: 'unlocked',
        user: { username: user.username, roles: ['editor'] },
        permissions: ['documents:read', 'documents:write'],
        session: { expiresAt: expect.stringMatching(iso) },
      })
      expect(json).not.toHaveProperty('token')
      const [cookie, ...more] = headers.getSetCookie()
      expect(cookie).toMatch(/^sallyport=sp_s_[^;]+; Max-Age=25920(00|01); Path=\/; HttpOnly; SameSite=Lax$/)
      expect(more).toEqual([])
      expect(headers.get('cache-control')).toBe('no-store')
    })

    test('`remember: false` leaves the cookie to the browser’s end', async () => {
      const { headers } = await browser(url).send('POST', '/auth/login', { body: { ...fresh(), remember: false } })
      expect(headers.get('set-cookie')).not.toMatch(/Max-Age|Expires/)
    })

    test('as a program: the token, and no cookie', async () => {
      const { json, headers } = await send(url, 'POST', '/auth/login', { body: { ...fresh(), returnToken: true } })
      expect(json.token).toMatch(/^sp_s_/)
      expect(headers.getSetCookie()).toEqual([])
    })

    test('ASVS 6.3.8: an unknown user and a wrong password get the same answer', async () => {
      const attempt = (username: string) =>
        send(url, 'POST', '/auth/login', { body: { username, password: 'certainly wrong' } })
      const [known, unknown] = [await attempt(fresh().username), await attempt('nobody-of-this-name')]
      expect([known.status, known.json.code]).toEqual([401, 'invalid_credentials'])
      expect(unknown.text).toBe(known.text)
    })

    test('what is no log-in is 400, and not JSON is 415', async () => {
      for (const body of [
        {},
        { username: 'ada' },
        { username: ['ada'], password: 'x' },
        { username: '', password: '' },
      ]) {
        const answer = await send(url, 'POST', '/auth/login', { body })
        expect([answer.status, answer.json.code]).toEqual([400, 'invalid_request'])
      }
      const form = await fetch(new URL('/auth/login', url), { method: 'POST', body: new URLSearchParams({ a: '1' }) })
      expect(form.status).toBe(415)
    })

    test('ASVS 6.3.1: after ten wrong guesses even the right password waits', async () => {
      const { username, password } = fresh()
      const attempt = (guess: string) => send(url, 'POST', '/auth/login', { body: { username, password: guess } })
      const guesses = await Promise.all(Array.from({ length: 10 }, (_, i) => attempt(`guess ${i}`)))
      expect(guesses.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 401))
      const refused = await attempt(password)
      expect([refused.status, refused.json.code]).toEqual([429, 'too_many_attempts'])
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(800)
    })

    test('ends the session that it replaces', async () => {
      const user = fresh()
      const client = await loggedIn(url, user)
      const before = client.cookie ?? ''
      await client.send('POST', '/auth/login', { body: user })
      expect((await send(url, 'GET', '/auth/session', { headers: { cookie: before } })).json.code).toBe('invalid_token')
      expect((await client.send('GET', '/auth/session')).json.status).toBe('unlocked')
    })
  })

  describe('the session', () => {
    test('GET /auth/session: anonymous, unlocked, or no good', async () => {
      expect((await send(url, 'GET', '/auth/session')).json).toEqual({ status: 'anonymous' })
      const client = await loggedIn(url, fresh())
      const { json } = await client.send('GET', '/auth/session')
      expect(json).toMatchObject({ status: 'unlocked', assurance: { level: 1, methods: ['pwd'] } })
      const bad = await send(url, 'GET', '/auth/session?token=sp_s_nonsense')
      expect([bad.status, bad.json.code]).toEqual([401, 'invalid_token'])
    })

    test('ASVS 7.4.1: POST /auth/logout ends it and clears the cookie; again is 204 again', async () => {
      const client = await loggedIn(url, fresh())
      const cookie = client.cookie ?? ''
      const answer = await client.send('POST', '/auth/logout')
      expect(answer.status).toBe(204)
      expect(answer.headers.get('set-cookie')).toMatch(/^sallyport=; Max-Age=0; Path=\//)
      expect((await send(url, 'GET', '/auth/session', { headers: { cookie } })).status).toBe(401)
      expect((await client.send('POST', '/auth/logout', { headers: { cookie } })).status).toBe(204)
    })

    test('ASVS 7.5.2: GET /auth/sessions lists them without tokens; DELETE ends one; revoke-others ends the rest', async () => {
      const user = fresh()
      const [first, second, third] = [await loggedIn(url, user), await loggedIn(url, user), await loggedIn(url, user)]
      const list = await first.send('GET', '/auth/sessions')
      expect(list.json.items.length).toBe(3)
      expect(list.json.items.filter(({ current }) => current)).toHaveLength(1)
      expect(list.json.items[0]).toMatchObject({ address: expect.any(String), userAgent: 'node', methods: ['pwd'] })
      expect(list.text).not.toContain(first.cookie?.split('.')[1])
      const { id } = (await second.send('GET', '/auth/session')).json.session
      expect((await first.send('DELETE', `/auth/sessions/${id}`)).status).toBe(204)
      expect((await second.send('GET', '/auth/session')).json.code).toBe('invalid_token')
      expect((await first.send('POST', '/auth/sessions/revoke-others')).status).toBe(204)
      expect((await third.send('GET', '/auth/session')).json.code).toBe('invalid_token')
      expect((await first.send('GET', '/auth/sessions')).json.items).toHaveLength(1)
    })

    test('D16: nobody ends somebody else’s session', async () => {
      const [mine, theirs] = [await loggedIn(url, fresh()), await loggedIn(url, fresh())]
      const { id } = (await theirs.send('GET', '/auth/session')).json.session
      expect((await mine.send('DELETE', `/auth/sessions/${id}`)).status).toBe(404)
      expect((await theirs.send('GET', '/auth/session')).json.status).toBe('unlocked')
    })

    test('ASVS 7.2.4: POST /auth/reauthenticate gives a new token by the way of the old one', async () => {
      const user = fresh()
      const { password } = user
      const client = await loggedIn(url, user)
      const before = client.cookie ?? ''
      const wrong = await client.send('POST', '/auth/reauthenticate', { body: { password: 'wrong' } })
      expect([wrong.status, wrong.json.code]).toEqual([401, 'invalid_credentials'])
      const byCookie = await client.send('POST', '/auth/reauthenticate', { body: { password } })
      expect(byCookie.json).not.toHaveProperty('token')
      expect(client.cookie).not.toBe(before)
      expect((await send(url, 'GET', '/auth/session', { headers: { cookie: before } })).status).toBe(401)
      const token = await sessionToken(url, user)
      const byQuery = await send(url, 'POST', `/auth/reauthenticate?token=${token}`, { body: { password } })
      expect(byQuery.json.token).toMatch(/^sp_s_/)
      expect(byQuery.headers.getSetCookie()).toEqual([])
    })

    test('ASVS 6.2.3: POST /auth/password/change ends the other sessions, and API tokens when asked', async () => {
      const user = fresh()
      const password = `a new word for ${user.username} now`
      const [client, other] = [await loggedIn(url, user), await loggedIn(url, user)]
      const { token } = (await client.send('POST', '/auth/api-tokens', { body: { name: 'program' } })).json
      const change = (body: object) => client.send('POST', '/auth/password/change', { body })
      expect((await change({ current: 'wrong', password })).json.code).toBe('invalid_credentials')
      expect((await change({ current: user.password, password: 'short' })).json.code).toBe('password_refused')
      expect((await change({ current: user.password, password })).status).toBe(200)
      expect((await client.send('GET', '/auth/session')).json.status).toBe('unlocked')
      expect((await other.send('GET', '/auth/session')).json.code).toBe('invalid_token')
      expect((await send(url, 'GET', `/auth/session?token=${token}`)).status).toBe(200)
      expect(
        (await change({ current: password, password: user.username.repeat(3), revokeApiTokens: true })).status,
      ).toBe(400)
      const back = `another word of ${user.username} later`
      expect((await change({ current: password, password: back, revokeApiTokens: true })).status).toBe(200)
      expect((await send(url, 'GET', `/auth/session?token=${token}`)).json.code).toBe('invalid_token')
    })
  })

  describe('API tokens', () => {
    test('are issued once, listed without their secret, rotated with an overlap, and revoked at once', async () => {
      const client = await loggedIn(url, fresh())
      const issued = await client.send('POST', '/auth/api-tokens', { body: { name: 'backup' } })
      expect(issued.status).toBe(201)
      const { apiToken, token } = issued.json
      expect(apiToken).toMatchObject({ name: 'backup', lastUsedAt: null, scopes: null, previousExpiresAt: null })
      const years = (Date.parse(apiToken.expiresAt) - Date.parse(apiToken.createdAt)) / (365.25 * 86_400_000)
      expect(years).toBeCloseTo(10, 2)
      const read = async (secret: string) => (await send(url, 'GET', `/api/v1/documents/1?token=${secret}`)).status
      expect(await read(token)).toBe(200)

      const rotated = await client.send('POST', `/auth/api-tokens/${apiToken.id}/rotate`, {
        body: { overlapMs: 60_000 },
      })
      expect(rotated.status).toBe(200)
      expect(rotated.json.apiToken.id).toBe(apiToken.id)
      expect(Date.parse(rotated.json.apiToken.previousExpiresAt ?? '') - Date.now()).toBeGreaterThan(50_000)
      expect([await read(token), await read(rotated.json.token)]).toEqual([200, 200])
      const again = await client.send('POST', `/auth/api-tokens/${apiToken.id}/rotate`, { body: { overlapMs: 0 } })
      expect([await read(token), await read(rotated.json.token), await read(again.json.token)]).toEqual([401, 401, 200])

      const list = await client.send('GET', '/auth/api-tokens')
      expect(list.json.items).toHaveLength(1)
      expect(list.json.items[0]).toMatchObject({ id: apiToken.id, lastUsedAt: expect.stringMatching(iso) })
      for (const secret of [token, rotated.json.token, again.json.token]) {
        expect(list.text).not.toContain(secret.split('.')[1])
      }
      expect((await client.send('DELETE', `/auth/api-tokens/${apiToken.id}`)).status).toBe(204)
      expect(await read(again.json.token)).toBe(401)
      expect((await client.send('DELETE', `/auth/api-tokens/${apiToken.id}`)).status).toBe(404)
    })

    test('narrow to scopes and never widen', async () => {
      const client = await loggedIn(url, fresh())
      const issue = (scopes: string[]) => client.send('POST', '/auth/api-tokens', { body: { name: 'x', scopes } })
      const wider = await issue(['documents:delete'])
      expect([wider.status, wider.json.code]).toEqual([400, 'invalid_request'])
      const { token } = (await issue(['documents:read'])).json
      expect((await send(url, 'GET', `/api/v1/documents/1?token=${token}`)).status).toBe(200)
      const write = await send(url, 'PUT', `/api/v1/documents/1?token=${token}`, { body: { title: 'x' } })
      expect([write.status, write.json.code, write.json.permission]).toEqual([403, 'forbidden', 'documents:write'])
    })

    test('open of our routes only GET /auth/session', async () => {
      const client = await loggedIn(url, fresh())
      const { token } = (await client.send('POST', '/auth/api-tokens', { body: { name: 'x' } })).json
      const check = await send(url, 'GET', `/auth/session?token=${token}`)
      expect(check.json).toMatchObject({ status: 'unlocked', apiToken: { name: 'x' } })
      for (const [method, path] of [
        ['GET', '/auth/sessions'],
        ['POST', '/auth/sessions/revoke-others'],
        ['GET', '/auth/api-tokens'],
        ['POST', '/auth/api-tokens'],
        ['POST', '/auth/url-tokens'],
        ['POST', '/auth/reauthenticate'],
        ['POST', '/auth/password/change'],
      ] as const) {
        const bodies: Record<string, object> = {
          '/auth/api-tokens': { name: 'y' },
          '/auth/url-tokens': { method: 'GET', path: '/public', withinMs: 1000 },
          '/auth/reauthenticate': { password: 'x' },
          '/auth/password/change': { current: 'x', password: 'y' },
        }
        const body = method === 'POST' ? bodies[path] : undefined
        const answer = await send(url, method, `${path}?token=${token}`, { body })
        expect([path, answer.status, answer.json.code]).toEqual([path, 403, 'session_required'])
      }
    })

    test('POST /auth/url-tokens: a link for one request, once', async () => {
      const client = await loggedIn(url, fresh())
      const path = '/api/v1/documents/2?as=text'
      const body = { method: 'GET', path, withinMs: 60_000, uses: 'once' }
      const issued = await client.send('POST', '/auth/url-tokens', { body })
      expect(issued.status).toBe(201)
      expect(issued.json.url.startsWith(`${url}${path}&token=sp_u_`)).toBe(true)
      const elsewhere = issued.json.url.replace('/documents/2', '/documents/3')
      expect((await send(url, 'GET', elsewhere)).status).toBe(401)
      expect((await send(url, 'GET', issued.json.url)).status).toBe(200)
      expect((await send(url, 'GET', issued.json.url)).status).toBe(401)
    })
  })
})
