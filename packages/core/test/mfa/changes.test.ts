import { AuthError, type FactorType, type Storage } from '@sallyport/core'
import { describe, expect, test } from 'vitest'
import { recoveryCodes } from '../../src/factors/recovery-codes.ts'
import { totp } from '../../src/factors/totp.ts'
import { settled } from '../auth-house.ts'
import { goodPassword, memoryStorage } from '../house.ts'
import { codeOf, mfaHouse, type MfaSettings, nextCode, verifiedAnn, wordFactor } from './mfa-house.ts'

const withKey = { factors: [totp(), recoveryCodes(), wordFactor('key')] }

/** ann with a key and an authenticator, and the strong session that enrolled them. */
async function equipped(settings: MfaSettings = {}) {
  const house = await mfaHouse({ ...withKey, ...settings })
  const authenticator = await house.enrolTotp()
  const first = await house.principal(authenticator.result ?? expect.fail())
  const { enrolled, result } = await house.auth.factors.beginEnrolment(first, { factor: 'key', code: 'sesame' })
  const session = await house.principal(result ?? expect.fail())
  return { ...house, authenticator, key: enrolled?.id ?? '', session }
}

describe('ASVS 6.5.6: removing a factor', () => {
  test('the other one still does, the removed one does not', async () => {
    const { auth, session, key, locked, authenticator } = await equipped()
    await auth.factors.remove(session, key)
    const { token, factors } = await locked()
    expect(factors).toEqual(['totp'])
    await expect(auth.unlock(token.reveal(), { factor: 'key', code: 'sesame' })).rejects.toMatchObject({
      code: 'invalid_code',
    })
    expect((await auth.unlock(token.reveal(), { factor: 'totp', code: authenticator.code(1) })).status).toBe('unlocked')
  })

  test("D16: somebody else's is not found", async () => {
    const { auth, key, enter, principal } = await equipped()
    await auth.users.create({ username: 'bob', password: goodPassword })
    const bob = await principal(await enter('bob'))
    await expect(auth.factors.remove(bob, key)).rejects.toMatchObject({ code: 'not_found' })
    await expect(auth.factors.remove(bob, 'nonsense')).rejects.toMatchObject({ code: 'not_found' })
  })

  test('the last one stays where policy requires one, and the last of the required kind', async () => {
    const { auth, ann, session, key, authenticator } = await equipped()
    await auth.users.setMfa(ann.id, 'required')
    await auth.factors.remove(session, key)
    await expect(auth.factors.remove(session, authenticator.id)).rejects.toMatchObject({ code: 'factor_required' })
    await auth.users.setMfa(ann.id, 'optional')
    await auth.factors.remove(session, authenticator.id)

    const other = await equipped()
    await other.auth.users.setMfa(other.ann.id, { required: ['key'] })
    await expect(other.auth.factors.remove(other.session, other.key)).rejects.toMatchObject({ code: 'factor_required' })
    await other.auth.factors.remove(other.session, other.authenticator.id)
  })

  test('ASVS 15.4.2: of the last two, removed at once 20 times over, one stays', async () => {
    for (let round = 0; round < 20; round++) {
      const { auth, ann, session, key, authenticator } = await equipped()
      await auth.users.setMfa(ann.id, 'required')
      const all = await Promise.allSettled([
        auth.factors.remove(session, key),
        auth.factors.remove(session, authenticator.id),
      ])
      expect(all.filter(({ status }) => status === 'fulfilled').length).toBeLessThanOrEqual(1)
      expect((await auth.factors.list(ann.id)).length).toBeGreaterThanOrEqual(1)
    }
  })

  test('removed and used at once: it opens the door at most once more, and never again', async () => {
    for (let round = 0; round < 20; round++) {
      const { auth, clock, session, authenticator, locked } = await equipped()
      const { token } = await locked()
      const code = nextCode(clock, authenticator)
      const [removed] = await Promise.allSettled([
        auth.factors.remove(session, authenticator.id),
        auth.unlock(token.reveal(), { factor: 'totp', code }),
      ])
      expect(removed.status).toBe('fulfilled')
      const later = auth.unlock((await locked()).token.reveal(), {
        factor: 'totp',
        code: nextCode(clock, authenticator),
      })
      await expect(later).rejects.toMatchObject({ code: 'invalid_code' })
    }
  })

  test('the last way in stays', async () => {
    const { auth, session, key, ann, storage } = await passwordless()
    await expect(auth.factors.remove(session, key)).rejects.toMatchObject({ code: 'last_way_in' })
    await auth.passwords.set(ann.id, goodPassword)
    expect((await storage.list('credential', { owner: ann.id, limit: 9 })).items).toHaveLength(1)
  })
})

/** ann, who has a key that lets her in by itself, and no password any more. */
async function passwordless() {
  const storage = memoryStorage()
  const house = await mfaHouse({ factors: [wordFactor('key', { methods: ['hwk', 'mfa'], logIn: true })], storage })
  const first = await house.principal(await house.enter())
  const { enrolled } = await house.auth.factors.beginEnrolment(first, { factor: 'key', code: 'sesame' })
  const entry = (await storage.get('user', house.ann.id)) ?? expect.fail()
  const data = entry.data as Record<string, null>
  await storage.replace({ ...entry, data: { ...data, password: null } }, house.clock())
  const key = enrolled?.id ?? ''
  const session = await house.principal(await house.auth.logInWith('key', { code: key }))
  return { ...house, key, session, storage }
}

