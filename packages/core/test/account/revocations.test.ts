import type { RevocationCondition, RevocationOptions } from '@sallyport/core'
import { describe, expect, test } from 'vitest'
import { goodPassword } from '../house.ts'
import { adminHouse, type AdminHouse } from './admin-house.ts'

/** Sessions and API tokens of eve, from two places and two times. */
async function occupied() {
  const house = await adminHouse()
  const { auth, clock, principalOf } = house
  const enter = async (username: string, address: string, userAgent: string) => {
    const session = await auth.logIn({ username, password: goodPassword }, { address, userAgent })
    const principal = await principalOf(session.token.reveal())
    const api = await auth.apiTokens.issue(principal, { name: 'x' })
    return { session: session.token.reveal(), api: api.token.reveal() }
  }
  const old = await enter('eve', '192.0.2.7', 'Evil/1.0')
  clock.advance(60_000)
  const fresh = await enter('eve', '198.51.100.7', 'Good/2.0')
  const hers = await enter('ann', '192.0.2.9', 'Good/2.0')
  return { ...house, old, fresh, hers }
}

/** Every batch to the last. */
async function runAll(
  { auth }: Pick<AdminHouse, 'auth'>,
  condition: RevocationCondition,
  options: RevocationOptions = {},
) {
  const total = { examined: 0, matched: 0, revoked: 0, batches: 0 }
  let cursor: string | undefined
  do {
    const batch = await auth.revocations.byCondition(condition, { ...options, cursor })
    expect(batch.examined).toBeLessThanOrEqual(options.limit ?? 250)
    total.examined += batch.examined
    total.matched += batch.matched
    total.revoked += batch.revoked
    total.batches++
    cursor = batch.next
  } while (cursor !== undefined)
  return total
}

describe('revocation by condition', () => {
  const cases: readonly (readonly [string, (eve: string, at: number) => RevocationCondition, readonly string[]])[] = [
    ['a user', (user) => ({ user }), ['old', 'fresh']],
    ['an address', () => ({ address: '192.0.2.7' }), ['old']],
    ['a network', () => ({ address: '192.0.2.0/24' }), ['old', 'hers']],
    ['a time', (_, at) => ({ issuedBefore: at, user: _ }), ['old']],
    ['a user agent', () => ({ userAgent: 'Evil/' }), ['old']],
    ['all of it at once', (user, at) => ({ user, address: '198.51.100.7', issuedBefore: at + 1 }), ['fresh']],
    ['what nobody meets', (user) => ({ user, address: '203.0.113.99' }), []],
  ]

  test.each(cases)('ASVS 7.4.5: by %s ends what meets it, and nothing else', async (_, condition, ended) => {
    const { auth, eve, judge, clock, ...there } = await occupied()
    const totals = await runAll({ auth }, condition(eve.id, clock()))
    expect(totals.revoked).toBe(ended.length * 2)
    for (const name of ['old', 'fresh', 'hers'] as const) {
      const verdict = ended.includes(name) ? 'invalid_token' : 'unlocked'
      expect([name, await judge(there[name].session), await judge(there[name].api)]).toEqual([name, verdict, verdict])
    }
  })

  test('a dry run says what would end, with a sample, and ends nothing', async () => {
    const { auth, eve, judge, old, log } = await occupied()
    const batch = await auth.revocations.byCondition({ address: '192.0.2.7' }, { of: ['sessions'], dryRun: true })
    expect(batch).toMatchObject({ matched: 1, revoked: 0 })
    expect(batch.sample).toMatchObject([{ kind: 'sessions', userId: eve.id, address: '192.0.2.7' }])
    expect([await judge(old.session), log.of('session.ended').length]).toEqual(['unlocked', 0])
  })

  test('sessions alone, or API tokens alone', async () => {
    const { auth, eve, judge, old } = await occupied()
    await runAll({ auth }, { user: eve.id }, { of: ['apiTokens'] })
    expect([await judge(old.session), await judge(old.api)]).toEqual(['unlocked', 'invalid_token'])
    await runAll({ auth }, { user: eve.id }, { of: ['sessions'] })
    expect(await judge(old.session)).toBe('invalid_token')
  })

  test('each batch does bounded work, and together they reach everything once', async () => {
    const house = await occupied()
    expect(await runAll(house, { userAgent: '/' }, { limit: 2 })).toMatchObject({ matched: 6, revoked: 6 })
    expect(await runAll(house, { userAgent: '/' })).toMatchObject({ matched: 0, revoked: 0 })
  })

  test('what an epoch has ended already is no match', async () => {
    const { auth, eve } = await occupied()
    await auth.apiTokens.revokeAll(eve.id)
    expect(await runAll({ auth }, { user: eve.id }, { dryRun: true })).toMatchObject({ matched: 2 })
  })

  test('D7: no condition, an empty or a nonsensical one ends nothing', async () => {
    const { auth, judge, old } = await occupied()
    for (const condition of [{}, { user: '' }, { userAgent: '' }, { address: 'x' }, { issuedBefore: Number.NaN }]) {
      await expect(auth.revocations.byCondition(condition)).rejects.toMatchObject({ code: 'invalid_request' })
    }
    for (const options of [{ limit: 0 }, { limit: 501 }, { of: [] }, { cursor: 'x' }, { cursor: 'users:' }]) {
      await expect(auth.revocations.byCondition({ user: 'x' }, options)).rejects.toMatchObject({
        code: 'invalid_request',
      })
    }
    expect(await judge(old.session)).toBe('unlocked')
  })

  test('by the route: a dry run unless it says otherwise, and an event that says how many', async () => {
    const { ask, eve, root, old, judge, log } = await occupied()
    const body = { user: eve.id, userAgent: 'Evil', of: ['sessions'] }
    const dry = await ask('POST', '/revoke', body)
    expect(dry.body).toMatchObject({ dryRun: true, matched: 1, revoked: 0, sample: [{ userAgent: 'Evil/1.0' }] })
    expect([await judge(old.session), log.of('administration')]).toEqual(['unlocked', []])
    expect((await ask('POST', '/revoke', { ...body, dryRun: false })).body).toMatchObject({ revoked: 1 })
    expect(await judge(old.session)).toBe('invalid_token')
    expect(log.of('administration')).toMatchObject([
      { userId: root.principal.user.id, act: 'revoke_by_condition', targetId: eve.id, count: 1 },
    ])
    expect((await ask('POST', '/revoke', {})).status).toBe(400)
    expect((await ask('POST', '/revoke', { issuedBefore: 'yesterday' })).status).toBe(400)
  })
})

