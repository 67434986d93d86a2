import type { NewApiToken } from '@sallyport/core'
import { interceptStorage } from '@sallyport/core/testing'
import { describe, expect, test } from 'vitest'
import { house, settled } from './auth-house.ts'
import { goodPassword, memoryStorage } from './house.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

async function withToken(settings: Parameters<typeof house>[0] = {}, scopes?: readonly string[]) {
  const there = await house(settings)
  const { principal } = await there.logIn()
  const { apiToken, token } = await there.auth.apiTokens.issue(principal, { name: 'ci', scopes })
  return { ...there, principal, apiToken, token: token.reveal() }
}

describe('what is issued', () => {
  test('lives ten years, and ends then', async () => {
    const { apiToken, clock, token, judge } = await withToken()
    const tenYears = Date.UTC(2036, 0, 1) - Date.UTC(2026, 0, 1)
    expect(apiToken.expiresAt - clock()).toBeGreaterThanOrEqual(tenYears)
    expect(apiToken.expiresAt - clock()).toBeLessThan(tenYears + 2 * day)
    clock.advance(tenYears - 1)
    expect(await judge(token)).toBe('unlocked')
    clock.advance(2 * day)
    expect(await judge(token)).toBe('expired_token')
  })

  test('ends when it is told to', async () => {
    const { auth, principal, clock, judge } = await withToken()
    const { token } = await auth.apiTokens.issue(principal, { name: 'short', expiresAt: clock() + hour })
    clock.advance(hour - 1)
    expect(await judge(token.reveal())).toBe('unlocked')
    clock.advance(1)
    expect(await judge(token.reveal())).toBe('expired_token')
  })

  test.each([
    ['now', 0],
    ['the past', -1],
    ['more than ten years', 3654 * day],
    ['no number', Number.NaN],
    ['for ever', Number.POSITIVE_INFINITY],
  ])('D7: an end in %s is refused', async (_, inMs) => {
    const { auth, principal, clock } = await withToken()
    const issue = auth.apiTokens.issue(principal, { name: 'x', expiresAt: clock() + inMs })
    await expect(issue).rejects.toMatchObject({ code: 'invalid_request' })
  })

  test('ASVS 6.3.4: only by a session: no API token and no link issues one', async () => {
    const { auth, token, principal, principalOf } = await withToken()
    await expect(auth.apiTokens.issue(await principalOf(token), { name: 'x' })).rejects.toMatchObject({
      code: 'session_required',
    })
    const { url } = await auth.urlTokens.issue(principal, {
      method: 'GET',
      path: '/a',
      withinMs: minute,
      uses: 'untilExpiry',
    })
    const link = await auth.authenticate(new Request(url.reveal()))
    const byLink = link.status === 'unlocked' ? link.principal : expect.fail()
    await expect(auth.apiTokens.issue(byLink, { name: 'x' })).rejects.toMatchObject({ code: 'session_required' })
  })
})

describe('ASVS 8.3.2: what it may do', () => {
  test('is what its user may at this moment', async () => {
    const { auth, ann, token, principalOf } = await withToken()
    expect((await principalOf(token)).permissions).toEqual(['be:reader', 'be:editor'])
    await auth.users.update(ann.id, { roles: ['reader', 'admin'] })
    expect((await principalOf(token)).permissions).toEqual(['be:reader', 'be:admin'])
    await auth.users.update(ann.id, { roles: [] })
    expect((await principalOf(token)).permissions).toEqual([])
  })

  test('ASVS 10.3.2: is narrowed by scopes and never widened by them', async () => {
    const { auth, ann, token, principalOf } = await withToken({}, ['be:reader'])
    expect((await principalOf(token)).permissions).toEqual(['be:reader'])
    await auth.users.update(ann.id, { roles: ['editor'] })
    const principal = await principalOf(token)
    expect(principal.permissions).toEqual([])
    expect(auth.explain(principal, 'be:editor')).toMatchObject({ allowed: false, user: true, scopes: false })
    expect(auth.explain(principal, 'be:reader')).toMatchObject({ allowed: false, user: false })
  })

  test.each([['be:admin'], ['*'], ['be:reader', 'be:admin']])(
    'a scope that the user has not is refused: %j',
    async (...scopes) => {
      const { auth, principal } = await withToken()
      await expect(auth.apiTokens.issue(principal, { name: 'x', scopes })).rejects.toMatchObject({
        code: 'invalid_request',
      })
    },
  )

  test('NIST 800-63B-4 5.1.2: it proves nobody’s presence', async () => {
    const { token, principalOf } = await withToken()
    expect(await principalOf(token)).toMatchObject({ via: 'api-token', assurance: undefined, session: undefined })
  })
})

