import { interceptStorage } from '@sallyport/core/testing'
import { memoryStorage } from '@sallyport/storage-memory'
import { beforeEach, describe, expect, test } from 'vitest'
import { accountRoutes } from '../src/areas/account-routes.ts'
import { adminRoutes } from '../src/areas/admin-routes.ts'
import { doorRoutes } from '../src/areas/door-routes.ts'
import { pages, type PagesSettings } from '../src/index.ts'
import { respond } from './asking.ts'
import { house, type House, password } from './house.ts'

const origin = 'https://app.example.com'
let home: House
/** Of the kind of entry that the store has no answer for. */
let lost: string | undefined

beforeEach(async () => {
  lost = undefined
  const storage = interceptStorage(memoryStorage(), async ({ kind }, run) => {
    if (kind !== undefined && kind === lost) throw new Error('The store is gone.')
    return run()
  })
  home = house(origin, { storage })
  await home.auth.users.create({ username: 'root', password, roles: ['admin'] })
  await home.auth.users.create({ username: 'bob', password })
})

async function ask(
  path: string,
  headers: Record<string, string>,
  fields?: Record<string, string>,
  settings: PagesSettings = {},
): Promise<Response> {
  const init = fields && { method: 'POST', body: new URLSearchParams(fields).toString() }
  const type = { 'content-type': 'application/x-www-form-urlencoded' }
  const request = new Request(origin + path, { ...init, headers: { ...(fields && type), ...headers } })
  return respond(home, request, settings)
}

const ours = { 'sec-fetch-site': 'same-origin' }
const cookieOf = (token: string) => `__Host-sallyport=${token}`

async function logIn(username: string): Promise<string> {
  return (await home.auth.logIn({ username, password })).token.reveal()
}

describe('an administrator in a user’s place', () => {
  async function inPlaceOfBob(): Promise<string> {
    const bob = await home.auth.users.findByLogin('bob')
    const cookie = cookieOf(await logIn('root'))
    const answer = await ask(`/account/admin/users/${bob?.id}/impersonate`, { ...ours, cookie }, {})
    expect(answer.status).toBe(303)
    const [set = ''] = answer.headers.getSetCookie().filter((line) => line.startsWith('__Host-sallyport='))
    // The administrator's own session is not left behind for anybody.
    expect((await home.auth.authenticate(new Request(origin, { headers: { cookie } }))).status).toBe('refused')
    return set.split(';')[0] ?? ''
  }

  test('ASVS 7.5.1: changes nothing by any form of the pages', async () => {
    const token = await logIn('bob')
    const principal = await home.auth.authenticate(new Request(`${origin}/?token=${token}`))
    if (principal.status !== 'unlocked') throw new Error('bob is not in')
    const { apiToken } = await home.auth.apiTokens.issue(principal.principal, { name: 'ci' })
    const cookie = await inPlaceOfBob()
    const forms = [...doorRoutes, ...accountRoutes, ...adminRoutes].filter(({ method }) => method === 'POST')
    expect(forms.length).toBeGreaterThan(40)
    for (const { path } of forms) {
      if (path === '/log-out') continue
      const address = `/account${path.replace('/api-tokens/:id', `/api-tokens/${apiToken.id}`).replaceAll(/:\w+/g, 'x')}`
      const answer = await ask(address, { ...ours, cookie }, { overlap: '0', next: '/sessions/end-others' })
      expect([path, answer.status, (await answer.text()).includes('sp_a_')]).toEqual([path, 403, false])
    }
    expect((await home.auth.authenticate(new Request(`${origin}/?token=${token}`))).status).toBe('unlocked')
  })

  test('is offered no form but the one way out, and no administration', async () => {
    await home.auth.users.update((await home.auth.users.findByLogin('bob'))?.id ?? '', { roles: ['admin'] })
    const cookie = await inPlaceOfBob()
    for (const path of [
      '',
      '/sessions',
      '/factors',
      '/factors/add/recovery-codes',
      '/password',
      '/api-tokens',
      '/email',
    ]) {
      const answer = await ask(`/account${path}`, { ...ours, cookie })
      const markup = await answer.text()
      const outside = markup.replace(/<fieldset class="still"[^>]* disabled>.*<\/fieldset>(?=<\/main>)/s, '')
      const forms = [...outside.matchAll(/<form[^>]* action="([^"]+)"/g)].map(([, to]) => to)
      expect([path, forms]).toEqual([path, ['/account/log-out']])
      expect(outside).not.toContain('/account/admin')
    }
  })

  test('looks, and leaves, and administers nothing', async () => {
    await home.auth.users.update((await home.auth.users.findByLogin('bob'))?.id ?? '', { roles: ['admin'] })
    const cookie = await inPlaceOfBob()
    for (const { path } of adminRoutes.filter(({ method }) => method === 'GET')) {
      const answer = await ask(`/account${path.replaceAll(/:\w+/g, 'x')}`, { ...ours, cookie })
      expect([path, answer.status]).toEqual([path, 403])
    }
    expect((await ask('/account/sessions', { ...ours, cookie })).status).toBe(200)
    expect((await ask('/account/log-out', { ...ours, cookie }, {})).status).toBe(303)
    expect((await ask('/account/sessions', { ...ours, cookie })).status).toBe(303)
  })
})

