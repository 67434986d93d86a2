import { describe, expect, test } from 'vitest'
import {
  emailCodes,
  type Evidence,
  type FactorType,
  type MappedProfile,
  type Message,
  type ProviderRules,
} from '@sallyport/core'
import { memoryStorage } from '../house.ts'
import { type Browser, createBrowser, goodPassword, house, secondFactor, withPassword } from './house.ts'
import { evidence, type StandIn, standIn } from './stand-in.ts'

/** A house with one provider under these rules, where every code is worth what `of` says by then. */
function houseWith(rules: ProviderRules, of: () => Partial<Evidence> = () => ({}), settings = {}) {
  const acme: StandIn = standIn('acme', {
    ...rules,
    finish: async ({ claim }) => {
      await claim()
      return evidence(of())
    },
  })
  const app = house([acme, standIn('other')], settings)
  return { acme, app, browser: createBrowser(app) }
}

const userOf = async (browser: Browser): Promise<Record<string, unknown>> =>
  (await browser.session())['user'] as Record<string, unknown>

describe('claims to a profile', () => {
  test('by the provider’s own mapping, where the rules have none', async () => {
    const profile = { username: 'al', displayName: 'Alice', email: 'a@example.com', emailVerified: true, roles: ['x'] }
    const { browser } = houseWith({}, () => ({ profile }))
    await browser.logIn('acme', 'code')
    expect(await userOf(browser)).toMatchObject({
      username: 'al',
      displayName: 'Alice',
      email: 'a@example.com',
      emailVerified: true,
      roles: ['x'],
    })
  })

  test('on each log-in: roles are as of the last one', async () => {
    let groups = ['admin', 'sales']
    const rules = { profile: (claims: Evidence['claims']) => ({ roles: claims['groups'] as string[] }) }
    const { app, browser } = houseWith(rules, () => ({ claims: { groups } }))
    await browser.logIn('acme', 'code')
    expect((await userOf(browser))['roles']).toEqual(['admin', 'sales'])
    groups = ['sales']
    const second = createBrowser(app)
    await second.logIn('acme', 'code')
    expect((await userOf(second))['roles']).toEqual(['sales'])
    expect((await userOf(browser))['roles']).toEqual(['sales'])
  })

  test('or only on the first', async () => {
    let roles = ['admin']
    const { app, browser } = houseWith({ mapOn: 'first', profile: () => ({ roles }) })
    await browser.logIn('acme', 'code')
    roles = []
    const second = createBrowser(app)
    await second.logIn('acme', 'code')
    expect((await userOf(second))['roles']).toEqual(['admin'])
  })

  test('what the mapping leaves out stays as it was', async () => {
    let profile: MappedProfile = { displayName: 'Alice', email: 'a@example.com', emailVerified: true, roles: ['x'] }
    const { app, browser } = houseWith({ profile: () => profile })
    await browser.logIn('acme', 'code')
    profile = {}
    await createBrowser(app).logIn('acme', 'code')
    expect(await userOf(browser)).toMatchObject({ displayName: 'Alice', emailVerified: true, roles: ['x'] })
  })

  test('an address is verified only where the mapping says so, and a new one starts anew', async () => {
    let profile: MappedProfile = { email: 'a@example.com' }
    const { app, browser } = houseWith({ profile: () => profile })
    await browser.logIn('acme', 'code')
    expect((await userOf(browser))['emailVerified']).toBe(false)
    profile = { email: 'a@example.com', emailVerified: true }
    await createBrowser(app).logIn('acme', 'code')
    expect((await userOf(browser))['emailVerified']).toBe(true)
    profile = { email: 'b@example.com' }
    await createBrowser(app).logIn('acme', 'code')
    expect(await userOf(browser)).toMatchObject({ email: 'b@example.com', emailVerified: false })
  })

  test('NIST SP 800-63B-4 §4.1.2.1: the address of somebody who has a second factor is not moved before that was shown', async () => {
    let profile: MappedProfile = { email: 'a@example.com', emailVerified: true }
    const sent: Message[] = []
    let amr: readonly string[] = []
    const { app } = houseWith({ profile: () => profile, trust: { amr: ['mfa'] } }, () => ({ amr }), {
      factors: [emailCodes({ who: 'everybody' })],
      deliver: (message: Message) => void sent.push(message),
    })
    const asked = async () => {
      const browser = createBrowser(app)
      await browser.logIn('acme', 'code')
      await browser.send('POST', '/auth/unlock/begin', { factor: 'email' })
      await expect.poll(() => sent).toHaveLength(1)
      return sent.pop()?.to
    }
    expect(await asked()).toBe('a@example.com')
    profile = { email: 'thief@example.com', emailVerified: true, displayName: 'Alice' }
    expect(await asked()).toBe('a@example.com')
    amr = ['mfa']
    const trusted = createBrowser(app)
    await trusted.logIn('acme', 'code')
    expect(await userOf(trusted)).toMatchObject({ email: 'thief@example.com', displayName: 'Alice' })
  })

  test('ASVS 6.4.4: nor does the ticket of somebody who must enrol one go to an address that the log-in has brought along', async () => {
    let profile: MappedProfile = { email: 'a@example.com', emailVerified: true }
    const sent: Message[] = []
    const { app } = houseWith({ profile: () => profile }, undefined, {
      mfa: 'required',
      factors: [emailCodes()],
      deliver: (message: Message) => void sent.push(message),
    })
    for (const email of ['a@example.com', 'thief@example.com']) {
      profile = { email, emailVerified: true }
      const browser = createBrowser(app)
      await browser.logIn('acme', 'code')
      expect(await browser.session()).toMatchObject({ status: 'locked', enrol: ['email'], needsTicket: true })
      await browser.send('POST', '/auth/enrolment/send')
      await expect.poll(() => sent.map(({ type, to }) => [type, to])).toEqual([['enrolment-ticket', 'a@example.com']])
      sent.length = 0
    }
  })

  test('D7: claims are input: what is no bounded text is left out', async () => {
    const profile = {
      username: 42,
      displayName: `A\u0000li\u202ece${' '.repeat(3)}`,
      email: 'no address',
      emailVerified: 'true',
      roles: ['ok', 7, null, 'x'.repeat(300), ...Array.from({ length: 500 }, (_, i) => `r${i}`)],
    } as never
    const { browser } = houseWith({ profile: () => profile })
    await browser.logIn('acme', 'code')
    const user = await userOf(browser)
    expect(user).toMatchObject({ username: 'acme:alice', displayName: 'Alice' })
    expect(user['email']).toBeUndefined()
    expect((user['roles'] as string[]).slice(0, 2)).toEqual(['ok', 'r0'])
    expect(user['roles']).toHaveLength(200)
  })

  test('the application hears of every log-in, and may refuse it', async () => {
    const { AuthError } = await import('@sallyport/core')
    const heard: string[] = []
    const { app, browser } = houseWith({
      onLogin: (user, { subject }) => {
        heard.push(`${user.username} ${subject}`)
        if (heard.length > 1) throw new AuthError('forbidden')
      },
    })
    await browser.logIn('acme', 'code')
    expect((await createBrowser(app).logIn('acme', 'code')).body['code']).toBe('forbidden')
    expect(heard).toEqual(['acme:alice alice', 'acme:alice alice'])
    expect(app.log.of('login.succeeded')).toHaveLength(1)
  })
})

