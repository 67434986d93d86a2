import type { Provider } from '@sallyport/core'
import { beforeEach, describe, expect, it } from 'vitest'
import { passkeys } from '../src/index.ts'
import { type House, house, origin, password } from './house.ts'
import { type Quirks, softwareAuthenticator } from './software-authenticator.ts'

let h: House
beforeEach(async () => {
  h = await house()
})

type Device = ReturnType<typeof softwareAuthenticator>

async function register(token: string, device: Device, quirks: Quirks = {}, at = h) {
  const { body: options } = await at.post('/factors/passkeys/options', {}, token)
  return at.post('/factors/passkeys', { name: 'Laptop', response: device.register(options, quirks) }, token)
}

/** A user with a passkey, at the first door. */
async function withPasskey(defaults: Quirks = {}) {
  const device = softwareAuthenticator(origin, defaults)
  const { status } = await register(await h.enter(), device)
  expect(status).toBe(200)
  const locked = await h.enter()
  const { body: options } = await h.post('/unlock/begin', { factor: 'passkey' }, locked)
  const unlock = (quirks: Quirks = {}, asked = options) =>
    h.post('/unlock', { factor: 'passkey', response: device.authenticate(asked, quirks) }, locked)
  return { device, locked, options, unlock }
}

async function logIn(device: Device, quirks: Quirks = {}, options?: Record<string, unknown>) {
  const asked = options ?? (await h.post('/login/passkey/options', {})).body
  return h.post('/login/passkey', { response: device.authenticate(asked, quirks), returnToken: true })
}

describe('registration', () => {
  it('asks with a user id that is nothing personal, and stores the key under a name', async () => {
    const token = await h.enter()
    const { body } = await h.post('/factors/passkeys/options', {}, token)
    expect(body).toMatchObject({ rp: { id: 'app.example.com' }, attestation: 'none', user: { name: 'ada' } })
    expect(Buffer.from((body['user'] as { id: string }).id, 'base64url')).toHaveLength(32)
    expect(Buffer.from(String(body['challenge']), 'base64url').length).toBeGreaterThanOrEqual(16)
    const { body: done } = await register(token, softwareAuthenticator(origin))
    expect(done['factor']).toMatchObject({ factor: 'passkey', name: 'Laptop' })
    expect(h.events.map(({ type }) => type)).toContain('factor.enrolled')
  })

  it('ASVS 6.7.2: no challenge of 128 bits or more comes twice, at registration, unlock and log-in', async () => {
    await withPasskey()
    const asked: Promise<{ readonly body: Record<string, unknown> }>[] = []
    for (let i = 0; i < 10; i++) {
      asked.push(h.post('/login/passkey/options', {}))
      asked.push(h.post('/unlock/begin', { factor: 'passkey' }, await h.enter()))
    }
    const challenges = (await Promise.all(asked)).map(({ body }) => String(body['challenge']))
    expect(new Set(challenges).size).toBe(20)
    for (const challenge of challenges) expect(Buffer.from(challenge, 'base64url').length).toBeGreaterThanOrEqual(16)
  })

  it('keeps several, and tells the browser which are there', async () => {
    const { unlock } = await withPasskey()
    const token = String((await unlock()).body['token'])
    const { body } = await h.post('/factors/passkeys/options', {}, token)
    expect(body['excludeCredentials']).toHaveLength(1)
    expect((await register(token, softwareAuthenticator(origin))).status).toBe(200)
    const { body: asked } = await h.post('/unlock/begin', { factor: 'passkey' }, await h.enter())
    expect(asked['allowCredentials']).toHaveLength(2)
  })

  it.each<[string, Quirks]>([
    ['for another origin', { origin: 'https://evil.example.com' }],
    ['in a frame of another site', { crossOrigin: true }],
    ['with a top origin', { topOrigin: 'https://evil.example.com' }],
    ['for another relying party', { rpId: 'evil.example.com' }],
    ['of another kind', { type: 'webauthn.get' }],
    ['with another challenge', { challenge: 'AAAAAAAAAAAAAAAAAAAAAA' }],
    ['with nobody there', { present: false }],
  ])('D11: is refused %s', async (_, quirks) => {
    expect((await register(await h.enter(), softwareAuthenticator(origin), quirks)).status).toBe(401)
  })

  it('D1: is finished once, and not for another session', async () => {
    const token = await h.enter()
    const device = softwareAuthenticator(origin)
    const { body: options } = await h.post('/factors/passkeys/options', {}, token)
    const response = device.register(options)
    const other = await h.enter('grace')
    expect((await h.post('/factors/passkeys', { response }, other)).status).toBe(401)
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => h.post('/factors/passkeys', { response }, token)),
    )
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  })

  it('leaves it to the application which authenticators are good enough', async () => {
    const seen: string[] = []
    const strict = await house({ accept: ({ aaguid }) => seen.push(aaguid) < 0 })
    const { status } = await register(await strict.enter(), softwareAuthenticator(origin), {}, strict)
    expect([status, seen]).toEqual([401, ['00000000-0000-0000-0000-000000000000']])
  })
})

