import { describe, expect, test } from 'vitest'
import { stepAt, totpCode } from '../../core/src/factors/totp-code.ts'
import { password, running } from './application.ts'
import { place, sqliteAuth, testSecret } from './sallyport.ts'

const app = await running()
const { auth } = app
const ann = await auth.users.create({ username: 'ann', password, roles: ['reader'] })

interface Invited {
  readonly user: { readonly id: string; readonly roles: readonly string[]; readonly hasPassword: boolean }
  readonly invitation: { readonly link?: string; readonly sentTo?: string; readonly expiresAt: string }
}

describe('users', () => {
  test('ASVS 6.4.6: one is created without a password, and chooses it by a link that is good once', async () => {
    const created = (await app.run('users create ben --role reader --role editor --json')).json<Invited>()
    expect(created.user).toMatchObject({ username: 'ben', roles: ['reader', 'editor'], hasPassword: false })
    const [, token = ''] = /#token=(.+)$/.exec(created.invitation.link ?? '') ?? []
    await auth.account.resetPassword({ token, password })
    expect(await auth.logIn({ username: 'ben', password })).toMatchObject({ status: 'unlocked' })
    await expect(auth.account.resetPassword({ token, password })).rejects.toMatchObject({ code: 'invalid_code' })
  })

  test('a name that is taken is a failure with a mend', async () => {
    const { code, stderr } = await app.run('users create ann')
    expect(code).toBe(1)
    expect(stderr).toBe(
      'error: The user name is taken.\n  mend: choose another name, or see who has it: `sallyport users list --search NAME`\n',
    )
  })

  test('are listed and searched for, a page at a time or all', async () => {
    for (const username of ['cid', 'cis', 'cit']) await auth.users.create({ username })
    const first = (await app.run('users list --search ci --limit 2 --json')).json<{ items: object[]; next: string }>()
    expect(first.items).toMatchObject([{ username: 'cid' }, { username: 'cis' }])
    const [rest, all] = await Promise.all([
      app.run(['users', 'list', '--search', 'ci', '--cursor', first.next, '--json']),
      app.run('users list --all'),
    ])
    expect(rest.json()).toMatchObject({ items: [{ username: 'cit', hasPassword: false }] })
    expect(all.stdout).toMatch(/^ID +NAME +E-MAIL +ROLES +CREATED +STATE\n/)
    expect(all.stdout).toMatch(
      new RegExp(`^${ann.id} +ann +- +reader +\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\dZ +active$`, 'm'),
    )
  })

  test('one is disabled, which ends what they have, and enabled again', async () => {
    const token = await app.logIn('ann')
    const disabled = await app.run('users disable ann --json')
    expect(disabled.json()).toMatchObject({ user: { disabledAt: expect.stringMatching(/Z$/) } })
    expect(await app.isGood(token)).toBe(false)
    await expect(app.logIn('ann')).rejects.toMatchObject({ code: 'invalid_credentials' })
    expect((await app.run(`users enable id:${ann.id}`)).stdout).toBe('ann is enabled.\n')
    expect(await app.isGood(await app.logIn('ann'))).toBe(true)
  })

  test('one gets roles and a policy', async () => {
    const [roles, mfa] = [
      await app.run('users set-roles ann editor admin --json'),
      await app.run('users set-mfa ann required'),
    ]
    expect(roles.json()).toMatchObject({ user: { roles: ['editor', 'admin'] } })
    expect(mfa.stdout).toBe(
      `The second factor of ann is required.\nThey have none, and enrol one with a ticket: \`sallyport users issue-ticket id:${ann.id}\`\n`,
    )
    expect((await auth.operator.describe(ann.id))?.mfa).toBe('required')
    await app.run('users set-mfa ann default')
    expect((await auth.operator.describe(ann.id))?.mfa).toBeUndefined()
    const unknown = await app.run('users set-mfa ann pigeon')
    expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringContaining('pigeon')])
  })

  test('ASVS 6.4.6: whoever must enrol a second factor gets a ticket, which enrols for them alone and once', async () => {
    await auth.users.create({ username: 'fay', password })
    await app.run('users set-mfa fay required')
    const ticket = (await app.run('users issue-ticket fay --json')).json<{ ticket: string; expiresAt: string }>()
    expect(Date.parse(ticket.expiresAt) - Date.now()).toBeGreaterThan(23 * 60 * 60_000)
    const locked = await app.logIn('fay')
    expect(await auth.inspectLocked(locked)).toMatchObject({ factors: [], enrol: ['totp'], needsTicket: true })
    const open = await auth.factors.redeemEnrolmentTicket(locked, ticket.ticket)
    expect(await auth.inspectLocked(open.token.reveal())).toMatchObject({ needsTicket: false })
    await expect(auth.factors.redeemEnrolmentTicket(await app.logIn('fay'), ticket.ticket)).rejects.toMatchObject({
      code: 'invalid_code',
    })
    const [shown, reset] = [await app.run('users issue-ticket fay'), await app.run('users reset-factors fay --yes')]
    expect(shown.stdout).toMatch(/^Hand over this ticket to fay, .* until .*Z:\n\n {2}sp_\S+\n$/)
    expect(reset.stdout).toContain('`sallyport users issue-ticket id:')
    expect((await app.run('users issue-ticket nobody')).code).toBe(1)
  })

  test('what a user calls their factor adds no line to what is shown of them', async () => {
    const { id } = await auth.users.create({ username: 'eve', password })
    const who = await auth.authenticate(new Request(`http://localhost:3000/x?token=${await app.logIn('eve')}`))
    if (who.status !== 'unlocked') return expect.fail(who.status)
    const { answer } = await auth.factors.beginEnrolment(who.principal, { factor: 'totp' })
    const code = totpCode(String(answer['secret']), stepAt(Date.now()))
    const name = `phone\nidentity  corp-sso  9f8FORGED`
    await auth.factors.finishEnrolment(who.principal, { factor: 'totp', code, name: 'to be renamed' })
    app.rename('to be renamed', name)
    const [, , ...shown] = (await app.run(`users show id:${id}`)).stdout.split('\n')
    expect(shown).toEqual([
      expect.stringMatching(/^factor {4}totp {2}phone\?identity {2}corp-sso {2}9f8FORGED {2}\S+$/),
      '',
    ])
  })

  test('one is deleted only when that was meant', async () => {
    const { id } = await auth.users.create({ username: 'dan' })
    const asked = await app.run('users delete dan')
    expect([asked.code, asked.stderr]).toEqual([2, expect.stringContaining('mend: say --yes')])
    expect(await auth.users.find(id)).toBeDefined()
    expect((await app.run('users delete dan --yes --json')).json()).toEqual({ deleted: id })
    expect(await auth.users.find(id)).toBeUndefined()
  })

  test('whoever has the id of somebody else for a name is not taken for them', async () => {
    const id = 'lower-case-id-of-somebody'
    await auth.users.create({ username: id })
    const other = place({
      'auth.mjs': `export const auth = {
        authenticate() {}, close() {},
        users: { find: async (id) => ({ id, username: 'eve', roles: [] }), findByLogin: async () => ({ id: 'mallory', username: '${id}', roles: [] }) },
      }`,
    })
    const { code, stderr } = await other.run(`users disable ${id}`)
    expect([code, stderr]).toEqual([1, expect.stringContaining('mend: write id:… or name:…')])
  })

  test('users of the application’s own are listed only if it gives a list', async () => {
    const own = place({
      'auth.ts': sqliteAuth('users: { find: async () => undefined, findByLogin: async () => undefined },'),
      '.env': `SALLYPORT_SECRET=${testSecret}\n`,
    })
    const { code, stderr } = await own.run('users list')
    expect([code, stderr]).toEqual([1, expect.stringContaining('mend: see one by name: `sallyport users show USER`')])
  })

  test('nobody of this name', async () => {
    const { code, stderr } = await app.run('users show nobody')
    expect([code, stderr]).toEqual([1, expect.stringContaining('There is no user "nobody".')])
  })
})

test('a storage in memory is told of: nothing there is the server’s', async () => {
  const memory = place({
    'auth.ts': `
      import { createAuth } from '@sallyport/core'
      import { memoryStorage } from '@sallyport/storage-memory'
      export const storage = memoryStorage()
      export const auth = createAuth({ origin: 'http://localhost:3000', secret: '${'0123456789abcdef'.repeat(3)}', storage })`,
  })
  const { code, stderr } = await memory.run('users create ann')
  expect([code, stderr]).toEqual([1, expect.stringContaining('in the memory of each process')])
})
