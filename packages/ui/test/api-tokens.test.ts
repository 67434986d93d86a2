import { expect, test } from 'vitest'
import { ask, cookieFor } from './asking.ts'
import { house, password } from './house.ts'

const origin = 'https://app.example.com'

test('what is ticked is all that a token may do, and with nothing ticked it may do everything', async () => {
  const home = house(origin)
  const { id } = await home.auth.users.create({ username: 'bob', password })
  const cookie = await cookieFor(home, 'bob', password)
  await ask(home, '/account/api-tokens', cookie, { name: 'narrow', 'scope.documents:read': 'on' })
  await ask(home, '/account/api-tokens', cookie, { name: 'wide' })
  const { items } = await home.auth.apiTokens.list(id)
  expect(Object.fromEntries(items.map(({ name, scopes }) => [name, scopes]))).toEqual({
    narrow: ['documents:read'],
    wide: undefined,
  })
})

test('what was ticked and is allowed no more makes no token that may do everything', async () => {
  let permissions = ['documents:read', 'documents:write']
  const home = house(origin, { permissions: () => permissions })
  const { id } = await home.auth.users.create({ username: 'bob', password })
  const cookie = await cookieFor(home, 'bob', password)
  permissions = ['documents:read']
  const answer = await ask(home, '/account/api-tokens', cookie, { name: 'ci', 'scope.documents:write': 'on' })
  expect([answer.status, answer.markup]).toEqual([400, expect.stringContaining('Nothing was made.')])
  expect((await home.auth.apiTokens.list(id)).items).toEqual([])
})
