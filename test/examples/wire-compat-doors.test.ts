import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAuth, emailCodes, type Message, type RedirectProvider, recoveryCodes } from '@sallyport/core'
import { totp } from '@sallyport/core/totp'
import { memoryStorage } from '@sallyport/storage-memory'
import { afterEach, describe, expect, test } from 'vitest'
import { wireCompat } from '../../examples/wire-compat/app.ts'
import { browser, send } from './client.ts'

const credentials = { username: 'ada', password: 'correct horse battery staple' }
const callback = 'https://app.example.com/done'
const stops: (() => void)[] = []
afterEach(() => stops.splice(0).forEach((stop) => stop()))

/** A provider that says yes to any code, without any network between. */
const standIn: RedirectProvider = {
  id: 'acme',
  label: 'Acme',
  protocol: 'oauth2',
  stateField: 'state',
  canReauthenticate: false,
  check: async () => [],
  start: async ({ state }) => ({ redirectTo: `https://acme.example/authorize?state=${state}`, kept: null }),
  async finish({ fields, claim }) {
    await claim()
    const email = fields['code'] === 'with-email' ? { email: 'ada@acme.example', emailVerified: true } : {}
    return {
      issuer: 'https://acme.example',
      subject: 'ada-1',
      claims: {},
      methods: ['fed'],
      profile: { username: 'ada-1', ...email },
    }
  },
}

/** The application on a port of its own, with a user who has two factors, or none. */
async function setUp() {
  const server = createServer().listen(0)
  await once(server, 'listening')
  stops.push(() => server.close())
  const url = `http://localhost:${(server.address() as AddressInfo).port}`
  const messages: Message[] = []
  const auth = createAuth({
    origin: url,
    secret: 'k7Jq2xV9mZ4tR8wY1pL6sD3fG5hB0nCvXaQeUiOo',
    storage: memoryStorage(),
    factors: [totp(), recoveryCodes(), emailCodes({ who: 'everybody' })],
    deliver: (message) => void messages.push(message),
    providers: [standIn],
    callbacks: [{ url: callback, challenge: 'optional' }],
    permissions: () => ['documents:read'],
  })
  const user = await auth.users.create(credentials)
  const documents = { list: () => [], read: (id: string) => ({ id }), write: () => expect.fail(), remove: () => {} }
  server.on('request', wireCompat(auth, documents as never))

  /** Has the user enrol an authenticator and recovery codes. */
  async function enrol() {
    const issued = await auth.logIn(credentials)
    const headers = { cookie: auth.cookies.token(issued).split(';')[0] ?? '' }
    const who = await auth.authenticate(new Request(url, { headers }))
    if (who.status !== 'unlocked') return expect.fail(who.status)
    const { answer } = await auth.factors.beginEnrolment(who.principal, { factor: 'totp' })
    const key = String(answer['secret'])
    const finished = await auth.factors.finishEnrolment(who.principal, { factor: 'totp', code: code(key, -1) })
    const token = finished.result?.token.reveal() ?? expect.fail('no new token')
    const again = await auth.authenticate(new Request(`${url}/?token=${token}`))
    if (again.status !== 'unlocked') return expect.fail(again.status)
    const recovery = await auth.factors.beginEnrolment(again.principal, { factor: 'recovery-codes' })
    return { key, codes: recovery.answer['codes'] as readonly string[] }
  }

  const logIn = async () => {
    const { username: name, password } = credentials
    return (await send(url, 'POST', '/login', { body: { name, password, returnToken: true } })).json
  }
  return { url, auth, user, messages, enrol, logIn }
}

/** The code of an authenticator (RFC 6238), of now or of so many steps later. */
function code(base32: string, later = 0): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const bits = [...base32].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + later))
  const digest = createHmac('sha1', key).update(counter).digest()
  const offset = (digest.at(-1) ?? 0) & 15
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

