import { interceptStorage } from '@sallyport/core/testing'
import { describe, expect, test } from 'vitest'
import { house, settled } from './auth-house.ts'
import { goodPassword, memoryStorage } from './house.ts'

const minute = 60_000
const day = 24 * 60 * minute

describe('the life of a session', () => {
  test('ASVS 7.3.2: 30 days by default, used or not, to the millisecond', async () => {
    const { clock, logIn, judge } = await house()
    const { token, principal } = await logIn()
    expect(principal.session).toMatchObject({ createdAt: clock(), expiresAt: clock() + 30 * day, methods: ['pwd'] })
    for (let i = 0; i < 29; i++) {
      clock.advance(day)
      expect(await judge(token)).toBe('unlocked')
    }
    clock.advance(day - 1)
    expect(await judge(token)).toBe('unlocked')
    clock.advance(1)
    expect(await judge(token)).toBe('expired_token')
  })

  test('ASVS 7.3.1: with an idle limit it ends when it is not used, and is not kept alive by being refused', async () => {
    const { auth, clock, logIn, judge } = await house({ session: { idleMs: 30 * minute } })
    const { token } = await logIn()
    for (let i = 0; i < 10; i++) {
      clock.advance(20 * minute)
      expect(await judge(token)).toBe('unlocked')
      await settled()
    }
    clock.advance(30 * minute + 1)
    expect(await judge(token)).toBe('expired_token')
    expect(await judge(token)).toBe('expired_token')
    await auth.close()
  })

  test('NIST 800-63B-4 2.2.3: the preset nist-aal2', async () => {
    const { clock, logIn, judge } = await house({ session: 'nist-aal2' })
    const { token, principal } = await logIn()
    expect(principal.session?.expiresAt).toBe(clock() + day)
    clock.advance(60 * minute)
    expect(await judge(token)).toBe('unlocked')
    const { token: unused } = await logIn()
    clock.advance(60 * minute + 1)
    expect(await judge(unused)).toBe('expired_token')
  })

  test('last seen is written at most once a minute, and not before the answer', async () => {
    const { auth, clock, logIn, principalOf, counting } = await house()
    const { token, principal } = await logIn()
    const seenAt = principal.session?.lastSeenAt ?? 0
    clock.advance(minute - 1)
    counting.reset()
    await principalOf(token)
    await settled()
    expect(counting.writes).toBe(0)
    clock.advance(1)
    await principalOf(token)
    expect(counting.writes).toBe(0)
    await settled()
    expect(counting.writes).toBe(1)
    expect((await principalOf(token)).session?.lastSeenAt).toBe(seenAt + minute)
    await auth.close()
  })
})

test('ASVS 7.1.2: a user may have any number at once, and a new one ends none', async () => {
  const { logIn, judge } = await house()
  const tokens: string[] = []
  for (let i = 0; i < 60; i++) tokens.push((await logIn()).token)
  for (const token of tokens) expect(await judge(token)).toBe('unlocked')
})

test('ASVS 6.2.10: no password has an end: it is good ten years later, and nobody asks for another', async () => {
  const { clock, logIn } = await house()
  clock.advance(3650 * day)
  expect((await logIn()).principal.user.username).toBe('ann')
})

describe('ASVS 7.5.2: the list of sessions', () => {
  test('shows those that live, and no token', async () => {
    const { auth, ann, clock, logIn } = await house({ session: { idleMs: 30 * minute } })
    const { token: idle } = await logIn()
    clock.advance(31 * minute)
    const one = await logIn()
    const two = await logIn()
    const { items } = await auth.sessions.list(ann.id)
    expect(items.map(({ id }) => id)).toEqual([one.principal.session?.id, two.principal.session?.id].sort())
    const shown = JSON.stringify(items)
    for (const token of [idle, one.token, two.token]) expect(shown).not.toContain(token.slice(28, 71))
    expect(shown).not.toMatch(/hash|epoch/)
  })

  test('comes in pages, each session once', async () => {
    const { auth, ann } = await house()
    for (let i = 0; i < 7; i++) await auth.logIn({ username: 'ann', password: goodPassword })
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page = await auth.sessions.list(ann.id, { cursor, limit: 3 })
      seen.push(...page.items.map(({ id }) => id))
      cursor = page.next
    } while (cursor !== undefined)
    expect(new Set(seen).size).toBe(7)
    expect(seen.length).toBe(7)
  })
})

