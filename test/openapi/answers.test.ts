import { createHash, randomBytes } from 'node:crypto'
import { emailCodes, type Message, recoveryCodes, smsCodes } from '@sallyport/core'
import { totp } from '@sallyport/core/totp'
import { passkeys } from '@sallyport/passkeys'
import { expect, test } from 'vitest'
import { settled } from '../../packages/core/test/auth-house.ts'
import { adminHouse, type AdminHouse } from '../../packages/core/test/account/admin-house.ts'
import { eveEmail, otherPassword, tokenIn } from '../../packages/core/test/account/account-house.ts'
import { goodPassword } from '../../packages/core/test/house.ts'
import { codeOf } from '../../packages/core/test/mfa/mfa-house.ts'
import { evidence, standIn, standInDirectory } from '../../packages/core/test/third-party/stand-in.ts'
import { softwareAuthenticator } from '../../packages/passkeys/test/software-authenticator.ts'
import { type Contract, contractOf, type OpenApi } from './contract.ts'
import { origin, type Visitor, visitor } from './visitor.ts'

const callback = 'https://spa.example.org/callback'

/** Everything that there is, switched on. */
async function everything() {
  const acme = standIn('acme', { onFirstLogin: () => app.eve.id })
  const ldap = standInDirectory('ldap', { onFirstLogin: () => app.eve.id })
  const app: AdminHouse = await adminHouse({
    factors: [totp(), recoveryCodes(), emailCodes(), smsCodes(), passkeys()],
    providers: [acme, ldap],
    callbacks: [callback],
    trustedDevices: true,
    audit: true,
    registration: { by: 'username' },
  })
  ldap.people.set('eve', 'secret')
  acme.codes.set('eve', evidence({ subject: 'eve', issuedAt: app.clock(), keep: 'token' }))
  const contract = contractOf(await documentOf(app))
  return { ...app, acme, contract, visitor: () => visitor(app.auth, contract) }
}

type Everything = Awaited<ReturnType<typeof everything>>

