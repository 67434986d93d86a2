import { generateSync } from 'otplib/functional'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { password } from './house.ts'
import { openReader, type Reader } from './reader.ts'
import { frameworks, type Running, start } from './servers.ts'

const hour = 60 * 60_000
const step = 30_000
const newPassword = 'another horse, another staple'

describe.each(frameworks)('the pages on %s, without JavaScript', (framework) => {
  let app: Running
  let users = 0

  beforeAll(async () => {
    app = await start(framework)
  })

  afterAll(() => app.close())

  /** A user that no other test has, with a browser of their own. */
  async function someone(roles: readonly string[] = []): Promise<{ username: string; id: string; reader: Reader }> {
    const username = `user-${users++}`
    const email = `${username}@example.com`
    const { id } = await app.auth.users.create({ username, password, email, emailVerified: true, roles })
    return { username, id, reader: openReader(app.origin) }
  }

  async function logIn(reader: Reader, username: string, secret: string = password): Promise<void> {
    await reader.go('/account/log-in')
    await reader.press('Log in', { username, password: secret })
  }

  /** Somebody who is in. */
  async function insider(roles: readonly string[] = []) {
    const who = await someone(roles)
    await logIn(who.reader, who.username)
    expect(who.reader.at).toBe('/account')
    return who
  }

  async function addTotp(reader: Reader): Promise<string> {
    await reader.go('/account/factors')
    await reader.follow(/^Authenticator app/)
    const secret = /<code class="secret">([^<]+)/.exec(reader.markup)?.[1]?.replaceAll(' ', '') ?? ''
    await reader.press('Finish', { code: codeOf(secret) })
    expect(reader.text).toContain('Added.')
    return secret
  }

  const codeOf = (secret: string) => generateSync({ secret, epoch: (Date.now() + app.clock.later) / 1000 })

  test('whoever wants a document is led to the log-in and back; a wrong password is said', async () => {
    const { username, reader } = await someone()
    await reader.go('/documents/7?page=2')
    expect(reader.at).toBe('/account/log-in?return=%2Fdocuments%2F7%3Fpage%3D2')
    await reader.press('Log in', { username, password: 'it was not this one' })
    expect([reader.status, reader.text]).toEqual([401, expect.stringContaining('That did not match.')])
    expect([reader.valueOf('field-username'), reader.valueOf('field-password')]).toEqual([username, ''])
    await reader.press('Log in', { password })
    expect([reader.at, reader.markup]).toEqual(['/documents/7?page=2', 'a document'])
    await reader.go('/account/log-in')
    expect(reader.at).toBe('/account')
    await reader.press('Log out')
    expect(reader.text).toContain('You are logged out.')
    await reader.go('/account/sessions')
    expect(reader.at).toBe('/account/log-in?return=%2Faccount%2Fsessions')
  })

  test('registration by a link, a forgotten password, a new one', async () => {
    const reader = openReader(app.origin)
    await reader.go('/account/log-in')
    await reader.follow('Create an account')
    const email = `new-${framework}@example.com`
    await reader.press('Create an account', { email, displayName: 'Somebody New' })
    expect(reader.text).toContain('open the link')
    await reader.go(await eventually(() => app.lastLink('registration')))
    await reader.press('Save password', { password: 'short' })
    expect([reader.status, reader.text]).toEqual([400, expect.stringContaining('at least 15 characters')])
    await reader.press('Save password', { password })
    expect(reader.text).toContain('Your password is saved.')
    await logIn(reader, email)
    expect(reader.text).toContain('Hello, Somebody New')
    await reader.press('Log out')
    await reader.follow('Forgot your password?')
    await reader.press('Send link', { username: email })
    expect(reader.text).toContain('a link is on its way')
    const link = await eventually(() => app.lastLink('password-reset'))
    await reader.go(link)
    await reader.press('Save password', { password: newPassword })
    await logIn(reader, email, newPassword)
    expect(reader.at).toBe('/account')
    await reader.go(link)
    await reader.press('Save password', { password })
    expect([reader.status, reader.text]).toEqual([401, expect.stringContaining('The code is wrong or has expired.')])
  })

  test('an authenticator app and recovery codes: set up, asked for, removed', async () => {
    const { username, reader } = await insider()
    await reader.go('/account/factors/add/totp')
    const first = reader.markup
    await reader.press('Finish', { code: '000000' })
    expect(reader.text).toContain('The code is wrong or has expired.')
    const drawn = (markup: string) => /<path fill="black" d="([^"]+)"/.exec(markup)?.[1]
    expect(drawn(reader.markup)).toBe(drawn(first))
    const secret = await addTotp(reader)
    await reader.follow(/^Recovery codes/)
    await reader.press('Make recovery codes')
    const codes = [...reader.markup.matchAll(/<li><code>([^<]+)/g)].map(([, code = '']) => code)
    expect(codes).toHaveLength(10)
    await reader.press('Log out')

    app.clock.later += step
    await logIn(reader, username)
    expect([reader.at, reader.text]).toEqual([
      '/account/unlock?return=%2Faccount',
      expect.stringContaining('Authenticator app'),
    ])
    await reader.go('/documents/7')
    expect(reader.at).toBe('/account/unlock?return=%2Fdocuments%2F7')
    await reader.press('Continue', { code: '000000' })
    expect([reader.status, reader.text]).toEqual([401, expect.stringContaining('The code is wrong')])
    await reader.press('Continue', { code: codeOf(secret) })
    expect(reader.markup).toBe('a document')

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
    app.clock.later += step
    await reader.press(/^Yes, remove it Authenticator app/)
    expect(reader.text).toContain('Confirm that it is you')
    await reader.press('Continue', { code: codeOf(secret) })
    expect([reader.at, reader.text]).toEqual([
      '/account/factors?done=factor_removed',
      expect.stringContaining('Nothing yet.'),
    ])
  })

  test('codes by e-mail: set up, asked for, sent', async () => {
    const { username, reader } = await insider()
    await reader.go('/account/factors/add/email')
    await reader.press('Send code')
    await reader.press('Finish', { code: await eventually(() => app.lastCode('enrol')) })
    expect(reader.text).toContain('Added.')
    await reader.press('Log out')
    await logIn(reader, username)
    await reader.press('Send code')
    await reader.press('Continue', { code: await eventually(() => app.lastCode('unlock')) })
    expect(reader.at).toBe('/account')
  })

  test('whoever must have a second factor and has none sets one up with a ticket', async () => {
    const { username, id, reader } = await someone()
    await app.auth.users.setMfa(id, 'required')
    await logIn(reader, username)
    expect(reader.text).toContain('One more thing to set up')
    await reader.press('Send me a ticket by e-mail')
    await reader.press('Continue', { ticket: 'no such ticket' })
    expect(reader.text).toContain('The code is wrong or has expired.')
    await reader.press('Continue', { ticket: await eventually(() => app.lastTicket()) })
    await reader.follow('Authenticator app')
    const secret = /<code class="secret">([^<]+)/.exec(reader.markup)?.[1]?.replaceAll(' ', '') ?? ''
    await reader.press('Finish', { code: codeOf(secret) })
    expect(reader.at).toBe('/account')
  })

  test('a session is ended from another one, and all others at once', async () => {
    const { username, reader } = await insider()
    const [there, elsewhere] = [openReader(app.origin, 'curl/8'), openReader(app.origin)]
    for (const other of [there, elsewhere]) await logIn(other, username)
    await reader.go('/account/sessions')
    expect(reader.text).toMatch(/Firefox on Linux This device .*curl/)
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
    const ask = async (token: string) => (await fetch(`${app.origin}/documents/7?token=${token}`)).status
    await reader.go('/account/api-tokens')
    await reader.press('Create token', { name: 'Backup', narrow: true, 'scope.documents:write': true })
    const narrow = reader.valueOf('token')
    expect([narrow, await ask(narrow)]).toEqual([expect.stringMatching(/^sp_a_/), 403])
    await reader.follow('I have copied it')
    expect(reader.markup).not.toContain(narrow)
    expect(reader.text).toContain('May do: documents:write')
    await reader.press('Create token', { name: 'Wide', life: 'date', date: '2020-01-01' })
    expect([reader.status, reader.text]).toEqual([400, expect.stringContaining('Choose a date in the future.')])
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
    const other = openReader(app.origin)
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
    await reader.go(await eventually(() => app.lastLink('email-change')))
    await reader.press('Use the new address')
    expect(reader.text).toContain(`${username}-new@example.com Confirmed`)
    const second = await app.auth.users.create({
      username: `${username}-b`,
      password,
      email: `${username}-b@example.com`,
    })
    await reader.press('Log out')
    await logIn(reader, second.username)
    await reader.go('/account/email')
    await reader.press('Send link to confirm')
    await reader.go(await eventually(() => app.lastLink('email-verification')))
    await reader.press('Confirm address')
    expect(reader.text).toContain('Your e-mail address is confirmed.')
  })

  test('an old session confirms that it is them, and what was asked for is done', async () => {
    const { reader } = await insider()
    await reader.go('/account/api-tokens')
    app.clock.later += 2 * hour
    await reader.press('Create token', { name: 'After the question' })
    expect(reader.text).toContain('Confirm that it is you')
    await reader.press('Continue', { password: 'it was not this one' })
    expect([reader.status, reader.text]).toEqual([401, expect.stringContaining('That did not match.')])
    await reader.press('Continue', { password })
    expect(reader.text).toContain('Token “After the question”')
    app.clock.later += 2 * hour
    await reader.go('/documents/8')
    expect(reader.at).toBe('/account/confirm?return=%2Fdocuments%2F8')
    await reader.press('Continue', { password })
    expect([reader.at, reader.markup]).toEqual(['/documents/8', 'the secret document'])
    app.clock.later += 2 * hour
    await reader.go('/account/factors/add/totp')
    await reader.press('Continue', { password })
    expect(reader.at).toBe('/account/factors/add/totp')
    app.clock.later += 2 * hour
    await reader.go('/account/password')
    // The password that is to be changed is the confirmation.
    await reader.press('Change password', { current: password, password: newPassword })
    expect(reader.text).toContain('Your password is changed.')
  })

  test('an identity provider logs in, is linked, confirms and is unlinked', async () => {
    const stranger = openReader(app.origin)
    await stranger.go('/documents/7')
    await stranger.press('Continue with Acme')
    expect([stranger.at, stranger.markup]).toEqual(['/documents/7', 'a document'])
    await stranger.go('/account')
    expect(stranger.text).toContain('Hello, Hedy Lamarr')
    app.clock.later += 2 * hour
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

    const { reader } = await insider()
    await reader.go('/account/identities')
    await reader.press('Link Acme')
    expect([reader.at, reader.text]).toEqual([
      expect.stringContaining('error=conflict'),
      expect.stringContaining('belongs to somebody else'),
    ])
    app.acme.subject = `somebody-${framework}`
    await reader.press('Link Acme')
    expect(reader.text).toContain('Linked. Linked Acme')
    await reader.press(/^Yes, unlink it/)
    expect(reader.text).toContain('Unlinked.')
  })

  test('one’s own events, as people read them', async () => {
    const { reader } = await insider()
    await expect
      .poll(async () => {
        await reader.go('/account/events')
        return reader.text
      })
      .toMatch(/Logged in .* Firefox on Linux/)
  })

  test('administration: search, invite, change, disable, revoke, events, providers', async () => {
    const { reader, username: admin } = await insider(['admin'])
    const { username, id, reader: theirs } = await insider()
    await reader.follow(/^Users/)
    await reader.press('Search', { search: username })
    await reader.follow(username)
    await reader.press('Save', { roles: 'editor, reader', mfa: 'off', displayName: 'Grace' })
    expect([reader.text, (await app.auth.users.find(id))?.roles]).toEqual([
      expect.stringContaining('Saved.'),
      ['editor', 'reader'],
    ])
    await reader.press(/^Yes, log out/)
    await theirs.go('/account')
    expect(theirs.at).toContain('/account/log-in')
    await reader.press(/^Yes, disable/)
    expect(reader.text).toContain('Disabled')
    await logIn(theirs, username)
    expect(theirs.status).toBe(401)
    await reader.press(/^Enable/)
    for (const name of [/^Yes, revoke/, /^Yes, reset/]) {
      await reader.press(name)
      expect(reader.text).toContain('Saved.')
    }
    await reader.press(/^Yes, send it/)
    expect(reader.text).toContain(`A link was sent to ${username}@example.com`)
    await reader.follow('Continue')
    // Who must have a second factor is not stood in for by whoever has none: to confirm once more would change nothing.
    await reader.press('Save', { mfa: 'required' })
    await reader.press(/^Yes, act in their place/)
    await reader.press('Continue', { password })
    expect([reader.status, reader.text]).toEqual([403, expect.stringContaining('Set up two-step verification first.')])
    await reader.press('Save', { mfa: 'off' })
    await reader.press(/^Yes, act in their place/)
    expect([reader.at, reader.text]).toEqual(['/account', expect.stringContaining(`in the place of ${username}`)])
    await reader.press('Stop and log out')
    await logIn(reader, admin)
    await reader.go(`/account/admin/users/${id}`)
    await reader.press(/^Yes, delete/)
    expect(reader.text).toContain('Deleted.')
    await reader.follow('Invite user')
    await reader.press('Invite', { username: `${username}-invited`, roles: 'reader' })
    await theirs.go(reader.valueOf('link').slice(app.origin.length))
    await theirs.press('Save password', { password })
    await logIn(theirs, `${username}-invited`)
    expect(theirs.at).toBe('/account')
    await expect
      .poll(async () => {
        await reader.go('/account/admin/events')
        return reader.text
      })
      .toContain('Administrator invited a user')
    await reader.go('/account/admin/providers')
    await reader.press('Check Acme')
    expect(reader.text).toMatch(/discovery Works .* keys Does not work The keys can not be read: open the port\./)
    await theirs.go('/account/admin/users')
    expect([theirs.status, theirs.text]).toEqual([403, expect.stringContaining('You are not allowed to see this.')])
    await theirs.go('/account/admin/providers')
    expect(theirs.status).toBe(403)
  })

  test('ASVS 6.4.6: whoever must have a second factor and can be sent nothing gets a ticket by hand, and gets in with it', async () => {
    const { reader } = await insider(['admin'])
    const username = `user-${users++}`
    const { id } = await app.auth.users.create({ username, password })
    await reader.go(`/account/admin/users/${id}`)
    await reader.press('Save', { mfa: 'required' })
    expect(reader.text).toContain(`Enrolment ticket for ${username}`)
    const saved = reader.valueOf('ticket')
    await reader.follow('Continue')
    expect(reader.markup).not.toContain(saved)
    await reader.press('Save', { displayName: 'Grace' })
    expect(reader.text).toContain('Saved.')
    const theirs = openReader(app.origin)
    const enrol = async (ticket: string) => {
      await logIn(theirs, username)
      await theirs.press('Continue', { ticket })
      await theirs.follow(/^Authenticator app/)
      const secret = /<code class="secret">([^<]+)/.exec(theirs.markup)?.[1]?.replaceAll(' ', '') ?? ''
      await theirs.press('Finish', { code: codeOf(secret) })
      await theirs.go('/account')
      expect(theirs.at).toBe('/account')
    }
    await enrol(saved)
    await reader.press(/^Yes, reset/)
    const reset = reader.valueOf('ticket')
    await reader.follow('Continue')
    await reader.press(/^Enrolment ticket/)
    expect(new Set(['', saved, reset, reader.valueOf('ticket')]).size).toBe(4)
    await enrol(reader.valueOf('ticket'))
    const { id: other } = await someone()
    await reader.go(`/account/admin/users/${other}`)
    await reader.press('Save', { mfa: 'required' })
    expect([reader.text, reader.valueOf('ticket')]).toEqual([expect.stringContaining('Saved.'), ''])
  })

  test('nobody is offered to lock themselves out: no roles, no end of their own account', async () => {
    const { reader, id } = await insider(['admin'])
    await reader.go(`/account/admin/users/${id}`)
    expect(reader.text).not.toMatch(/Disable|Delete|Act in their place/)
    expect(reader.markup).not.toContain('name="roles"')
    await reader.press('Save', { displayName: 'Ada' })
    expect(reader.text).toContain('Saved.')
    expect(await app.auth.users.find(id)).toMatchObject({ displayName: 'Ada', roles: ['admin'] })
  })

  test('after a theft: what is known of it ends what was stolen, and everybody can be logged out', async () => {
    const { reader } = await insider(['admin'])
    const { username, id, reader: theirs } = await insider()
    const thief = openReader(app.origin, 'Thief/1.0')
    await logIn(thief, username)
    await reader.go(`/account/admin/users/${id}`)
    await reader.press('Log out Firefox on Linux')
    await theirs.go('/account')
    expect([reader.text, theirs.at]).toEqual([
      expect.stringContaining('Saved.'),
      expect.stringContaining('/account/log-in'),
    ])
    await reader.go('/account/admin/revoke')
    await reader.press('Look for them', {})
    expect(reader.status).toBe(400)
    await reader.press('Look for them', { userAgent: 'Thief/' })
    expect(reader.text).toContain('Found: 1')
    await thief.go('/account')
    expect(thief.at).toBe('/account')
    await reader.press('End them: 1')
    expect(reader.text).toContain('Done.')
    await thief.go('/account')
    expect(thief.at).toContain('/account/log-in')
    await logIn(theirs, username)
    await reader.press('Yes, log everybody out')
    await theirs.go('/account')
    await reader.go('/account')
    expect([theirs.at, reader.at]).toEqual([expect.stringContaining('/account/log-in'), '/account'])
  })
})

/** What a message bears that goes out after the answer. */
async function eventually(read: () => string | undefined): Promise<string> {
  await expect.poll(read).toBeDefined()
  return read() ?? ''
}