describe('rotation', () => {
  test('the old secret lives for the overlap, the new one at once; the token is the same', async () => {
    const { auth, ann, apiToken, token, clock, judge, principalOf, log } = await withToken()
    const rotated = await auth.apiTokens.rotate(ann.id, apiToken.id)
    const next = rotated.token.reveal()
    expect(rotated.apiToken).toMatchObject({ id: apiToken.id, expiresAt: apiToken.expiresAt, rotatedAt: clock() })
    clock.advance(day - 1)
    expect([await judge(token), await judge(next)]).toEqual(['unlocked', 'unlocked'])
    expect((await principalOf(token)).apiToken?.id).toBe(apiToken.id)
    expect(log.of('api_token.retired_secret_used')).toEqual([])
    clock.advance(1)
    expect([await judge(token), await judge(next)]).toEqual(['invalid_token', 'unlocked'])
    expect(log.of('api_token.retired_secret_used')).toMatchObject([{ userId: ann.id, apiTokenId: apiToken.id }])
    expect(log.of('token.refused').at(-1)).toMatchObject({ reason: 'retired_secret' })
  })

  test('without an overlap the old secret is dead at once', async () => {
    const { auth, ann, apiToken, token, judge } = await withToken()
    const { token: next } = await auth.apiTokens.rotate(ann.id, apiToken.id, 0)
    expect([await judge(token), await judge(next.reveal())]).toEqual(['invalid_token', 'unlocked'])
  })

  test.each([Number.NaN, -1, 0.5, Number.POSITIVE_INFINITY, 31 * day, 'a text' as never])(
    'D7: an overlap of %s is refused, and nothing is rotated',
    async (overlapMs) => {
      const { auth, ann, apiToken, token, judge } = await withToken()
      const rotated = auth.apiTokens.rotate(ann.id, apiToken.id, overlapMs)
      await expect(rotated).rejects.toMatchObject({ code: 'invalid_request' })
      expect(await judge(token)).toBe('unlocked')
      expect((await auth.apiTokens.list(ann.id)).items).toMatchObject([{ rotatedAt: undefined }])
    },
  )

  test('by rotating again the first secret is dead, however long its overlap was', async () => {
    const { auth, ann, apiToken, token, judge } = await withToken()
    const { token: second } = await auth.apiTokens.rotate(ann.id, apiToken.id)
    const { token: third } = await auth.apiTokens.rotate(ann.id, apiToken.id)
    expect(await Promise.all([token, second.reveal(), third.reveal()].map(judge))).toEqual([
      'invalid_token',
      'unlocked',
      'unlocked',
    ])
  })

  test('of fifty at once each that wins gives a token that works, and nothing is lost in between', async () => {
    const { auth, ann, apiToken, judge } = await withToken()
    const all = await Promise.allSettled(Array.from({ length: 50 }, () => auth.apiTokens.rotate(ann.id, apiToken.id)))
    const won = all.flatMap((result) => (result.status === 'fulfilled' ? [result.value.token.reveal()] : []))
    const lost = all.flatMap((result) =>
      result.status === 'rejected' ? [(result.reason as { code: string }).code] : [],
    )
    expect(won.length).toBe(1)
    expect(new Set(lost)).toEqual(new Set(['conflict']))
    expect(await judge(won[0] ?? '')).toBe('unlocked')
  })

  test('a use that is written down late does not bring the old secret back', async () => {
    const { auth, ann, apiToken, token, clock, judge, principalOf } = await withToken()
    clock.advance(2 * minute)
    await principalOf(token)
    const { token: next } = await auth.apiTokens.rotate(ann.id, apiToken.id, 0)
    await settled()
    expect([await judge(token), await judge(next.reveal())]).toEqual(['invalid_token', 'unlocked'])
  })

  test('an overlap does not outlive the token', async () => {
    const { auth, ann, principal, clock, judge } = await withToken()
    const { apiToken, token } = await auth.apiTokens.issue(principal, { name: 'short', expiresAt: clock() + hour })
    await auth.apiTokens.rotate(ann.id, apiToken.id)
    clock.advance(hour)
    expect(await judge(token.reveal())).toBe('expired_token')
    await expect(auth.apiTokens.rotate(ann.id, apiToken.id)).rejects.toMatchObject({ code: 'not_found' })
  })
})

