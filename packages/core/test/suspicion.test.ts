import { describe, expect, test } from 'vitest'
import { recoveryCodes } from '../src/factors/recovery-codes.ts'
import { totp } from '../src/factors/totp.ts'
import { accountHouse } from './account/account-house.ts'
import { bearing, settled } from './auth-house.ts'
import { createProviderCalls } from '../src/provider-call.ts'
import { eventLog, goodPassword, memoryStorage, otherSecrets, testClock, testSecret } from './house.ts'
import { mfaHouse, nextCode } from './mfa/mfa-house.ts'

const minute = 60_000
const day = 24 * 60 * minute
const wrong = 'wrong horse battery staple'
const home = { address: '203.0.113.7', userAgent: 'Firefox' }
const abroad = { address: '198.51.100.9', userAgent: 'curl' }

describe('password spraying', () => {
  test('ASVS 16.3.3: ten accounts in an hour from one network are told of once; many guesses at one are not', async () => {
    const { auth, clock, log } = await accountHouse()
    const guess = (username: string, from = home) =>
      auth.logIn({ username, password: wrong }, from).catch(() => settled())
    for (let i = 0; i < 20; i++) await guess('eve')
    for (let i = 0; i < 5; i++) for (let times = 0; times < 3; times++) await guess(`user-${i}`)
    for (let i = 5; i < 9; i++) await guess(`user-${i}`, { ...home, address: '203.0.113.8' })
    expect(log.of('suspicion.spraying')).toEqual([])
    for (let i = 5; i < 20; i++) await guess(`user-${i}`)
    const told = { accounts: 10, withinMs: 60 * minute, address: home.address, userAgent: home.userAgent }
    expect(log.of('suspicion.spraying')).toEqual([{ type: 'suspicion.spraying', at: clock(), ...told }])
    clock.advance(60 * minute)
    for (let i = 0; i < 10; i++) await guess(`user-${i}`)
    expect(log.of('suspicion.spraying')).toHaveLength(2)
  })

  test('what is right is none, however many there are', async () => {
    const { auth, log } = await mfaHouse()
    for (let i = 0; i < 12; i++) await auth.users.create({ username: `user-${i}`, password: goodPassword })
    for (let i = 0; i < 12; i++) await auth.logIn({ username: `user-${i}`, password: goodPassword }, home)
    await settled()
    expect(log.of('suspicion.spraying')).toEqual([])
  })
})

test('ASVS 6.3.5: the right password with a wrong second factor, three times a day, is told of once', async () => {
  const { auth, enter, enrolTotp, locked, log, eve, principal } = await accountHouse()
  await enrolTotp(await principal(await enter('eve')))
  for (let i = 0; i < 5; i++) {
    const bearer = (await locked('eve')).token.reveal()
    await auth.unlock(bearer, { factor: 'totp', code: '000000' }, abroad).catch(() => {})
    await settled()
    expect(log.of('suspicion.second_factor')).toHaveLength(i < 2 ? 0 : 1)
  }
  expect(log.of('suspicion.second_factor')).toMatchObject([{ userId: eve.id, factor: 'totp', address: abroad.address }])
})

describe('ASVS 6.3.5: a log-in from a network that is new to the user', () => {
  test('is told of, to the user too; the first one and the known ones are not', async () => {
    const { enter, log, eve, outbox, clock } = await accountHouse()
    const notices = async () =>
      (await outbox()).filter((message) => message.type === 'notice' && message.notice === 'new_network')
    await enter('eve', home)
    await enter('eve', home)
    expect(await notices()).toEqual([])
    await enter('eve', abroad)
    expect(await notices()).toMatchObject([{ to: 'eve@example.com', client: { address: abroad.address } }])
    expect(log.of('suspicion.new_network')).toMatchObject([
      { userId: eve.id, sessionId: expect.any(String) as string, address: abroad.address },
    ])
    await enter('eve', abroad)
    await enter('eve', { ...home, address: '203.0.113.7' })
    expect(await notices()).toHaveLength(1)
    // What was not seen for a quarter of a year is new again, what was seen meanwhile is not.
    for (let days = 0; days < 100; days += 20) {
      clock.advance(20 * day)
      await enter('eve', home)
      await settled()
    }
    await enter('eve', abroad)
    expect(await notices()).toHaveLength(2)
  })

  test('is that of an IPv6 /64, and of whoever it is: not of another user there', async () => {
    const { enter, log } = await accountHouse()
    await enter('eve', { address: '2001:db8:1:2::1' })
    await settled()
    await enter('eve', { address: '2001:db8:1:2:ffff::9' })
    await enter('ann', { address: '2001:db8:1:3::1' })
    await settled()
    expect(log.of('suspicion.new_network')).toEqual([])
    await enter('eve', { address: '2001:db8:1:3::1' })
    await settled()
    expect(log.of('suspicion.new_network')).toHaveLength(1)
  })

  test('on a device that the user is known by is no matter for a message', async () => {
    const { enter, log, outbox } = await accountHouse()
    const first = await enter('eve', home)
    await settled()
    const known = first.status === 'unlocked' ? first.marker?.value.reveal() : undefined
    await enter('eve', { ...abroad, known })
    expect((await outbox()).map(({ type }) => type)).toEqual([])
    expect(log.of('suspicion.new_network')).toHaveLength(1)
    await enter('eve', { ...abroad, address: '192.0.2.1', known: `${known}x` })
    expect(await outbox()).toHaveLength(1)
  })
})

