import { afterAll, beforeAll, expect, test } from 'vitest'
import { password } from './house.ts'
import { openReader, type Reader } from './reader.ts'
import { type Running, start } from './servers.ts'

// A browser holds such forms back: who sends them all the same is told what is wrong.
let app: Running

beforeAll(async () => {
  app = await start('express')
})

afterAll(() => app.close())

async function insider(roles: readonly string[]): Promise<Reader> {
  const username = `user-${roles.join('-')}`
  await app.auth.users.create({ username, password, roles })
  const reader = openReader(app.origin)
  await reader.go('/account/log-in')
  await reader.press('Log in', { username, password })
  return reader
}

test('a password that is too short', async () => {
  await app.auth.account.register({ email: 'new@example.com' })
  await expect.poll(() => app.lastLink('registration')).toBeDefined()
  const reader = openReader(app.origin)
  await reader.go(app.lastLink('registration') ?? '')
  await reader.press('Save password', { password: 'short' })
  expect([reader.status, reader.text]).toEqual([400, expect.stringContaining('at least 15 characters')])
  await reader.press('Save password', { password })
  expect(reader.text).toContain('Your password is saved.')
})

test('an end of a token that is in the past', async () => {
  const reader = await insider(['reader'])
  await reader.go('/account/api-tokens')
  await reader.press('Create token', { name: 'Old', life: 'date', date: '2020-01-01' })
  expect([reader.status, reader.text]).toEqual([400, expect.stringContaining('Choose a date in the future.')])
  expect(reader.valueOf('token')).toBe('')
})