test('ASVS 3.5.1: what is to be done after a confirmation comes from a form of ours, and from no link', async () => {
  const cookie = cookieOf(await logIn('root'))
  const link = '/account/confirm?return=/account/events&next=/admin/users/x&f.roles=admin&f.mfa=default'
  const text = await (await ask(link, { 'sec-fetch-site': 'cross-site', cookie })).text()
  expect(text).toContain('name="return"')
  expect(text).not.toMatch(/name="(?:next|f\.)/)
})

describe('what is carried through a confirmation', () => {
  const hour = 60 * 60_000

  /** The confirmation that a form of ours leads to, and what it carries. */
  async function askedFor(cookie: string, path: string, fields: Record<string, string> = {}) {
    const answer = await ask(`/account${path}`, { ...ours, cookie }, fields)
    const text = await answer.text()
    return { text, next: /name="next" value="([^"]+)"/.exec(text)?.[1] ?? '' }
  }

  async function confirm(cookie: string, next: string) {
    const answer = await ask('/account/confirm', { ...ours, cookie }, { way: 'password', password, next })
    return { status: answer.status, to: answer.headers.get('location'), text: await answer.text() }
  }

  const wanted = { username: 'eve', roles: 'admin' }

  test('ASVS 7.5.3: it is said what will be done, before any form is done by which somebody is asked to confirm', async () => {
    const cookie = cookieOf(await logIn('root'))
    const bob = await home.auth.users.findByLogin('bob')
    home.clock.later += 2 * hour
    const asked: string[] = []
    for (const { method, path } of [...accountRoutes, ...adminRoutes]) {
      if (method !== 'POST') continue
      const address = path.replace('/users/:id', `/users/${bob?.id}`).replaceAll(/:\w+/g, 'totp')
      const { text, next } = await askedFor(cookie, address, { email: 'new@example.com', step: 'change', code: '1' })
      if (next === '') continue
      asked.push(path)
      expect([path, text]).toEqual([path, expect.stringMatching(/As soon as you have confirmed it: [a-z][^<]+\.</)])
    }
    expect(asked.length).toBeGreaterThan(20)
  })

  test('ASVS 7.5.3: it is done for the same user and session, once they have confirmed, and that is said', async () => {
    const cookie = cookieOf(await logIn('root'))
    home.clock.later += 2 * hour
    const { text, next } = await askedFor(cookie, '/admin/users', wanted)
    expect(text).not.toContain('eve')
    const wrong = await ask('/account/confirm', { ...ours, cookie }, { way: 'password', password: 'x', next })
    expect([wrong.status, await wrong.text()]).toEqual([401, expect.stringContaining('a user is invited')])
    const done = await confirm(cookie, next)
    expect([done.status, done.text]).toEqual([200, expect.stringContaining('Link for eve')])
  })

  test.each([
    ['what it was to be done to is gone', 404, '/admin/users/:id/disable', (id: string) => home.auth.users.delete(id)],
    ['the store is gone', 503, '/api-tokens', async () => void (lost = 'api-token')],
  ])('D4: when %s, that is said, and the browser has the renewed session', async (_, status, path, happen) => {
    const { id } = await home.auth.users.create({ username: 'carl', password })
    const cookie = cookieOf(await logIn('root'))
    home.clock.later += 2 * hour
    const { next } = await askedFor(cookie, path.replace(':id', id), { name: 'ci', life: '90' })
    await happen(id)
    const answer = await ask('/account/confirm', { ...ours, cookie }, { way: 'password', password, next })
    expect([answer.status, answer.headers.has('retry-after')]).toEqual([status, status === 503])
    lost = undefined
    const [renewed = ''] = answer.headers.getSetCookie()
    expect((await ask('/account/admin/users', { ...ours, cookie: renewed.split(';')[0] ?? '' })).status).toBe(200)
  })

  test('ASVS 7.5.3: for another user, another session, late, or changed, nothing is done, and that is said', async () => {
    const cookie = cookieOf(await logIn('root'))
    home.clock.later += 2 * hour
    const { next } = await askedFor(cookie, '/admin/users', wanted)
    const others = [cookieOf(await logIn('bob')), cookieOf(await logIn('root'))]
    const refused = [await confirm(cookie, 'x'), await confirm(cookie, `${next.slice(0, -1)}~`)]
    for (const other of others) refused.push(await confirm(other, next))
    home.clock.later += hour
    refused.push(await confirm(cookie, next))
    for (const answer of refused) {
      expect([answer.status, answer.text]).toEqual([400, expect.stringContaining('Nothing was done')])
    }
    expect(await home.auth.users.findByLogin('eve')).toBeUndefined()
  })
})

