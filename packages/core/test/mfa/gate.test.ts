import type { MfaPolicy, User } from '@sallyport/core'
import { describe, expect, test } from 'vitest'
import { recoveryCodes } from '../../src/factors/recovery-codes.ts'
import { totp } from '../../src/factors/totp.ts'
import { goodPassword } from '../house.ts'
import { idOf, mfaHouse, nextCode, type MfaSettings, wordFactor } from './mfa-house.ts'

const withKey = [totp(), recoveryCodes(), wordFactor('key', { methods: ['hwk'] })]
const keyRequired = { required: ['key'] }

describe('ASVS 6.3.3: the policy, without and with an authenticator', () => {
  test.each<[MfaPolicy, string, string]>([
    ['off', 'unlocked', 'unlocked'],
    ['optional', 'unlocked', 'locked'],
    ['required', 'locked', 'locked'],
    [keyRequired, 'locked', 'locked'],
  ])('%j: %s, %s', async (mfa, without, having) => {
    const { auth, ann, enter, enrolTotp } = await mfaHouse({ factors: withKey, mfa: 'optional' })
    await auth.users.setMfa(ann.id, mfa)
    expect((await enter()).status).toBe(without)
    await auth.users.setMfa(ann.id, null)
    await enrolTotp()
    await auth.users.setMfa(ann.id, mfa)
    expect((await enter()).status).toBe(having)
  })

  test('by role, and what was set for a user goes first', async () => {
    const mfa = ({ roles }: User): MfaPolicy => (roles.includes('admin') ? 'required' : 'off')
    const { auth, ann, enter } = await mfaHouse({ mfa })
    expect((await enter()).status).toBe('unlocked')
    await auth.users.update(ann.id, { roles: ['admin'] })
    expect((await enter()).status).toBe('locked')
    await auth.users.setMfa(ann.id, 'off')
    expect((await enter()).status).toBe('unlocked')
  })

  test('what is no policy of a user is refused, and a change is an event', async () => {
    const { auth, ann, log } = await mfaHouse()
    await expect(auth.users.setMfa(ann.id, { required: ['nonsense'] })).rejects.toMatchObject({
      code: 'invalid_request',
    })
    for (const policy of ['sometimes', { required: [] }, 7, {}]) {
      await expect(auth.users.setMfa(ann.id, policy as MfaPolicy)).rejects.toMatchObject({ code: 'invalid_request' })
    }
    await auth.users.setMfa(ann.id, 'required')
    expect(log.of('user.mfa_changed')).toMatchObject([{ userId: ann.id, mfa: 'required' }])
  })

  test.each([
    ['required without a factor', { factors: [] }, { mfa: 'required' }],
    ['required with recovery codes alone', { factors: [recoveryCodes()] }, { mfa: 'required' }],
    ['an unknown factor', {}, { mfa: { required: ['passkey'] } }],
    ['a factor twice', { factors: [totp(), totp()] }, {}],
  ] as [string, MfaSettings, MfaSettings][])('ASVS 16.5.3: refused at the start: %s', async (_, one, other) => {
    await expect(mfaHouse({ ...one, ...other })).rejects.toMatchObject({ code: 'invalid_setting' })
  })
})