async function documentOf({ auth }: Pick<AdminHouse, 'auth'>): Promise<OpenApi> {
  const answer = await auth.handle(new Request(`${origin}/auth/openapi.json`))
  expect([answer?.status, answer?.headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8'])
  return (await answer?.json()) as OpenApi
}

async function enter(visitor: Visitor, username: string, more: object = { returnToken: true }): Promise<void> {
  const { status } = await visitor.send('POST', '/login', { username, password: goodPassword, ...more })
  expect(status).toBe(200)
}

async function sent({ sent }: AdminHouse, type: Message['type']): Promise<Message> {
  await settled()
  await settled()
  return sent.findLast((message) => message.type === type) ?? expect.fail(`no ${type} was sent`)
}

async function codeSent(app: AdminHouse): Promise<string> {
  const message = await sent(app, 'code')
  return 'code' in message ? message.code.reveal() : ''
}

async function linkSent(app: AdminHouse, type: Message['type']): Promise<string> {
  const message = await sent(app, type)
  return 'link' in message ? tokenIn(message.link.reveal()) : ''
}

async function sessions({ visitor }: Everything): Promise<void> {
  const [ann, other] = [visitor(), visitor()]
  await ann.send('GET', '/openapi.json')
  await ann.send('GET', '/health')
  await ann.send('GET', '/session')
  await ann.send('POST', '/login', { username: 'ann' })
  await ann.send('POST', '/login', { username: 'ann', password: 'wrong' })
  await ann.send('GET', '/sessions')
  await enter(other, 'ann')
  await enter(ann, 'ann')
  await ann.send('GET', '/session')
  const { body } = await ann.send('GET', '/sessions')
  const [first] = (body['items'] as { id: string; current: boolean }[]).filter(({ current }) => !current)
  await ann.send('DELETE', `/sessions/${first?.id}`)
  await ann.send('DELETE', `/sessions/${first?.id}`)
  await other.send('GET', '/session')
  await ann.send('POST', '/sessions/revoke-others')
  await ann.send('POST', '/reauthenticate/begin', { factor: 'totp' })
  await ann.send('POST', '/reauthenticate', { password: goodPassword })

  const issued = await ann.send('POST', '/api-tokens', {
    name: 'ci',
    scopes: ['reader'],
    expiresAt: '2030-01-01T00:00:00Z',
  })
  const { id } = issued.body['apiToken'] as { id: string }
  await ann.send('GET', '/api-tokens')
  await ann.send('POST', `/api-tokens/${id}/rotate`, { overlapMs: 1000 })
  const program = visitor()
  program.token = String(issued.body['token'])
  await program.send('GET', '/session')
  await program.send('POST', '/api-tokens', { name: 'more' })
  await ann.send('DELETE', `/api-tokens/${id}`)
  await ann.send('POST', '/url-tokens', { method: 'GET', path: '/file', withinMs: 1000 })
  await ann.send('POST', '/logout')
}

async function providers({ acme, clock, visitor }: Everything): Promise<void> {
  const browser = visitor()
  const stateOf = (location: string) => new URL(location).searchParams.get('state') ?? ''
  await browser.send('GET', '/providers')
  await browser.send('GET', '/login/nobody')
  await browser.send('GET', '/login/acme?returnTo=https://evil.example')
  await browser.send('POST', '/login/acme', { returnTo: '/' })
  const { location } = await browser.send('GET', '/login/acme?returnTo=/')
  await browser.send('GET', `/callback/acme?code=eve&state=${stateOf(location)}`)
  const { body } = await browser.send('GET', '/session')
  expect(body['status']).toBe('unlocked')
  await browser.send('GET', '/identities')
  await browser.send('POST', '/identities/acme/link', {})
  await browser.send('POST', '/identities/ldap/link', { username: 'eve', password: 'secret' })
  const linked = await browser.send('GET', '/identities')
  const [, second] = linked.body['items'] as { id: string }[]
  await browser.send('DELETE', `/identities/${second?.id}`)
  await browser.send('POST', '/reauthenticate/acme', {})
  await browser.send('POST', '/logout/provider', {})

  await browser.send('POST', '/login/ldap', { username: 'eve', password: 'secret' })
  await browser.send('POST', '/login/ldap', { username: 'eve', password: 'wrong' })
  await browser.send('POST', '/logout/provider', {})

  const elsewhere = visitor()
  const begun = await elsewhere.send('POST', '/login/acme', {})
  await elsewhere.form('/callback/acme', { state: stateOf(String(begun.body['redirectTo'])), code: 'eve' })
  const verifier = randomBytes(32).toString('base64url')
  const challenge = createHash('sha256').update(verifier).digest('base64url')
  const query = new URLSearchParams({ returnTo: callback, challenge, state: 'st' })
  const third = await elsewhere.send('GET', `/login/acme?${query}`)
  const back = await elsewhere.send('GET', `/callback/acme?code=eve&state=${stateOf(third.location)}`)
  const code = new URL(back.location).searchParams.get('code')
  await elsewhere.send('POST', '/exchange', { code, verifier })
  await elsewhere.send('POST', '/exchange', { code, verifier })
  acme.notice = { issuer: 'https://idp.example', issuedAt: clock() }
  await elsewhere.form('/backchannel-logout/acme', { logout_token: 'bad' })
  acme.notice = { issuer: 'https://idp.example', issuedAt: clock(), ...{ subject: 'nobody' } }
  await elsewhere.form('/backchannel-logout/acme', { logout_token: 'good' })
  await elsewhere.send('GET', '/saml/acme/metadata')
}

async function factors(app: Everything): Promise<void> {
  const { clock, visitor } = app
  const [ann, locked, passwordless] = [visitor(), visitor(), visitor()]
  const authenticator = softwareAuthenticator(origin)
  await enter(ann, 'ann')
  await ann.send('POST', '/factors/recovery-codes', {})
  const { body } = await ann.send('POST', '/factors/totp', { name: 'phone' })
  const code = codeOf(String(body['secret']), clock)
  await ann.send('POST', '/factors/totp/confirm', { code: 'wrong' })
  await ann.send('POST', '/factors/totp/confirm', { code: code() })
  await ann.send('POST', '/factors/recovery-codes', { revokeOthers: false })
  const options = await ann.send('POST', '/factors/passkeys/options', {})
  await ann.send('POST', '/factors/passkeys', { response: authenticator.register(options.body) })
  await ann.send('POST', '/factors/sms', { address: '+49 30 123456' })
  await ann.send('POST', '/factors/sms/confirm', { code: await codeSent(app) })
  const { body: list } = await ann.send('GET', '/factors')
  const sms = (list['items'] as { id: string; factor: string }[]).find(({ factor }) => factor === 'sms')
  await ann.send('DELETE', `/factors/${sms?.id}`, {})

  const asked = await passwordless.send('POST', '/login/passkey/options', {})
  const response = authenticator.authenticate(asked.body)
  await passwordless.send('POST', '/login/passkey', { response, returnToken: true })
  await passwordless.send('POST', '/login/passkey', { response })

  await enter(locked, 'ann', {})
  await locked.send('GET', '/session')
  await locked.send('GET', '/sessions')
  await locked.send('POST', '/unlock/begin', { factor: 'passkey' })
  await locked.send('POST', '/unlock', { factor: 'totp', code: '000000' })
  clock.advance(30_000)
  await locked.send('POST', '/unlock', { factor: 'totp', code: code(), trustDevice: true })
  const devices = await locked.send('GET', '/trusted-devices')
  const [device] = devices.body['items'] as { id: string }[]
  await locked.send('DELETE', `/trusted-devices/${device?.id}`)

  const eve = visitor()
  await enter(eve, 'eve')
  await eve.send('POST', '/factors/email', {})
  await eve.send('POST', '/factors/email/confirm', { code: await codeSent(app) })
}

async function enrolment(app: Everything): Promise<void> {
  const { auth, visitor } = app
  const email = 'pat@example.com'
  await auth.users.create({ username: 'pat', password: goodPassword, email, emailVerified: true, mfa: 'required' })
  const pat = visitor()
  await enter(pat, 'pat')
  await pat.send('POST', '/factors/totp', {})
  await pat.send('POST', '/enrolment/send', {})
  const message = await sent(app, 'enrolment-ticket')
  await pat.send('POST', '/enrolment', { ticket: 'ticket' in message ? message.ticket.reveal() : '' })
  const { body } = await pat.send('POST', '/factors/totp', {})
  await pat.send('POST', '/factors/totp/confirm', { code: codeOf(String(body['secret']), app.clock)() })
}

async function account(app: Everything): Promise<void> {
  const { visitor, auth } = app
  const someone = visitor()
  const password = goodPassword
  const wanted = { username: 'kim', password, email: 'kim@example.com' }
  await someone.send('POST', '/register', wanted)
  await someone.send('POST', '/register', wanted)
  await someone.send('POST', '/register', { ...wanted, username: 'kit', password: 'short' })
  await enter(someone, 'kim')
  await someone.send('POST', '/email/verify/send', {})
  await someone.send('POST', '/email/verify', { token: 'made-up' })
  await someone.send('POST', '/email/verify', { token: await linkSent(app, 'email-verification') })
  await someone.send('POST', '/email/change', { email: 'kim@example.org' })
  await someone.send('POST', '/email/change/confirm', { token: await linkSent(app, 'email-change') })
  await someone.send('POST', '/password/change', { current: password, password: otherPassword })
  await someone.send('POST', '/password/forgot', { email: 'kim@example.org' })
  await someone.send('POST', '/password/reset', { token: await linkSent(app, 'password-reset'), password })
  await enter(someone, 'kim')
  await someone.send('GET', '/events?limit=5')
  expect(await auth.users.findByLogin(eveEmail)).toBeDefined()
}

async function administration(app: Everything): Promise<void> {
  const { auth, visitor } = app
  const [root, kim] = [visitor(), visitor()]
  await enter(root, 'root')
  await enter(kim, 'kim')
  await kim.send('GET', '/admin/users')
  await root.send('GET', '/admin/users?search=k&limit=10')
  await root.send('POST', '/admin/users', { username: 'new', roles: ['reader'], mfa: { required: ['totp'] } })
  await root.send('POST', '/admin/users', { username: 'new' })
  const { id = '' } = (await auth.users.findByLogin('kim')) ?? {}
  const { body } = await kim.send('GET', '/session')
  const issued = await kim.send('POST', '/api-tokens', { name: 'x' })
  const at = `/admin/users/${id}`
  await root.send('GET', at)
  await root.send('PATCH', at, { roles: ['reader'], displayName: null, mfa: 'optional' })
  await root.send('GET', `${at}/sessions`)
  await root.send('DELETE', `${at}/sessions/${(body['session'] as { id: string }).id}`)
  await root.send('GET', `${at}/api-tokens`)
  await root.send('DELETE', `${at}/api-tokens/${(issued.body['apiToken'] as { id: string }).id}`)
  for (const what of ['reset-password', 'enrolment-ticket', 'clear-attempts', 'revoke-sessions', 'revoke-api-tokens']) {
    await root.send('POST', `${at}/${what}`, {})
  }
  await root.send('POST', '/admin/revoke', { user: id })
  await root.send('POST', `${at}/reset-factors`, {})
  await root.send('GET', '/admin/events?limit=1000')
  const stand = visitor()
  await enter(stand, 'root')
  await stand.send('POST', `${at}/impersonate`, {})
  await stand.send('GET', '/session')
  await stand.send('POST', '/api-tokens', { name: 'not in their place' })
  await root.send('DELETE', at)
  await root.send('DELETE', at)
  await root.send('POST', '/admin/revoke-everyone', {})
}

async function registrationByCode(): Promise<Contract> {
  const app = await adminHouse({ registration: { by: 'email' }, verification: 'code' })
  const contract = contractOf(await documentOf(app))
  const someone = visitor(app.auth, contract)
  const { body } = await someone.send('POST', '/register', { email: 'lee@example.com' })
  const code = await codeSent(app)
  await someone.send('POST', '/register/confirm', { flow: body['flow'], code, password: goodPassword })
  return contract
}

test('the OpenAPI document is what the routes take and answer, every one of them', async () => {
  const app = await everything()
  for (const flow of [sessions, providers, account, factors, enrolment, administration]) await flow(app)
  const other = (await registrationByCode()).unseen()
  expect(app.contract.unseen().filter((answer) => other.includes(answer) || !/\/register/.test(answer))).toEqual([])
})
