import { describe, expect, test } from 'vitest'
import { goodPassword } from '../house.ts'
import { accountHouse, eveEmail, otherPassword, outcomes } from './account-house.ts'

const byEmail = { registration: { by: 'email', roles: ['reader'] } } as const
const byUsername = { registration: { by: 'username', roles: ['reader'] } } as const

describe('registration', () => {
  test('is off by default', async () => {
    const { send } = await accountHouse()
    const answer = await send('POST', '/register', { username: 'bob', password: goodPassword })
    expect([answer.status, answer.body['code']]).toEqual([404, 'not_found'])
  })

  test('refuses settings that can’t work', async () => {
    const none = { deliver: undefined } as unknown as object
    const users = { find: async () => undefined, findByLogin: async () => undefined }
    const { createAuth } = await import('@sallyport/core')
    const { memoryStorage, testSecret } = await import('../house.ts')
    const base = { origin: 'https://app.example.com', secret: testSecret, storage: memoryStorage() }
    for (const settings of [byEmail, { ...byUsername, users }, { registration: { by: 'phone' } }]) {
      expect(() => createAuth({ ...base, ...none, ...(settings as typeof byEmail) })).toThrow('A setting is not valid')
    }
  })
})

describe('registration by address', () => {
  test('a link leads to the choice of a password, and the address is the login name', async () => {
    const { auth, send, tokenOf, log } = await accountHouse(byEmail)
    const asked = await send('POST', '/register', { email: ' Bob@Example.com ', displayName: 'Bob', roles: ['admin'] })
    expect([asked.status, asked.body]).toEqual([202, { status: 'pending' }])
    const token = await tokenOf('registration')
    expect(await auth.users.findByLogin('bob@example.com')).toBeUndefined()
    expect((await send('POST', '/password/reset', { token, password: otherPassword })).status).toBe(204)
    expect(await auth.users.findByLogin('BOB@example.com')).toMatchObject({
      username: 'bob@example.com',
      email: 'Bob@Example.com',
      emailVerified: true,
      displayName: 'Bob',
      roles: ['reader'],
    })
    expect((await auth.logIn({ username: 'bob@EXAMPLE.com', password: otherPassword })).status).toBe('unlocked')
    expect(log.of('user.registered').length).toBe(1)
  })

  test('ASVS 6.3.8: who has the address already is told so by a message, and nobody else is', async () => {
    const { send, outbox, counting } = await accountHouse(byEmail)
    const seen = new Set<string>()
    for (const email of [eveEmail, 'new@example.com', 'other@example.com']) {
      counting.reset()
      const { status, body, headers } = await send('POST', '/register', { email, password: goodPassword })
      const calls = counting.calls.map(({ operation, kind }) => `${operation} ${kind}`)
      seen.add(JSON.stringify([status, body, [...headers], calls]))
      await outbox()
    }
    expect(seen.size).toBe(1)
    expect((await outbox()).map(({ type, to }) => [type, to])).toEqual([
      ['notice', eveEmail],
      ['registration', 'new@example.com'],
      ['registration', 'other@example.com'],
    ])
  })

  test('D1: of fifty with one link one makes the user', async () => {
    const { auth, tokenOf } = await accountHouse(byEmail)
    await auth.account.register({ email: 'bob@example.com' })
    const token = await tokenOf('registration')
    const all = Array.from({ length: 50 }, () => auth.account.resetPassword({ token, password: otherPassword }))
    expect(await outcomes(all)).toEqual({ done: 1, invalid_code: 49 })
    expect((await auth.users.list({ search: 'bob' })).items.length).toBe(1)
  })

  test.each([
    '',
    'bob',
    'bob@',
    '@example.com',
    'a b@example.com',
    'bob@example',
    'bob@exa\u202emple.com',
    'ﬀ@example.com',
    'b@x.de\r\nBcc: c@x.de',
    ['b@x.de'],
  ])('D7: %j is no address', async (email) => {
    const { send, outbox } = await accountHouse(byEmail)
    expect((await send('POST', '/register', { email })).status).toBe(400)
    expect(await outbox()).toEqual([])
  })

  test('nobody is flooded', async () => {
    const { auth, outbox } = await accountHouse(byEmail)
    for (let i = 0; i < 8; i++) await auth.account.register({ email: `Bob@example.${i % 2 ? 'com' : 'COM'}` })
    expect((await outbox()).length).toBe(5)
  })
})