describe('ASVS 6.8.4: how strong a provider’s authentication was', () => {
  const strong = { amr: ['mfa', 'hwk'], acr: 'urn:gold' }
  const assurance = async (browser: Browser) => (await browser.session())['assurance'] as Record<string, unknown>

  test('is not believed by default', async () => {
    const { browser } = houseWith({}, () => strong)
    await browser.logIn('acme', 'code')
    expect(await assurance(browser)).toMatchObject({ level: 1, methods: ['fed'] })
  })

  test('is believed as far as the configuration goes, by amr', async () => {
    const { browser } = houseWith({ trust: { amr: ['mfa', 'otp'] } }, () => strong)
    await browser.logIn('acme', 'code')
    expect(await assurance(browser)).toMatchObject({ level: 2, methods: ['fed', 'mfa'] })
  })

  test.each([
    ['urn:gold', 2],
    ['urn:silver', 1],
    ['toString', 1],
    [undefined, 1],
  ])('by acr: %s is level %i', async (acr, level) => {
    const { browser } = houseWith({ trust: { acr: { 'urn:gold': ['mfa'] } } }, () => ({ acr }))
    await browser.logIn('acme', 'code')
    expect(await assurance(browser)).toMatchObject({ level })
  })

  test('a policy that asks for a second factor is satisfied by a trusted provider only', async () => {
    const settings = { mfa: 'required', factors: [secondFactor] } as const
    const weak = houseWith({}, () => strong, settings)
    await weak.browser.logIn('acme', 'code', { returnTo: '/inbox' })
    expect(await weak.browser.session()).toMatchObject({ status: 'locked', factors: ['code'] })
    const unlocked = await weak.browser.send('POST', '/auth/unlock', { factor: 'code', code: '123456' })
    expect(unlocked.body).toMatchObject({ status: 'unlocked', assurance: { level: 2 } })

    const trusted = houseWith({ trust: { amr: ['mfa'] } }, () => strong, settings)
    await trusted.browser.logIn('acme', 'code')
    expect((await trusted.browser.session())['status']).toBe('unlocked')
  })

  test('the time of the authentication is the provider’s, never later than now', async () => {
    const app = { at: 0 }
    const { browser, app: built } = houseWith({}, () => ({ authenticatedAt: app.at }))
    app.at = built.clock() - 3 * 60 * 60_000
    await browser.logIn('acme', 'code')
    expect((await assurance(browser))['authenticatedAt']).toBe(new Date(app.at).toISOString())
    expect((await browser.send('POST', '/auth/api-tokens', { name: 'x' })).body['code']).toBe('step_up_required')
    app.at = built.clock() + 1e9
    await browser.logIn('acme', 'code')
    expect((await assurance(browser))['authenticatedAt']).toBe(new Date(built.clock()).toISOString())
  })
})