describe('unlock in the documented wire format', { timeout: 30_000 }, () => {
  const document = '/api/v1/documents/1'

  test('a locked token opens nothing; a code unlocks it, under a new token', async () => {
    const { url, enrol, logIn } = await setUp()
    const { key } = await enrol()
    const locked = await logIn()
    expect(locked).toEqual({ logged: true, isUnlocked: false, rights: [], token: expect.stringMatching(/^sp_l_/) })
    const refused = await send(url, 'GET', `${document}?token=${locked.token}`)
    expect([refused.status, refused.json]).toEqual([
      401,
      { error: { code: 'token_locked', message: 'Access token is locked' } },
    ])
    expect((await send(url, 'GET', `/login?token=${locked.token}`)).json).toEqual({
      logged: true,
      isUnlocked: false,
      rights: [],
    })
    const unlock = (factors: unknown) => send(url, 'POST', `/login/unlock?token=${locked.token}`, { body: { factors } })
    const wrong = await unlock([{ factor: 'totp', password: '000000' }])
    expect(wrong.json).toEqual({ isUnlocked: false, factors: [{ factor: 'totp', unlocked: false }] })
    const right = await unlock([{ factor: 'totp', password: code(key) }])
    expect(right.json).toEqual({
      isUnlocked: true,
      factors: [{ factor: 'totp', unlocked: true }],
      token: expect.stringMatching(/^sp_s_/),
    })
    expect((await send(url, 'GET', `${document}?token=${right.json.token}`)).status).toBe(200)
    expect((await send(url, 'GET', `${document}?token=${locked.token}`)).status).toBe(401)
    for (const body of [{}, { factors: 'totp' }, { factors: [{ factor: 'totp' }] }]) {
      expect((await send(url, 'POST', `/login/unlock?token=${right.json.token}`, { body })).status).toBe(400)
    }
    expect((await send(url, 'POST', '/login/unlock', { body: { factors: [] } })).status).toBe(401)
  })

  test('ASVS 6.5.1: a recovery code works once', async () => {
    const { url, enrol, logIn } = await setUp()
    const { codes } = await enrol()
    const unlock = async () => {
      const { token } = await logIn()
      const factors = [{ factor: 'recovery', password: codes[0] }]
      return (await send(url, 'POST', `/login/unlock?token=${token}`, { body: { factors } })).json
    }
    expect(await unlock()).toMatchObject({ isUnlocked: true })
    expect(await unlock()).toMatchObject({ isUnlocked: false })
  })

  test('as a browser the new token takes the place of the locked one in the cookie', async () => {
    const { url, enrol } = await setUp()
    const { key } = await enrol()
    const client = browser(url)
    const { username: name, password } = credentials
    await client.send('POST', '/login', { body: { name, password } })
    expect(client.cookie).toMatch(/^sallyport=sp_l_/)
    const body = { factors: [{ factor: 'totp', password: code(key) }] }
    const { json } = await client.send('POST', '/login/unlock', { body })
    expect(json).toEqual({ isUnlocked: true, factors: [{ factor: 'totp', unlocked: true }] })
    expect(client.cookie).toMatch(/^sallyport=sp_s_/)
    expect((await client.send('GET', document)).status).toBe(200)
  })
})

describe('third party in the documented wire format', { timeout: 30_000 }, () => {
  /** A log-in at the provider, as far as the code that is exchanged. */
  async function exchangeCode(url: string, providerCode: string): Promise<string> {
    const started = await send(url, 'GET', `/oauth/acme?callback=${encodeURIComponent(callback)}`)
    expect(started.status).toBe(303)
    const state = new URL(started.headers.get('location') ?? '').searchParams.get('state')
    const cookie = started.headers.get('set-cookie')?.split(';')[0] ?? ''
    const answer = `/auth/callback/acme?code=${providerCode}&state=${state}`
    // Another browser than the one that started it.
    expect((await send(url, 'GET', answer)).status).toBe(400)
    const back = await send(url, 'GET', answer, { headers: { cookie } })
    expect(back.status).toBe(303)
    const target = new URL(back.headers.get('location') ?? '')
    expect(target.origin + target.pathname).toBe(callback)
    return target.searchParams.get('code') ?? expect.fail('no code')
  }

  test('from the provider to the callback with a code, which is exchanged once for a session token', async () => {
    const { url } = await setUp()
    const path = `/oauth/code/${await exchangeCode(url, 'good')}`
    const { token } = (await send(url, 'GET', path)).json
    expect((await send(url, 'GET', `/login?token=${token}`)).json).toMatchObject({ user: { username: 'ada-1' } })
    expect((await send(url, 'GET', path)).status).toBe(400)
  })

  test('who has a second factor gets a locked token, and a code by e-mail that unlocks it', async () => {
    const { url, messages } = await setUp()
    const { token } = (await send(url, 'GET', `/oauth/code/${await exchangeCode(url, 'with-email')}`)).json
    expect((await send(url, 'GET', `/login?token=${token}`)).json).toMatchObject({ logged: true, isUnlocked: false })
    await expect.poll(() => messages.length).toBe(1)
    const [message] = messages
    const password = message?.type === 'code' ? message.code.reveal() : expect.fail('no code')
    const body = { factors: [{ factor: 'email', password }] }
    const { json } = await send(url, 'POST', `/login/unlock?token=${token}`, { body })
    expect(json).toMatchObject({ isUnlocked: true, factors: [{ factor: 'email', unlocked: true }] })
    expect((await send(url, 'GET', `/login?token=${json.token}`)).json).toMatchObject({ isUnlocked: true })
  })

  test('a callback that is not on the list, and a provider that there is not', async () => {
    const { url } = await setUp()
    const elsewhere = await send(url, 'GET', '/oauth/acme?callback=https://evil.example/')
    expect([elsewhere.status, elsewhere.json]).toMatchObject([400, { error: { code: 'return_to_not_allowed' } }])
    expect((await send(url, 'GET', '/oauth/other?callback=x')).status).toBe(404)
    expect((await send(url, 'GET', '/oauth/acme')).status).toBe(400)
  })
})