describe('a locked token', () => {
  test('D3: opens no route but those of the second door, and is nobody', async () => {
    const { send, locked, enrolTotp, judge, principal } = await mfaHouse()
    await enrolTotp()
    const found = await locked()
    const token = found.token.reveal()
    expect(await judge(token)).toBe('locked')
    await expect(principal(found)).rejects.toThrow('the token is')
    for (const [method, path] of [
      ['GET', '/factors'],
      ['GET', '/sessions'],
      ['GET', '/api-tokens'],
      ['GET', '/trusted-devices'],
      ['DELETE', '/factors/x'],
      ['POST', '/factors/totp'],
      ['POST', '/factors/totp/confirm'],
      ['POST', '/factors/recovery-codes'],
      ['POST', '/reauthenticate/begin'],
    ] as const) {
      const body = method === 'POST' ? { factor: 'totp', code: '123456' } : undefined
      const { status, body: problem } = await send(method, path, body, token)
      expect([path, status, problem['code']]).toEqual([path, 401, 'token_locked'])
    }
    expect(await send('GET', '/session', undefined, token)).toMatchObject({
      status: 200,
      body: { status: 'locked', factors: ['totp'] },
    })
  })

  test('is consumed by the unlock: 50 right codes at once begin one session', async () => {
    const { auth, clock, locked, enrolTotp, ann } = await mfaHouse({
      factorThrottle: { account: [{ limit: 100, windowMs: 1e6 }] },
    })
    const authenticator = await enrolTotp()
    const { token } = await locked()
    const before = (await auth.sessions.list(ann.id)).items.length
    const code = nextCode(clock, authenticator)
    const all = await Promise.allSettled(
      Array.from({ length: 50 }, () => auth.unlock(token.reveal(), { factor: 'totp', code })),
    )
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect((await auth.sessions.list(ann.id)).items).toHaveLength(before + 1)
  })

  test('D1: is consumed also where the evidence could be used again', async () => {
    const { auth, ann, enter, locked, principal } = await mfaHouse({ factors: [wordFactor('key')] })
    await auth.factors.beginEnrolment(await principal(await enter()), { factor: 'key', code: 'sesame' })
    const { token } = await locked()
    const before = (await auth.sessions.list(ann.id)).items.length
    const unlock = () => auth.unlock(token.reveal(), { factor: 'key', code: 'sesame' })
    const all = await Promise.allSettled(Array.from({ length: 50 }, unlock))
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect((await auth.sessions.list(ann.id)).items).toHaveLength(before + 1)
  })

  test('NIST SP 800-63B-4: one factor twice is one factor', async () => {
    const { auth, enter, principal } = await mfaHouse({ factors: [totp(), wordFactor('key', { logIn: true })] })
    const { enrolled } = await auth.factors.beginEnrolment(await principal(await enter()), { factor: 'key', code: 'a' })
    const first = await auth.logInWith('key', { code: enrolled?.id })
    expect(first.status).toBe('locked')
    const second = await auth.unlock(first.token.reveal(), { factor: 'key', code: 'a' })
    expect(second.status).toBe('locked')
  })

  test.each<[string, string, (house: Awaited<ReturnType<typeof mfaHouse>>) => Promise<unknown> | void]>([
    ['after ten minutes', 'expired', ({ clock }) => clock.advance(10 * 60_000)],
    ['with a new password', 'epoch', ({ auth, ann }) => auth.passwords.set(ann.id, `${goodPassword} of mine`)],
    ['with the epoch', 'epoch', ({ auth, ann }) => auth.sessions.revokeAll(ann.id)],
    ['with the factors', 'epoch', ({ auth, ann }) => auth.factors.reset(ann.id)],
    ['with a user who is disabled', 'epoch', ({ auth, ann }) => auth.users.disable(ann.id)],
    ['with a user who is gone', 'unknown', ({ auth, ann }) => auth.users.delete(ann.id)],
  ])('ASVS 16.3.1: dies %s, and the operator is told why: %s', async (_, reason, end) => {
    const house = await mfaHouse()
    const authenticator = await house.enrolTotp()
    const { token } = await house.locked()
    await end(house)
    const unlock = house.auth.unlock(token.reveal(), { factor: 'totp', code: authenticator.code(1) })
    await expect(unlock).rejects.toMatchObject({ code: 'locked_token_expired' })
    const tokenId = idOf(token.reveal())
    expect(house.log.of('token.refused')).toEqual([expect.objectContaining({ tokenId, reason })])
  })

  test('ASVS 16.3.1: what is no locked token is told to the operator, with the network that it came from', async () => {
    const { send, log, locked, enrolTotp } = await mfaHouse()
    await enrolTotp()
    const token = (await locked()).token.reveal()
    const other = (await locked()).token.reveal()
    const evidence = { factor: 'totp', code: '000000' }
    const tokens = [
      ['nonsense', 'malformed'],
      [token.replace('sp_l_', 'sp_a_'), 'malformed'],
    ] as const
    for (const [text, reason] of tokens) {
      expect((await send('POST', '/unlock', evidence, text)).status).toBe(401)
      expect(log.of('token.refused').at(-1)).toMatchObject({ reason, address: '203.0.113.7' })
    }
    expect((await send('POST', '/unlock/begin', { factor: 'totp' }, 'nonsense')).status).toBe(401)
    expect((await send('POST', '/enrolment', { ticket: 'x' }, 'nonsense')).status).toBe(401)
    expect((await send('POST', '/logout', {}, other)).status).toBe(204)
    expect((await send('POST', '/unlock', evidence, other)).status).toBe(401)
    expect(log.of('token.refused').map(({ reason }) => reason)).toEqual([
      'malformed',
      'malformed',
      'malformed',
      'malformed',
      'unknown',
    ])
  })

  test('an unknown or another factor is as wrong as a wrong code, and begins with the same answer', async () => {
    const { send, locked, enrolTotp } = await mfaHouse({ factors: withKey })
    await enrolTotp()
    const token = (await locked()).token.reveal()
    for (const factor of ['totp', 'recovery-codes', 'nonsense']) {
      expect(await send('POST', '/unlock', { factor, code: '000000' }, token)).toMatchObject({
        status: 401,
        body: { code: 'invalid_code' },
      })
    }
    expect(await send('POST', '/unlock/begin', { factor: 'totp' }, token)).toMatchObject({ status: 200, body: {} })
    expect(await send('POST', '/unlock/begin', { factor: 'key' }, token)).toMatchObject({
      status: 200,
      body: { asks: 'key' },
    })
  })
})

