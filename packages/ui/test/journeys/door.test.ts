import { expect, test } from 'vitest'
import { password } from '../house.ts'
import { eventually, hour, newPassword, onEveryFramework } from './flow.ts'

onEveryFramework('the door', (flow) => {
  const { open, someone, insider, logIn } = flow

  test('whoever wants a document is led to the log-in and back; a wrong password is said', async () => {
    const { username, reader } = await someone()
    await reader.go('/documents/7?page=2')
    expect(reader.at).toBe('/account/log-in?return=%2Fdocuments%2F7%3Fpage%3D2')
    await reader.press('Log in', { username, password: 'it was not this one' })
    expect([reader.status, reader.text]).toEqual([401, expect.stringContaining('That did not match.')])
    expect([reader.valueOf('field-username'), reader.valueOf('field-password')]).toEqual([username, ''])
    await reader.press('Log in', { password })
    expect([reader.at, reader.text]).toEqual(['/documents/7?page=2', 'a document'])
    await reader.go('/account/log-in')
    expect(reader.at).toBe('/account')
    await reader.press('Log out')
    expect(reader.text).toContain('You are logged out.')
    await reader.go('/account/sessions')
    expect(reader.at).toBe('/account/log-in?return=%2Faccount%2Fsessions')
  })

  test('somebody registers, forgets the password, and comes back by a link; who was in elsewhere is out', async () => {
    const reader = await open()
    await reader.go('/account/log-in')
    await reader.follow('Create an account')
    const email = 'new@example.com'
    await reader.press('Create an account', { email, displayName: 'Somebody New' })
    expect(reader.text).toContain('open the link')
    await reader.go(await eventually(() => flow.app.lastLink('registration')))
    await reader.press('Save password', { password: 'aaaaaaaaaaaaaaaa' })
    expect([reader.status, reader.text]).toEqual([400, expect.stringContaining('password')])
    await reader.press('Save password', { password })
    expect(reader.text).toContain('Your password is saved.')
    await reader.press('Log in', { username: email, password })
    expect(reader.text).toContain('Hello, Somebody New')

    const elsewhere = await open()
    await elsewhere.go('/account/log-in')
    await elsewhere.follow('Forgot your password?')
    await elsewhere.press('Send link', { username: email })
    expect(elsewhere.text).toContain('a link is on its way')
    const link = await eventually(() => flow.app.lastLink('password-reset'))
    await elsewhere.go(link)
    await elsewhere.press('Save password', { password: newPassword })
    await logIn(elsewhere, email, newPassword)
    expect(elsewhere.at).toBe('/account')
    await elsewhere.go(link)
    expect([elsewhere.status, elsewhere.text]).toEqual([
      410,
      expect.stringContaining('This link can’t be used any more'),
    ])
    await reader.go('/account/sessions')
    expect([reader.at, reader.text]).toEqual([
      expect.stringMatching(/^.account.log-in\?.*error=invalid_token/),
      expect.stringContaining('You have been logged out.'),
    ])
  })

  test('an identity provider logs in, is linked, confirms and is unlinked', async () => {
    const stranger = await open()
    await stranger.go('/documents/7')
    await stranger.press('Continue with Acme')
    expect([stranger.at, stranger.text]).toEqual(['/documents/7', 'a document'])
    await stranger.go('/account')
    expect(stranger.text).toContain('Hello, Hedy Lamarr')
    flow.app.clock.later += 2 * hour
    await stranger.go('/account/factors/add/totp')
    // Who has no password is not asked for one.
    expect(stranger.markup).not.toMatch(/type="password"|<h2 class="or">/)
    await stranger.press('Continue with Acme')
    expect(stranger.at).toBe('/account/factors/add/totp')
    await stranger.go('/account/password')
    expect(stranger.text).toContain('You have none: you log in by an account elsewhere')
    await stranger.go('/account/identities')
    await stranger.press(/^Yes, unlink it/)
    expect([stranger.status, stranger.text]).toEqual([409, expect.stringContaining('This is the last way to log in.')])
    await stranger.press('Log out')
    await stranger.follow('Log out there too')
    expect(stranger.at).toBe('/?logged-out-at=acme')
    await stranger.go('/account')
    expect(stranger.at).toContain('/account/log-in')

    const { reader, username } = await insider()
    await reader.go('/account/identities')
    await reader.press('Link Acme')
    expect([reader.at, reader.text]).toEqual([
      expect.stringContaining('error=conflict'),
      expect.stringContaining('belongs to somebody else'),
    ])
    flow.app.acme.subject = username
    await reader.press('Link Acme')
    expect(reader.text).toContain('Linked. Linked Acme')
    await reader.press(/^Yes, unlink it/)
    expect(reader.text).toContain('Unlinked.')
  })
})