describe('as a second factor', () => {
  it('opens the second door', async () => {
    const { unlock } = await withPasskey()
    const { status, body } = await unlock()
    expect([status, body['status']]).toEqual([200, 'unlocked'])
    expect(body['assurance']).toMatchObject({ level: 2 })
    expect((body['session'] as { methods: string[] }).methods).toEqual(
      expect.arrayContaining(['pwd', 'hwk', 'user', 'mfa']),
    )
  })

  it.each<[string, Quirks]>([
    ['another origin', { origin: 'https://evil.example.com' }],
    ['a frame of another site', { crossOrigin: true }],
    ['a top origin', { topOrigin: 'https://evil.example.com' }],
    ['another relying party', { rpId: 'evil.example.com' }],
    ['another kind of ceremony', { type: 'webauthn.create' }],
    ['another challenge', { challenge: 'AAAAAAAAAAAAAAAAAAAAAA' }],
    ['another key', { otherKey: true }],
    ['nobody there', { present: false }],
    ['a key that has become one that is synced', { isSynced: true }],
  ])('ASVS 6.8.2: refuses %s, and the right one still counts', async (_, quirks) => {
    const { unlock } = await withPasskey()
    expect((await unlock(quirks)).status).toBe(401)
    expect((await unlock()).status).toBe(200)
  })

  it('D1: of fifty at once with one answer, one is accepted', async () => {
    const { device, locked, options } = await withPasskey()
    const response = device.authenticate(options)
    const all = Array.from({ length: 50 }, () => h.post('/unlock', { factor: 'passkey', response }, locked))
    const statuses = (await Promise.all(all)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 200)).toHaveLength(1)
  })

  it('D11: the answer to the question of one locked token does not open another', async () => {
    const { device, options } = await withPasskey()
    const other = await h.enter()
    await h.post('/unlock/begin', { factor: 'passkey' }, other)
    const response = device.authenticate(options)
    expect((await h.post('/unlock', { factor: 'passkey', response }, other)).status).toBe(401)
  })

  it('tells of a counter that does not rise, and refuses it', async () => {
    const { device, unlock } = await withPasskey()
    expect((await unlock({ counter: 7 })).status).toBe(200)
    for (const counter of [7, 6, 0]) {
      h.events.length = 0
      const locked = await h.enter()
      const { body: options } = await h.post('/unlock/begin', { factor: 'passkey' }, locked)
      const response = device.authenticate(options, { counter })
      expect((await h.post('/unlock', { factor: 'passkey', response }, locked)).status).toBe(401)
      expect(h.events.map(({ type }) => type)).toContain('factor.cloned')
    }
  })

  it('asks for something where there is nothing, the same each time', async () => {
    const required = await house({}, { mfa: 'required' })
    const locked = await required.enter()
    const ask = async () =>
      (await required.post('/unlock/begin', { factor: 'passkey' }, locked)).body['allowCredentials']
    const first = await ask()
    expect(first).toHaveLength(1)
    expect(await ask()).toEqual(first)
  })
})

