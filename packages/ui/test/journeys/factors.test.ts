import { expect, test } from 'vitest'
import { password } from '../house.ts'
import { eventually, hour, newPassword, onEveryFramework, step } from './flow.ts'

onEveryFramework('second factors', (flow) => {
  const { someone, insider, logIn, addTotp } = flow

  test('an authenticator app and recovery codes: set up, asked for, removed', async () => {
    const { username, reader } = await insider()
    await reader.go('/account/factors/add/totp')
    const first = reader.markup
    await reader.press('Finish', { code: '000000' })
    expect(reader.text).toContain('The code is wrong or has expired.')
    const drawn = (markup: string) => /<path fill="black" d="([^"]+)"/.exec(markup)?.[1]
    expect(drawn(first)).toBeDefined()
    expect(drawn(reader.markup)).toBe(drawn(first))
    await reader.go('/account/factors')
    const code = await addTotp(reader)
    expect(reader.text).toContain('Added.')
    await reader.follow(/^Recovery codes/)
    await reader.press('Make recovery codes')
    const codes = [...reader.markup.matchAll(/<li><code>([^<]+)/g)].map(([, each = '']) => each)
    expect(codes).toHaveLength(10)
    await reader.press('Log out')

    flow.app.clock.later += step
    await logIn(reader, username)
    expect([reader.at, reader.text]).toEqual([
      '/account/unlock?return=%2Faccount',
      expect.stringContaining('Authenticator app'),
    ])
    await reader.go('/documents/7')
    expect(reader.at).toBe('/account/unlock?return=%2Fdocuments%2F7')
    await reader.press('Continue', { code: '000000' })
    expect([reader.status, reader.text]).toEqual([401, expect.stringContaining('The code is wrong')])
    await reader.press('Continue', { code: code() })
    expect(reader.text).toBe('a document')

    await reader.go('/account')
    await reader.press('Log out')
    await logIn(reader, username)
    await reader.follow('Recovery codes')
    await reader.press('Continue', { code: codes[3] ?? '', trust: true })
    expect(reader.at).toBe('/account')
    await reader.go('/account/factors')
    expect(reader.text).toContain('9 codes left')
    await reader.go('/account/sessions')
    expect(reader.text).toContain('Trusted browsers')
    await reader.press('Log out')
    await logIn(reader, username)
    expect(reader.at).toBe('/account')
    await reader.go('/account/sessions')
    await reader.press(/^Do not trust/)
    expect(reader.text).toContain('no longer trusted')
    await reader.go('/account/factors')
    flow.app.clock.later += step
    await reader.press(/^Yes, remove it Authenticator app/)
    expect(reader.text).toContain('Confirm that it is you')
    await reader.press('Continue', { code: code() })
    expect([reader.at, reader.text]).toEqual([
      '/account/factors?done=factor_removed',
      expect.stringContaining('Nothing yet.'),
    ])
  })

  test('codes by e-mail: set up, asked for, sent', async () => {
    const { username, reader } = await insider()
    await reader.go('/account/factors/add/email')
    await reader.press('Send code')
    await reader.press('Finish', { code: await eventually(() => flow.app.lastCode('enrol')) })
    expect(reader.text).toContain('Added.')
    await reader.press('Log out')
    await logIn(reader, username)
    await reader.press('Send code')
    await reader.press('Continue', { code: await eventually(() => flow.app.lastCode('unlock')) })
    expect(reader.at).toBe('/account')
  })

  test('whoever must have a second factor and has none sets one up with a ticket', async () => {
    const { username, id, reader } = await someone()
    await flow.app.auth.users.setMfa(id, 'required')
    await logIn(reader, username)
    expect(reader.text).toContain('One more thing to set up')
    await reader.press('Send me a ticket by e-mail')
    await reader.press('Continue', { ticket: 'no such ticket' })
    expect(reader.text).toContain('This ticket is wrong, has been used or is too old.')
    await reader.press('Continue', { ticket: await eventually(() => flow.app.lastTicket()) })
    await addTotp(reader)
    expect(reader.at).toBe('/account')
  })

  test('an old session confirms that it is them, and what was asked for is done', async () => {
    const { reader } = await insider()
    await reader.go('/account/api-tokens')
    flow.app.clock.later += 2 * hour
    await reader.press('Create token', { name: 'After the question' })
    expect(reader.text).toContain('Confirm that it is you')
    await reader.press('Continue', { password: 'it was not this one' })
    expect([reader.status, reader.text]).toEqual([401, expect.stringContaining('That did not match.')])
    await reader.press('Continue', { password })
    expect(reader.text).toContain('Token “After the question”')
    flow.app.clock.later += 2 * hour
    await reader.go('/documents/8')
    expect(reader.at).toBe('/account/confirm?return=%2Fdocuments%2F8')
    await reader.press('Continue', { password })
    expect([reader.at, reader.text]).toEqual(['/documents/8', 'the secret document'])
    flow.app.clock.later += 2 * hour
    await reader.go('/account/factors/add/totp')
    await reader.press('Continue', { password })
    expect(reader.at).toBe('/account/factors/add/totp')
    flow.app.clock.later += 2 * hour
    await reader.go('/account/password')
    // The password that is to be changed is the confirmation.
    await reader.press('Change password', { current: password, password: newPassword })
    expect(reader.text).toContain('Your password is changed.')
  })
})
