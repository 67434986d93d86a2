import type { Locked } from '@sallyport/core'
import { countingStorage } from '@sallyport/core/testing'
import { describe, expect, test, vi } from 'vitest'
import { argon2Hasher } from '../../src/factors/password-hash.ts'
import { cheapHasher, memoryStorage } from '../house.ts'
import { settled } from '../auth-house.ts'
import { mfaHouse, type MfaSettings, nextCode, verifiedAnn } from './mfa-house.ts'

async function withCodes(settings: MfaSettings = {}) {
  const house = await mfaHouse(settings)
  const authenticator = await house.enrolTotp()
  const { result } = authenticator
  const session = await house.principal(result ?? expect.fail())
  house.clock.advance(1)
  const { answer } = await house.auth.factors.beginEnrolment(session, { factor: 'recovery-codes' })
  const codes = answer['codes'] as string[]
  const use = async (code: string | undefined, locked?: Locked) =>
    house.auth.unlock((locked ?? (await house.locked())).token.reveal(), { factor: 'recovery-codes', code })
  return { ...house, authenticator, session, codes, use }
}

const wrong = { code: 'invalid_code' }

describe('a set of recovery codes', () => {
  test('ASVS 6.5.4: ten of 74 random bits, in groups, without look-alikes, shown once', async () => {
    const { codes, send, session, auth, log } = await withCodes()
    expect(codes).toHaveLength(10)
    for (const code of codes) expect(code).toMatch(/^[2-9a-hjkmnp-z]{4}(-[2-9a-hjkmnp-z]{4}){3}$/)
    expect(new Set(codes.map((code) => code.slice(1))).size).toBe(10)
    expect(codes.map((code) => code.charAt(0)).join('')).toBe('23456789ab')
    const list = await auth.factors.list(session.user.id)
    expect(list).toMatchObject([{ factor: 'totp' }, { factor: 'recovery-codes', details: { remaining: 10 } }])
    expect(JSON.stringify([list, log.all])).not.toContain(codes[0])
    expect((await send('POST', '/factors/recovery-codes', {})).status).toBe(401)
  })

  test('over HTTP: codes, and the remaining number in the list', async () => {
    const { send, clock, enrolTotp } = await mfaHouse()
    const token = (await enrolTotp()).result?.token.reveal()
    clock.advance(1)
    const made = await send('POST', '/factors/recovery-codes', undefined, token)
    expect(made.status).toBe(200)
    expect(made.body['codes']).toHaveLength(10)
    expect(made.body).not.toHaveProperty('token')
    const { body } = await send('GET', '/factors', undefined, token)
    expect(body['items']).toMatchObject([{ factor: 'totp' }, { factor: 'recovery-codes', remaining: 10 }])
  })

  test('ASVS 6.5.2: in storage there is one entry for a user, with a salted argon2id hash for each code', async () => {
    const storage = memoryStorage()
    const { codes, ann } = await withCodes({ storage })
    const { items } = await storage.list('credential', { owner: ann.id, limit: 100 })
    expect(items).toHaveLength(2)
    const stored = JSON.stringify(items)
    expect(stored.match(/\$argon2id\$/g)).toHaveLength(10)
    for (const code of codes) expect(stored).not.toContain(code.replaceAll('-', ''))
  })

  test('opens the second door, however it was typed, and once', async () => {
    const { codes, use } = await withCodes()
    const [first = '', second = '', third = ''] = codes
    expect(await use(first)).toMatchObject({ status: 'unlocked', session: { methods: ['pwd', 'recovery', 'mfa'] } })
    await expect(use(first)).rejects.toMatchObject(wrong)
    expect((await use(second.toUpperCase().replaceAll('-', ' '))).status).toBe('unlocked')
    expect((await use(third.replaceAll('-', ''))).status).toBe('unlocked')
  })

  test('D7: what is no code', async () => {
    const { codes, use } = await withCodes()
    const [first = ''] = codes
    for (const code of ['', '-', '2', 'z', first.slice(0, -1), `${first}2`, `3${first.slice(1)}`, undefined]) {
      await expect(use(code)).rejects.toMatchObject(wrong)
    }
  })

  test('NIST SP 800-63B-4 §4.2.1.1: its use is an event and a notice, with what is left', async () => {
    const { codes, use, log, last } = await withCodes({ users: verifiedAnn() })
    await use(codes[4])
    await settled()
    expect(log.of('recovery_code.used')).toMatchObject([{ userId: 'u1', remaining: 9 }])
    expect(last('notice')).toMatchObject({ notice: 'recovery_code_used', to: 'ann@example.com' })
  })

  test('a new set puts an end to the old one, after a recent second factor', async () => {
    const { auth, clock, session, codes, use, authenticator, principal, log } = await withCodes()
    clock.advance(3_600_001)
    const regenerate = (by: typeof session) => auth.factors.beginEnrolment(by, { factor: 'recovery-codes' })
    await expect(regenerate(session)).rejects.toMatchObject({ code: 'step_up_required' })
    const renewed = await auth.reauthenticate(session, { factor: 'totp', code: nextCode(clock, authenticator) })
    const { answer } = await regenerate(await principal(renewed))
    await expect(use(codes[0])).rejects.toMatchObject(wrong)
    expect((await use((answer['codes'] as string[])[0])).status).toBe('unlocked')
    expect(log.of('factor.replaced')).toHaveLength(1)
  })

  test('goes with the factor that it stands in for', async () => {
    const { auth, session, authenticator, enter } = await withCodes()
    await auth.factors.remove(session, authenticator.id)
    expect(await auth.factors.list(session.user.id)).toEqual([])
    expect((await enter()).status).toBe('unlocked')
  })

  test('a guess costs one hash, whatever the first character is and whether there are codes at all', async () => {
    const verify = vi.fn<(hash: string, text: string) => Promise<boolean>>(cheapHasher.verify)
    const { use, codes, locked } = await withCodes({ password: { hasher: { ...cheapHasher, verify } } })
    for (const code of ['2222-2222-2222-2222', 'zzzz-zzzz-zzzz-zzzz', codes[3]]) {
      const found = await locked()
      verify.mockClear()
      await use(code, found).catch(() => {})
      expect(verify).toHaveBeenCalledTimes(1)
    }
    const without = await mfaHouse({ password: { hasher: { ...cheapHasher, verify } } })
    await without.enrolTotp()
    const { token } = await without.locked()
    verify.mockClear()
    await without.auth.unlock(token.reveal(), { factor: 'recovery-codes', code: codes[0] }).catch(() => {})
    expect(verify).toHaveBeenCalledTimes(1)
  })

  test('D1: one code 50 times at once, over 50 locked tokens, begins one session', async () => {
    const { codes, use, locked, auth, ann } = await withCodes({
      factorThrottle: { account: [{ limit: 100, windowMs: 1e6 }] },
      password: { hasher: cheapHasher, hashing: { capacity: 1000 } },
    })
    const tokens = await Promise.all(Array.from({ length: 50 }, () => locked()))
    const all = await Promise.allSettled(tokens.map((token) => use(codes[7], token)))
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(await auth.factors.list(ann.id)).toMatchObject([{}, { details: { remaining: 9 } }])
  })

  test('different codes at once are all accepted', async () => {
    const { codes, use, auth, ann } = await withCodes({ factorThrottle: { account: [{ limit: 100, windowMs: 1e6 }] } })
    const all = await Promise.all(codes.map((code) => use(code)))
    expect(all.every(({ status }) => status === 'unlocked')).toBe(true)
    expect((await auth.factors.list(ann.id))[1]?.details).toEqual({ remaining: 0 })
  })

  test('with the real parameters, a guess is admitted to the hashing queue', async () => {
    const storage = countingStorage(memoryStorage())
    const hasher = argon2Hasher()
    const { codes, use, locked } = await withCodes({
      storage,
      password: { hasher, hashing: { concurrency: 1, capacity: 8 } },
    })
    const tokens = await Promise.all([locked(), locked(), locked()])
    const all = await Promise.allSettled(tokens.map((token, i) => use(codes[i], token)))
    // The network of a call without an address has no share, so all of them wait their turn.
    expect(all.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled'])
  })
})
