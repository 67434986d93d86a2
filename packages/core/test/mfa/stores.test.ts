import { emailCodes, type Settings } from '@sallyport/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { recoveryCodes } from '../../src/factors/recovery-codes.ts'
import { totp } from '../../src/factors/totp.ts'
import { cheapHasher, testClock } from '../house.ts'
import { settled } from '../auth-house.ts'
import { type Authenticator, mfaHouse, type MfaHouse, nextCode, verifiedAnn } from './mfa-house.ts'
import { type OpenStore, stores } from './stores.ts'

const times = 50
const loose: Partial<Settings> = {
  factors: [totp(), recoveryCodes(), emailCodes()],
  users: verifiedAnn(),
  factorThrottle: { account: [{ limit: 1000, windowMs: 1e9 }] },
  password: { hasher: cheapHasher, hashing: { capacity: 1000 } },
}

for (const { name, here, open } of stores) {
  describe.skipIf(!here)(`races at the second door, on ${name}`, () => {
    let store: OpenStore
    let house: MfaHouse
    let authenticator: Authenticator
    let codes: readonly string[]

    beforeAll(async () => {
      store = await open()
      // Redis lets go of entries by a clock of its own.
      house = await mfaHouse({ ...loose, storage: store.storage, clock: testClock(Date.now()) })
      authenticator = await house.enrolTotp()
      const strong = await house.principal(authenticator.result ?? expect.fail())
      const { answer } = await house.auth.factors.beginEnrolment(strong, { factor: 'recovery-codes' })
      codes = answer['codes'] as string[]
      const { auth } = house
      await auth.factors.beginEnrolment(strong, { factor: 'email' })
      await settled()
      await auth.factors.finishEnrolment(strong, { factor: 'email', code: house.last('code').code.reveal() })
    }, 60_000)
    afterAll(() => store.dispose())

    const lockedTokens = async (): Promise<string[]> => {
      const all = await Promise.all(Array.from({ length: times }, () => house.locked()))
      return all.map(({ token }) => token.reveal())
    }
    const passed = async (unlocks: readonly Promise<unknown>[]): Promise<number> => {
      const all = await Promise.allSettled(unlocks)
      const refusals = all.flatMap((one) => (one.status === 'rejected' ? [(one.reason as { code: string }).code] : []))
      for (const code of refusals) expect(code).toMatch(/^(invalid_code|locked_token_expired)$/)
      return all.length - refusals.length
    }

    test('D1: one TOTP code over 50 locked tokens is accepted once', async () => {
      const code = nextCode(house.clock, authenticator)
      const tokens = await lockedTokens()
      expect(await passed(tokens.map((token) => house.auth.unlock(token, { factor: 'totp', code })))).toBe(1)
    })

    test('D1: one recovery code over 50 locked tokens is accepted once', async () => {
      const [code] = codes
      const tokens = await lockedTokens()
      expect(await passed(tokens.map((token) => house.auth.unlock(token, { factor: 'recovery-codes', code })))).toBe(1)
      const list = await house.auth.factors.list('u1')
      expect(list.find(({ factor }) => factor === 'recovery-codes')?.details).toEqual({ remaining: 9 })
    })

    test('D1, D11: one delivered code, 50 times with its locked token, is accepted once', async () => {
      const { token } = await house.locked()
      await house.auth.beginUnlock(token.reveal(), 'email')
      await settled()
      const code = house.last('code').code.reveal()
      const unlocks = Array.from({ length: times }, () => house.auth.unlock(token.reveal(), { factor: 'email', code }))
      expect(await passed(unlocks)).toBe(1)
    })

    test('D1: one locked token, 50 times with one right code, begins one session', async () => {
      const before = (await house.auth.sessions.list('u1')).items.length
      const { token } = await house.locked()
      const code = nextCode(house.clock, authenticator)
      const unlocks = Array.from({ length: times }, () => house.auth.unlock(token.reveal(), { factor: 'totp', code }))
      expect(await passed(unlocks)).toBe(1)
      expect((await house.auth.sessions.list('u1')).items.length - before).toBe(1)
    })

    test('D10: 500 guesses at once over 50 locked tokens stay within the limit', async () => {
      const strict = await mfaHouse({ ...loose, factorThrottle: {}, storage: store.storage, clock: house.clock })
      const tokens = await lockedTokens()
      const all = await Promise.allSettled(
        Array.from({ length: 500 }, (_, i) =>
          strict.auth.unlock(tokens[i % times] ?? '', { factor: i % 2 === 0 ? 'totp' : 'email', code: '000000' }),
        ),
      )
      const outcomes = all.map((one) =>
        one.status === 'rejected' ? (one.reason as { code: string }).code : one.status,
      )
      expect(outcomes.filter((outcome) => outcome === 'invalid_code')).toHaveLength(10)
      expect(outcomes.filter((outcome) => outcome === 'too_many_attempts')).toHaveLength(490)
    })

    test('ASVS 15.4.2: of two factors, removed at once where one is required, one stays', async () => {
      const { auth } = house
      await auth.users.setMfa('u1', 'required')
      const { token } = await house.locked()
      const unlocked = await auth.unlock(token.reveal(), { factor: 'recovery-codes', code: codes[1] })
      const strong = await house.principal(unlocked)
      const ids = (await auth.factors.list('u1'))
        .filter(({ factor }) => factor !== 'recovery-codes')
        .map(({ id }) => id)
      expect(ids).toHaveLength(2)
      const all = await Promise.allSettled(ids.map((id) => auth.factors.remove(strong, id)))
      expect(all.filter(({ status }) => status === 'fulfilled').length).toBeLessThanOrEqual(1)
      const left = await auth.factors.list('u1')
      expect(left.filter(({ factor }) => factor !== 'recovery-codes').length).toBeGreaterThanOrEqual(1)
    })
  })
}
