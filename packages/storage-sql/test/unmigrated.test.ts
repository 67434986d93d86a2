import { DatabaseSync } from 'node:sqlite'
import { AuthError, createAuth } from '@sallyport/core'
import { expect, test } from 'vitest'
import { sqlStorage } from '@sallyport/storage-sql'

test('a database without tables: the error says how to make them, and an answer says nothing of it', async () => {
  const reported: unknown[] = []
  const auth = createAuth({
    origin: 'https://app.example.com',
    secret: 'a secret of the tests, known to everybody who reads it',
    storage: sqlStorage(new DatabaseSync(':memory:')),
    onError: (error) => void reported.push(error),
  })
  const error = await auth.users.create({ username: 'ada' }).catch((failure: unknown) => failure)
  expect(error).toBeInstanceOf(AuthError)
  expect(error).toMatchObject({ code: 'unavailable', status: 503 })
  expect((error as Error).message).toMatch(/run `await storage\.migrate\(\)` before the storage is used/)

  const login = { method: 'POST', headers: { 'content-type': 'application/json' } }
  const body = JSON.stringify({ username: 'ada', password: 'correct horse battery staple' })
  const answer = await auth.handle(new Request('https://app.example.com/auth/login', { ...login, body }))
  expect(answer?.status).toBe(503)
  expect(await answer?.text()).not.toContain('migrate')
  expect(String(reported[0])).toContain('storage.migrate()')
})
