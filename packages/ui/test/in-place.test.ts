import { toResponse, visitFetch } from '@sallyport/core/fetch'
import { beforeEach, describe, expect, test } from 'vitest'
import { accountRoutes } from '../src/areas/account-routes.ts'
import { adminRoutes } from '../src/areas/admin-routes.ts'
import { doorRoutes } from '../src/areas/door-routes.ts'
import { pages } from '../src/index.ts'
import { house, type House, password } from './house.ts'

const origin = 'https://app.example.com'
let home: House

beforeEach(async () => {
  home = house(origin)
  await home.auth.users.create({ username: 'root', password, roles: ['admin'] })
  await home.auth.users.create({ username: 'bob', password })
})

async function ask(path: string, headers: Record<string, string>, fields?: Record<string, string>): Promise<Response> {
  const init = fields && { method: 'POST', body: new URLSearchParams(fields).toString() }
  const type = { 'content-type': 'application/x-www-form-urlencoded' }
  const request = new Request(origin + path, { ...init, headers: { ...(fields && type), ...headers } })
  const seen = await visitFetch(pages(home.auth), request, { address: '203.0.113.7' })
  return seen.response ?? toResponse({ status: 299, headers: [], body: '' })
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

  test('looks, and leaves', async () => {
    const cookie = await inPlaceOfBob()
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

test('a link from a message that waits in `return` is taken out of the address too', () => {
  const view = { method: 'GET', header: () => undefined, address: undefined, departed: undefined }
  const url = `/account/log-in?x=1&return=${encodeURIComponent('/account/change-email?link=secret')}`
  const visit = pages(home.auth).visit({ ...view, url, originalUrl: url, body: async () => new Uint8Array() })
  expect([visit.url, visit.scrub(url)]).toEqual(['/account/log-in?x=1', '/account/log-in?x=1'])
})
