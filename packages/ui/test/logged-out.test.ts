import { beforeEach, describe, expect, test } from 'vitest'
import { ask, cookieFor } from './asking.ts'
import { house, type House, password } from './house.ts'

let home: House
let id: string

beforeEach(async () => {
  home = house('https://app.example.com')
  id = (await home.auth.users.create({ username: 'bob', password })).id
})

const ended = '__Host-sallyport=sp_s_xxxxxxxxxxxxxxxxxxxxxx.xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'

describe.each([
  ['with the cookie of a session that has ended', ended],
  ['with the cookie gone', undefined],
])('whoever sends a form %s', (_, cookie) => {
  test.each([
    ['/api-tokens', '/api-tokens'],
    ['/api-tokens/7/rotate', '/api-tokens'],
    ['/factors/add/totp', '/factors/add/totp'],
    ['/trusted-devices/7/forget', '/sessions'],
    ['/password', '/password'],
    ['/admin/users', '/admin/users/new'],
    ['/admin/users/7/sessions/8/end', '/admin/users/7'],
  ])('%s is told, and is at %s again once they are in', async (path, page) => {
    const refused = await ask(home, `/account${path}`, cookie, { name: 'ci', current: 'x', password: 'x' })
    expect(refused.to).toContain(`?return=${encodeURIComponent(`/account${page}`)}&error=`)
    const { markup } = await ask(home, refused.to ?? '')
    expect(markup).toMatch(/role="alert">.*You have been logged out.*Please log in/s)
    const back = /name="return" value="([^"]+)"/.exec(markup)?.[1] ?? ''
    const entered = await ask(home, '/account/log-in', undefined, { username: 'bob', password, return: back })
    expect([entered.status, entered.to]).toEqual([303, `/account${page}`])
  })
})

test('a link for a new address, and what a confirmation leads to, are come back to as well', async () => {
  const link = await ask(home, '/account/change-email', undefined, { link: 'x' })
  expect(link.to).toContain(`?return=${encodeURIComponent('/account/change-email?link=x')}&`)
  const confirm = await ask(home, '/account/confirm', undefined, { way: 'password', password, return: '/documents/8' })
  expect(confirm.to).toContain(`?return=${encodeURIComponent('/documents/8')}&`)
})

test('whoever only looks is led to the log-in without a word, or told that they were logged out', async () => {
  expect((await ask(home, '/account/events')).to).toBe('/account/log-in?return=%2Faccount%2Fevents')
  const cookie = await cookieFor(home, 'bob', password)
  await home.auth.sessions.revokeAll(id)
  expect((await ask(home, '/account/events', cookie)).to).toBe(
    '/account/log-in?return=%2Faccount%2Fevents&error=invalid_token',
  )
})