describe('registration by user name', () => {
  test('makes the user at once, with an address that a link is to prove', async () => {
    const { auth, send, tokenOf } = await accountHouse(byUsername)
    const fields = { username: 'Bob', password: goodPassword, email: 'bob@example.com', id: 'x', roles: ['admin'] }
    const answer = await send('POST', '/register', fields)
    expect(answer.status).toBe(201)
    expect(answer.body['user']).toMatchObject({ username: 'bob', emailVerified: false, roles: ['reader'] })
    expect((await auth.logIn({ username: 'bob', password: goodPassword })).status).toBe('unlocked')
    await expect(auth.logIn({ username: 'bob@example.com', password: goodPassword })).rejects.toMatchObject({
      code: 'invalid_credentials',
    })
    expect((await send('POST', '/email/verify', { token: await tokenOf('email-verification') })).status).toBe(204)
    expect((await auth.logIn({ username: 'bob@example.com', password: goodPassword })).status).toBe('unlocked')
  })

  test('ASVS 15.4.1: of fifty with one name one has it', async () => {
    const { auth } = await accountHouse({ ...byUsername, password: { hashing: { concurrency: 3, capacity: 512 } } })
    const all = Array.from({ length: 50 }, () => auth.account.register({ username: 'bob', password: goodPassword }))
    expect(await outcomes(all)).toEqual({ done: 1, username_taken: 49 })
  })

  test('an address is no user name, and a bad password none', async () => {
    const { send } = await accountHouse(byUsername)
    const codeOf = async (fields: object) => (await send('POST', '/register', fields)).body['code']
    expect(await codeOf({ username: 'bob@example.com', password: goodPassword })).toBe('invalid_request')
    expect(await codeOf({ username: 'ｂob＠example.com', password: goodPassword })).toBe('invalid_request')
    expect(await codeOf({ username: 'bob' })).toBe('invalid_request')
    expect(await codeOf({ username: 'bob', password: 'short' })).toBe('password_refused')
    expect(await codeOf({ username: 'eve', password: goodPassword })).toBe('username_taken')
  })

  test('an address that is somebody’s is not written to by whoever types it, but by us to them', async () => {
    const { auth, outbox } = await accountHouse(byUsername)
    await auth.account.register({ username: 'bob', password: goodPassword, email: eveEmail })
    expect((await outbox()).map(({ type, to, user }) => [type, to, user?.username])).toEqual([
      ['notice', eveEmail, 'eve'],
    ])
  })
})

describe('D10: how many may register', () => {
  const limited = { ...byUsername, throttle: { network: [{ limit: 2, windowMs: 60_000 }] } }
  const register = async (headers: Readonly<Record<string, string>>, address: string, times: number) => {
    const { auth } = await accountHouse(limited)
    const statuses: (number | undefined)[] = []
    for (let i = 0; i < times; i++) {
      const body = JSON.stringify({ username: `new${i}`, password: goodPassword })
      const init = { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body }
      statuses.push(
        (await auth.handle(new Request('https://app.example.com/auth/register', init), { address }))?.status,
      )
    }
    return statuses
  }

  test('by one network, so many', async () => {
    expect(await register({}, '192.0.2.1', 3)).toEqual([201, 201, 429])
  })

  test('through a proxy that is not listed, whoever they are, ten times as many', async () => {
    const statuses = await register({ 'x-forwarded-for': '192.0.2.1' }, '10.0.0.1', 21)
    expect([statuses.slice(0, 20).every((status) => status === 201), statuses[20]]).toEqual([true, 429])
  })
})
