import { describe, expect, test } from 'vitest'
import { house, origin } from './auth-house.ts'
import { goodPassword } from './house.ts'

const minute = 60_000

async function withLink(path = '/files/1?size=big', uses: 'once' | 'untilExpiry' = 'once') {
  const there = await house()
  const { token, principal } = await there.logIn()
  const { url, expiresAt } = await there.auth.urlTokens.issue(principal, {
    method: 'GET',
    path,
    withinMs: minute,
    uses,
  })
  const follow = async (link = url.reveal(), init: RequestInit = {}) => {
    const resolution = await there.auth.authenticate(new Request(link, init))
    return resolution.status === 'refused' ? resolution.code : resolution.status
  }
  return { ...there, session: token, principal, link: url.reveal(), expiresAt, follow }
}

describe('a link', () => {
  test('ASVS 9.2.2: works for its method, path and query, once', async () => {
    const { link, follow, auth } = await withLink()
    expect(link).toMatch(/^https:\/\/app\.example\.com\/files\/1\?size=big&token=sp_u_/)
    const resolution = await auth.authenticate(new Request(link))
    expect(resolution).toMatchObject({ status: 'unlocked', principal: { via: 'url-token', user: { username: 'ann' } } })
    expect(await follow()).toBe('invalid_token')
  })

  test.each([
    ['another method', 'POST', (link: string) => link],
    ['HEAD', 'HEAD', (link: string) => link],
    ['another path', 'GET', (link: string) => link.replace('/files/1', '/files/2')],
    ['a path below', 'GET', (link: string) => link.replace('/files/1', '/files/1/x')],
    ['the path encoded', 'GET', (link: string) => link.replace('/files', '/f%69les')],
    ['doubled slashes', 'GET', (link: string) => link.replace('/files/1', '//files/1')],
    ['another case', 'GET', (link: string) => link.replace('/files', '/Files')],
    ['another query', 'GET', (link: string) => link.replace('big', 'bigger')],
    ['more in the query', 'GET', (link: string) => `${link}&x=1`],
    ['less in the query', 'GET', (link: string) => link.replace('size=big&', '')],
    ['another order', 'GET', (link: string) => `${link.replace('size=big&', '')}&size=big&`],
  ])('does not work for %s, and is not used up by it', async (_, method, change) => {
    const { link, follow } = await withLink()
    expect(await follow(change(link), { method })).not.toBe('unlocked')
    expect(await follow()).toBe('unlocked')
  })

  test('D1: of fifty that follow it at once one gets through', async () => {
    const { follow } = await withLink()
    const all = await Promise.all(Array.from({ length: 50 }, () => follow()))
    expect(all.filter((status) => status === 'unlocked').length).toBe(1)
  })

  test('until its expiry, to the millisecond', async () => {
    const { follow, clock, expiresAt } = await withLink('/events', 'untilExpiry')
    expect(expiresAt).toBe(clock() + minute)
    for (let i = 0; i < 3; i++) expect(await follow()).toBe('unlocked')
    clock.advance(minute - 1)
    expect(await follow()).toBe('unlocked')
    clock.advance(1)
    expect(await follow()).toBe('expired_token')
  })

  test('goes before a cookie that comes along, and a bad one is not forgiven for it', async () => {
    const { follow, link, session } = await withLink('/events', 'untilExpiry')
    const headers = { cookie: `__Host-sallyport=${session}` }
    expect(await follow(link, { headers })).toBe('unlocked')
    expect(await follow(`${link.slice(0, -1)}_`, { headers })).toBe('invalid_token')
  })

  test.each(['logout', 'all', 'disabled', 'password', 'deleted'] as const)(
    'D21: dies with its session: %s',
    async (end) => {
      const { auth, ann, follow, principal, session } = await withLink('/events', 'untilExpiry')
      const acts = {
        logout: () => auth.end(session, 'logout'),
        all: () => auth.sessions.revokeAll(ann.id),
        disabled: () => auth.users.disable(ann.id),
        password: () => auth.passwords.change(principal, { current: goodPassword, password: 'a quite different one' }),
        deleted: () => auth.users.delete(ann.id),
      }
      await acts[end]()
      expect(await follow()).toBe('invalid_token')
    },
  )

  test('dies with its session when that expires', async () => {
    const { auth, clock, logIn, principalOf } = await house({ session: { lifetimeMs: 10 * minute } })
    const { token } = await logIn()
    clock.advance(9 * minute)
    const fresh = await principalOf(token)
    const { url } = await auth.urlTokens.issue(fresh, {
      method: 'GET',
      path: '/a',
      withinMs: 30 * minute,
      uses: 'untilExpiry',
    })
    clock.advance(minute)
    expect(await auth.authenticate(new Request(url.reveal()))).toEqual({ status: 'refused', code: 'expired_token' })
  })

  test('NIST 800-63B-4: has the assurance of its session, and starts nothing by itself', async () => {
    const { auth, link, principal } = await withLink('/a', 'untilExpiry')
    const resolution = await auth.authenticate(new Request(link))
    const byLink = resolution.status === 'unlocked' ? resolution.principal : expect.fail()
    expect(byLink.assurance).toEqual(principal.assurance)
    await expect(
      auth.urlTokens.issue(byLink, { method: 'GET', path: '/b', withinMs: minute, uses: 'once' }),
    ).rejects.toMatchObject({
      code: 'session_required',
    })
    await expect(auth.reauthenticate(byLink, { password: goodPassword })).rejects.toMatchObject({
      code: 'session_required',
    })
  })
})