describe('what is good once, used again', () => {
  test('a code of an authenticator, right after or at the same time; a wrong one is none', async () => {
    const { auth, clock, enrolTotp, locked, log, ann } = await mfaHouse({ factors: [totp()] })
    const authenticator = await enrolTotp()
    const code = nextCode(clock, authenticator)
    const use = async (text: string) =>
      auth.unlock((await locked()).token.reveal(), { factor: 'totp', code: text }, abroad).catch(() => {})
    await use('000000')
    await Promise.all([use(code), use(code)])
    expect(log.of('suspicion.replay')).toMatchObject([{ of: 'totp', userId: ann.id, address: abroad.address }])
    await use(code)
    expect(log.of('suspicion.replay')).toHaveLength(2)
    await use(nextCode(clock, authenticator))
    expect(log.of('login.succeeded').length).toBeGreaterThan(2)
    expect(log.of('suspicion.replay')).toHaveLength(2)
  })

  test('a recovery code', async () => {
    const { auth, enrolTotp, locked, log, ann, principal } = await mfaHouse({ factors: [totp(), recoveryCodes()] })
    const { result } = await enrolTotp()
    const strong = await principal(result ?? expect.fail())
    const { answer } = await auth.factors.beginEnrolment(strong, { factor: 'recovery-codes' })
    const [code = '', other = ''] = answer['codes'] as string[]
    const use = async (text: string) =>
      auth.unlock((await locked()).token.reveal(), { factor: 'recovery-codes', code: text }).then(
        ({ status }) => status,
        (error: { code: string }) => error.code,
      )
    expect(await use(code)).toBe('unlocked')
    expect(await use(`${code.slice(0, -1)}${code.endsWith('2') ? '3' : '2'}`)).toBe('invalid_code')
    expect(log.of('suspicion.replay')).toEqual([])
    expect(await use(code)).toBe('invalid_code')
    expect(log.of('suspicion.replay')).toMatchObject([{ of: 'recovery_code', userId: ann.id }])
    expect(await use(other)).toBe('unlocked')
  })

  test('a link; a link under a key that is not ours is none', async () => {
    const { auth, logIn, log, ann } = await mfaHouse({ secret: [testSecret, ...otherSecrets.slice(0, 1)] })
    const { principal } = await logIn()
    const path = '/documents/1'
    const { url } = await auth.urlTokens.issue(principal, { method: 'GET', path, withinMs: minute, uses: 'once' })
    const follow = () => auth.authenticate(new Request(url.reveal()))
    const both = await Promise.all([follow(), follow()])
    expect(both.map(({ status }) => status).sort()).toEqual(['refused', 'unlocked'])
    expect(log.of('suspicion.replay')).toHaveLength(1)
    expect((await follow()).status).toBe('refused')
    expect(log.of('suspicion.replay').at(-1)).toMatchObject({ of: 'url_token' })
    const strange = url.reveal().replace(/..(?=.{11}$)/, '__')
    expect((await auth.authenticate(new Request(strange))).status).toBe('refused')
    expect(log.of('suspicion.replay')).toHaveLength(2)
    expect(log.of('token.refused').filter(({ userId }) => userId === ann.id).length).toBeLessThanOrEqual(1)
  })
})

test('an assertion of a provider, used again or at the same time, is told of', async () => {
  const clock = testClock()
  const log = eventLog()
  const calls = createProviderCalls({
    storage: memoryStorage(),
    now: clock,
    emit: (type, details, from) => log.listener({ type, at: clock(), ...from, ...details } as never),
    registry: { ids: [] } as never,
    origin: 'https://app.example.com',
    publicPath: '/auth',
  })
  const { once } = calls.contextOf('acme', { ...abroad, network: abroad.address })
  const uses = await Promise.all(Array.from({ length: 5 }, () => once('assertion:1', clock() + minute)))
  expect(uses.filter(Boolean)).toHaveLength(1)
  expect(await once('assertion:2', clock() + minute)).toBe(true)
  expect(log.of('suspicion.replay')).toHaveLength(4)
  expect(log.of('suspicion.replay')[0]).toMatchObject({ of: 'assertion', address: abroad.address })
})

test('the old token of a session that was renewed is told of, and made-up ones are not', async () => {
  const { auth, logIn, log, ann } = await mfaHouse()
  const { token, principal } = await logIn()
  await auth.reauthenticate(principal, { password: goodPassword })
  expect(log.of('session.retired_secret_used')).toEqual([])
  expect(await auth.authenticate(bearing(token))).toMatchObject({ status: 'refused', code: 'invalid_token' })
  expect(log.of('session.retired_secret_used')).toMatchObject([{ userId: ann.id, sessionId: principal.session?.id }])
  expect(log.of('token.refused').at(-1)).toMatchObject({ reason: 'retired_secret', userId: ann.id })
  const another = await logIn()
  const mixed = `${token.split('.')[0]}.${another.token.split('.')[1]}`
  await auth.authenticate(bearing(mixed))
  expect(log.of('session.retired_secret_used')).toHaveLength(1)
})