describe('ASVS 7.4.1: ending', () => {
  test('one session, at once, of that user only', async () => {
    const { auth, ann, logIn, judge, log } = await house()
    const bob = await auth.users.create({ username: 'bob', password: goodPassword })
    const [one, two] = [await logIn(), await logIn()]
    const id = one.principal.session?.id ?? ''
    expect(await auth.sessions.revoke(bob.id, id)).toBe(false)
    expect(await judge(one.token)).toBe('unlocked')
    expect(await auth.sessions.revoke(ann.id, id)).toBe(true)
    expect(await auth.sessions.revoke(ann.id, id)).toBe(false)
    expect([await judge(one.token), await judge(two.token)]).toEqual(['invalid_token', 'unlocked'])
    expect(log.of('session.ended')).toMatchObject([{ userId: ann.id, sessionId: id, reason: 'revoked' }])
  })

  test('all others', async () => {
    const { auth, ann, logIn, judge } = await house()
    const [one, two, three] = [await logIn(), await logIn(), await logIn()]
    await auth.sessions.revokeOthers(ann.id, two.principal.session?.id ?? '')
    expect([await judge(one.token), await judge(two.token), await judge(three.token)]).toEqual([
      'invalid_token',
      'unlocked',
      'invalid_token',
    ])
  })

  test('ASVS 7.4.5: all, of one user', async () => {
    const { auth, ann, logIn, judge } = await house()
    await auth.users.create({ username: 'bob', password: goodPassword })
    const [one, two, other] = [await logIn(), await logIn(), await logIn('bob')]
    await auth.sessions.revokeAll(ann.id)
    expect([await judge(one.token), await judge(two.token), await judge(other.token)]).toEqual([
      'invalid_token',
      'invalid_token',
      'unlocked',
    ])
    expect((await auth.sessions.list(ann.id)).items).toEqual([])
  })

  test.each(['list', 'take'] as const)(
    'D21: one write is enough: the tidying up fails in %s, and the sessions are dead',
    async (operation) => {
      const { auth, ann, logIn, judge, failing } = await house()
      const [one, two] = [await logIn(), await logIn()]
      failing.fail('reject', (call) => call.operation === operation)
      await expect(auth.sessions.revokeAll(ann.id)).rejects.toMatchObject({ code: 'unavailable' })
      failing.heal()
      expect([await judge(one.token), await judge(two.token)]).toEqual(['invalid_token', 'invalid_token'])
      expect((await auth.sessions.list(ann.id)).items).toEqual([])
    },
  )

  test('D21: a session that has been ended can not be made the one that stays', async () => {
    const { auth, ann, logIn, judge, failing } = await house()
    const [thief, owner] = [await logIn(), await logIn()]
    const id = thief.principal.session?.id ?? ''
    // The request of the thief was let through just before, and the tidying up has not come to the entry yet.
    failing.fail('reject', (call) => call.operation === 'list')
    await auth.sessions.revokeOthers(ann.id, owner.principal.session?.id ?? '').catch(() => {})
    failing.heal()
    await expect(auth.sessions.revokeOthers(ann.id, id)).rejects.toMatchObject({ code: 'invalid_token' })
    expect([await judge(thief.token), await judge(owner.token)]).toEqual(['invalid_token', 'unlocked'])
  })

  test('of two that end each other at once, one stays', async () => {
    const { auth, ann, logIn, judge } = await house()
    const both = [await logIn(), await logIn()]
    await Promise.allSettled(
      both.map(({ principal }) => auth.sessions.revokeOthers(ann.id, principal.session?.id ?? '')),
    )
    expect((await Promise.all(both.map(({ token }) => judge(token)))).sort()).toEqual(['invalid_token', 'unlocked'])
  })

  test('D16: somebody else can not be made to lose theirs', async () => {
    const { auth, logIn, judge } = await house()
    const bob = await auth.users.create({ username: 'bob', password: goodPassword })
    const [session, bobs] = [await logIn(), await logIn('bob')]
    const id = session.principal.session?.id ?? ''
    await expect(auth.sessions.revokeOthers(bob.id, id)).rejects.toMatchObject({ code: 'invalid_token' })
    expect([await judge(session.token), await judge(bobs.token)]).toEqual(['unlocked', 'unlocked'])
  })

  test('a session that begins while others are tidied up stays', async () => {
    let beforeList: (() => Promise<void>) | undefined
    const storage = interceptStorage(memoryStorage(), async (call, run) => {
      const act = beforeList
      if (call.operation !== 'list' || act === undefined) return run()
      beforeList = undefined
      await act()
      return run()
    })
    const { auth, ann, judge } = await house({ storage })
    await auth.logIn({ username: 'ann', password: goodPassword })
    let token = ''
    // Once the first end of all knows what there is to keep, there is another one, and a log-in.
    beforeList = async () => {
      await auth.sessions.revokeAll(ann.id)
      token = (await auth.logIn({ username: 'ann', password: goodPassword })).token.reveal()
    }
    await auth.sessions.revokeAll(ann.id)
    expect(await judge(token)).toBe('unlocked')
  })
})