describe('D21: an enrolment while the user is protected', () => {
  /** A factor whose enrolment takes as long as the test likes. */
  function slow(during: () => Promise<unknown>, more: { replaces?: true } = {}): FactorType {
    return () => ({
      id: 'slow',
      methods: ['hwk'],
      begin: async () => ({}),
      verify: async () => ['hwk'],
      enrolment: {
        paths: { begin: '/factors/slow' },
        async begin() {
          await during()
          return { credential: { id: 'slow', own: {}, methods: ['hwk'], ...more } }
        },
      },
    })
  }

  test.each(['sessions end', 'the password is set', 'the factors are reset', 'the user is disabled'])(
    '%s: nothing is enrolled',
    async (what) => {
      const protect = async (): Promise<void> => {
        const { auth, ann } = house
        if (what === 'sessions end') await auth.sessions.revokeAll(ann.id)
        if (what === 'the password is set') await auth.passwords.set(ann.id, goodPassword)
        if (what === 'the factors are reset') await auth.factors.reset(ann.id)
        if (what === 'the user is disabled') await auth.users.disable(ann.id)
      }
      const house = await mfaHouse({ factors: [slow(protect)] })
      const session = await house.principal(await house.enter())
      const enrol = house.auth.factors.beginEnrolment(session, { factor: 'slow' })
      await expect(enrol).rejects.toMatchObject({ code: 'conflict' })
      expect(await house.auth.factors.list(house.ann.id)).toEqual([])
      expect(house.log.of('factor.enrolled')).toEqual([])
    },
  )

  test('by a locked token: its epoch is that of the first factor', async () => {
    const house = await mfaHouse({
      factors: [slow(async () => house.auth.sessions.revokeAll(house.ann.id))],
      mfa: 'required',
      enrolWithFirstFactor: true,
    })
    const { token } = await house.locked()
    await expect(house.auth.factors.beginEnrolment(token.reveal(), { factor: 'slow' })).rejects.toMatchObject({
      code: 'conflict',
    })
    expect(await house.auth.factors.list(house.ann.id)).toEqual([])
  })

  test.each([{}, { replaces: true }] as const)(
    "D16: a credential id of somebody is nobody else's, %j",
    async (more) => {
      const { auth, enter, principal, ann } = await mfaHouse({ factors: [slow(async () => {}, more)] })
      const bob = await auth.users.create({ username: 'bob', password: goodPassword })
      await auth.factors.beginEnrolment(await principal(await enter('bob')), { factor: 'slow' })
      const taken = auth.factors.beginEnrolment(await principal(await enter()), { factor: 'slow' })
      await expect(taken).rejects.toMatchObject({ code: 'conflict' })
      expect([await auth.factors.list(bob.id), await auth.factors.list(ann.id)]).toMatchObject([[{ id: 'slow' }], []])
    },
  )
})

test('D21: what was begun dies with the epoch, also where its session goes on', async () => {
  const { auth, clock, enter, principal, ann } = await mfaHouse()
  const entered = await enter()
  const session = await principal(entered)
  const { answer } = await auth.factors.beginEnrolment(session, { factor: 'totp' })
  await auth.sessions.revokeOthers(ann.id, session.session?.id ?? '')
  const goesOn = await principal(entered)
  const finish = { factor: 'totp', code: codeOf(String(answer['secret']), clock)() }
  await expect(auth.factors.finishEnrolment(goesOn, finish)).rejects.toMatchObject({ code: 'invalid_code' })
})

describe('ASVS 6.4.4: an administrator resets factors', () => {
  test('every factor, session and locked token is dead, the password is not, and the user is told', async () => {
    const { auth, locked, judge, authenticator, enter, log, sent } = await equipped({ users: verifiedAnn() })
    const { token } = await locked()
    await auth.factors.reset('u1')
    expect(await judge(token.reveal())).toBe('invalid_token')
    expect(await judge(authenticator.result?.token.reveal() ?? '')).toBe('invalid_token')
    expect((await enter()).status).toBe('unlocked')
    expect(await auth.factors.list('u1')).toEqual([])
    expect(log.of('factors.reset')).toMatchObject([{ userId: 'u1' }])
    await settled()
    expect(sent.filter((message) => message.type === 'notice' && message.notice === 'factors_reset')).toHaveLength(1)
  })

  test('by one write: what the clean-up could not reach is dead all the same', async () => {
    const memory = memoryStorage()
    const storage: Storage = { ...memory, removeAll: () => Promise.reject(new Error('away')) }
    const { auth, ann, enter, enrolTotp, principal } = await mfaHouse({ storage })
    await enrolTotp()
    await expect(auth.factors.reset(ann.id)).rejects.toMatchObject({ code: 'unavailable' })
    expect((await memory.list('credential', { owner: ann.id, limit: 9 })).items).toHaveLength(1)
    expect(await auth.factors.list(ann.id)).toEqual([])
    const again = await enter()
    expect(again.status).toBe('unlocked')
    expect((await enrolTotp(await principal(again))).result).toMatchObject({ status: 'unlocked' })
  })

  test("a reused id of an application's own users inherits no factor", async () => {
    const memory = memoryStorage()
    const storage: Storage = { ...memory, removeAll: async () => 0 }
    const { auth, enter, enrolTotp } = await mfaHouse({ users: verifiedAnn(), storage })
    await enrolTotp()
    await auth.users.deleted('u1')
    await auth.passwords.set('u1', goodPassword)
    expect((await enter()).status).toBe('unlocked')
    expect(await auth.factors.list('u1')).toEqual([])
  })

  test('there is no such user', async () => {
    const { auth } = await mfaHouse()
    for (const call of [
      auth.factors.reset('nobody'),
      auth.factors.issueEnrolmentTicket('nobody'),
      auth.users.setMfa('nobody', 'off'),
    ]) {
      await expect(call).rejects.toMatchObject({ code: 'not_found' })
    }
    expect(await auth.factors.list('nobody')).toEqual([])
    expect(new AuthError('not_found').status).toBe(404)
  })
})