describe('renewing a session by a provider', () => {
  async function renew(browser: Browser, returnTo = '/account') {
    const started = await browser.send('POST', '/auth/reauthenticate/acme', { returnTo })
    const state = new URL(String(started.body['redirectTo'])).searchParams.get('state')
    return browser.get(`/auth/callback/acme?code=code&state=${state}`)
  }

  test('asks for a fresh authentication, and rotates the token', async () => {
    const at = { fresh: 0 }
    const { acme, app, browser } = houseWith({}, () => ({ authenticatedAt: at.fresh }))
    at.fresh = app.clock()
    await browser.logIn('acme', 'code')
    app.clock.advance(2 * 60 * 60_000)
    expect((await browser.send('POST', '/auth/api-tokens', { name: 'x' })).status).toBe(403)
    const before = browser.cookies.get('__Host-sallyport')
    at.fresh = app.clock()
    const back = await renew(browser)
    expect([back.status, back.location]).toEqual([303, '/account'])
    expect(acme.started.at(-1)?.fresh).toBe(true)
    expect(browser.cookies.get('__Host-sallyport')).not.toBe(before)
    expect((await browser.send('POST', '/auth/api-tokens', { name: 'x' })).status).toBe(201)
    expect(app.log.of('reauthentication.succeeded')).toHaveLength(1)
    expect(app.log.of('session.ended')).toEqual([])
  })

  test.each([undefined, -60 * 60_000])(
    'ASVS 7.5.3: a provider that does not prove it (%s) renews nothing',
    async (ago) => {
      const at: { value: number | undefined } = { value: undefined }
      const { app, browser } = houseWith({}, () => ({ authenticatedAt: at.value }))
      await browser.logIn('acme', 'code')
      at.value = ago === undefined ? undefined : app.clock() + ago
      const back = await renew(browser)
      expect([back.status, back.body['code']]).toEqual([401, 'provider_refused'])
      expect((await browser.get('/auth/session')).status).toBe(200)
    },
  )

  test('somebody else’s identity renews nothing', async () => {
    const who = { subject: 'alice' }
    const { app, browser } = houseWith({}, () => ({ ...who, authenticatedAt: Date.UTC(2027, 0, 1) }))
    await browser.logIn('acme', 'code')
    await createBrowser(app).logIn('acme', 'code')
    who.subject = 'mallory'
    expect((await renew(browser)).status).toBe(401)
  })

  test('a password and a provider are no two factors', async () => {
    const { app, browser } = houseWith({}, () => ({ authenticatedAt: Date.UTC(2027, 0, 1) }))
    await withPassword(app, browser)
    const linked = await browser.send('POST', '/auth/identities/acme/link')
    const state = new URL(String(linked.body['redirectTo'])).searchParams.get('state')
    await browser.get(`/auth/callback/acme?code=code&state=${state}`)
    expect((await renew(browser)).status).toBe(303)
    expect(await browser.session()).toMatchObject({ assurance: { level: 1, methods: ['pwd', 'fed'] } })
  })

  test('a provider that can’t do it says so, and a token in the URL gets no cookie', async () => {
    const acme = standIn('acme', { canReauthenticate: false, finish: async () => evidence() })
    const app = house([acme])
    const browser = createBrowser(app)
    await browser.logIn('acme', 'code')
    expect((await browser.send('POST', '/auth/reauthenticate/acme')).body['code']).toBe('invalid_request')

    await app.auth.users.create({ username: 'bob', password: goodPassword })
    const { token } = await app.auth.logIn({ username: 'bob', password: goodPassword })
    const fresh = createBrowser(app)
    const refused = await fresh.send('POST', `/auth/reauthenticate/acme?token=${token.reveal()}`)
    expect([refused.status, refused.body['code']]).toEqual([400, 'invalid_request'])
    expect(fresh.cookies.size).toBe(0)
  })
})

