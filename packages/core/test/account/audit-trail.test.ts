import { describe, expect, test } from 'vitest'
import { goodPassword } from '../house.ts'
import { type MfaSettings } from '../mfa/mfa-house.ts'
import { accountHouse } from './account-house.ts'

const day = 24 * 60 * 60_000

async function auditHouse(settings: MfaSettings = {}) {
  const there = await accountHouse({
    audit: true,
    permissions: ({ roles }) => (roles.includes('admin') ? ['sallyport:admin'] : []),
    ...settings,
  })
  const { auth, outbox } = there
  return {
    ...there,
    async typesOf(userId?: string) {
      await outbox()
      return (await auth.events.list({ userId })).items.map(({ type }) => type)
    },
  }
}

describe('the audit trail', () => {
  test('keeps events, newest first, for the user and for administrators', async () => {
    const { auth, logIn, eve, send, outbox, typesOf, clock } = await auditHouse()
    const { token } = await logIn('eve')
    clock.advance(1000)
    await send('POST', '/login', { username: 'eve', password: 'a wrong password' })
    expect(await typesOf(eve.id)).toEqual(['password.failed', 'login.succeeded', 'user.created'])
    const { status, body } = await send('GET', '/events', undefined, token)
    expect(status).toBe(200)
    expect((body['items'] as object[])[0]).toEqual({
      id: expect.any(String),
      type: 'password.failed',
      at: '2026-01-01T00:00:01.000Z',
      address: '203.0.113.7',
      userId: eve.id,
      purpose: 'login',
      reason: 'wrong_password',
      outcome: 'failure',
    })
    expect((await send('GET', '/admin/events', undefined, token)).body['code']).toBe('forbidden')
    await auth.users.create({ username: 'root', password: goodPassword, roles: ['admin'] })
    const root = await logIn('root')
    await outbox()
    const all = (await send('GET', '/admin/events', undefined, root.token)).body['items'] as { type: string }[]
    expect(all.map(({ type }) => type)).toContain('password.failed')
    expect(all[0]?.type).toBe('login.succeeded')
  })

  test('ASVS 16.2.1: every record says who did it to whom, from where, in which session, and how it came out', async () => {
    const { auth, eve, logIn, send, outbox } = await auditHouse()
    await auth.users.create({ username: 'root', password: goodPassword, roles: ['admin'] })
    const [root, own] = [await logIn('root'), await logIn('eve')]
    const { body } = await send('POST', '/api-tokens', { name: 'ci' }, own.token)
    const { id } = body['apiToken'] as { id: string }
    await send('DELETE', `/api-tokens/${id}`, undefined, own.token)
    await send('POST', `/admin/users/${eve.id}/revoke-api-tokens`, {}, root.token)
    await send('PATCH', `/admin/users/${eve.id}`, { disabled: true, roles: ['reader'] }, root.token)
    await send('POST', `/admin/users/${eve.id}/reset-password`, {}, root.token)
    await send('GET', '/events', undefined, own.token)
    await outbox()
    const { items } = await auth.events.list({ userId: eve.id })
    const told = (type: string) => items.find((event) => event.type === type)
    const from = { userId: eve.id, address: '203.0.113.7', outcome: 'success' }
    const byUser = { ...from, actorId: eve.id, sessionId: own.principal.session?.id }
    const byAdmin = { ...from, actorId: root.principal.user.id, sessionId: root.principal.session?.id }
    expect(told('login.succeeded')).toMatchObject({ userId: eve.id, sessionId: byUser.sessionId, outcome: 'success' })
    expect(told('api_token.issued')).toMatchObject({ ...byUser, apiTokenId: id })
    expect(told('api_token.revoked')).toMatchObject({ ...byUser, apiTokenId: id })
    for (const type of ['api_tokens.revoked', 'user.disabled', 'user.updated', 'password.reset_requested'])
      expect([type, told(type)]).toMatchObject([type, byAdmin])
    expect(told('token.refused')).toMatchObject({
      userId: eve.id,
      tokenId: byUser.sessionId,
      outcome: 'failure',
      reason: 'epoch',
    })
    expect(told('user.created')).not.toHaveProperty('actorId')
  })

  test('is read in pages', async () => {
    const { auth, eve, outbox, clock } = await auditHouse()
    for (let i = 0; i < 25; i++) {
      clock.advance(i % 3)
      await auth.users.update(eve.id, { displayName: `${i}` })
    }
    await outbox()
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page = await auth.events.list({ userId: eve.id, cursor, limit: 7 })
      seen.push(...page.items.map(({ id }) => id))
      cursor = page.next
    } while (cursor !== undefined)
    expect([seen.length, new Set(seen).size]).toEqual([26, 26])
    expect(seen).toEqual(seen.toSorted())
  })

  test('is off by default, and then there is nothing to read', async () => {
    const { auth, counting, logIn, send, outbox } = await accountHouse()
    const { token } = await logIn('eve')
    await outbox()
    expect(counting.calls.filter(({ kind }) => kind === 'event')).toEqual([])
    expect((await send('GET', '/events', undefined, token)).status).toBe(404)
    await expect(auth.events.list()).rejects.toMatchObject({ code: 'not_found' })
  })

  test('ends: events are kept for as long as was set', async () => {
    const { auth, clock, eve, typesOf } = await auditHouse({ audit: { retentionMs: day } })
    expect(await typesOf(eve.id)).toEqual(['user.created'])
    clock.advance(day)
    expect(await typesOf(eve.id)).toEqual([])
    expect(await auth.sweep()).toBeGreaterThan(0)
  })

  test('nobody waits for it: log-ins go on while the store keeps no events', async () => {
    const { auth, failing, errors, outbox, logIn, judge } = await auditHouse()
    failing.fail('reject', ({ kind }) => kind === 'event')
    const all = await Promise.all(Array.from({ length: 50 }, () => logIn('eve')))
    for (const { token } of all.slice(0, 3)) expect(await judge(token)).toBe('unlocked')
    await outbox()
    expect(errors.length).toBeGreaterThan(0)
    failing.heal()
    expect((await auth.events.list()).items.length).toBeLessThan(10)
  })

  test('is written by single inserts of random ids: no two log-ins touch one entry', async () => {
    const { counting, logIn, outbox } = await auditHouse()
    await outbox()
    counting.reset()
    await Promise.all(Array.from({ length: 50 }, () => logIn('eve')))
    await outbox()
    const calls = counting.calls.filter(({ kind }) => kind === 'event')
    expect(new Set(calls.map(({ operation }) => operation))).toEqual(new Set(['insert']))
    expect(calls.length).toBe(50)
  })

  test('ASVS 16.3.3: a flood from everywhere hides nothing else, and that it was too much is told', async () => {
    const { auth, logIn, typesOf, errors, outbox, clock } = await auditHouse()
    const { principal } = await logIn('eve')
    const crossSite = (address: string) =>
      auth.handle(new Request('https://app.example.com/auth/logout', { method: 'POST', headers: { origin: 'null' } }), {
        address,
      })
    for (let i = 0; i < 1100; i++) {
      await crossSite(`2001:db8:${i.toString(16)}::1`)
      if (i % 100 === 0) await outbox()
    }
    await expect(auth.administration.list(principal)).rejects.toMatchObject({ code: 'forbidden' })
    expect((await typesOf()).slice(0, 2)).toEqual(['access.denied', 'request.refused'])
    expect(errors.map(String)).toEqual([expect.stringContaining('request.refused')])
    // Many addresses, and one network.
    clock.advance(60_000)
    for (let i = 0; i < 100; i++) await crossSite(`2001:db8::${i.toString(16)}`)
    expect((await typesOf()).slice(0, 3)).toEqual(['request.refused', 'access.denied', 'request.refused'])
  })

  test('a flood of made-up or used-up tokens does not fill it', async () => {
    const { auth, judge, logIn, eve, typesOf, counting, outbox } = await auditHouse()
    const { token } = await logIn('eve')
    await auth.sessions.revokeAll(eve.id)
    await outbox()
    counting.reset()
    for (let i = 0; i < 200; i++) await judge(`sp_s_${'x'.repeat(22)}.${String(i).padStart(56, '0')}`)
    await outbox()
    expect(counting.calls.filter(({ kind }) => kind === 'event')).toEqual([])
    for (let i = 0; i < 50; i++) await judge(token)
    expect((await typesOf(eve.id)).filter((type) => type === 'token.refused').length).toBeLessThanOrEqual(1)
  })

  test('D16: shows a user nothing of others', async () => {
    const { logIn, send, outbox } = await auditHouse()
    const { token } = await logIn('eve')
    await logIn()
    await outbox()
    for (const query of ['', '&user=x', '&userId=x']) {
      const { body } = await send('GET', '/events', undefined, `${token}${query}`)
      const ids = (body['items'] as { userId?: string }[]).map(({ userId }) => userId)
      expect(new Set(ids).size).toBe(1)
    }
  })

  test('what was a user’s goes with them, but that they have gone is known', async () => {
    const { auth, eve, typesOf, outbox } = await auditHouse()
    await outbox()
    await auth.users.delete(eve.id)
    expect(await typesOf(eve.id)).toEqual([])
    expect((await typesOf())[0]).toBe('user.deleted')
  })

  test('ASVS 16.2.5: holds no secret', async () => {
    const { auth, logIn, sent, outbox } = await auditHouse()
    const { token, principal } = await logIn('eve')
    const api = await auth.apiTokens.issue(principal, { name: 'x' })
    await auth.account.forgotPassword('eve')
    await outbox()
    const secrets = [token, api.token.reveal(), ...sent.flatMap((m) => ('link' in m ? [m.link.reveal()] : []))]
    const kept = JSON.stringify(await auth.events.list({ limit: 1000 }))
    for (const secret of secrets) expect(kept).not.toContain(secret.slice(-40))
    expect(kept).not.toContain(goodPassword)
    expect(kept).toContain('api_token.issued')
  })
})
