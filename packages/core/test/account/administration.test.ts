import { describe, expect, test } from 'vitest'
import { goodPassword } from '../house.ts'
import { nextCode } from '../mfa/mfa-house.ts'
import { otherPassword, outcomes, tokenIn } from './account-house.ts'
import { adminHouse } from './admin-house.ts'

const hour = 60 * 60_000

/** Every administrative write on a user, as method, path and body. */
const writes: readonly (readonly [method: string, path: (id: string) => string, body: object])[] = [
  ['POST', () => '/users', { username: 'new' }],
  ['PATCH', (id) => `/users/${id}`, { roles: ['admin'] }],
  ['POST', (id) => `/users/${id}/reset-password`, {}],
  ['POST', (id) => `/users/${id}/revoke-sessions`, {}],
  ['POST', (id) => `/users/${id}/revoke-api-tokens`, {}],
  ['POST', (id) => `/users/${id}/reset-factors`, {}],
  ['POST', (id) => `/users/${id}/enrolment-ticket`, {}],
  ['POST', (id) => `/users/${id}/clear-attempts`, {}],
  ['DELETE', (id) => `/users/${id}/sessions/x`, {}],
  ['DELETE', (id) => `/users/${id}/api-tokens/x`, {}],
  ['POST', (id) => `/users/${id}/impersonate`, {}],
  ['POST', () => '/revoke', { user: 'x' }],
  ['POST', () => '/revoke-everyone', {}],
  ['DELETE', (id) => `/users/${id}`, {}],
]

describe('who may administer', () => {
  test.each(writes)(
    '%s %s: nobody without the permission, a recent log-in, or a session',
    async (method, path, body) => {
      const { auth, ask, logIn, root, eve, clock, log } = await adminHouse()
      const { token, principal } = await logIn('eve')
      const api = await auth.apiTokens.issue(root.principal, { name: 'x' })
      const codeOf = async (by: string) => (await ask(method, path(eve.id), body, by)).body['code']
      const own = await auth.apiTokens.issue(principal, { name: 'x' })
      expect(await codeOf(token)).toBe('forbidden')
      expect(await codeOf(own.token.reveal())).toBe('session_required')
      expect(await codeOf(api.token.reveal())).toBe('session_required')
      expect(await codeOf('x')).toBe('invalid_token')
      clock.advance(hour + 1)
      expect(await codeOf(root.token)).toBe('step_up_required')
      expect(log.of('administration')).toEqual([])
      expect(await auth.users.find(eve.id)).toMatchObject({ roles: [] })
      expect(await auth.users.findByLogin('new')).toBeUndefined()
    },
  )

  test('ASVS 7.5.3: whoever has a second factor writes with it alone', async () => {
    const { auth, ask, logIn, enrolTotp, clock, eve } = await adminHouse()
    const totp = await enrolTotp((await logIn('root')).principal)
    const codeOf = async () => (await ask('PATCH', `/users/${eve.id}`, { roles: ['reader'] })).body['code']
    expect(await codeOf()).toBe('step_up_required')
    const stepUp = await auth.logIn({ username: 'root', password: goodPassword })
    const code = nextCode(clock, totp)
    const strong = await auth.unlock(stepUp.token.reveal(), { factor: 'totp', code })
    const answer = await ask('PATCH', `/users/${eve.id}`, { roles: ['reader'] }, strong.token.reveal())
    expect(answer.status).toBe(200)
  })

  test('to read, an older session will do, but neither an API token nor a lesser user', async () => {
    const { auth, ask, root, logIn, eve, clock } = await adminHouse()
    const api = await auth.apiTokens.issue(root.principal, { name: 'x' })
    const { token } = await logIn('eve')
    clock.advance(2 * hour)
    for (const path of ['/users', `/users/${eve.id}`, `/users/${eve.id}/sessions`, `/users/${eve.id}/api-tokens`]) {
      expect((await ask('GET', path)).status).toBe(200)
      expect((await ask('GET', path, undefined, token)).body['code']).toBe('forbidden')
      expect((await ask('GET', path, undefined, api.token.reveal())).body['code']).toBe('session_required')
    }
  })

  test('ASVS 8.3.2: a role that is lost is lost at once', async () => {
    const { auth, ask, root } = await adminHouse()
    await auth.users.update(root.principal.user.id, { roles: [] })
    expect((await ask('GET', '/users')).body['code']).toBe('forbidden')
  })
})

