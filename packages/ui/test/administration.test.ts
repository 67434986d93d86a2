import { beforeEach, expect, test } from 'vitest'
import { ask, cookieFor } from './asking.ts'
import { house, type House, password } from './house.ts'

let home: House
let cookie: string

beforeEach(async () => {
  home = house('https://app.example.com')
  await home.auth.users.create({ username: 'root', password, roles: ['admin'] })
  cookie = await cookieFor(home, 'root', password)
})

const alertOf = (markup: string): string => /role="alert">(.*?)<\/div><\/div>/s.exec(markup)?.[1] ?? ''

test.each([
  [
    'nothing',
    { address: '', userAgent: '', before: '' },
    '“Address or network”, “Part of the user agent”, “Issued before”',
  ],
  [
    'no address',
    { address: 'the cellar', userAgent: '', before: '' },
    'What stands in “Address or network” is neither.',
  ],
])('after a theft, with %s filled in: it is said by the labels of the form', async (_, fields, said) => {
  const { status, markup } = await ask(home, '/account/admin/revoke/look', cookie, fields)
  expect([status, alertOf(markup)]).toEqual([400, expect.stringContaining(said)])
  expect(alertOf(markup)).not.toMatch(/`|issuedBefore|userAgent/)
})

test('a ticket for two-step verification is asked about before it is made', async () => {
  const { id } = await home.auth.users.create({ username: 'bob', password })
  const { markup } = await ask(home, `/account/admin/users/${id}`, cookie)
  const question =
    /<details class="careful">(?:(?!<\/details>).)*enrolment-ticket.*?<\/details>/s.exec(markup)?.[0] ?? ''
  expect(question).toContain('Let them set up two-step verification')
  expect(question).toContain('You get a ticket to hand over to them.')
  expect(question).toContain('Yes, make a ticket')
  expect(markup.match(/enrolment-ticket"/g)).toHaveLength(1)
})

test('what ends an account stands apart, and looks it; the rest does not', async () => {
  const { id } = await home.auth.users.create({ username: 'bob', password })
  const listsOf = (markup: string) =>
    [...markup.matchAll(/<ul class="(acts[^"]*)">(.*?)<\/ul>/gs)].map(([, name, list = '']) => [
      name,
      ...[...list.matchAll(/<details class="careful( danger)?"><summary>([^<]+)/g)].map(
        ([, danger, label]) => `${label}${danger === undefined ? '' : '!'}`,
      ),
    ])
  expect(listsOf((await ask(home, `/account/admin/users/${id}`, cookie)).markup)).toEqual([
    [
      'acts',
      'Act in their place',
      'Send password link',
      'Let them set up two-step verification',
      'Reset two-step verification',
    ],
    ['acts', 'Log out everywhere', 'Revoke API tokens'],
    ['acts apart', 'Disable!', 'Delete!'],
  ])
  const root = await home.auth.users.findByLogin('root')
  const own = listsOf((await ask(home, `/account/admin/users/${root?.id}`, cookie)).markup)
  expect(own.map(([name]) => name)).toEqual(['acts', 'acts'])
})