describe('the end', () => {
  test('D16: of one, dead at once, by its own user only', async () => {
    const { auth, ann, apiToken, token, judge } = await withToken()
    const bob = await auth.users.create({ username: 'bob', password: goodPassword })
    expect(await auth.apiTokens.revoke(bob.id, apiToken.id)).toBe(false)
    await expect(auth.apiTokens.rotate(bob.id, apiToken.id)).rejects.toMatchObject({ code: 'not_found' })
    expect((await auth.apiTokens.list(bob.id)).items).toEqual([])
    expect(await judge(token)).toBe('unlocked')
    expect(await auth.apiTokens.revoke(ann.id, apiToken.id)).toBe(true)
    expect(await auth.apiTokens.revoke(ann.id, apiToken.id)).toBe(false)
    expect(await judge(token)).toBe('invalid_token')
  })

  test('of nobody’s: whoever is not logged in has none to end, to rotate or to issue', async () => {
    const { auth, apiToken } = await withToken()
    const refused = { code: 'session_required' }
    for (const nobody of [undefined, null, 7] as never[]) {
      await expect(auth.apiTokens.revoke(nobody, apiToken.id)).rejects.toMatchObject(refused)
      await expect(auth.apiTokens.rotate(nobody, apiToken.id)).rejects.toMatchObject(refused)
      await expect(auth.apiTokens.revokeAll(nobody)).rejects.toMatchObject(refused)
      await expect(auth.apiTokens.issue(nobody, { name: 'x' })).rejects.toMatchObject(refused)
      await expect(auth.sessions.revokeAll(nobody)).rejects.toMatchObject(refused)
      await expect(auth.beginReauthentication(nobody, 'totp')).rejects.toMatchObject(refused)
    }
  })

  test('of all by one write; sessions live on', async () => {
    const { auth, ann, apiToken, token, judge, logIn } = await withToken()
    const { token: session, principal } = await logIn()
    const { token: second } = await auth.apiTokens.issue(principal, { name: 'second' })
    await auth.apiTokens.revokeAll(ann.id)
    expect(await Promise.all([token, second.reveal(), session].map(judge))).toEqual([
      'invalid_token',
      'invalid_token',
      'unlocked',
    ])
    expect((await auth.apiTokens.list(ann.id)).items).toEqual([])
    await expect(auth.apiTokens.rotate(ann.id, apiToken.id)).rejects.toMatchObject({ code: 'not_found' })
    expect(await auth.apiTokens.revoke(ann.id, apiToken.id)).toBe(false)
  })

  test('ASVS 2.4.1: a user has so many and no more, whatever has become of others', async () => {
    const { auth, logIn, clock, counting } = await house({ apiToken: { maxPerUser: 3 } })
    const { principal } = await logIn()
    const issue = (token: Partial<NewApiToken> = {}) => auth.apiTokens.issue(principal, { name: 'x', ...token })
    const tooMany = { code: 'conflict', detail: expect.stringContaining('3') as unknown }
    const [first] = [await issue(), await issue(), await issue({ expiresAt: clock() + 1000 })]
    await expect(issue()).rejects.toMatchObject(tooMany)
    clock.advance(1000)
    await issue()
    await expect(issue()).rejects.toMatchObject(tooMany)
    await auth.apiTokens.revoke(principal.user.id, first.apiToken.id)
    await issue()
    await expect(issue()).rejects.toMatchObject(tooMany)
    // What was ended by one write counts no longer, and is forgotten.
    await auth.apiTokens.revokeAll(principal.user.id)
    const { items } = await counting.list('api-token', { owner: principal.user.id, limit: 10 })
    expect(items.filter(({ expiresAt }) => (expiresAt ?? 0) > clock())).toEqual([])
    const again = await logIn()
    expect((await auth.apiTokens.issue(again.principal, { name: 'x' })).apiToken.name).toBe('x')
  })

  test('of the session that issued it changes nothing', async () => {
    const { auth, ann, token, judge } = await withToken()
    await auth.sessions.revokeAll(ann.id)
    expect(await judge(token)).toBe('unlocked')
  })

  test('D21: what was issued on the strength of an earlier state is dead', async () => {
    const { auth, ann, principal, judge } = await withToken()
    await auth.apiTokens.revokeAll(ann.id)
    // The request that issues was let through just before.
    const { token } = await auth.apiTokens.issue(principal, { name: 'late' })
    expect(await judge(token.reveal())).toBe('invalid_token')
  })

  test('D21: a rotation that was under way when all were ended gives no token', async () => {
    let beforeReplace: (() => Promise<void>) | undefined
    const storage = interceptStorage(memoryStorage(), async (call, run) => {
      if (call.operation !== 'replace' || call.kind !== 'api-token' || beforeReplace === undefined) return run()
      const act = beforeReplace
      beforeReplace = undefined
      await act()
      return run()
    })
    const { auth, ann, apiToken, token, judge } = await withToken({ storage })
    beforeReplace = () => auth.apiTokens.revokeAll(ann.id)
    await expect(auth.apiTokens.rotate(ann.id, apiToken.id)).rejects.toMatchObject({ code: 'conflict' })
    expect(await judge(token)).toBe('invalid_token')
  })
})