test('a link from a message that waits in `return`, however deep, is taken out of the address too', () => {
  const view = { method: 'GET', header: () => undefined, address: undefined, departed: undefined }
  let waiting = '/account/change-email?link=secret'
  for (const page of ['/account/confirm', '/account/log-in', '/account/log-in']) {
    const url = `${page}?x=1&return=${encodeURIComponent(waiting)}`
    const visit = pages(home.auth).visit({ ...view, url, originalUrl: url, body: async () => new Uint8Array() })
    expect([visit.url, visit.scrub(url)]).toEqual([`${page}?x=1`, `${page}?x=1`])
    waiting = url
  }
})

test.each(['/account', '/auth/account', '/auth'])(
  'ASVS 3.5.1: at %s no form of another site is taken',
  async (path) => {
    const foreign = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
    for (const to of ['/log-in', '/forgot-password', '/register']) {
      const answer = await ask(path + to, foreign, { username: 'bob', email: 'bob@example.com', password }, { path })
      expect([to, answer.status, answer.headers.getSetCookie()]).toEqual([to, 403, []])
    }
  },
)

test('ASVS 7.2.4: whoever registers is somebody new in this browser, and who was in it before is out', async () => {
  home = house(origin, { registration: { by: 'username' } })
  await home.auth.users.create({ username: 'bob', password })
  const cookie = cookieOf(await logIn('bob'))
  expect((await ask('/account/register', { ...ours, cookie }, { username: 'eve', password })).status).toBe(303)
  expect((await ask('/account', { ...ours, cookie })).status).toBe(303)
})

test('ASVS 14.3.1: whoever logs out has the browser forget what it has seen', async () => {
  const cookie = cookieOf(await logIn('bob'))
  const answer = await ask('/account/log-out', { ...ours, cookie }, {})
  expect(answer.headers.get('clear-site-data')).toBe('"cache"')
})