describe('revocation of everyone', () => {
  test('ASVS 7.4.5: ends every session, and API tokens on request, in batches, but not the one that asks', async () => {
    const { ask, auth, logIn, root, old, hers, judge } = await occupied()
    const second = await logIn('root')
    const own = await auth.apiTokens.issue(second.principal, { name: 'x' })
    let body: Record<string, unknown> = {}
    let users = 0
    do {
      body = (await ask('POST', '/revoke-everyone', { limit: 1, apiTokens: true, cursor: body['next'] })).body
      users += Number(body['users'])
    } while (body['next'] !== undefined)
    expect(users).toBe(2)
    const ended = [old.session, old.api, hers.session, hers.api, second.token, own.token.reveal()]
    expect(await Promise.all(ended.map(judge))).toEqual(ended.map(() => 'invalid_token'))
    expect(await judge(root.token)).toBe('unlocked')
    expect((await auth.logIn({ username: 'eve', password: goodPassword })).status).toBe('unlocked')
  })

  test('API tokens stay without that, and an operator ends everybody', async () => {
    const { auth, root, old, judge } = await occupied()
    expect(await auth.revocations.everyone()).toEqual({ users: 3, next: undefined })
    expect([await judge(old.session), await judge(old.api), await judge(root.token)]).toEqual([
      'invalid_token',
      'unlocked',
      'invalid_token',
    ])
  })

  test('what begins after the first batch may live, and is ended by beginning anew', async () => {
    const { auth, logIn, judge } = await occupied()
    const first = await auth.revocations.everyone({ limit: 1 })
    const { token } = await logIn('root')
    const { token: late } = await logIn('eve')
    let cursor = first.next
    while (cursor !== undefined) cursor = (await auth.revocations.everyone({ limit: 1, cursor })).next
    expect([await judge(token), await judge(late)]).toContain('invalid_token')
    await auth.revocations.everyone()
    expect([await judge(token), await judge(late)]).toEqual(['invalid_token', 'invalid_token'])
  })
})
