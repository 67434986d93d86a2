import type { Factor } from '@sallyport/core'
import { describe, expect, test } from 'vitest'
import { wayNames, ways } from './application.ts'
import { browser, type Client, program } from './client.ts'
import { goodPassword, house, minute, otherPassword, testFactor } from './house.ts'

const iso = (at: number) => new Date(at).toISOString()

describe.each(wayNames)('the two doors, through %s', (way) => {
  async function open(settings: Parameters<typeof house>[0] = {}, parts: Partial<Factor> = {}) {
    const enrolled = new Set<string>()
    const there = await house({ factors: [testFactor(enrolled, undefined, parts)], ...settings })
    enrolled.add(there.ann.id)
    return { ...there, enrolled, send: await ways[way](there.auth) }
  }

  const unlock = (client: Client, code: string, fields: object = {}) =>
    client.send('POST', '/auth/unlock', { factor: 'test', code, ...fields })

  test('ASVS 6.3.3: the first factor gives a locked cookie, the second one a session in its place', async () => {
    const { send, now, of } = await open()
    const page = browser(send)
    const first = await page.logIn()
    expect([first.status, first.json]).toEqual([
      200,
      { status: 'locked', factors: ['test'], expiresAt: iso(now() + 10 * minute) },
    ])
    const locked = page.token
    expect(locked).toMatch(/^sp_l_/)
    expect(first.text).not.toContain(locked)
    expect(first.cookies).toEqual([`__Host-sallyport=${locked}; Max-Age=600; Path=/; HttpOnly; Secure; SameSite=Lax`])
    expect((await page.send('GET', '/auth/session')).json).toEqual(first.json)

    const second = await unlock(page, '123456')
    expect([second.status, second.json['status']]).toEqual([200, 'unlocked'])
    expect(page.token).toMatch(/^sp_s_/)
    expect(second.text).not.toContain(page.token)
    expect(second.json).toMatchObject({
      session: { methods: ['pwd', 'otp', 'mfa'] },
      assurance: { level: 2 },
      user: { username: 'ann' },
    })
    expect((await page.send('GET', '/auth/session')).json).toEqual(second.json)
    const old = browser(send)
    old.token = locked
    expect((await old.send('GET', '/auth/session')).json['code']).toBe('invalid_token')
    expect((await unlock(old, '123456')).json['code']).toBe('locked_token_expired')
    expect(of('login.locked').length + of('login.succeeded').length).toBe(2)
  })

  test('by query everything is in the body, and no cookie is ever set', async () => {
    const { send } = await open()
    const client = program(send)
    const first = await client.logIn()
    expect(first.json).toMatchObject({ status: 'locked', token: expect.stringMatching(/^sp_l_/) as string })
    const second = await unlock(client, '123456')
    expect(second.json).toMatchObject({ status: 'unlocked', token: expect.stringMatching(/^sp_s_/) as string })
    expect([...first.cookies, ...second.cookies]).toEqual([])
    expect((await client.send('GET', '/auth/session')).json['status']).toBe('unlocked')
  })

  test.each([true, false])('remember: %j is kept from the first door to the second', async (remember) => {
    const { send } = await open()
    const page = browser(send)
    await page.logIn({ remember })
    const { cookies } = await unlock(page, '123456')
    expect(cookies[0]?.includes('Max-Age=2592000')).toBe(remember)
  })

  test('ASVS 6.3.4: a locked token opens nothing but the second door', async () => {
    const { send } = await open()
    const page = browser(send)
    await page.logIn()
    const routes: [string, string, unknown?][] = [
      ['GET', '/auth/sessions'],
      ['DELETE', '/auth/sessions/x'],
      ['POST', '/auth/sessions/revoke-others'],
      ['POST', '/auth/reauthenticate', { password: goodPassword }],
      ['POST', '/auth/reauthenticate', { factor: 'test', code: '123456' }],
      ['POST', '/auth/reauthenticate/begin', { factor: 'test' }],
      ['GET', '/auth/api-tokens'],
      ['POST', '/auth/api-tokens', { name: 'x' }],
      ['POST', '/auth/api-tokens/x/rotate', {}],
      ['DELETE', '/auth/api-tokens/x'],
      ['POST', '/auth/url-tokens', { method: 'GET', path: '/a', withinMs: 1000 }],
      ['POST', '/auth/password/change', { current: goodPassword, password: otherPassword }],
      ['GET', '/auth/factors'],
      ['DELETE', '/auth/factors/x'],
      ['GET', '/auth/trusted-devices'],
      ...(way === 'auth.handle'
        ? []
        : ([
            ['GET', '/documents/1'],
            ['PUT', '/documents/1', {}],
            ['GET', '/echo'],
          ] as [string, string][])),
    ]
    for (const [method, path, body] of routes) {
      const answer = await page.send(method, path, body)
      expect([path, answer.status, answer.json['code'], answer.cookies]).toEqual([path, 401, 'token_locked', []])
    }
    expect((await unlock(page, '123456')).status).toBe(200)
  })

  test('D3: no other token unlocks', async () => {
    const { send, enrolled, ann } = await open()
    enrolled.clear()
    const page = browser(send)
    await page.logIn()
    const made = await page.send('POST', '/auth/api-tokens', { name: 'ci' })
    enrolled.add(ann.id)
    for (const token of [
      String(made.json['token']),
      page.token ?? '',
      'sp_l_x',
      '',
      page.token?.replace('sp_s', 'sp_l') ?? '',
    ]) {
      const other = browser(send)
      other.token = token
      const answer = await unlock(other, '123456')
      expect([answer.status, answer.json['code']]).toEqual([401, 'invalid_token'])
    }
    expect((await unlock(browser(send), '123456')).json['code']).toBe('unauthenticated')
  })

  test('401 invalid_code for what is wrong; ten times, whatever factor is named and through whatever door', async () => {
    const { send, of, ann } = await open()
    const page = browser(send)
    await page.logIn()
    const wrong = [
      { code: '000000' },
      { code: '' },
      { factor: 'other', code: '123456' },
      { response: { code: '123456' } },
      {},
    ]
    let count = 0
    for (const fields of wrong) {
      const answer = await page.send('POST', '/auth/unlock', { factor: 'test', ...fields })
      if (answer.status === 400) continue
      count++
      expect([answer.status, answer.json['code']]).toEqual([401, 'invalid_code'])
    }
    for (; count < 10; count++) expect((await unlock(page, '000000')).status).toBe(401)
    const barred = await unlock(page, '123456')
    expect([barred.status, barred.json['code']]).toEqual([429, 'too_many_attempts'])
    expect(barred.headers.get('retry-after')).toBe('900')
    // Another locked token of the same user does not begin anew, and a log-in is not refused.
    const other = browser(send)
    expect((await other.logIn()).json['status']).toBe('locked')
    expect((await unlock(other, '123456')).status).toBe(429)
    expect(of('unlock.failed')[0]).toMatchObject({
      userId: ann.id,
      factor: 'test',
      address: expect.any(String) as string,
    })
    expect(of('attempts.throttled').at(-1)).toMatchObject({
      purpose: 'factor',
      by: 'account',
      userId: ann.id,
      address: expect.any(String) as string,
    })
  })

  test('ASVS 6.5.5: a locked token lives ten minutes, however often it is tried', async () => {
    const { send, advance } = await open()
    const page = browser(send)
    await page.logIn()
    advance(10 * minute - 1)
    expect((await unlock(page, '000000')).json['code']).toBe('invalid_code')
    advance(1)
    const answer = await unlock(page, '123456')
    expect([answer.status, answer.json['code'], answer.cookies]).toEqual([401, 'locked_token_expired', []])
    expect((await page.send('GET', '/auth/session')).json['code']).toBe('expired_token')
    expect((await page.logIn()).json['status']).toBe('locked')
  })

  test.each(['all sessions ended', 'disabled', 'deleted', 'password set', 'password changed, sessions kept'])(
    'D21: a locked token dies with what it stands on: %s',
    async (what) => {
      const { send, auth, ann } = await open()
      const page = browser(send)
      await page.logIn()
      await unlock(page, '123456')
      const thief = browser(send)
      await thief.logIn()
      const acts: Record<string, () => Promise<unknown>> = {
        'all sessions ended': () => auth.sessions.revokeAll(ann.id),
        disabled: () => auth.users.disable(ann.id),
        deleted: () => auth.users.delete(ann.id),
        'password set': () => auth.passwords.set(ann.id, otherPassword),
        'password changed, sessions kept': async () => {
          const change = { current: goodPassword, password: otherPassword, revokeOthers: false }
          await page.send('POST', '/auth/password/change', change)
        },
      }
      await acts[what]?.()
      const answer = await unlock(thief, '123456')
      expect([answer.status, answer.json['code']]).toEqual([401, 'locked_token_expired'])
    },
  )

  test('logout ends a locked token', async () => {
    const { send } = await open()
    const page = browser(send)
    await page.logIn()
    const locked = page.token
    expect((await page.send('POST', '/auth/logout')).status).toBe(204)
    page.token = locked
    expect((await unlock(page, '123456')).json['code']).toBe('locked_token_expired')
  })

  test('a log-in replaces the locked token that was there', async () => {
    const { send } = await open()
    const page = browser(send)
    await page.logIn()
    const old = browser(send)
    old.token = page.token
    await page.logIn()
    expect((await unlock(old, '123456')).json['code']).toBe('locked_token_expired')
    expect((await unlock(page, '123456')).status).toBe(200)
  })

  test('POST /unlock/begin asks the factor, and answers alike for one that is not enrolled', async () => {
    const { send, enrolled } = await open()
    const page = browser(send)
    await page.logIn()
    const begin = (factor: unknown) => page.send('POST', '/auth/unlock/begin', { factor })
    const answer = await begin('test')
    expect([answer.status, answer.json]).toEqual([200, { sent: true }])
    enrolled.clear()
    expect((await begin('test')).text).toBe(answer.text)
    expect((await begin('nothing')).status).toBe(200)
    for (const factor of [undefined, '', ['test'], {}, 'x'.repeat(65)]) expect((await begin(factor)).status).toBe(400)
    expect((await browser(send).send('POST', '/auth/unlock/begin', { factor: 'test' })).status).toBe(401)
  })

  test('D4: a factor that can not be asked counts no failure and unlocks nothing', async () => {
    let fails = true
    const { send } = await open(
      {},
      {
        verify: async () => {
          if (fails) throw new Error('the factor is away')
          return ['otp']
        },
      },
    )
    const page = browser(send)
    await page.logIn()
    for (let i = 0; i < 15; i++) {
      const answer = await unlock(page, '123456')
      expect([answer.status, answer.json['code'], answer.text.includes('away')]).toEqual([500, 'internal_error', false])
    }
    fails = false
    expect((await unlock(page, '123456')).status).toBe(200)
  })

  describe('mfa: required', () => {
    const required = { mfa: 'required' } as const

    test('nobody comes in by one factor, enrolled or not', async () => {
      const { send, enrolled } = await open(required)
      enrolled.clear()
      const page = browser(send)
      const answer = await page.logIn()
      expect(answer.json).toMatchObject({ status: 'locked', factors: [] })
      expect((await unlock(page, '123456')).json['code']).toBe('invalid_code')
    })

    test('ASVS 8.3.2: a session below a policy that was raised is locked at once, and unlocks with the second factor', async () => {
      const { send, auth, ann, enrolled } = await open()
      enrolled.clear()
      const page = browser(send)
      await page.logIn()
      enrolled.add(ann.id)
      await auth.users.setMfa(ann.id, 'required')
      expect((await page.send('GET', '/auth/sessions')).json['code']).toBe('token_locked')
      expect((await page.send('GET', '/auth/session')).json).toMatchObject({ status: 'locked', factors: ['test'] })
      const before = page.token
      expect((await unlock(page, '000000')).json['code']).toBe('invalid_code')
      expect((await unlock(page, '123456')).json).toMatchObject({ status: 'unlocked', assurance: { level: 2 } })
      expect(page.token).not.toBe(before)
      await auth.users.setMfa(ann.id, null)
      expect((await page.send('GET', '/auth/sessions')).status).toBe(200)
    })

    test('what is set for a user goes before what is set for all', async () => {
      const { send, auth, ann } = await open(required)
      await auth.users.setMfa(ann.id, 'off')
      expect((await browser(send).logIn()).json['status']).toBe('unlocked')
    })
  })

  describe('step-up by the second factor', () => {
    test('ASVS 7.5.3: raises the level of a session and rotates its token', async () => {
      const { send, enrolled, ann } = await open()
      enrolled.clear()
      const page = browser(send)
      await page.logIn()
      enrolled.add(ann.id)
      const before = page.token
      expect((await page.send('POST', '/auth/reauthenticate/begin', { factor: 'test' })).json).toEqual({ sent: true })
      const answer = await page.send('POST', '/auth/reauthenticate', { factor: 'test', code: '123456' })
      expect(answer.json).toMatchObject({ status: 'unlocked', assurance: { level: 2 } })
      expect(page.token).not.toBe(before)
      if (way !== 'auth.handle') expect((await page.send('GET', '/vault')).json).toEqual({ open: true })
    })

    test('NIST 800-63B-4: a password alone makes no second factor younger', async () => {
      const { send, auth, advance } = await open()
      const page = browser(send)
      await page.logIn()
      await unlock(page, '123456')
      advance(20 * minute)
      await page.send('POST', '/auth/reauthenticate', { password: goodPassword })
      const resolution = await auth.authenticate(
        new Request('https://app.example.com', { headers: { cookie: `__Host-sallyport=${page.token}` } }),
      )
      const assurance = resolution.status === 'unlocked' ? resolution.principal.assurance : expect.fail()
      expect(assurance?.provenAt['mfa']).toBe((assurance?.provenAt['pwd'] ?? 0) - 20 * minute)
    })

    test('ASVS 7.4.3: a new password keeps the level that the session had, and no session without it stays', async () => {
      const { send } = await open()
      const page = browser(send)
      await page.logIn()
      await unlock(page, '123456')
      const change = { current: goodPassword, password: otherPassword }
      expect((await page.send('POST', '/auth/password/change', change)).json).toMatchObject({
        status: 'unlocked',
        assurance: { level: 2 },
      })
      const other = browser(send)
      expect((await other.logIn({ password: otherPassword })).json['status']).toBe('locked')
    })

    test('ASVS 7.5.1: a session without the second factor that its user has by now changes no password, and is not lost by trying', async () => {
      const { send, auth, enrolled, ann } = await open()
      enrolled.clear()
      const page = browser(send)
      await page.logIn()
      enrolled.add(ann.id)
      const change = { current: goodPassword, password: otherPassword }
      const answer = await page.send('POST', '/auth/password/change', change)
      expect([answer.status, answer.json['code'], answer.json['requirement']]).toEqual([
        403,
        'step_up_required',
        expect.objectContaining({ assurance: 2 }),
      ])
      const headers = { cookie: `__Host-sallyport=${page.token}` }
      const resolution = await auth.authenticate(new Request('https://app.example.com', { headers }))
      const principal = resolution.status === 'unlocked' ? resolution.principal : expect.fail()
      await expect(auth.passwords.change(principal, change)).rejects.toMatchObject({ code: 'step_up_required' })
      expect((await page.send('GET', '/auth/session')).json['status']).toBe('unlocked')
      await page.send('POST', '/auth/reauthenticate', { factor: 'test', code: '123456' })
      expect((await page.send('POST', '/auth/password/change', change)).json['status']).toBe('unlocked')
    })

    test('D10: its guesses count with those at the second door', async () => {
      const { send } = await open()
      const page = browser(send)
      await page.logIn()
      await unlock(page, '123456')
      for (let i = 0; i < 10; i++) {
        const answer = await page.send('POST', '/auth/reauthenticate', { factor: 'test', code: '000000' })
        expect([answer.status, answer.json['code']]).toEqual([401, 'invalid_code'])
      }
      const other = browser(send)
      await other.logIn()
      expect((await unlock(other, '123456')).status).toBe(429)
      // A password is another secret with a limit of its own.
      expect((await page.send('POST', '/auth/reauthenticate', { password: goodPassword })).status).toBe(200)
    })
  })
})