describe('a session below the present policy counts as locked', () => {
  test('from the next request on, and its second factor unlocks it in its place', async () => {
    const { auth, ann, clock, enter, enrolTotp, judge, send } = await mfaHouse({ mfa: 'off' })
    const authenticator = await enrolTotp()
    const session = await enter()
    const token = session.token.reveal()
    expect(session.status).toBe('unlocked')
    await auth.users.setMfa(ann.id, 'required')
    expect(await judge(token)).toBe('locked')
    expect((await send('GET', '/session', undefined, token)).body).toMatchObject({
      status: 'locked',
      factors: ['totp'],
    })
    const unlocked = await send('POST', '/unlock', { factor: 'totp', code: nextCode(clock, authenticator) }, token)
    expect(unlocked).toMatchObject({ status: 200, body: { status: 'unlocked', assurance: { level: 2 } } })
    expect(await judge(token)).toBe('invalid_token')
    expect(await judge(String(unlocked.body['token']))).toBe('unlocked')
    expect((unlocked.body['session'] as { id: string }).id).toBe(session.status === 'unlocked' && session.session.id)
  })

  test('a session that is not locked is no locked token', async () => {
    const { auth, enter, enrolTotp } = await mfaHouse()
    const { token } = await enter()
    const authenticator = await enrolTotp()
    const unlock = auth.unlock(token.reveal(), { factor: 'totp', code: authenticator.code(1) })
    await expect(unlock).rejects.toMatchObject({ code: 'invalid_token' })
  })
})

describe('a certain factor is required', () => {
  test('another one is not enough, but lets its owner enrol it', async () => {
    const { auth, ann, clock, locked, enrolTotp, judge } = await mfaHouse({ factors: withKey })
    const authenticator = await enrolTotp()
    await auth.users.setMfa(ann.id, keyRequired)
    const first = await locked()
    expect(first).toMatchObject({ factors: ['totp'], enrol: [] })
    const enrol = (token: string) => auth.factors.beginEnrolment(token, { factor: 'key', code: 'sesame' })
    await expect(enrol(first.token.reveal())).rejects.toMatchObject({ code: 'token_locked' })

    const second = await auth.unlock(first.token.reveal(), { factor: 'totp', code: nextCode(clock, authenticator) })
    expect(second).toMatchObject({ status: 'locked', factors: [], enrol: ['key'], needsTicket: false })
    expect(await judge(first.token.reveal())).toBe('invalid_token')
    expect(await judge(second.token.reveal())).toBe('locked')
    const { result } = await enrol(second.token.reveal())
    expect(result).toMatchObject({ status: 'unlocked', session: { methods: ['pwd', 'otp', 'mfa', 'hwk'] } })

    const again = await locked()
    expect(again.factors).toEqual(['totp', 'key'])
    expect(await auth.unlock(again.token.reveal(), { factor: 'key', code: 'sesame' })).toMatchObject({
      status: 'unlocked',
    })
  })

  test('a session that proves another one is locked', async () => {
    const { auth, ann, enrolTotp, judge } = await mfaHouse({ factors: withKey })
    const { result } = await enrolTotp()
    const token = result?.token.reveal() ?? ''
    await auth.users.setMfa(ann.id, 'required')
    expect(await judge(token)).toBe('unlocked')
    await auth.users.setMfa(ann.id, keyRequired)
    expect(await judge(token)).toBe('locked')
  })
})
