import { expect, test } from 'vitest'
import { password } from '../house.ts'
import { onEveryFramework } from './flow.ts'

onEveryFramework('administration', (flow) => {
  const { open, someone, insider, logIn, addTotp } = flow

  test('administration: search, change, disable, revoke, in somebody’s place', async () => {
    const { reader, username: admin } = await insider(['admin'])
    const { username, id, reader: theirs } = await insider()
    await reader.follow(/^Users/)
    await reader.press('Search', { search: username })
    await reader.follow(username)
    await reader.press('Save', { roles: 'editor, reader', mfa: 'off', displayName: 'Grace' })
    expect([reader.text, (await flow.app.auth.users.find(id))?.roles]).toEqual([
      expect.stringContaining('Saved.'),
      ['editor', 'reader'],
    ])
    await reader.press(/^Yes, log out/)
    await theirs.go('/account')
    expect(theirs.at).toContain('/account/log-in')
    await reader.press(/^Yes, disable/)
    expect(reader.text).toContain('Disabled')
    await logIn(theirs, username)
    expect([theirs.status, theirs.text]).toEqual([401, expect.stringContaining('That did not match.')])
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
    await expect
      .poll(async () => {
        await reader.go('/account/events')
        return reader.text
      })
      .toMatch(/Logged in .*by an administrator/)
    await reader.press('Stop and log out')
    await logIn(reader, admin)
    await reader.go(`/account/admin/users/${id}`)
    await reader.press(/^Yes, delete/)
    expect(reader.text).toContain('Deleted.')
  })

  test('administration: invite, events, providers; nobody else gets in', async () => {
    const { reader } = await insider(['admin'])
    const theirs = await open()
    await reader.go('/account/admin/users')
    await reader.follow('Invite user')
    await reader.press('Invite', { username: 'invited', roles: 'reader' })
    await theirs.go(reader.valueOf('link').slice(flow.app.origin.length))
    await theirs.press('Save password', { password })
    await logIn(theirs, 'invited')
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
    const username = 'without-address'
    const { id } = await flow.app.auth.users.create({ username, password })
    const theirs = await open()
    await logIn(theirs, username)
    await reader.go(`/account/admin/users/${id}`)
    await reader.press('Save', { mfa: 'required' })
    expect(reader.text).toContain(`Ticket for ${username}`)
    const saved = reader.valueOf('ticket')
    await reader.follow('Continue')
    expect(reader.markup).not.toContain(saved)
    await reader.press('Save', { displayName: 'Grace' })
    expect(reader.text).toContain('Saved.')
    const enrol = async (ticket: string) => {
      await theirs.press('Continue', { ticket })
      await addTotp(theirs)
      await theirs.go('/account')
      expect(theirs.at).toBe('/account')
    }
    // Whoever was in is at the second door with the next page.
    await theirs.go('/account/sessions')
    expect(theirs.text).toContain('One more thing to set up')
    await enrol(saved)
    await reader.press(/^Yes, reset/)
    const reset = reader.valueOf('ticket')
    await reader.follow('Continue')
    await reader.press(/^Yes, make a ticket/)
    expect(new Set(['', saved, reset, reader.valueOf('ticket')]).size).toBe(4)
    await logIn(theirs, username)
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
    expect(await flow.app.auth.users.find(id)).toMatchObject({ displayName: 'Ada', roles: ['admin'] })
  })

  test('after a theft: what is known of it ends what was stolen, and everybody can be logged out', async () => {
    const { reader } = await insider(['admin'])
    const { username, id, reader: theirs } = await insider()
    const thief = await open('Thief/1.0')
    await logIn(thief, username)
    await reader.go(`/account/admin/users/${id}`)
    await reader.press('Log out Chrome on Linux')
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
    expect(reader.text).toContain(username)
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
