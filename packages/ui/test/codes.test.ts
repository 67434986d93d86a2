import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { password } from './house.ts'
import { openReader } from './reader.ts'
import { type Running, start } from './servers.ts'

describe('where addresses are proved by codes', () => {
  let app: Running

  beforeAll(async () => {
    app = await start('express', {}, { verification: 'code' })
  })

  afterAll(() => app.close())

  async function codeFor(purpose: string): Promise<string> {
    await expect.poll(() => app.lastCode(purpose)).toBeDefined()
    return app.lastCode(purpose) ?? ''
  }

  test('somebody registers; a wrong code or a bad password is said, and the code is still good', async () => {
    const reader = openReader(app.origin)
    await reader.go('/account/register')
    await reader.press('Create an account', { email: 'new@example.com' })
    expect(reader.text).toContain('Enter the code that we have sent you')
    const code = await codeFor('registration')
    await reader.press('Create an account', { code: '00000000', password })
    expect([reader.status, reader.text]).toEqual([401, expect.stringContaining('The code is wrong')])
    await reader.press('Create an account', { code, password: 'short' })
    expect([reader.status, reader.valueOf('field-code')]).toEqual([400, code])
    await reader.press('Create an account', { password })
    expect([reader.at, reader.text]).toEqual(['/account', expect.stringContaining('new@example.com')])
  })

  test('an address is proved, and changed', async () => {
    await app.auth.users.create({ username: 'ada', password, email: 'ada@example.com' })
    const reader = openReader(app.origin)
    await reader.go('/account/email')
    await reader.press('Log in', { username: 'ada', password })
    await reader.press('Send code to confirm')
    await reader.press('Continue', { code: await codeFor('email-verification') })
    expect(reader.text).toContain('Your e-mail address is confirmed.')
    await reader.press('Send code', { email: 'lovelace@example.com' })
    await reader.press('Continue', { code: await codeFor('email-change') })
    expect(reader.text).toContain('lovelace@example.com Confirmed')
  })
})
