import { beforeEach, describe, expect, test } from 'vitest'
import { memoryStorage, otherSecrets, testSecret } from '../house.ts'
import { type Browser, createBrowser, type House, house, secondFactor } from './house.ts'
import { evidence, type StandIn, standIn } from './stand-in.ts'

let acme: StandIn
let app: House

beforeEach(() => {
  acme = standIn('acme')
  app = house([acme, standIn('other')])
  acme.codes.set('one', evidence({ sessionId: 'sid-1', issuedAt: app.clock(), keep: 'token-1' }))
  acme.codes.set('two', evidence({ sessionId: 'sid-2', issuedAt: app.clock(), keep: 'token-2' }))
  acme.codes.set('bob', evidence({ subject: 'bob', sessionId: 'sid-3', issuedAt: app.clock() }))
  acme.codes.set('none', evidence({ issuedAt: app.clock() }))
})

/** A browser that is logged in by a code. */
async function loggedIn(code: string) {
  const browser = createBrowser(app)
  await browser.logIn('acme', code)
  return browser
}

/** The provider says by the back channel whose sessions have ended. */
async function backChannel(notice: { subject?: string; sessionId?: string; issuedAt?: number }, token = 'good') {
  acme.notice = { issuer: 'https://idp.example', issuedAt: app.clock(), ...notice }
  return createBrowser(app).postFromElsewhere('/auth/backchannel-logout/acme', { logout_token: token })
}

const isIn = async (browser: ReturnType<typeof createBrowser>): Promise<boolean> =>
  (await browser.get('/auth/session')).status === 200

describe('ASVS 10.5.5: a back-channel logout', () => {
  test('by session ends what came of that session, and nothing else', async () => {
    const [one, two, bob] = [await loggedIn('one'), await loggedIn('two'), await loggedIn('bob')]
    app.clock.advance(1000)
    expect((await backChannel({ sessionId: 'sid-1' })).status).toBe(200)
    expect([await isIn(one), await isIn(two), await isIn(bob)]).toEqual([false, true, true])
    expect(app.log.of('provider.logout')).toMatchObject([{ provider: 'acme', sessions: 1 }])
    expect(app.log.of('session.ended').map(({ reason }) => reason)).toEqual(['provider_logout'])
  })

  test('by subject ends every session of that user at this provider', async () => {
    const [one, two, none, bob] = [
      await loggedIn('one'),
      await loggedIn('two'),
      await loggedIn('none'),
      await loggedIn('bob'),
    ]
    app.clock.advance(1000)
    await backChannel({ subject: 'alice' })
    expect([await isIn(one), await isIn(two), await isIn(none), await isIn(bob)]).toEqual([false, false, false, true])
  })

  test('by both ends the session only if it is the subject’s', async () => {
    const one = await loggedIn('one')
    await backChannel({ sessionId: 'sid-1', subject: 'bob' })
    expect(await isIn(one)).toBe(true)
    await backChannel({ sessionId: 'sid-1', subject: 'alice' })
    expect(await isIn(one)).toBe(false)
  })

  test('of an issuer or a session that nobody knows ends nothing, and is fine', async () => {
    const one = await loggedIn('one')
    expect((await backChannel({ sessionId: 'unknown' })).status).toBe(200)
    expect((await backChannel({ subject: 'unknown' })).status).toBe(200)
    expect(await isIn(one)).toBe(true)
  })

  test('that is not valid is 400, and tells nothing', async () => {
    const one = await loggedIn('one')
    const refused = await backChannel({ sessionId: 'sid-1' }, 'forged')
    expect([refused.status, refused.body['code']]).toEqual([400, 'invalid_request'])
    expect(await isIn(one)).toBe(true)
    expect(app.reasons('provider.refused')).toEqual(['the logout token is not good'])
  })

  test('D10: is heard, however many of the same network came to nothing, or met an outage', async () => {
    const one = await loggedIn('one')
    for (let i = 0; i < 150; i++) expect((await backChannel({}, 'forged')).status).toBe(400)
    for (let i = 0; i < 150; i++) expect((await backChannel({}, 'away')).status).toBe(503)
    expect(await isIn(one)).toBe(true)
    expect((await backChannel({ sessionId: 'sid-1' })).status).toBe(200)
    expect(await isIn(one)).toBe(false)
  })

  test('leaves sessions that came another way', async () => {
    const one = await loggedIn('one')
    const { user } = (await one.session()) as { user: { id: string } }
    await app.auth.passwords.set(user.id, 'correct horse battery staple')
    const byPassword = createBrowser(app)
    await byPassword.send('POST', '/auth/login', { username: 'acme:alice', password: 'correct horse battery staple' })
    app.clock.advance(1000)
    await backChannel({ subject: 'alice' })
    expect(await isIn(byPassword)).toBe(true)
  })

  test('a later log-in is not touched, in the same second too', async () => {
    await loggedIn('none')
    await backChannel({ subject: 'alice' })
    app.clock.advance(1)
    expect(await isIn(await loggedIn('none'))).toBe(true)
    app.clock.advance(5000)
    acme.codes.set('later', evidence({ sessionId: 'sid-9', issuedAt: app.clock() }))
    expect(await isIn(await loggedIn('later'))).toBe(true)
  })

  test.each([{ sessionId: 'sid-1' }, { subject: 'alice' }])(
    'that overtakes the log-in which it ends (%j) leaves no session behind',
    async (notice) => {
      await loggedIn('two')
      const browser = createBrowser(app)
      const state = await browser.start('acme')
      acme.codes.set('slow', async () => {
        const said = evidence({ sessionId: 'sid-1', issuedAt: app.clock() })
        app.clock.advance(2000)
        await backChannel(notice)
        return said
      })
      const back = await browser.get(`/auth/callback/acme?code=slow&state=${state}`)
      expect([back.status, back.body['code']]).toEqual([401, 'provider_refused'])
      expect(back.headers.getSetCookie()).toEqual([])
    },
  )

  test('reaches a log-in that waits for its second factor', async () => {
    app = house([acme], { factors: [secondFactor], mfa: 'required' })
    const browser = await loggedIn('one')
    app.clock.advance(1000)
    await backChannel({ sessionId: 'sid-1' })
    const refused = await browser.send('POST', '/auth/unlock', { factor: 'code', code: '123456' })
    expect([refused.status, refused.body['code']]).toEqual([401, 'provider_refused'])
  })

  test('D1: of a log-in and a logout at once, whichever is first, no session of an ended one remains', async () => {
    for (let round = 0; round < 30; round++) {
      app = house([acme])
      acme.codes.set('race', evidence({ subject: `r${round}`, sessionId: `race-${round}`, issuedAt: app.clock() }))
      const browser = createBrowser(app)
      const state = await browser.start('acme')
      const logIn = browser.get(`/auth/callback/acme?code=race&state=${state}`)
      for (let turn = 0; turn < round; turn++) await Promise.resolve()
      await Promise.all([logIn, backChannel({ sessionId: `race-${round}` })])
      const { body } = await browser.get('/auth/session')
      expect(body['status']).not.toBe('unlocked')
    }
  })
})