describe('last use', () => {
  test('is written at most once a minute, and after the answer', async () => {
    const { auth, ann, clock, token, principalOf, counting } = await withToken()
    counting.reset()
    await principalOf(token)
    expect(counting.calls.map(({ operation }) => operation)).toEqual(['getWithOwner'])
    await settled()
    expect(counting.writes).toBe(1)
    clock.advance(minute - 1)
    counting.reset()
    await principalOf(token)
    await settled()
    expect(counting.writes).toBe(0)
    expect((await auth.apiTokens.list(ann.id)).items[0]?.lastUsedAt).toBe(clock() - minute + 1)
  })

  test('ASVS 6.4.5: shortly before the end it is told once', async () => {
    const { auth, principal, clock, principalOf, log } = await withToken()
    const { apiToken, token } = await auth.apiTokens.issue(principal, { name: 'short', expiresAt: clock() + 40 * day })
    const use = async () => {
      await principalOf(token.reveal())
      await settled()
    }
    await use()
    clock.advance(9 * day)
    await use()
    expect(log.of('api_token.expiring')).toEqual([])
    for (let i = 0; i < 5; i++) {
      clock.advance(2 * day)
      await Promise.all([use(), use(), use()])
    }
    expect(log.of('api_token.expiring')).toMatchObject([{ apiTokenId: apiToken.id, expiresAt: apiToken.expiresAt }])
  })
})