describe('D14: what a link may point to', () => {
  test.each([
    ['/a', '/a'],
    ['/a/../b', '/b'],
    ['/a b', '/a%20b'],
    ['/ä?ö=ü', '/%C3%A4?%C3%B6=%C3%BC'],
    ['/.//evil.example', '//evil.example'],
    ['/a?tokens=x', '/a?tokens=x'],
    ['/@evil.example', '/@evil.example'],
  ])('%j is parsed and rebuilt as %j on our origin', async (path, target) => {
    const { link, follow } = await withLink(path)
    expect(link.startsWith(`${origin}${target}${target.includes('?') ? '&' : '?'}token=`)).toBe(true)
    expect(new URL(link).origin).toBe(origin)
    expect(await follow()).toBe('unlocked')
  })

  test.each([
    '',
    'a',
    'https://app.example.com/a',
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    '/\n/evil.example',
    '\\\\evil.example',
    '\t//evil.example',
    'javascript:alert(1)',
    '/a#b',
    '/a?token=x',
    '/a?%74oken=x',
    '/a?x&token',
    ' /a',
    'http:evil.example',
    '/\u0000//evil.example\\..',
  ])('%j is refused, or stays on our origin', async (path) => {
    const { auth, principal } = await withLink()
    const wanted = { method: 'GET', path, withinMs: minute, uses: 'once' } as const
    const result = await auth.urlTokens.issue(principal, wanted).catch((error: { code?: string }) => error.code)
    if (typeof result === 'object') expect(new URL(result.url.reveal()).origin).toBe(origin)
    else expect(result).toBe('invalid_request')
  })

  test.each([0, -1, 3_600_001, Number.NaN, Number.POSITIVE_INFINITY])(
    'a life of %d ms is refused',
    async (withinMs) => {
      const { auth, principal } = await withLink()
      await expect(
        auth.urlTokens.issue(principal, { method: 'GET', path: '/a', withinMs, uses: 'once' }),
      ).rejects.toMatchObject({
        code: 'invalid_request',
      })
    },
  )
})

test('where tokens in the query are switched off there are no links', async () => {
  const { auth } = await house({ query: false, bearer: true })
  const { token } = await auth.logIn({ username: 'ann', password: goodPassword })
  const headers = { authorization: `Bearer ${token.reveal()}` }
  const resolution = await auth.authenticate(new Request(origin, { headers }))
  const principal = resolution.status === 'unlocked' ? resolution.principal : expect.fail()
  const issued = auth.urlTokens.issue(principal, { method: 'GET', path: '/a', withinMs: minute, uses: 'once' })
  await expect(issued).rejects.toMatchObject({ code: 'not_found' })
})
