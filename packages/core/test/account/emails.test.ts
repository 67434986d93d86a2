import { describe, expect, test } from 'vitest'
import { goodPassword } from '../house.ts'
import { accountHouse, eveEmail, outcomes } from './account-house.ts'

const hour = 60 * 60_000

describe('an address is verified', () => {
  async function withBob() {
    const there = await accountHouse()
    const bob = await there.auth.users.create({ username: 'bob', password: goodPassword, email: 'bob@example.com' })
    return { ...there, bob }
  }

  test('by the token of a link, once, and is a login name from then on', async () => {
    const { auth, bob, logIn, send, tokenOf, log } = await withBob()
    const { token } = await logIn('bob')
    expect((await send('POST', '/email/verify/send', {}, token)).status).toBe(202)
    const link = await tokenOf('email-verification')
    const all = Array.from({ length: 50 }, () => auth.emails.verify(link))
    expect(await outcomes(all)).toEqual({ done: 1, invalid_code: 49 })
    expect(await auth.users.find(bob.id)).toMatchObject({ emailVerified: true })
    expect((await auth.users.findByLogin('BOB@example.com'))?.id).toBe(bob.id)
    expect(log.of('email.verified')).toMatchObject([{ userId: bob.id }])
    expect((await auth.users.list({ search: 'bob' })).items.map(({ id }) => id)).toEqual([bob.id])
    expect((await auth.users.list({ search: 'bob@' })).items.map(({ id }) => id)).toEqual([bob.id])
  })

  test('not when it was changed, has expired, or the sessions were ended', async () => {
    const { auth, bob, clock, tokenOf } = await withBob()
    const ends = [
      async () => clock.advance(hour),
      () => auth.sessions.revokeAll(bob.id),
      () => auth.users.update(bob.id, { email: 'bob@elsewhere.example' }),
    ]
    for (const end of ends) {
      await auth.emails.sendVerification(bob.id)
      const token = await tokenOf('email-verification')
      await end()
      await expect(auth.emails.verify(token)).rejects.toMatchObject({ code: expect.stringMatching(/code|conflict/) })
    }
    expect(await auth.users.find(bob.id)).toMatchObject({ emailVerified: false })
  })

  test('of fifty users who prove one address one has it', async () => {
    const { auth, tokenOf } = await accountHouse()
    const links: string[] = []
    for (let i = 0; i < 50; i++) {
      const user = await auth.users.create({ username: `bob-${i}`, email: 'shared@example.com' })
      await auth.emails.sendVerification(user.id)
      links.push(await tokenOf('email-verification'))
    }
    expect(await outcomes(links.map((link) => auth.emails.verify(link)))).toEqual({ done: 1, conflict: 49 })
    const users = (await auth.users.list({ search: 'bob-', limit: 100 })).items
    expect(users.filter(({ emailVerified }) => emailVerified).length).toBe(1)
    expect((await auth.users.findByLogin('shared@example.com'))?.emailVerified).toBe(true)
  })

  test('nothing is sent for one that is verified, absent, or another’s', async () => {
    const { auth, ann, eve, outbox } = await accountHouse()
    await auth.emails.sendVerification(eve.id)
    await auth.emails.sendVerification(ann.id)
    expect(await outbox()).toEqual([])
    await auth.users.update(ann.id, { email: eveEmail })
    await auth.emails.sendVerification(ann.id)
    expect((await outbox()).map(({ type, user }) => [type, user?.username])).toEqual([['notice', 'eve']])
  })
})

