import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { recoveryCodes } from '../../src/factors/recovery-codes.ts'
import { totp } from '../../src/factors/totp.ts'
import { goodPassword } from '../house.ts'
import { type Answer, type Browser, createBrowser } from '../third-party/house.ts'
import { evidence, standIn, standInDirectory } from '../third-party/stand-in.ts'
import { mfaHouse, type MfaHouse, type MfaSettings, wordFactor } from './mfa-house.ts'

const packages = join(import.meta.dirname, '../../..')
const sources = readdirSync(packages).flatMap((name) =>
  readdirSync(join(packages, name, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => ({ path: `${name}/${path}`, text: readFileSync(join(packages, name, 'src', path), 'utf8') })),
)

/** The files in which a pattern stands, once for each time. */
function filesWith(pattern: RegExp): string[] {
  return sources.flatMap(({ path, text }) => [...text.matchAll(pattern)].map(() => path)).sort()
}

describe('ASVS 6.3.4: in all packages there is', () => {
  test('one call that begins a session, behind the gate', () => {
    expect(filesWith(/\bsessions\.start\(/g)).toEqual(['core/sign-in.ts'])
    expect(filesWith(/tokens\.mint\('session'/g)).toEqual(['core/session.ts', 'core/session.ts'])
    expect(filesWith(/>\('session', storage/g)).toEqual(['core/session.ts'])
  })

  test('a known set of places where a session is renewed, each of a session that lives', () => {
    expect(filesWith(/\bsessions\.rotate\(/g)).toEqual([
      'core/create-functions.ts',
      'core/factors/enrolment.ts',
      'core/provider-renewal.ts',
      'core/sign-in.ts',
    ])
  })

  test('a known set of ways that bring an authentication to the gate', () => {
    expect(filesWith(/\bgate\.signIn\(/g)).toEqual([
      'core/create-functions.ts', // password
      'core/create-functions.ts', // a factor alone
      'core/create-functions.ts', // password change
      'core/direct-login.ts', // LDAP
      'core/impersonation.ts', // an administrator's own authentication
      'core/redirect-login.ts', // exchange code
      'core/redirect-login.ts', // OpenID Connect, OAuth 2.0, SAML
      'core/redirect-login.ts', // SAML, not asked for
    ])
    expect(filesWith(/\bgate\.proceed\(/g)).toEqual(['core/factors/enrolment.ts'])
  })
})

const directory = standInDirectory('ldap')
const key = wordFactor('key', { methods: ['hwk'], logIn: true })

/** ann with every way in there is, an authenticator, and a policy that wants it. */
async function everyWayIn(settings: MfaSettings = {}) {
  const provider = standIn('acme', { onFirstLogin: () => ann.id })
  const house: MfaHouse = await mfaHouse({
    factors: [totp(), recoveryCodes(), key],
    providers: [provider, { ...directory, onFirstLogin: () => ann.id }],
    callbacks: ['https://other.example/done'],
    ...settings,
  })
  const { ann, auth } = house
  provider.codes.set('alice', evidence())
  directory.people.set('ann', 'secret')
  const weak = await house.principal(await house.enter())
  const { enrolled } = await auth.factors.beginEnrolment(weak, { factor: 'key', code: 'sesame' })
  const strong = await house.principal(await unlocked(house, 'key', 'sesame'))
  await auth.factors.beginEnrolment(strong, { factor: 'recovery-codes' })
  const browser = createBrowser(house)
  return { ...house, browser, keyId: enrolled?.id ?? '' }
}

async function unlocked({ auth, locked }: MfaHouse, factor: string, code: string) {
  return auth.unlock((await locked()).token.reveal(), { factor, code })
}

type Ready = Awaited<ReturnType<typeof everyWayIn>>
const json = (browser: Browser, path: string, body: unknown): Promise<Answer> =>
  browser.send('POST', `/auth${path}`, body)
const verifier = 'v'.repeat(43)

/** Every route that can end in a session for somebody who has none, driven to its end with the first factor alone. */
const entrances: Readonly<Record<string, (house: Ready) => Promise<unknown>>> = {
  'POST /login': ({ browser }) => json(browser, '/login', { username: 'ann', password: goodPassword }),
  'POST /login/key': ({ browser, keyId }) => json(browser, '/login/key', { code: keyId }),
  'POST /login/:provider': ({ browser }) => json(browser, '/login/ldap', { username: 'ann', password: 'secret' }),
  'GET /callback/:provider': ({ browser }) => browser.logIn('acme', 'alice'),
  async 'POST /callback/:provider'({ browser }) {
    const { location } = await browser.postFromElsewhere('/auth/callback/acme', {
      state: await browser.start('acme'),
      code: 'alice',
    })
    return browser.get(
      new URL(location, 'https://app.example.com').pathname + new URL(location, 'https://app.example.com').search,
    )
  },
  async 'POST /exchange'({ browser }) {
    const returnTo = 'https://other.example/done'
    const { location } = await browser.logIn('acme', 'alice', { returnTo, challenge: await s256(verifier), state: 's' })
    return json(browser, '/exchange', { code: new URL(location).searchParams.get('code'), verifier })
  },
}

/** Routes that answer with a session under a new token, to somebody who has one: locked, or unlocked already. */
const renewals: Readonly<
  Record<string, (token: string, house: Ready) => Promise<{ readonly body: Record<string, unknown> }>>
> = {
  'POST /unlock': (token, { send }) => send('POST', '/unlock', { factor: 'totp', code: '000000' }, token),
  'POST /enrolment': (token, { send }) => send('POST', '/enrolment', { ticket: 'nonsense' }, token),
  'POST /factors/key': (token, { send }) => send('POST', '/factors/key', { code: 'mine' }, token),
  'POST /factors/totp/confirm': (token, { send }) => send('POST', '/factors/totp/confirm', { code: '000000' }, token),
  'POST /reauthenticate': (token, { send }) => send('POST', '/reauthenticate', { password: goodPassword }, token),
  'POST /reauthenticate/:provider': (token, { send }) => send('POST', '/reauthenticate/acme', {}, token),
  'POST /admin/users/:id/impersonate': (token, { send, ann }) =>
    send('POST', `/admin/users/${ann.id}/impersonate`, {}, token),
  'POST /password/change': (token, { send }) =>
    send('POST', '/password/change', { current: goodPassword, password: `${goodPassword} 2` }, token),
}

/** Routes that never answer with a token of a session. */
const others = `
  POST /unlock/begin · GET /session · POST /logout · GET /sessions · DELETE /sessions/:id · POST /sessions/revoke-others
  POST /reauthenticate/begin · POST /api-tokens · GET /api-tokens · POST /api-tokens/:id/rotate · DELETE /api-tokens/:id
  POST /url-tokens · GET /providers · GET /login/:provider · POST /backchannel-logout/:provider
  GET /saml/:provider/metadata · GET /identities · POST /identities/:provider/link · DELETE /identities/:id
  POST /logout/provider · GET /factors · DELETE /factors/:id · POST /enrolment/send · GET /trusted-devices
  DELETE /trusted-devices/:id · POST /factors/totp · POST /factors/recovery-codes · POST /login/key/options
  POST /register · POST /register/confirm · POST /password/forgot · POST /password/reset · POST /email/verify · POST /email/verify/send
  POST /email/change · POST /email/change/confirm · GET /events · GET /admin/events · GET /admin/users
  POST /admin/users · GET /admin/users/:id · PATCH /admin/users/:id · DELETE /admin/users/:id
  POST /admin/users/:id/reset-password · POST /admin/users/:id/revoke-sessions
  POST /admin/users/:id/revoke-api-tokens · POST /admin/users/:id/reset-factors
  POST /admin/users/:id/enrolment-ticket · POST /admin/users/:id/clear-attempts
  GET /admin/users/:id/sessions · DELETE /admin/users/:id/sessions/:session · GET /admin/users/:id/api-tokens
  DELETE /admin/users/:id/api-tokens/:token · POST /admin/revoke · POST /admin/revoke-everyone · GET /openapi.json · GET /health
`

describe('a session needs the second factor, whatever the way', () => {
  test('ASVS 6.4.2: every route is known here, and none asks for a hint or a secret question', () => {
    const routes = sources
      .filter(({ path }) => /^core\/http\/[\w-]+-routes\.ts$/.test(path))
      .flatMap(({ text }) => [
        ...[...text.matchAll(/method: '(\w+)',\s+path: '([^']+)'/g)].map(([, method, path]) => `${method} ${path}`),
        ...[...text.matchAll(/\bpost\(\s*'([^']+)'/g)].map(([, path]) => `POST ${path}`),
      ])
    const ofFactors = [
      'POST /factors/key',
      'POST /login/key',
      'POST /login/key/options',
      'POST /factors/totp',
      'POST /factors/totp/confirm',
      'POST /factors/recovery-codes',
    ]
    const known = [
      ...Object.keys(entrances),
      ...Object.keys(renewals),
      ...others.split(/·|\n/).map((line) => line.trim()),
    ]
    expect([...routes, ...ofFactors].sort()).toEqual(known.filter((line) => line !== '').sort())
  })

  test('ASVS 6.1.3: every way in stands in the documentation, with its strength', () => {
    const page = readFileSync(join(packages, '../docs/security.md'), 'utf8')
    const documented = [...page.matchAll(/^\| `((?:GET|POST) [^`]+)` \| .+ \| AAL[12].* \|$/gm)].map(
      ([, route]) => route,
    )
    const ways = [
      ...Object.keys(entrances),
      'POST /unlock',
      'POST /enrolment',
      'POST /factors/totp/confirm',
      'POST /factors/key',
    ]
    // That these are addresses of the passkeys' own package, test/documented-routes.test.ts says.
    const named: Readonly<Record<string, string>> = {
      'POST /login/key': 'POST /login/passkey',
      'POST /factors/key': 'POST /factors/passkeys',
    }
    expect(documented.sort()).toEqual(ways.map((route) => named[route] ?? route).sort())
  })

  test.each(Object.keys(entrances))('%s ends at the second door', async (route) => {
    const house = await everyWayIn()
    await entrances[route]?.(house)
    const cookie = house.browser.cookies.get('__Host-sallyport')
    const session = await house.browser.session()
    const locked = house.log.of('login.locked').at(-1)
    expect([route, session['status'] ?? session['code']]).toEqual([
      route,
      cookie === undefined ? 'anonymous' : 'locked',
    ])
    expect(locked?.userId).toBe(house.ann.id)
    expect(house.log.of('login.succeeded').at(-1)?.methods).toContain('mfa')
  })

  test.each(Object.keys(entrances))(
    '%s ends in a session where the policy is off: it is the gate that holds it',
    async (route) => {
      const house = await everyWayIn()
      await house.auth.users.setMfa(house.ann.id, 'off')
      await entrances[route]?.(house)
      expect(house.log.of('login.succeeded').at(-1)?.methods).not.toContain('mfa')
    },
  )

  test.each(Object.keys(renewals))('%s makes no session of a locked token', async (route) => {
    const house = await everyWayIn()
    const { token } = await house.locked()
    const before = (await house.auth.sessions.list(house.ann.id)).items.length
    const answer = await renewals[route]?.(token.reveal(), house)
    expect(answer?.body['code']).toMatch(/^(token_locked|invalid_code)$/)
    expect((await house.auth.sessions.list(house.ann.id)).items).toHaveLength(before)
  })

  test.each(Object.keys(renewals).filter((route) => route !== 'POST /unlock'))(
    '%s does not unlock a session below the policy',
    async (route) => {
      const house = await everyWayIn()
      await house.auth.users.setMfa(house.ann.id, 'off')
      const { token } = await house.enter()
      await house.auth.users.setMfa(house.ann.id, 'required')
      const answer = await renewals[route]?.(token.reveal(), house)
      expect(answer?.body['code']).toMatch(/^(token_locked|invalid_code)$/)
      expect(await house.judge(token.reveal())).toBe('locked')
    },
  )

  test('ASVS 6.4.3: a password that an operator has set is a first factor and no more', async () => {
    const house = await everyWayIn()
    await house.auth.passwords.set(house.ann.id, goodPassword)
    expect((await house.enter()).status).toBe('locked')
  })
})

async function s256(text: string): Promise<string> {
  return Buffer.from(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))).toString('base64url')
}