describe('rotation', () => {
  test('ASVS 7.2.4: the new token works, the old one does not, the session is the same', async () => {
    const { auth, logIn, judge, principalOf, clock } = await house()
    const { token, principal } = await logIn()
    clock.advance(minute)
    const renewed = await auth.reauthenticate(principal, { password: goodPassword })
    const next = renewed.token.reveal()
    expect(next).not.toBe(token)
    expect([await judge(token), await judge(next)]).toEqual(['invalid_token', 'unlocked'])
    expect((await principalOf(next)).session).toMatchObject({
      id: principal.session?.id,
      expiresAt: principal.session?.expiresAt,
      createdAt: principal.session?.createdAt,
      authenticatedAt: clock(),
    })
  })

  test('of many at once one wins', async () => {
    const { auth, logIn, judge } = await house()
    const { token, principal } = await logIn()
    const all = await Promise.allSettled(
      Array.from({ length: 9 }, () => auth.reauthenticate(principal, { password: goodPassword })),
    )
    const won = all.flatMap((result) => (result.status === 'fulfilled' ? [result.value.token.reveal()] : []))
    expect(won.length).toBe(1)
    expect([await judge(token), await judge(won[0] ?? '')]).toEqual(['invalid_token', 'unlocked'])
  })

  test('a touch that comes late does not bring the old token back', async () => {
    const { auth, logIn, judge, principalOf, clock } = await house()
    const { token } = await logIn()
    const tokens: string[] = []
    for (let round = 0; round < 20; round++) {
      clock.advance(2 * minute)
      const fresh = await principalOf(round === 0 ? token : (tokens.at(-1) ?? ''))
      const renewed = await auth.reauthenticate(fresh, { password: goodPassword })
      tokens.push(renewed.token.reveal())
    }
    await auth.close()
    expect(await judge(tokens.at(-1) ?? '')).toBe('unlocked')
    for (const old of [token, ...tokens.slice(0, -1)]) expect(await judge(old)).toBe('invalid_token')
  })
})

describe('where the application fails to say what somebody may do', () => {
  async function open() {
    let fails = false
    const permissions = async () => {
      if (fails) throw new Error('the table of rights is away')
      return ['read']
    }
    const there = await house({ permissions })
    return {
      ...there,
      fail: (now: boolean) => {
        fails = now
      },
    }
  }

  test('nobody logs in, and no session begins whose token nobody has', async () => {
    const { auth, ann, fail } = await open()
    fail(true)
    await expect(auth.logIn({ username: 'ann', password: goodPassword })).rejects.toThrow('the table of rights')
    fail(false)
    expect((await auth.sessions.list(ann.id)).items).toEqual([])
  })

  test('a session that was to be renewed goes on under its token', async () => {
    const { auth, logIn, judge, fail } = await open()
    const { token, principal } = await logIn()
    fail(true)
    await expect(auth.reauthenticate(principal, { password: goodPassword })).rejects.toThrow('the table of rights')
    fail(false)
    expect(await judge(token)).toBe('unlocked')
  })
})