describe('administration', () => {
  test('lists and searches users in pages, each once, and shows no secret', async () => {
    const { ask, root } = await adminHouse()
    const search = (query: string) => ask('GET', '/users', undefined, `${root.token}&${query}`)
    const names = (body: Record<string, unknown>) => (body['items'] as { username: string }[]).map((u) => u.username)
    expect(names((await ask('GET', '/users')).body)).toEqual(['ann', 'eve', 'root'])
    const { body } = await search('search=EV')
    expect(names(body)).toEqual(['eve'])
    expect(JSON.stringify(body)).not.toMatch(/argon2|epoch/)
    const first = (await search('limit=2')).body
    const second = (await search(`limit=2&cursor=${encodeURIComponent(String(first['next']))}`)).body
    expect([...names(first), ...names(second)]).toEqual(['ann', 'eve', 'root'])
    for (const query of ['limit=0', 'limit=x', 'limit=5000']) {
      expect((await search(query)).status).toBe(400)
    }
  })

  test('nobody takes their own roles, their account or their access away', async () => {
    const { auth, ask, root, log } = await adminHouse()
    const { id } = root.principal.user
    const detail = 'Another administrator has to do this.'
    const refused = { status: 409, body: expect.objectContaining({ code: 'conflict', detail }) }
    for (const roles of [[], ['reader'], ['admin', 'reader']]) {
      expect(await ask('PATCH', `/users/${id}`, { roles })).toMatchObject(refused)
    }
    expect(await ask('PATCH', `/users/${id}`, { disabled: true })).toMatchObject(refused)
    expect(await ask('DELETE', `/users/${id}`)).toMatchObject(refused)
    expect([await auth.users.find(id), log.of('administration')]).toMatchObject([{ roles: ['admin'] }, []])
    expect((await ask('PATCH', `/users/${id}`, { displayName: 'Root' })).status).toBe(200)
  })

  test('makes users with an invitation that works once, and never chooses a password', async () => {
    const { auth, ask, tokenOf, sent } = await adminHouse()
    const given = { username: 'bob', email: 'bob@example.com', roles: ['reader'], password: goodPassword }
    const { status, body } = await ask('POST', '/users', given)
    expect(status).toBe(201)
    expect(body['user']).toMatchObject({ username: 'bob', roles: ['reader'], hasPassword: false, disabled: false })
    expect(body['invitation']).toMatchObject({ sentTo: 'bob@example.com' })
    expect(JSON.stringify(body)).not.toContain('sp_r_')
    const token = await tokenOf('invitation')
    expect(sent.map(({ to, client }) => [to, client])).toEqual([['bob@example.com', undefined]])
    await expect(auth.logIn({ username: 'bob', password: goodPassword })).rejects.toMatchObject({
      code: 'invalid_credentials',
    })
    const all = Array.from({ length: 50 }, () => auth.account.resetPassword({ token, password: otherPassword }))
    expect(await outcomes(all)).toEqual({ done: 1, invalid_code: 49 })
    expect((await auth.logIn({ username: 'bob@example.com', password: otherPassword })).status).toBe('unlocked')
  })

  test('an invitation without an address is handed over', async () => {
    const { auth, ask } = await adminHouse()
    const { body } = await ask('POST', '/users', { username: 'bob' })
    const { link, sentTo } = body['invitation'] as { link: string; sentTo: string | null }
    expect(sentTo).toBeNull()
    await auth.account.resetPassword({ token: tokenIn(link), password: otherPassword })
    expect((await ask('POST', '/users', { username: 'bob' })).body['code']).toBe('username_taken')
  })

  test('ASVS 7.4.2: disables and enables', async () => {
    const { auth, ask, eve, logIn, judge } = await adminHouse()
    const { token, principal } = await logIn('eve')
    const api = await auth.apiTokens.issue(principal, { name: 'x' })
    const { body } = await ask('PATCH', `/users/${eve.id}`, { disabled: true })
    expect(body['user']).toMatchObject({ disabled: true })
    expect([await judge(token), await judge(api.token.reveal())]).toEqual(['invalid_token', 'invalid_token'])
    expect((await ask('PATCH', `/users/${eve.id}`, { disabled: false })).body['user']).toMatchObject({
      disabled: false,
    })
    expect((await auth.logIn({ username: 'eve', password: goodPassword })).status).toBe('unlocked')
  })

  test('changes roles and requires a second factor, at once', async () => {
    const { ask, eve, logIn, judge } = await adminHouse()
    const { token } = await logIn('eve')
    const { body } = await ask('PATCH', `/users/${eve.id}`, { roles: ['reader'], mfa: 'required' })
    expect(body['user']).toMatchObject({ roles: ['reader'], mfa: 'required' })
    expect(await judge(token)).toBe('locked')
    expect((await ask('PATCH', `/users/${eve.id}`, { mfa: null })).body['user']).toMatchObject({ mfa: null })
    for (const mfa of ['none', { required: ['nothing'] }, { required: [] }, 7]) {
      expect((await ask('PATCH', `/users/${eve.id}`, { mfa })).status).toBeGreaterThanOrEqual(400)
    }
  })

  test('ASVS 6.4.6: starts a reset, whose link only the user sees', async () => {
    const { auth, ask, eve, tokenOf } = await adminHouse()
    const { status, body } = await ask('POST', `/users/${eve.id}/reset-password`, { password: otherPassword })
    expect([status, body['sentTo'], body['link']]).toEqual([200, 'eve@example.com', undefined])
    expect((await auth.logIn({ username: 'eve', password: goodPassword })).status).toBe('unlocked')
    await auth.account.resetPassword({ token: await tokenOf('password-reset'), password: otherPassword })
    expect((await auth.logIn({ username: 'eve', password: otherPassword })).status).toBe('unlocked')
  })

  test('ASVS 7.4.5: ends sessions, API tokens and factors of one user, and of nobody else', async () => {
    const { auth, ask, ann, eve, logIn, judge, enrolTotp } = await adminHouse()
    const [hers, other] = [await logIn('eve'), await logIn()]
    const api = await auth.apiTokens.issue(hers.principal, { name: 'x' })
    await ask('POST', `/users/${eve.id}/revoke-sessions`, {})
    expect([await judge(hers.token), await judge(api.token.reveal())]).toEqual(['invalid_token', 'unlocked'])
    await ask('POST', `/users/${eve.id}/revoke-api-tokens`, {})
    expect(await judge(api.token.reveal())).toBe('invalid_token')
    expect(await judge(other.token)).toBe('unlocked')
    await enrolTotp(other.principal)
    expect((await ask('POST', `/users/${ann.id}/reset-factors`, {})).status).toBe(204)
    expect([await auth.factors.list(ann.id), await judge(other.token)]).toEqual([[], 'invalid_token'])
  })

  test('ASVS 7.4.5: shows the sessions and API tokens of a user, never their secrets, and ends one', async () => {
    const { auth, ask, eve, logIn, judge } = await adminHouse()
    const [one, other] = [await logIn('eve'), await logIn('eve')]
    const api = await auth.apiTokens.issue(one.principal, { name: 'x' })
    const list = async (what: string) => (await ask('GET', `/users/${eve.id}/${what}`)).body
    const sessions = await list('sessions')
    expect((sessions['items'] as object[]).length).toBe(2)
    expect(await list('api-tokens')).toMatchObject({ items: [{ id: api.apiToken.id, name: 'x' }] })
    expect(JSON.stringify([sessions, await list('api-tokens')])).not.toMatch(/hash|epoch|sp_/)
    const end = (what: string) => ask('DELETE', `/users/${eve.id}/${what}`)
    expect((await end(`sessions/${one.principal.session?.id}`)).status).toBe(204)
    expect((await end(`api-tokens/${api.apiToken.id}`)).status).toBe(204)
    expect([await judge(one.token), await judge(api.token.reveal()), await judge(other.token)]).toEqual([
      'invalid_token',
      'invalid_token',
      'unlocked',
    ])
    expect((await end(`sessions/${one.principal.session?.id}`)).status).toBe(404)
  })

  test('ASVS 6.4.4: hands a ticket to a user who must enrol a factor, and lets one try again', async () => {
    const { auth, ask, ann, eve, logIn, enrolTotp, log } = await adminHouse({
      factorThrottle: { account: [{ limit: 2, windowMs: hour }] },
    })
    await ask('PATCH', `/users/${eve.id}`, { mfa: 'required' })
    const waiting = await auth.logIn({ username: 'eve', password: goodPassword })
    const made = await ask('POST', `/users/${eve.id}/enrolment-ticket`, {})
    expect(made.status).toBe(201)
    const redeemed = await auth.factors.redeemEnrolmentTicket(waiting.token.reveal(), String(made.body['ticket']))
    expect(redeemed).toMatchObject({ needsTicket: false, enrol: ['totp'] })

    await enrolTotp((await logIn()).principal)
    const locked = await auth.logIn({ username: 'ann', password: goodPassword })
    const guess = () => auth.unlock(locked.token.reveal(), { factor: 'totp', code: '000000' })
    for (const code of ['invalid_code', 'invalid_code', 'too_many_attempts']) {
      await expect(guess()).rejects.toMatchObject({ code })
    }
    expect((await ask('POST', `/users/${ann.id}/clear-attempts`, {})).status).toBe(204)
    await expect(guess()).rejects.toMatchObject({ code: 'invalid_code' })
    expect(log.of('administration').map(({ act }) => act)).toEqual([
      'change',
      'issue_enrolment_ticket',
      'clear_attempts',
    ])
  })

  test('D16: ends nothing of one user in the name of another', async () => {
    const { ask, eve, root, judge } = await adminHouse()
    const { status } = await ask('DELETE', `/users/${eve.id}/sessions/${root.principal.session?.id}`)
    expect([status, await judge(root.token)]).toEqual([404, 'unlocked'])
  })

  test('deletes, but not whoever does it', async () => {
    const { auth, ask, eve, root, logIn, judge } = await adminHouse()
    const { token } = await logIn('eve')
    expect((await ask('DELETE', `/users/${eve.id}`)).status).toBe(204)
    expect([await auth.users.find(eve.id), await judge(token)]).toEqual([undefined, 'invalid_token'])
    expect((await ask('DELETE', `/users/${eve.id}`)).status).toBe(404)
    const self = root.principal.user.id
    expect((await ask('DELETE', `/users/${self}`)).status).toBe(409)
    expect((await ask('PATCH', `/users/${self}`, { disabled: true })).status).toBe(409)
    expect(await judge(root.token)).toBe('unlocked')
  })

  test('ASVS 16.2.1: says of every write who did what to whom, and from where', async () => {
    const { ask, eve, root, log } = await adminHouse()
    await ask('PATCH', `/users/${eve.id}`, { roles: [] })
    await ask('POST', `/users/${eve.id}/revoke-sessions`, {})
    const { id: userId } = root.principal.user
    const sessionId = root.principal.session?.id
    const base = { userId, sessionId, targetId: eve.id, address: '203.0.113.7' }
    expect(log.of('administration')).toMatchObject([
      { ...base, act: 'change' },
      { ...base, act: 'revoke_sessions' },
    ])
  })

  test('D7: what is no request is refused before anything is done', async () => {
    const { ask, eve } = await adminHouse()
    for (const body of [{ roles: 'admin' }, { roles: [7] }, { disabled: 'yes' }, { displayName: '' }]) {
      expect((await ask('PATCH', `/users/${eve.id}`, body)).status).toBe(400)
    }
    for (const body of [{}, { username: 7 }, { username: 'x', email: 'no' }, { username: '\u202e' }]) {
      expect((await ask('POST', '/users', body)).status).toBe(400)
    }
    expect((await ask('PATCH', '/users/nobody', { roles: [] })).status).toBe(404)
  })
})