describe('an address is changed', () => {
  const newEmail = 'eve@new.example'

  test('when it is proved, and the old one is told before and after', async () => {
    const { auth, eve, logIn, send, outbox, tokenOf } = await accountHouse()
    const { token } = await logIn('eve')
    expect((await send('POST', '/email/change', { email: newEmail }, token)).status).toBe(202)
    expect(await auth.users.find(eve.id)).toMatchObject({ email: eveEmail, emailVerified: true })
    const change = { token: await tokenOf('email-change') }
    expect((await send('POST', '/email/change/confirm', change)).status).toBe(401)
    expect((await send('POST', '/email/change/confirm', change, token)).status).toBe(204)
    expect((await send('POST', '/email/change/confirm', change, token)).status).toBe(401)
    expect(await auth.users.find(eve.id)).toMatchObject({ email: newEmail, emailVerified: true })
    expect(await auth.users.findByLogin(eveEmail)).toBeUndefined()
    expect((await auth.users.findByLogin(newEmail))?.id).toBe(eve.id)
    expect(
      (await outbox()).map((message) => ['notice' in message ? message.notice : message.type, message.to]),
    ).toEqual([
      ['email_change_requested', eveEmail],
      ['email-change', newEmail],
      ['email_changed', eveEmail],
    ])
  })

  test('ASVS 7.5.1: only by a session with recent authentication, and never by an API token', async () => {
    const { auth, logIn, send, clock } = await accountHouse()
    const { token, principal } = await logIn('eve')
    const api = await auth.apiTokens.issue(principal, { name: 'x' })
    const codeOf = async (by: string) => (await send('POST', '/email/change', { email: newEmail }, by)).body['code']
    expect(await codeOf(api.token.reveal())).toBe('session_required')
    clock.advance(hour + 1)
    expect(await codeOf(token)).toBe('step_up_required')
  })

  test('not by another user’s session, which does not use the link up either', async () => {
    const { auth, logIn, tokenOf } = await accountHouse()
    const { principal } = await logIn('eve')
    await auth.emails.change(principal, newEmail)
    const token = await tokenOf('email-change')
    const ann = (await logIn()).principal
    await expect(auth.emails.confirmChange(ann, token)).rejects.toMatchObject({ code: 'invalid_code' })
    await auth.emails.confirmChange(principal, token)
  })

  test('ASVS 6.3.8: nor can it be told whether the new one is somebody’s', async () => {
    const { auth, logIn, send, outbox } = await accountHouse()
    await auth.users.create({ username: 'bob', email: 'bob@example.com', emailVerified: true })
    const { token } = await logIn('eve')
    const answers: string[] = []
    for (const email of ['bob@example.com', newEmail]) {
      const { status, body } = await send('POST', '/email/change', { email }, token)
      answers.push(JSON.stringify([status, body]))
    }
    expect(new Set(answers).size).toBe(1)
    const told = (await outbox()).filter(({ to }) => to === 'bob@example.com')
    expect(told.map((message) => 'notice' in message && message.notice)).toEqual(['already_registered'])
  })

  test.each([true, false])('a change and a proof of the old address at once, the change first: %j', async (first) => {
    const { auth, bob, principal, links } = await racing()
    const prove = () => auth.emails.verify(links.verify)
    const change = () => auth.emails.confirmChange(principal, links.change)
    const [one, other] = first ? [change, prove] : [prove, change]
    await Promise.allSettled([one(), other()])
    const user = await auth.users.find(bob.id)
    // Whoever came first, what stands in the profile is what the names say.
    for (const address of ['bob@example.com', 'bob@new.example']) {
      const isLogin = (await auth.users.findByLogin(address))?.id === bob.id
      expect(isLogin).toBe(user?.email === address && user.emailVerified === true)
    }
    // And neither address is lost to everybody for good.
    const free = user?.email === 'bob@new.example' ? 'bob@example.com' : 'bob@new.example'
    await auth.users.create({ username: 'carl', email: free, emailVerified: true })
  })

  async function racing() {
    const there = await accountHouse()
    const { auth, logIn, tokenOf } = there
    const bob = await auth.users.create({ username: 'bob', password: goodPassword, email: 'bob@example.com' })
    const { principal } = await logIn('bob')
    await auth.emails.sendVerification(bob.id)
    const verify = await tokenOf('email-verification')
    await auth.emails.change(principal, 'bob@new.example')
    return { ...there, bob, principal, links: { verify, change: await tokenOf('email-change') } }
  }

  test('a user with a new address leaves the old name free, and one who is gone leaves all', async () => {
    const { auth, eve } = await accountHouse()
    await auth.users.update(eve.id, { email: 'eve@typed.example' })
    expect(await auth.users.findByLogin(eveEmail)).toBeUndefined()
    const bob = await auth.users.create({ username: 'bob', email: eveEmail, emailVerified: true })
    await auth.users.delete(bob.id)
    await auth.users.create({ username: 'carl', email: eveEmail, emailVerified: true })
    await expect(
      auth.users.create({ username: 'dave', email: ' EVE@example.com', emailVerified: true }),
    ).rejects.toMatchObject({ code: 'conflict' })
    expect(await auth.users.findByLogin('dave')).toBeUndefined()
  })

  test('no log-in by an address that its user has not proved', async () => {
    const { auth } = await accountHouse()
    await auth.users.create({ username: 'bob', password: goodPassword, email: 'bob@example.com' })
    await expect(auth.logIn({ username: 'bob@example.com', password: goodPassword })).rejects.toMatchObject({
      code: 'invalid_credentials',
    })
    expect((await auth.logIn({ username: eveEmail, password: goodPassword })).status).toBe('unlocked')
  })

  test('the application’s own users keep their own addresses', async () => {
    const { mfaHouse, verifiedAnn } = await import('../mfa/mfa-house.ts')
    const { auth, ann, logIn, sent } = await mfaHouse({ users: verifiedAnn() })
    const { principal } = await logIn()
    await expect(auth.emails.change(principal, newEmail)).rejects.toMatchObject({ code: 'not_found' })
    await auth.account.forgotPassword('ann')
    await new Promise((go) => setTimeout(go, 40))
    expect(sent).toMatchObject([{ type: 'password-reset', to: ann.email }])
  })
})
