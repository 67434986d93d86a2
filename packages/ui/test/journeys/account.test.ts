import { expect, test } from 'vitest'
import { password } from '../house.ts'
import { eventually, newPassword, onEveryFramework } from './flow.ts'

onEveryFramework('the account', (flow) => {
  const { open, insider, logIn } = flow

  test('a session is ended from another one, and all others at once', async () => {
    const { username, reader } = await insider()
    const [there, elsewhere] = [await open('curl/8'), await open()]
    for (const other of [there, elsewhere]) await logIn(other, username)
    await reader.go('/account/sessions')
    expect(reader.text).toMatch(/Chrome on Linux This device .*curl/)
    await reader.press('Log out curl')
    expect(reader.text).toContain('That device is logged out.')
    await there.go('/account/sessions')
    expect([there.at, there.text]).toEqual([
      expect.stringContaining('error=invalid_token'),
      expect.stringContaining('You have been logged out.'),
    ])
    await reader.press('Log out everywhere else')
    expect(reader.text).toContain('You are logged out everywhere else.')
    await elsewhere.go('/account')
    expect(elsewhere.at).toContain('/account/log-in')
  })

  test('an API token is shown once, works, is narrowed, rotated and revoked', async () => {
    const { reader } = await insider()
    const ask = async (token: string) => (await fetch(`${flow.app.origin}/documents/7?token=${token}`)).status
    await reader.go('/account/api-tokens')
    await reader.press('Create token', { name: 'Backup', 'scope.documents:write': true })
    const narrow = reader.valueOf('token')
    expect([narrow, await ask(narrow)]).toEqual([expect.stringMatching(/^sp_a_/), 403])
    await reader.follow('I have copied it')
    expect(reader.markup).not.toContain(narrow)
    expect(reader.text).toContain('May do: documents:write')
    await reader.press('Create token', { name: 'Wide', life: '30' })
    const wide = reader.valueOf('token')
    expect(await ask(wide)).toBe(200)
    await reader.follow('I have copied it')
    await reader.press('Rotate now Wide', { overlap: '0' })
    const rotated = reader.valueOf('token')
    expect([await ask(wide), await ask(rotated)]).toEqual([401, 200])
    await reader.follow('I have copied it')
    await reader.press('Yes, revoke it Wide')
    expect([reader.text, await ask(rotated)]).toEqual([expect.stringContaining('Revoked.'), 401])
  })

  test('the password is changed, and other sessions end', async () => {
    const { username, reader } = await insider()
    const other = await open()
    await logIn(other, username)
    await reader.go('/account/password')
    await reader.press('Change password', { current: 'it was not this one', password: newPassword })
    expect([reader.status, reader.text]).toEqual([401, expect.stringContaining('That did not match.')])
    await reader.press('Change password', { current: password, password: newPassword })
    expect(reader.text).toContain('Your password is changed.')
    await other.go('/account')
    expect(other.at).toContain('/account/log-in')
    await logIn(other, username, newPassword)
    expect(other.at).toBe('/account')
  })

  test('an address is changed and proved by links', async () => {
    const { username, reader } = await insider()
    await reader.go('/account/email')
    await reader.press('Send link', { email: `${username}-new@example.com` })
    await reader.go(await eventually(() => flow.app.lastLink('email-change')))
    await reader.press('Use the new address')
    expect(reader.text).toContain(`${username}-new@example.com Confirmed`)
    const second = await flow.app.auth.users.create({
      username: `${username}-b`,
      password,
      email: `${username}-b@example.com`,
    })
    await reader.press('Log out')
    await logIn(reader, second.username)
    await reader.go('/account/email')
    await reader.press('Send link to confirm')
    await reader.go(await eventually(() => flow.app.lastLink('email-verification')))
    await reader.press('Confirm address')
    expect(reader.text).toContain('Your e-mail address is confirmed.')
  })

  test('one’s own events, as people read them', async () => {
    const { reader } = await insider()
    await expect
      .poll(async () => {
        await reader.go('/account/events')
        return reader.text
      })
      .toMatch(/Logged in .* Chrome on Linux/)
  })
})