describe('what an administrator asks for and can not be', () => {
  const policies = [{ required: [] }, { required: ['nonsense'] }, { required: ['totp', 'nonsense'] }]

  test.each(policies)('a policy of %j is refused, and nobody is made or changed', async (mfa) => {
    const { auth, ask, eve } = await adminHouse()
    const made = await ask('POST', '/users', { username: 'new', mfa })
    expect([made.status, made.body['code']]).toEqual([400, 'invalid_request'])
    expect(await auth.users.findByLogin('new')).toBeUndefined()
    const changed = await ask('PATCH', `/users/${eve.id}`, { mfa, roles: ['admin'] })
    expect([changed.status, changed.body['code']]).toEqual([400, 'invalid_request'])
    expect(await auth.users.find(eve.id)).toMatchObject({ roles: [] })
  })

  test('a policy is there with the user, in one write', async () => {
    const { ask, log } = await adminHouse()
    const made = await ask('POST', '/users', { username: 'new', mfa: 'required' })
    expect(made.body['user']).toMatchObject({ username: 'new', mfa: 'required' })
    const { id } = made.body['user'] as { readonly id: string }
    expect(log.of('user.mfa_changed')).toMatchObject([{ userId: id, mfa: 'required' }])
  })

  test('ASVS 6.4.6, 15.3.3: no password, no hash and no proof of an address comes in beside it', async () => {
    const { auth, root } = await adminHouse()
    const sent = { username: 'new', email: 'new@example.com', password: goodPassword, emailVerified: true }
    const { user } = await auth.administration.create(root.principal, sent)
    expect([user.hasPassword, user.user.emailVerified]).toEqual([false, false])
  })
})
