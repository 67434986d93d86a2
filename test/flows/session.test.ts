import { describe, expect, test } from 'vitest'
import { wayNames, ways } from './application.ts'
import { browser, program } from './client.ts'
import { day, goodPassword, type House, hour, house, minute } from './house.ts'

const iso = (at: number) => new Date(at).toISOString()

describe.each(wayNames)('the session, through %s', (way) => {
  async function open(settings: Parameters<typeof house>[0] = {}) {
    const there = await house(settings)
    return { ...there, send: await ways[way](there.auth) }
  }

  describe('POST /login', () => {
    test('answers with user, permissions and session; the token goes into the cookie alone', async () => {
      const { send, ann, now } = await open()
      const page = browser(send)
      const answer = await page.logIn()
      expect(answer.status).toBe(200)
      expect(answer.json).toEqual({
        status: 'unlocked',
        user: { id: ann.id, username: 'ann', roles: ['editor'] },
        permissions: ['documents:read', 'documents:write'],
        session: {
          id: expect.any(String) as string,
          createdAt: iso(now()),
          authenticatedAt: iso(now()),
          lastSeenAt: iso(now()),
          expiresAt: iso(now() + 30 * day),
          address: way === 'auth.handle' ? '203.0.113.7' : '127.0.0.1',
          userAgent: null,
          methods: ['pwd'],
        },
        assurance: expect.objectContaining({ level: 1, methods: ['pwd'], authenticatedAt: iso(now()) }) as object,
      })
      expect(page.token).toMatch(/^sp_s_/)
      expect(answer.text).not.toContain(page.token)
      expect(answer.cookies).toEqual([
        `__Host-sallyport=${page.token}; Max-Age=${(30 * day) / 1000}; Path=/; HttpOnly; Secure; SameSite=Lax`,
      ])
      expect(page.token?.length).toBeLessThan(4096)
    })

    test('ASVS 14.2.2, 14.3.2, 3.4.4, 3.4.5: no answer is stored, sniffed or told of elsewhere', async () => {
      const { send } = await open()
      const page = browser(send)
      for (const answer of [
        await page.logIn(),
        await page.send('GET', '/auth/session'),
        await page.send('GET', '/auth/nothing'),
      ]) {
        expect(Object.fromEntries(answer.headers)).toMatchObject({
          'cache-control': 'no-store',
          'referrer-policy': 'no-referrer',
          'x-content-type-options': 'nosniff',
          'cross-origin-resource-policy': 'same-origin',
        })
      }
    })

    test('with returnToken the token is in the body and no cookie is set', async () => {
      const { send } = await open()
      const client = program(send)
      const answer = await client.logIn()
      expect(answer.json['token']).toMatch(/^sp_s_/)
      expect(answer.cookies).toEqual([])
      expect((await client.send('GET', '/auth/session')).json['status']).toBe('unlocked')
    })

    test('without remember the cookie ends with the browser, also after it was renewed', async () => {
      const { send } = await open()
      const page = browser(send)
      const attributes = `; Path=/; HttpOnly; Secure; SameSite=Lax`
      expect((await page.logIn({ remember: false })).cookies).toEqual([`__Host-sallyport=${page.token}${attributes}`])
      const again = await page.send('POST', '/auth/reauthenticate', { password: goodPassword })
      expect(again.cookies).toEqual([`__Host-sallyport=${page.token}${attributes}`])
      const changed = await page.send('POST', '/auth/password/change', {
        current: goodPassword,
        password: 'another fine passphrase',
      })
      expect(changed.cookies).toEqual([`__Host-sallyport=${page.token}${attributes}`])
    })

    test('ASVS 6.3.8: unknown user, wrong password and disabled user are answered alike', async () => {
      const { send, auth } = await open()
      const bob = await auth.users.create({ username: 'bob', password: goodPassword })
      await auth.users.create({ username: 'eve' })
      await auth.users.disable(bob.id)
      const page = browser(send)
      const answers = [
        await page.logIn({ username: 'nobody' }),
        await page.logIn({ password: 'a wrong passphrase' }),
        await page.logIn({ username: 'bob' }),
        await page.logIn({ username: 'eve' }),
        await page.logIn({ username: 'a\u202eb' }),
        await page.logIn({ password: 'short' }),
      ]
      for (const { status, text, cookies, headers } of answers) {
        expect(status).toBe(401)
        expect(text).toBe(answers[0]?.text)
        expect(cookies).toEqual([])
        expect(headers.get('www-authenticate')).toBe('Sallyport')
      }
      expect(answers[0]?.json).toEqual({
        type: 'urn:sallyport:invalid_credentials',
        title: 'The user name or the password is wrong.',
        status: 401,
        code: 'invalid_credentials',
      })
      expect(answers[0]?.headers.get('content-type')).toBe('application/problem+json; charset=utf-8')
    })

    test('ASVS 6.3.1: after ten failures 429 with Retry-After, for an unknown user alike', async () => {
      const { send, advance } = await open()
      for (const username of ['ann', 'nobody']) {
        const page = browser(send)
        for (let i = 0; i < 10; i++)
          expect((await page.logIn({ username, password: 'a wrong passphrase' })).status).toBe(401)
        advance(5 * minute)
        const answer = await page.logIn({ username })
        expect([answer.status, answer.json['code']]).toEqual([429, 'too_many_attempts'])
        expect(answer.headers.get('retry-after')).toBe(String(10 * 60))
        advance(10 * minute)
      }
      expect((await browser(send).logIn()).status).toBe(200)
    })

    test.each([
      [{}],
      [{ username: 'ann' }],
      [{ username: '', password: 'x' }],
      [{ username: 'ann', password: '' }],
      [{ username: ['ann'], password: goodPassword }],
      [{ username: { $ne: null }, password: { $ne: null } }],
      [{ username: 'ann', password: [goodPassword] }],
      [{ username: 'ann', password: 12345678901234 }],
      [{ username: 'ann\0', password: goodPassword }],
      [{ username: 'ann', password: `${goodPassword}\0` }],
      [{ username: 'a'.repeat(1025), password: goodPassword }],
      [{ username: 'ann', password: 'x'.repeat(4097) }],
      [{ username: 'ann', password: 'x'.repeat(300) }],
      [{ username: 'ann', password: goodPassword, returnToken: 'true' }],
      [{ username: 'ann', password: goodPassword, remember: 1 }],
    ])('D7: 400 for %j', async (body) => {
      const { send, counting } = await open()
      counting.reset()
      const answer = await browser(send).send('POST', '/auth/login', body)
      expect([answer.status, answer.json['code']]).toEqual([400, 'invalid_request'])
      expect(counting.calls).toEqual([])
    })

    test('ASVS 7.2.4: a log-in ends the session that it replaces, whatever else the cookie holds is ignored', async () => {
      const { send, auth, ann } = await open()
      const page = browser(send)
      await page.logIn()
      const first = page.token ?? ''
      await page.logIn()
      expect(page.token).not.toBe(first)
      const old = browser(send)
      old.token = first
      expect((await old.send('GET', '/auth/session')).json['code']).toBe('invalid_token')
      for (const stale of [first, 'nonsense', '', `${first.slice(0, -1)}!`, 'sp_s_x.y', '%00']) {
        const other = browser(send)
        other.token = stale
        expect([stale, (await other.logIn()).status]).toEqual([stale, 200])
      }
      const twice = { cookie: `__Host-sallyport=${page.token}; __Host-sallyport=${first}` }
      expect((await page.send('POST', '/auth/login', { username: 'ann', password: goodPassword }, twice)).status).toBe(
        200,
      )
      expect((await auth.sessions.list(ann.id)).items.length).toBeGreaterThan(1)
    })

    test('a log-in that fails ends nothing', async () => {
      const { send } = await open()
      const page = browser(send)
      await page.logIn()
      expect((await page.logIn({ password: 'a wrong passphrase' })).status).toBe(401)
      expect((await page.send('GET', '/auth/session')).json['status']).toBe('unlocked')
    })

    test('somebody else who logs in at the same browser takes it over', async () => {
      const { send, auth, ann } = await open()
      await auth.users.create({ username: 'bob', password: goodPassword })
      const page = browser(send)
      await page.logIn()
      await page.logIn({ username: 'bob' })
      expect((await page.send('GET', '/auth/session')).json['user']).toMatchObject({ username: 'bob' })
      expect((await auth.sessions.list(ann.id)).items).toEqual([])
    })
  })

  describe('GET /session', () => {
    test('anonymous without a credential', async () => {
      const { send } = await open()
      const answer = await browser(send).send('GET', '/auth/session')
      expect([answer.status, answer.json]).toEqual([200, { status: 'anonymous' }])
    })

    test('who, and what may they do', async () => {
      const { send, auth, ann } = await open()
      const page = browser(send)
      const { json } = await page.logIn()
      expect((await page.send('GET', '/auth/session')).json).toEqual(json)
      await auth.users.update(ann.id, { roles: [] })
      expect((await page.send('GET', '/auth/session')).json['permissions']).toEqual([])
    })

    test('the same by query, by cookie and by HEAD', async () => {
      const { send } = await open()
      const client = program(send)
      await client.logIn()
      const page = browser(send)
      page.token = client.token
      expect((await page.send('GET', '/auth/session')).json).toEqual((await client.send('GET', '/auth/session')).json)
      const head = await page.send('HEAD', '/auth/session')
      expect([head.status, head.text]).toEqual([200, ''])
    })

    test('ASVS 7.3.2: 401 expired_token when its time is over, invalid_token when it is no good; no cookie is cleared', async () => {
      const { send, advance } = await open()
      const page = browser(send)
      await page.logIn()
      advance(30 * day)
      const expired = await page.send('GET', '/auth/session')
      expect([expired.status, expired.json['code'], expired.cookies]).toEqual([401, 'expired_token', []])
      for (const token of ['x', '', `${page.token}x`, page.token?.replace('sp_s', 'sp_a') ?? '']) {
        const other = browser(send)
        other.token = token
        const answer = await other.send('GET', '/auth/session')
        expect([answer.status, answer.json['code'], answer.cookies]).toEqual([401, 'invalid_token', []])
      }
    })

    test('ASVS 7.3.1: idle', async () => {
      const { send, advance } = await open({ session: 'nist-aal2' })
      const page = browser(send)
      await page.logIn()
      advance(hour)
      expect((await page.send('GET', '/auth/session')).status).toBe(200)
      const other = browser(send)
      await other.logIn()
      advance(hour + 1)
      expect((await other.send('GET', '/auth/session')).json['code']).toBe('expired_token')
    })

    test.each(['cookie and query', 'query twice', 'cookie twice'])('ASVS 15.3.7: %s is 400', async (what) => {
      const { send } = await open()
      const page = browser(send)
      await page.logIn()
      const query = what.includes('query')
        ? `?token=${page.token}${what === 'query twice' ? `&token=${page.token}` : ''}`
        : ''
      const headers =
        what === 'cookie twice' ? { cookie: `__Host-sallyport=${page.token}; __Host-sallyport=${page.token}` } : {}
      const answer = await send({
        method: 'GET',
        path: `/auth/session${query}`,
        headers: what === 'query twice' ? {} : { cookie: `__Host-sallyport=${page.token}`, ...headers },
      })
      expect([answer.status, answer.json['code']]).toEqual([400, 'ambiguous_credentials'])
    })

    test('an API token may ask too', async () => {
      const { send } = await open()
      const page = browser(send)
      await page.logIn()
      const made = await page.send('POST', '/auth/api-tokens', { name: 'ci', scopes: ['documents:read'] })
      const client = program(send)
      client.token = String(made.json['token'])
      const { json } = await client.send('GET', '/auth/session')
      expect(json).toMatchObject({ status: 'unlocked', permissions: ['documents:read'], apiToken: { name: 'ci' } })
      expect(json).not.toHaveProperty('session')
      expect(json).not.toHaveProperty('assurance')
    })
  })

  describe('POST /logout', () => {
    test('ASVS 7.4.1, 14.3.1: 204, the cookie cleared, the token dead; again 204', async () => {
      const { send } = await open()
      const page = browser(send)
      await page.logIn()
      const token = page.token
      for (let i = 0; i < 2; i++) {
        page.token = token
        const answer = await page.send('POST', '/auth/logout')
        expect([answer.status, answer.text]).toEqual([204, ''])
        expect(answer.cookies).toEqual(['__Host-sallyport=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax'])
        expect(answer.headers.get('clear-site-data')).toBe('"cache"')
      }
      page.token = token
      expect((await page.send('GET', '/auth/session')).json['code']).toBe('invalid_token')
      page.token = undefined
      expect((await page.send('POST', '/auth/logout')).status).toBe(204)
    })

    test('by query it sets no cookie', async () => {
      const { send } = await open()
      const client = program(send)
      await client.logIn()
      const answer = await client.send('POST', '/auth/logout')
      expect([answer.status, answer.cookies]).toEqual([204, []])
      expect((await client.send('GET', '/auth/session')).status).toBe(401)
    })

    test('an API token is not ended by it, and is not told so', async () => {
      const { send } = await open()
      const page = browser(send)
      await page.logIn()
      const made = await page.send('POST', '/auth/api-tokens', { name: 'ci' })
      const client = program(send)
      client.token = String(made.json['token'])
      const answer = await client.send('POST', '/auth/logout')
      expect([answer.status, answer.json['code']]).toEqual([403, 'session_required'])
      expect((await client.send('GET', '/auth/session')).status).toBe(200)
    })
  })

  describe('GET /sessions, DELETE /sessions/:id, POST /sessions/revoke-others', () => {
    test('ASVS 7.5.2: the user sees their sessions and ends them', async () => {
      const { send } = await open()
      const [page, phone] = [browser(send), browser(send)]
      await page.logIn()
      await phone.send(
        'POST',
        '/auth/login',
        { username: 'ann', password: goodPassword },
        { 'user-agent': 'phone\u00ff 1.0' },
      )
      const { json } = await page.send('GET', '/auth/sessions')
      const items = json['items'] as { id: string; current: boolean; userAgent: string | null }[]
      expect(Object.keys(items[0] ?? {}).sort()).toEqual(
        [
          'address',
          'authenticatedAt',
          'createdAt',
          'current',
          'expiresAt',
          'id',
          'lastSeenAt',
          'methods',
          'userAgent',
        ].sort(),
      )
      expect(items.map(({ current }) => current).sort()).toEqual([false, true])
      const other = items.find(({ current }) => !current)
      expect(other?.userAgent).toMatch(/^phone.* 1\.0$/)
      expect((await page.send('DELETE', `/auth/sessions/${other?.id}`)).status).toBe(204)
      expect((await phone.send('GET', '/auth/session')).json['code']).toBe('invalid_token')
      const again = await page.send('DELETE', `/auth/sessions/${other?.id}`)
      expect([again.status, again.json['code']]).toEqual([404, 'not_found'])
    })

    test('ASVS 16.2.1: who was ended from where', async () => {
      const { send, of } = await open()
      const [page, phone] = [browser(send), browser(send)]
      const { json } = await phone.logIn()
      await page.logIn()
      await page.send('DELETE', `/auth/sessions/${(json['session'] as { id: string }).id}`)
      expect(of('session.ended')).toMatchObject([
        { reason: 'revoked', address: expect.stringMatching(/^(127|203)/) as string },
      ])
    })

    test('D16: 404 for somebody else’s', async () => {
      const { send, auth } = await open()
      await auth.users.create({ username: 'bob', password: goodPassword })
      const [page, bobs] = [browser(send), browser(send)]
      const { json } = await page.logIn()
      await bobs.logIn({ username: 'bob' })
      const id = (json['session'] as { id: string }).id
      expect((await bobs.send('DELETE', `/auth/sessions/${id}`)).status).toBe(404)
      expect((await page.send('GET', '/auth/session')).status).toBe(200)
      for (const wrong of ['x', '__proto__', '..', '%2e%2e', 'a/b', 'x'.repeat(300), '%00']) {
        expect([wrong, (await bobs.send('DELETE', `/auth/sessions/${wrong}`)).status]).toEqual([wrong, 404])
      }
    })

    test('ASVS 7.4.3: all others', async () => {
      const { send } = await open()
      const pages = [browser(send), browser(send), browser(send)] as const
      for (const page of pages) await page.logIn()
      expect((await pages[1].send('POST', '/auth/sessions/revoke-others')).status).toBe(204)
      const statuses = await Promise.all(pages.map(async (page) => (await page.send('GET', '/auth/session')).status))
      expect(statuses).toEqual([401, 200, 401])
    })

    test('in pages, with a cursor that may be nonsense', async () => {
      const { send, auth } = await open()
      for (let i = 0; i < 60; i++) await auth.logIn({ username: 'ann', password: goodPassword })
      const page = browser(send)
      await page.logIn()
      const first = await page.send('GET', '/auth/sessions')
      const second = await page.send('GET', `/auth/sessions?cursor=${encodeURIComponent(String(first.json['next']))}`)
      const ids = [first, second].flatMap(({ json }) => (json['items'] as { id: string }[]).map(({ id }) => id))
      expect([ids.length, new Set(ids).size]).toEqual([61, 61])
      expect(second.json).not.toHaveProperty('next')
      for (const cursor of ['x', '%00', '%ff', '🙂', '__proto__']) {
        expect((await page.send('GET', `/auth/sessions?cursor=${encodeURI(cursor)}`)).status).toBeLessThan(500)
      }
      expect((await page.send('GET', '/auth/sessions?cursor=a&cursor=b')).status).toBe(400)
    })
  })

  describe('POST /reauthenticate', () => {
    test('ASVS 7.5.3: renews the authentication and rotates the token, by the same transport', async () => {
      const { send, advance, now } = await open()
      for (const client of [browser(send), program(send)]) {
        await client.logIn()
        const before = client.token
        advance(2 * hour)
        const answer = await client.send('POST', '/auth/reauthenticate', { password: goodPassword })
        expect(answer.json).toMatchObject({
          status: 'unlocked',
          session: { authenticatedAt: iso(now()), createdAt: iso(now() - 2 * hour) },
        })
        expect(client.token).not.toBe(before)
        expect((await client.send('GET', '/auth/session')).json['status']).toBe('unlocked')
        client.token = before
        expect((await client.send('GET', '/auth/session')).json['code']).toBe('invalid_token')
      }
    })

    test('401 for a wrong password, and the session goes on; counted with the log-ins', async () => {
      const { send } = await open()
      const page = browser(send)
      await page.logIn()
      const wrong = () => page.send('POST', '/auth/reauthenticate', { password: 'a wrong passphrase' })
      for (let i = 0; i < 10; i++) {
        const answer = await wrong()
        expect([answer.status, answer.json['code'], answer.cookies]).toEqual([401, 'invalid_credentials', []])
      }
      expect((await wrong()).status).toBe(429)
      expect((await browser(send).logIn()).status).toBe(429)
      expect((await page.send('GET', '/auth/session')).status).toBe(200)
    })

    test('400 for neither a password nor a factor', async () => {
      const { send } = await open()
      const page = browser(send)
      await page.logIn()
      for (const body of [{}, { code: '1' }, { password: null }, { factor: '' }]) {
        expect((await page.send('POST', '/auth/reauthenticate', body)).status).toBe(400)
      }
    })
  })

  test('every other route that needs a user: 401 without, 403 session_required with an API token', async () => {
    const { send } = await open()
    const page = browser(send)
    await page.logIn()
    const made = await page.send('POST', '/auth/api-tokens', { name: 'ci' })
    const api = program(send)
    api.token = String(made.json['token'])
    const routes: [string, string, unknown?][] = [
      ['GET', '/auth/sessions'],
      ['DELETE', '/auth/sessions/x'],
      ['POST', '/auth/sessions/revoke-others'],
      ['POST', '/auth/reauthenticate', { password: goodPassword }],
      ['POST', '/auth/reauthenticate/begin', { factor: 'test' }],
      ['GET', '/auth/api-tokens'],
      ['POST', '/auth/api-tokens', { name: 'x' }],
      ['POST', '/auth/api-tokens/x/rotate', {}],
      ['DELETE', '/auth/api-tokens/x'],
      ['POST', '/auth/url-tokens', { method: 'GET', path: '/a', withinMs: 1000 }],
      ['POST', '/auth/password/change', { current: goodPassword, password: 'another fine passphrase' }],
      ['GET', '/auth/factors'],
    ]
    for (const [method, path, body] of routes) {
      const anonymous = await program(send).send(method, path, body)
      expect([path, anonymous.status, anonymous.json['code']]).toEqual([path, 401, 'unauthenticated'])
      const refused = await api.send(method, path, body)
      expect([path, refused.status, refused.json['code']]).toEqual([path, 403, 'session_required'])
    }
  })

  test('404 and 405 say what there is', async () => {
    const { send } = await open()
    const page = browser(send)
    expect((await page.send('GET', '/auth/nothing')).json['code']).toBe('not_found')
    const answer = await page.send('GET', '/auth/login')
    expect([answer.status, answer.json['code'], answer.headers.get('allow')]).toEqual([
      405,
      'method_not_allowed',
      'POST',
    ])
  })
})

test('a session that lasts is the same through every way', async () => {
  const there: House = await house()
  const sends = await Promise.all(wayNames.map((name) => ways[name](there.auth)))
  const [first] = sends
  const page = browser(first ?? expect.fail())
  await page.logIn()
  for (const send of sends) {
    const other = browser(send)
    other.token = page.token
    expect((await other.send('GET', '/auth/session')).json['status']).toBe('unlocked')
  }
})