describe('logging out here and at the provider', () => {
  test('ends our session and says where to go', async () => {
    const one = await loggedIn('one')
    const { status, body } = await one.send('POST', '/auth/logout/provider')
    expect([status, body]).toEqual([200, { redirectTo: 'https://idp.example/logout?hint=token-1' }])
    expect(one.cookies.has('__Host-sallyport')).toBe(false)
    expect(app.log.of('session.ended').map(({ reason }) => reason)).toEqual(['logout'])
  })

  test('ASVS 11.2.2: what is kept for it opens after a rotation; once the old secret is dropped it is a logout all the same', async () => {
    const storage = memoryStorage()
    const [old = ''] = otherSecrets
    const at = (secret: readonly string[]) => house([acme], { storage, secret })
    app = at([old])
    const [one, two] = [await loggedIn('one'), await loggedIn('two')]
    const goesOn = (browser: Browser, secret: readonly string[]) => {
      const next = createBrowser(at(secret))
      for (const [name, value] of browser.cookies) next.cookies.set(name, value)
      return next.send('POST', '/auth/logout/provider')
    }
    const rotated = await goesOn(one, [testSecret, old])
    expect(rotated.body).toEqual({ redirectTo: 'https://idp.example/logout?hint=token-1' })
    const dropped = await goesOn(two, [testSecret])
    expect(dropped.status).toBeLessThan(300)
    expect(JSON.stringify(dropped.body)).not.toContain('token-2')
    expect(app.log.of('session.ended')).toEqual([])
    expect(await isIn(two)).toBe(false)
  })

  test('is a plain logout where the provider has no such place, or is away', async () => {
    const none = await loggedIn('none')
    expect((await none.send('POST', '/auth/logout/provider')).status).toBe(204)
    acme.startLogout = async () => {
      throw new Error('away')
    }
    const one = await loggedIn('one')
    expect((await one.send('POST', '/auth/logout/provider')).status).toBe(204)
    expect(await one.session()).toEqual({ status: 'anonymous' })
  })

  test('storage holds what the provider needs for it sealed', async () => {
    const storage = memoryStorage()
    const entries: unknown[] = []
    app = house([acme], {
      storage: { ...storage, insert: (entry, now) => (entries.push(entry), storage.insert(entry, now)) },
    })
    await loggedIn('one')
    expect(JSON.stringify(entries)).toContain('provider-session')
    expect(JSON.stringify(entries)).not.toContain('token-1')
  })
})
