import { AuthError, type FactorType } from '@sallyport/core'
import { describe, expect, test } from 'vitest'
import { totp } from '../../src/factors/totp.ts'
import { mfaHouse, type MfaSettings, nextCode } from './mfa-house.ts'

const minute = 60_000
const day = 24 * 60 * minute

async function guessing(settings: MfaSettings = {}) {
  const house = await mfaHouse(settings)
  const authenticator = await house.enrolTotp()
  /** The codes of the refusals, or `unlocked`. */
  async function guess(code: string, factor = 'totp', token?: string): Promise<string> {
    const bearer = token ?? (await house.locked()).token.reveal()
    return house.auth.unlock(bearer, { factor, code }).then(
      ({ status }) => status,
      (error: { code: string }) => error.code,
    )
  }
  return { ...house, authenticator, guess }
}

describe('D10: guesses at second factors', () => {
  test('500 at once over 50 locked tokens and all factors: ten are looked at', async () => {
    const { locked, guess, log } = await guessing()
    const tokens = await Promise.all(Array.from({ length: 50 }, async () => (await locked()).token.reveal()))
    const all = await Promise.all(
      Array.from({ length: 500 }, (_, i) => guess('000000', i % 2 === 0 ? 'totp' : 'recovery-codes', tokens[i % 50])),
    )
    expect(all.filter((outcome) => outcome === 'invalid_code')).toHaveLength(10)
    expect(all.filter((outcome) => outcome === 'too_many_attempts')).toHaveLength(490)
    expect(log.of('unlock.failed')).toHaveLength(10)
  })

  test('step-up and unlock count together', async () => {
    const { auth, guess, authenticator, principal } = await guessing()
    const session = await principal(authenticator.result ?? expect.fail())
    for (let i = 0; i < 5; i++) {
      expect(await guess('000000')).toBe('invalid_code')
      await expect(auth.reauthenticate(session, { factor: 'totp', code: '000000' })).rejects.toMatchObject({
        code: 'invalid_code',
      })
    }
    expect(await guess('000000')).toBe('too_many_attempts')
    await expect(auth.reauthenticate(session, { factor: 'totp', code: '000000' })).rejects.toMatchObject({
      code: 'too_many_attempts',
    })
  })

  test('apart from guesses at the password: neither uses up the other', async () => {
    const { auth, guess, enter } = await guessing()
    for (let i = 0; i < 10; i++) expect(await guess('000000')).toBe('invalid_code')
    expect((await enter()).status).toBe('locked')
    for (let i = 0; i < 10; i++) {
      const wrong = auth.logIn({ username: 'ann', password: 'wrong horse battery staple' })
      await expect(wrong).rejects.toMatchObject({ code: 'invalid_credentials' })
    }
    await expect(enter()).rejects.toMatchObject({ code: 'too_many_attempts' })
  })

  test('a right code is no failure', async () => {
    const { clock, guess, authenticator } = await guessing()
    for (let i = 0; i < 20; i++) expect(await guess(nextCode(clock, authenticator))).toBe('unlocked')
  })

  test('when too many, the right code waits too, for the rest of a quarter of an hour', async () => {
    const { clock, guess, authenticator, send, locked } = await guessing()
    for (let i = 0; i < 10; i++) await guess('000000')
    clock.advance(14 * minute)
    expect(await guess(authenticator.code())).toBe('too_many_attempts')
    const refused = await send('POST', '/unlock', { factor: 'totp', code: '000000' }, (await locked()).token.reveal())
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '60'])
    clock.advance(minute)
    expect(await guess(authenticator.code())).toBe('unlocked')
  })

  test('NIST SP 800-63B-4 §3.2.2: a hundred in thirty days by whoever is patient, and then no more, but never for good', async () => {
    const { clock, guess, authenticator } = await guessing()
    const outcomes: string[] = []
    while (outcomes.filter((outcome) => outcome === 'invalid_code').length < 100) {
      outcomes.push(await guess('000000'))
      clock.advance(15 * minute)
    }
    expect(await guess(authenticator.code())).toBe('too_many_attempts')
    clock.advance(21 * day)
    expect(await guess(authenticator.code())).toBe('too_many_attempts')
    clock.advance(9 * day)
    expect(await guess(authenticator.code())).toBe('unlocked')
  })

  test('what is refused uses up no long window: a flood of a day does not lock its victim out', async () => {
    const { clock, guess, authenticator } = await guessing()
    for (let i = 0; i < 300; i++) await guess('000000')
    clock.advance(15 * minute)
    expect(await guess(authenticator.code())).toBe('unlocked')
  })

  test('the way back: an administrator clears the attempts, or resets the factors', async () => {
    const { auth, ann, guess, authenticator, log, enter } = await guessing()
    for (let i = 0; i < 11; i++) await guess('000000')
    expect(await guess(authenticator.code(1))).toBe('too_many_attempts')
    await auth.factors.clearAttempts(ann.id)
    expect(await guess(authenticator.code(1))).toBe('unlocked')
    expect(log.of('factor_attempts.cleared')).toMatchObject([{ userId: ann.id }])
    await auth.factors.reset(ann.id)
    expect((await enter()).status).toBe('unlocked')
  })

  test('D4: a guess whose factor could not be asked counts for nothing', async () => {
    const away: FactorType = () => ({
      id: 'away',
      methods: ['sc'],
      begin: async () => ({}),
      verify: () => Promise.reject(new AuthError('unavailable')),
    })
    const { guess, authenticator } = await guessing({ factors: [totp(), away] })
    for (let i = 0; i < 12; i++) expect(await guess('000000', 'away')).toBe('unavailable')
    expect(await guess(authenticator.code(1))).toBe('unlocked')
  })
})