describe('users who have not been seen for long', () => {
  const day = 24 * 60 * 60_000

  test('ASVS 7.6.1: whose only way in is a provider are suspended, sessions and API tokens alike, until they log in there', async () => {
    const { app, browser } = houseWith({ maxSinceLoginMs: day })
    await browser.logIn('acme', 'code')
    const { body } = await browser.send('POST', '/auth/api-tokens', { name: 'x' })
    const byToken = () => createBrowser(app).get(`/auth/session?token=${String(body['token'])}`)
    app.clock.advance(day)
    expect((await browser.get('/auth/session')).status).toBe(200)
    expect((await byToken()).status).toBe(200)
    app.clock.advance(1)
    expect((await browser.get('/auth/session')).body['code']).toBe('expired_token')
    expect((await byToken()).body['code']).toBe('expired_token')
    expect(app.log.of('token.refused').map(({ reason }) => reason)).toEqual(['suspended', 'suspended'])
    await createBrowser(app).logIn('acme', 'code')
    expect((await browser.get('/auth/session')).status).toBe(200)
    expect((await byToken()).status).toBe(200)
  })

  test('with a password are not', async () => {
    const { app, browser } = houseWith({ maxSinceLoginMs: day })
    await browser.logIn('acme', 'code')
    const { id } = (await userOf(browser)) as { id: string }
    await app.auth.passwords.set(id, goodPassword)
    await browser.logIn('acme', 'code')
    app.clock.advance(2 * day)
    expect((await browser.get('/auth/session')).status).toBe(200)
  })

  test('with another provider that has no such limit, or has seen them, are not', async () => {
    for (const limit of [undefined, 3 * day]) {
      const other = standIn('other', { maxSinceLoginMs: limit, finish: async () => evidence() })
      const app = house([standIn('acme', { maxSinceLoginMs: day, finish: async () => evidence() }), other])
      const browser = createBrowser(app)
      await browser.logIn('acme', 'code')
      const linked = await browser.send('POST', '/auth/identities/other/link')
      await browser.get(`/auth/callback/other?${new URL(String(linked.body['redirectTo'])).searchParams}`)
      app.clock.advance(2 * day)
      expect((await browser.get('/auth/session')).status).toBe(200)
      app.clock.advance(2 * day)
      expect((await browser.get('/auth/session')).status).toBe(limit === undefined ? 200 : 401)
    }
  })

  test('with a factor that lets in by itself are not', async () => {
    const passkey: FactorType = () => ({
      ...secondFactor(undefined as never),
      id: 'passkey',
      logIn: {
        paths: { begin: '/login/passkey/options', finish: '/login/passkey' },
        begin: async () => ({}),
        finish: async () => undefined,
      },
    })
    const { browser, app } = houseWith({ maxSinceLoginMs: day }, () => ({}), { factors: [passkey], mfa: 'off' })
    await browser.logIn('acme', 'code')
    app.clock.advance(2 * day)
    expect((await browser.get('/auth/session')).status).toBe(200)
  })

  test('D4: an outage while that is judged is no refusal', async () => {
    const storage = memoryStorage()
    let away = false
    const type = ({ id }: { readonly id: string }) =>
      standIn(id, { maxSinceLoginMs: day, finish: async () => evidence() })
    const app = house([], {
      providerTypes: { type },
      storage: {
        ...storage,
        get: async (kind, id) => {
          if (away && kind === 'provider') throw new Error('away')
          return storage.get(kind, id)
        },
      },
    })
    await app.auth.providers.set({ id: 'acme', type: 'type', options: {} })
    const browser = createBrowser(app)
    await browser.logIn('acme', 'code')
    app.clock.advance(2 * day)
    away = true
    expect((await browser.get('/auth/session')).status).toBe(503)
    away = false
    expect((await browser.get('/auth/session')).body['code']).toBe('expired_token')
  })
})