describe('as a whole log-in', () => {
  it('logs in whoever holds it, with two factors in one', async () => {
    const { device } = await withPasskey()
    const { status, body } = await logIn(device)
    expect([status, body['status']]).toEqual([200, 'unlocked'])
    expect(body['user']).toMatchObject({ username: 'ada' })
    expect(body['assurance']).toMatchObject({ level: 2 })
  })

  it.each<[string, Quirks]>([
    ['whose holder was not verified', { verified: false }],
    ['that names another user', { userHandle: Buffer.alloc(32).toString('base64url') }],
    ['of another origin', { origin: 'https://evil.example.com' }],
    ['in a frame of another site', { crossOrigin: true }],
    ['with a challenge of its own', { challenge: Buffer.from('made up').toString('base64url') }],
    ['with another key', { otherKey: true }],
  ])('ASVS 6.5.7: refuses one %s', async (_, quirks) => {
    const { device } = await withPasskey()
    expect((await logIn(device, quirks)).status).toBe(401)
  })

  it('refuses one that nobody here has', async () => {
    const stranger = softwareAuthenticator(origin)
    expect((await logIn(stranger)).status).toBe(401)
  })

  it('D1: of fifty at once with one answer, one is accepted', async () => {
    const { device } = await withPasskey()
    const { body: options } = await h.post('/login/passkey/options', {})
    const response = device.authenticate(options)
    const all = Array.from({ length: 50 }, () => h.post('/login/passkey', { response, returnToken: true }))
    const statuses = (await Promise.all(all)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 200)).toHaveLength(1)
  })

  it('ASVS 7.4.2: is over for a user who is disabled, and for a passkey that was reset', async () => {
    const { device } = await withPasskey()
    const ada = await h.auth.users.findByLogin('ada')
    await h.auth.users.disable(ada?.id ?? '')
    expect((await logIn(device)).status).toBe(401)
    await h.auth.users.enable(ada?.id ?? '')
    expect((await logIn(device)).status).toBe(200)
    await h.auth.factors.reset(ada?.id ?? '')
    expect((await logIn(device)).status).toBe(401)
  })

  it.each<[string, Quirks, number]>([
    ['opens alone: the last identity may go', {}, 204],
    ['opens alone, as the browser says: so may it', { isDiscoverable: true }, 204],
    ['never verified its holder: the last identity stays', { verified: false }, 409],
    ['can not name its holder: the last identity stays', { isDiscoverable: false }, 409],
  ])('a passkey that %s', async (_, quirks, status) => {
    const staff: Provider = {
      id: 'staff',
      label: 'Staff',
      protocol: 'ldap',
      check: async () => [],
      logIn: async () => ({ issuer: 'ldap:staff', subject: 'joan', claims: {}, methods: ['pwd', 'fed'] }),
    }
    const at = await house({}, { providers: [staff] })
    const { body } = await at.post('/login/staff', { username: 'joan', password, returnToken: true })
    const registered = await register(String(body['token']), softwareAuthenticator(origin), quirks, at)
    const token = String(registered.body['token'])
    const [identity] = await at.auth.identities.list((body['user'] as { id: string }).id)
    expect((await at.delete(`/identities/${identity?.id}`, token)).status).toBe(status)
  })

  it('can be switched off', async () => {
    const second = await house({ logIn: false })
    expect((await second.post('/login/passkey/options', {})).status).toBe(404)
  })
})

describe('D7: what is no response', () => {
  it.each([{}, { id: 7 }, { id: 'x', rawId: 'y' }, { id: 'x', rawId: 'x', response: null }, { id: 'x'.repeat(5000) }])(
    '%o',
    async (response) => {
      const { locked } = await withPasskey()
      expect((await h.post('/unlock', { factor: 'passkey', response }, locked)).status).toBe(401)
      expect((await h.post('/login/passkey', { response, returnToken: true })).status).toBe(401)
    },
  )
})

it('settings that can not work are refused, with their mend', () => {
  const make = (options: object) => () => passkeys(options)({ origin } as never)
  expect(make({ rpId: 'other.example.com' })).toThrow('which is not app.example.com or a parent of it')
  expect(make({ origins: ['app.example.com'] })).toThrow('write it as')
  expect(make({ lifetimeMs: 3_600_000 })).toThrow('leave it out for five minutes')
  expect(() => passkeys()({ origin: 'http://127.0.0.1:3000' } as never)).toThrow('passkeys need a name')
})
