import { describe, expect, test } from 'vitest'
import { totp } from '../../src/factors/totp.ts'
import { goodPassword, memoryStorage } from '../house.ts'
import { settled } from '../auth-house.ts'
import { nextCode } from '../mfa/mfa-house.ts'
import { adminHouse } from './admin-house.ts'

const hour = 60 * 60_000

async function inTheirPlace(settings: Parameters<typeof adminHouse>[0] = {}) {
  const house = await adminHouse(settings)
  await house.auth.users.update(house.eve.id, { roles: ['reader'] })
  const begin = (id = house.eve.id, token?: string) => house.ask('POST', `/users/${id}/impersonate`, {}, token)
  const { status, body } = await begin()
  expect(status).toBe(200)
  const token = String(body['token'])
  return { ...house, begin, token, principal: await house.principalOf(token) }
}

describe('an administrator in a user’s place', () => {
  test('is the user, with a mark, and every event names the administrator', async () => {
    const { eve, root, token, principal, send, log, judge } = await inTheirPlace()
    const by = root.principal.user.id
    expect(principal).toMatchObject({ user: { id: eve.id }, permissions: ['reader'], impersonator: { userId: by } })
    expect((await send('GET', '/session', undefined, token)).body).toMatchObject({
      user: { username: 'eve' },
      impersonator: { userId: by },
    })
    expect(log.of('administration')).toMatchObject([{ userId: by, act: 'impersonate', targetId: eve.id }])
    expect(log.of('login.succeeded').at(-1)).toMatchObject({ userId: eve.id, actorId: by, address: '203.0.113.7' })
    await send('POST', '/api-tokens', { name: 'x' }, token)
    expect(log.of('access.denied')).toMatchObject([{ userId: eve.id, actorId: by, code: 'own_session_required' }])
    await send('POST', '/url-tokens', { method: 'GET', path: '/x', withinMs: 1000 }, token)
    expect(log.of('url_token.issued')).toMatchObject([{ userId: eve.id, actorId: by }])
    await send('POST', '/logout', {}, token)
    expect(log.of('session.ended')).toMatchObject([{ userId: eve.id, actorId: by, reason: 'logout' }])
    expect([await judge(token), await judge(root.token)]).toEqual(['invalid_token', 'unlocked'])
  })

  test('ASVS 7.5.1: given as a principal, changes nothing by any function that takes a user; nor does an API token', async () => {
    const { auth, eve, principal, logIn, principalOf } = await inTheirPlace()
    const own = await logIn('eve')
    const { apiToken, token } = await auth.apiTokens.issue(own.principal, { name: 'ci' })
    const { id } = await auth.identities.add(eve.id, { provider: 'x', issuer: 'y', subject: 'z' })
    const session = own.principal.session?.id ?? ''
    const changes = (by: Parameters<typeof auth.apiTokens.revokeAll>[0]) => [
      () => auth.apiTokens.rotate(by, apiToken.id),
      () => auth.apiTokens.revoke(by, apiToken.id),
      () => auth.apiTokens.revokeAll(by),
      () => auth.trustedDevices.revoke(by, 'x'),
      () => auth.identities.unlink(by, id),
      () => auth.sessions.revokeOthers(by, session),
      () => auth.sessions.revoke(by, session),
      () => auth.sessions.revokeAll(by),
    ]
    const program = await principalOf(token.reveal())
    for (const change of changes(principal))
      await expect(change()).rejects.toMatchObject({ code: 'own_session_required' })
    for (const change of changes(program)) await expect(change()).rejects.toMatchObject({ code: 'session_required' })
    for (const change of changes(own.principal)) await change()
    expect([(await auth.apiTokens.list(eve.id)).items, await auth.identities.list(eve.id)]).toEqual([[], []])
  })

  test('a session of the user’s own bears no mark and no actor', async () => {
    const { logIn, send, log } = await inTheirPlace()
    const own = await logIn('eve')
    expect('impersonator' in own.principal).toBe(false)
    const { body } = await send('GET', '/session', undefined, own.token)
    expect(body).not.toHaveProperty('impersonator')
    expect(log.of('login.succeeded').at(-1)).not.toHaveProperty('actorId')
  })

  test('the user sees it among their sessions, and ends it', async () => {
    const { logIn, send, principal, judge, token } = await inTheirPlace()
    const own = await logIn('eve')
    const items = (await send('GET', '/sessions', undefined, own.token)).body['items'] as Record<string, unknown>[]
    expect(items.filter((item) => 'impersonator' in item).map(({ id }) => id)).toEqual([principal.session?.id])
    expect((await send('DELETE', `/sessions/${principal.session?.id}`, {}, own.token)).status).toBe(204)
    expect(await judge(token)).toBe('invalid_token')
  })

  test('lasts an hour, and never longer than the administrator’s own session', async () => {
    const { clock, judge, token } = await inTheirPlace()
    clock.advance(hour - 1)
    expect(await judge(token)).toBe('unlocked')
    clock.advance(1)
    expect(await judge(token)).toBe('expired_token')
    const short = await inTheirPlace({ session: { lifetimeMs: 10 * 60_000 } })
    short.clock.advance(10 * 60_000 - 1)
    expect(await short.judge(short.token)).toBe('unlocked')
    short.clock.advance(1)
    expect(await short.judge(short.token)).toBe('expired_token')
  })

  test('D21: ends with the administrator, their sessions, their permission and what they may do', async () => {
    const ends: readonly ((house: Awaited<ReturnType<typeof inTheirPlace>>, id: string) => Promise<unknown>)[] = [
      ({ auth }, id) => auth.users.disable(id),
      ({ auth }, id) => auth.users.delete(id),
      ({ auth }, id) => auth.sessions.revokeAll(id),
      ({ auth }, id) => auth.passwords.set(id, goodPassword),
      ({ auth }, id) => auth.users.update(id, { roles: ['reader'] }),
      ({ auth, eve }) => auth.users.update(eve.id, { roles: ['reader', 'owner'] }),
      ({ auth, eve }) => auth.users.disable(eve.id),
      ({ auth, eve }) => auth.sessions.revokeAll(eve.id),
      ({ auth }, id) => auth.users.setMfa(id, 'required'),
    ]
    for (const end of ends) {
      const house = await inTheirPlace()
      expect(await house.judge(house.token)).toBe('unlocked')
      await end(house, house.root.principal.user.id)
      expect([String(end), await house.judge(house.token)]).toEqual([String(end), 'invalid_token'])
    }
  })

  test('says why, to the operator', async () => {
    const { auth, root, eve, judge, token, log } = await inTheirPlace()
    const { id } = root.principal.user
    await auth.users.disable(id)
    await judge(token)
    expect(log.of('token.refused')).toMatchObject([{ reason: 'impersonator', userId: eve.id, actorId: id }])
  })

  test('never one who may do more, who is disabled, who is not there, or oneself', async () => {
    const { auth, begin, root, ann, eve } = await inTheirPlace()
    await auth.users.update(ann.id, { roles: ['reader', 'owner'] })
    expect((await begin(ann.id)).body).toMatchObject({ code: 'forbidden', permission: 'owner' })
    await auth.users.disable(eve.id)
    expect((await begin()).body['code']).toBe('conflict')
    expect((await begin('nobody')).body['code']).toBe('not_found')
    expect((await begin(root.principal.user.id)).body['code']).toBe('conflict')
  })

  test('never nested, and no administration in another’s place', async () => {
    const { auth, begin, ask, ann, eve, log } = await inTheirPlace()
    const other = await auth.users.create({ username: 'other', password: goodPassword, roles: ['admin'] })
    const { body } = await begin(other.id)
    const token = String(body['token'])
    expect((await begin(ann.id, token)).body['code']).toBe('own_session_required')
    expect((await ask('PATCH', `/users/${eve.id}`, { roles: [] }, token)).body['code']).toBe('own_session_required')
    expect((await ask('GET', '/users', undefined, token)).body['code']).toBe('own_session_required')
    expect(log.of('administration').length).toBe(2)
  })

  test('no API tokens and no change of credentials, by any route or function', async () => {
    const { auth, token, principal, send, eve, logIn } = await inTheirPlace({ factors: [totp()] })
    const own = await auth.apiTokens.issue((await logIn('eve')).principal, { name: 'x' })
    const barred: readonly (readonly [string, string, object?])[] = [
      ['POST', '/api-tokens', { name: 'x' }],
      ['POST', `/api-tokens/${own.apiToken.id}/rotate`],
      ['DELETE', `/api-tokens/${own.apiToken.id}`],
      ['POST', '/password/change', { current: goodPassword, password: 'seven green bottles hanging' }],
      ['POST', '/reauthenticate', { password: goodPassword }],
      ['POST', '/email/change', { email: 'x@example.com' }],
      ['POST', '/email/change/confirm', { token: 'x' }],
      ['POST', '/email/verify/send'],
      ['POST', '/factors/totp'],
      ['DELETE', '/factors/x'],
      ['DELETE', '/trusted-devices/x'],
      ['POST', '/identities/acme/link'],
      ['DELETE', '/identities/x'],
      ['POST', '/sessions/revoke-others'],
    ]
    for (const [method, path, body = {}] of barred) {
      const answer = await send(method, path, body, token)
      expect([path, answer.status, answer.body['code']]).toEqual([path, 403, 'own_session_required'])
    }
    const { user } = principal
    const refused = { code: 'own_session_required' }
    await expect(auth.apiTokens.issue(principal, { name: 'x' })).rejects.toMatchObject(refused)
    await expect(auth.reauthenticate(principal, { password: goodPassword })).rejects.toMatchObject(refused)
    const change = { current: goodPassword, password: 'seven green bottles hanging' }
    await expect(auth.passwords.change(principal, change)).rejects.toMatchObject(refused)
    await expect(auth.emails.change(principal, 'x@example.com')).rejects.toMatchObject(refused)
    await expect(auth.factors.beginEnrolment(principal, { factor: 'totp' })).rejects.toMatchObject(refused)
    await expect(auth.factors.remove(principal, 'x')).rejects.toMatchObject(refused)
    expect((await auth.apiTokens.list(user.id)).items.length).toBe(1)
    expect((await auth.users.find(eve.id))?.email).toBe('eve@example.com')
  })

  test('a link that is issued there is of the same standing, and ends with it', async () => {
    const { send, token, auth, root } = await inTheirPlace()
    const wanted = { method: 'GET', path: '/file', withinMs: 10_000, uses: 'untilExpiry' }
    const { url } = (await send('POST', '/url-tokens', wanted, token)).body
    const follow = () => auth.authenticate(new Request(String(url)))
    expect(await follow()).toMatchObject({ status: 'unlocked', principal: { impersonator: {} } })
    await auth.sessions.revokeAll(root.principal.user.id)
    expect((await follow()).status).toBe('refused')
  })

  test('one with a second factor asks the administrator for theirs first', async () => {
    const { auth, logIn, enrolTotp, begin, clock, ann, judge } = await inTheirPlace()
    await auth.users.update(ann.id, { roles: ['reader'] })
    await enrolTotp((await logIn()).principal)
    expect((await begin(ann.id)).body['code']).toBe('step_up_required')
    const theirs = await enrolTotp((await logIn('root')).principal)
    const weak = await auth.logIn({ username: 'root', password: goodPassword })
    const strong = await auth.unlock(weak.token.reveal(), { factor: 'totp', code: nextCode(clock, theirs) })
    const { body } = await begin(ann.id, strong.token.reveal())
    expect(await judge(String(body['token']))).toBe('unlocked')
  })

  test('a policy that comes later locks it, and nothing unlocks it', async () => {
    const { auth, eve, token, judge, send } = await inTheirPlace({ enrolWithFirstFactor: true })
    await auth.users.setMfa(eve.id, 'required')
    expect(await judge(token)).toBe('locked')
    const codeOf = async (path: string, body: object) => (await send('POST', path, body, token)).body['code']
    expect(await codeOf('/unlock', { factor: 'totp', code: '000000' })).toBe('locked_token_expired')
    expect(await codeOf('/factors/totp', {})).toBe('locked_token_expired')
    expect(await auth.factors.list(eve.id)).toEqual([])
  })

  test('in a cookie it takes the administrator’s place, and logging out gives nothing back', async () => {
    const { auth, root, eve, send, judge } = await inTheirPlace()
    const cookie = (token: string) => `__Host-sallyport=${token}`
    const path = `/admin/users/${eve.id}/impersonate`
    const begun = await send('POST', path, {}, undefined, cookie(root.token))
    expect(begun.body).not.toHaveProperty('token')
    const token = /__Host-sallyport=(sp_s_[\w.-]+)/.exec(begun.cookies[0] ?? '')?.[1] ?? ''
    expect([await judge(token), await judge(root.token)]).toEqual(['unlocked', 'invalid_token'])
    const out = await send('POST', '/logout', {}, undefined, cookie(token))
    expect(out.cookies.join()).toMatch(/__Host-sallyport=;/)
    expect((await auth.sessions.list(root.principal.user.id)).items).toEqual([])
  })

  test('costs an ordinary session no round trip, and itself one', async () => {
    const { judge, logIn, token, counting } = await inTheirPlace({ storage: memoryStorage() })
    const own = await logIn('eve')
    await settled()
    const callsOf = async (text: string) => {
      counting.reset()
      await judge(text)
      return counting.calls.map(({ operation, kind }) => `${operation} ${kind}`)
    }
    expect(await callsOf(own.token)).toEqual(['getWithOwner session'])
    expect(await callsOf(token)).toEqual(['getWithOwner session', 'get user'])
  })
})
