import { describe, expect, test } from 'vitest'
import { goodPassword } from '../house.ts'
import { settled } from '../auth-house.ts'
import { nextCode } from '../mfa/mfa-house.ts'
import { accountHouse, eveEmail, otherPassword, outcomes, tokenIn } from './account-house.ts'

const hour = 60 * 60_000
const newPassword = { username: 'eve', password: otherPassword }

describe('a forgotten password', () => {
  test('is set anew by the link in a message to the verified address, and every session ends', async () => {
    const { auth, logIn, judge, tokenOf, send, log } = await accountHouse()
    const { token, principal } = await logIn('eve')
    const api = await auth.apiTokens.issue(principal, { name: 'x' })
    expect(await send('POST', '/password/forgot', { username: 'EVE ' })).toMatchObject({ status: 202, body: {} })
    const link = await tokenOf('password-reset')
    const answer = await send('POST', '/password/reset', { token: link, password: otherPassword })
    expect([answer.status, answer.body, answer.cookies]).toEqual([204, {}, []])
    expect([await judge(token), await judge(api.token.reveal())]).toEqual(['invalid_token', 'unlocked'])
    expect((await auth.logIn(newPassword)).status).toBe('unlocked')
    await expect(auth.logIn({ ...newPassword, password: goodPassword })).rejects.toMatchObject({
      code: 'invalid_credentials',
    })
    expect(log.of('password.reset')).toMatchObject([{ apiTokensEnded: false, address: '203.0.113.7' }])
  })

  test('API tokens end on request', async () => {
    const { auth, logIn, judge, tokenOf } = await accountHouse()
    const api = await auth.apiTokens.issue((await logIn('eve')).principal, { name: 'x' })
    await auth.account.forgotPassword(eveEmail)
    const token = await tokenOf('password-reset')
    await auth.account.resetPassword({ token, password: otherPassword, revokeApiTokens: true })
    expect(await judge(api.token.reveal())).toBe('invalid_token')
  })

  test('D6: the link is on the configured origin and on the page that was configured, whatever the request said', async () => {
    const { auth, sent } = await accountHouse({ linkPages: { password: '/konto/neu?t={token}' } })
    const headers = { host: 'evil.example', 'x-forwarded-host': 'evil.example', 'content-type': 'application/json' }
    const body = JSON.stringify({ username: 'eve' })
    await auth.handle(new Request('https://evil.example/auth/password/forgot', { method: 'POST', headers, body }))
    await settled()
    const [message] = sent
    expect(message).toMatchObject({ type: 'password-reset', to: eveEmail })
    expect(message !== undefined && 'link' in message && message.link.reveal()).toMatch(
      /^https:\/\/app\.example\.com\/konto\/neu\?t=sp_r_/,
    )
    expect(String(JSON.stringify(message))).not.toContain('sp_r_')
  })

  test('a link that leads elsewhere is refused at the start', async () => {
    for (const password of ['https://evil.example/{token}', '//evil.example/{token}', '/x', '/\\evil/{token}']) {
      await expect(accountHouse({ linkPages: { password } })).rejects.toMatchObject({ code: 'invalid_setting' })
    }
  })

  test('D21: a new password ends the links that were made for the old one, also where sessions are kept', async () => {
    const { auth, logIn, tokenOf } = await accountHouse()
    const { principal } = await logIn('eve')
    await auth.account.forgotPassword('eve')
    const token = await tokenOf('password-reset')
    const change = { current: goodPassword, password: otherPassword, revokeOthers: false }
    expect(await auth.account.inspectPasswordLink(token)).toEqual({ username: 'eve', isFirst: false })
    await auth.passwords.change(principal, change)
    expect(await auth.account.inspectPasswordLink(token)).toBeUndefined()
    await expect(auth.account.resetPassword({ token, password: 'a thief of mail chose this' })).rejects.toMatchObject({
      code: 'invalid_code',
    })
    expect((await auth.logIn(newPassword)).status).toBe('unlocked')
  })

  test('D1: of fifty with one link one sets the password', async () => {
    const { auth, tokenOf } = await accountHouse()
    await auth.account.forgotPassword('eve')
    const token = await tokenOf('password-reset')
    const passwords = Array.from({ length: 50 }, (_, i) => `${otherPassword} ${i}`)
    const all = passwords.map((password) => auth.account.resetPassword({ token, password }))
    expect(await outcomes(all)).toEqual({ done: 1, invalid_code: 49 })
    const opened = await Promise.allSettled(
      passwords.slice(0, 9).map((password) => auth.logIn({ username: 'eve', password })),
    )
    expect(opened.filter(({ status }) => status === 'fulfilled').length).toBeLessThanOrEqual(1)
    await expect(auth.account.resetPassword({ token, password: otherPassword })).rejects.toMatchObject({
      code: 'invalid_code',
    })
  })

  test('ASVS 6.4.1: a link is good for an hour, and an older one dies with a newer one', async () => {
    const { auth, clock, tokenOf } = await accountHouse()
    await auth.account.forgotPassword('eve')
    const first = await tokenOf('password-reset')
    await auth.account.forgotPassword('eve')
    const second = await tokenOf('password-reset')
    const use = (token: string) => auth.account.resetPassword({ token, password: otherPassword })
    const judged = await Promise.all([first, second, 'x'].map((token) => auth.account.inspectPasswordLink(token)))
    expect(judged).toEqual([undefined, { username: 'eve', isFirst: false }, undefined])
    await expect(use(first)).rejects.toMatchObject({ code: 'invalid_code' })
    clock.advance(hour)
    await expect(use(second)).rejects.toMatchObject({ code: 'invalid_code' })
    await auth.account.forgotPassword('eve')
    const third = await tokenOf('password-reset')
    clock.advance(hour - 1)
    await use(third)
  })

  test('a password that is refused does not cost the link', async () => {
    const { auth, tokenOf } = await accountHouse()
    await auth.account.forgotPassword('eve')
    const token = await tokenOf('password-reset')
    await expect(auth.account.resetPassword({ token, password: 'password12345678' })).rejects.toMatchObject({
      code: 'password_refused',
    })
    await auth.account.resetPassword({ token, password: otherPassword })
  })

  test('the link dies with the address, the epoch and the user', async () => {
    const { auth, eve, clock, tokenOf } = await accountHouse()
    const ends = [
      () => auth.users.update(eve.id, { email: 'eve@elsewhere.example' }),
      () => auth.sessions.revokeAll(eve.id),
      () => auth.passwords.set(eve.id, goodPassword),
      () => auth.users.disable(eve.id),
      () => auth.users.delete(eve.id),
    ]
    const tokens: string[] = []
    for (const end of ends) {
      if (tokens.length === 1) await auth.users.update(eve.id, { email: null })
      if (tokens.length < 1) await auth.account.forgotPassword('eve')
      tokens.push(await tokenOf('password-reset'))
      await end()
      const use = auth.account.resetPassword({ token: tokens.at(-1) ?? '', password: otherPassword })
      await expect(use).rejects.toMatchObject({ code: 'invalid_code' })
      clock.advance(1)
    }
  })

  test('ASVS 6.4.3: the second factor is asked for all the same', async () => {
    const { auth, principal, enter, enrolTotp, tokenOf, clock } = await accountHouse()
    const totp = await enrolTotp(await principal(await enter('eve')))
    await auth.account.forgotPassword('eve')
    await auth.account.resetPassword({ token: await tokenOf('password-reset'), password: otherPassword })
    const locked = await auth.logIn(newPassword)
    expect(locked).toMatchObject({ status: 'locked', factors: ['totp'] })
    const code = nextCode(clock, totp)
    expect(await auth.unlock(locked.token.reveal(), { factor: 'totp', code })).toMatchObject({ status: 'unlocked' })
  })

  test('D3: no other token resets a password, and the link is no credential', async () => {
    const { auth, logIn, judge, send, tokenOf } = await accountHouse()
    const { token } = await logIn('eve')
    await auth.account.forgotPassword('eve')
    const link = await tokenOf('password-reset')
    expect(await judge(link)).toBe('invalid_token')
    for (const wrong of [token, link.slice(0, -1), link.replace('sp_r_', 'sp_v_'), 'x', `${link}\0`]) {
      const answer = await send('POST', '/password/reset', { token: wrong, password: otherPassword })
      expect([400, 401]).toContain(answer.status)
    }
    expect((await send('POST', '/email/verify', { token: link })).body['code']).toBe('invalid_code')
    await auth.account.resetPassword({ token: link, password: otherPassword })
  })

  test('a GET consumes nothing', async () => {
    const { auth, send, tokenOf } = await accountHouse()
    await auth.account.forgotPassword('eve')
    const token = await tokenOf('password-reset')
    for (const path of ['/password/reset', '/email/verify']) expect((await send('GET', path)).status).toBe(405)
    await auth.account.resetPassword({ token, password: otherPassword })
  })

  test('ASVS 6.3.7: the user is told', async () => {
    const { auth, outbox, tokenOf } = await accountHouse()
    await auth.account.forgotPassword('eve')
    await auth.account.resetPassword({ token: await tokenOf('password-reset'), password: otherPassword })
    expect((await outbox()).at(-1)).toMatchObject({ type: 'notice', notice: 'password_reset', to: eveEmail })
  })
})

describe('ASVS 6.3.8: who has an account', () => {
  test('can not be told by the answer to a forgotten password, nor by the work that it waits for', async () => {
    const { auth, send, counting, outbox } = await accountHouse()
    await auth.users.create({ username: 'unproved', password: goodPassword, email: 'un@example.com' })
    const federated = await auth.users.create({ username: 'fed', email: 'fed@example.com', emailVerified: true })
    const disabled = await auth.users.create({ username: 'off', email: 'off@example.com', emailVerified: true })
    await auth.users.disable(disabled.id)
    const seen = new Set<string>()
    for (const login of ['eve', eveEmail, 'nobody', 'ann', 'unproved', 'fed', 'off', 'un@example.com', 'a\u202eb']) {
      counting.reset()
      const { status, body, headers } = await send('POST', '/password/forgot', { username: login })
      const calls = counting.calls.map(({ operation, kind }) => `${operation} ${kind}`)
      seen.add(JSON.stringify([status, body, [...headers], calls]))
      await outbox()
    }
    expect(seen.size).toBe(1)
    expect((await outbox()).map(({ to }) => to)).toEqual([eveEmail, eveEmail])
    expect(federated.emailVerified).toBe(true)
  })

  test('nor by its time', { retry: 2 }, async () => {
    const open = { network: [{ limit: 100_000, windowMs: hour }] }
    const { send } = await accountHouse({ throttle: open, deliver: () => new Promise((go) => setTimeout(go, 20)) })
    const times: Record<string, number[]> = { eve: [], nobody: [] }
    for (let round = 0; round < 60; round++) {
      for (const [login, list] of Object.entries(times)) {
        const startedAt = performance.now()
        await send('POST', '/password/forgot', { username: login })
        if (round >= 5) list.push(performance.now() - startedAt)
        await new Promise((go) => setTimeout(go, 2))
      }
    }
    const medians = Object.values(times).map((list) => list.toSorted((a, b) => a - b)[list.length >> 1] ?? 0)
    // The work itself is tens of milliseconds; what is left is what the machine does besides.
    expect(Math.abs((medians[0] ?? 0) - (medians[1] ?? 0))).toBeLessThan(1)
  })

  test('nor by being shut out: nobody is flooded, and who asks is told nothing of it', async () => {
    const { send, outbox, log } = await accountHouse()
    for (let i = 0; i < 8; i++) {
      for (const username of ['eve', 'nobody']) {
        expect((await send('POST', '/password/forgot', { username })).status).toBe(202)
      }
    }
    expect((await outbox()).length).toBe(5)
    expect(log.of('attempts.throttled').length).toBe(6)
  })

  test('D10: a network asks only so often', async () => {
    const { send } = await accountHouse({ throttle: { network: [{ limit: 3, windowMs: hour }] } })
    const statuses: number[] = []
    for (let i = 0; i < 5; i++) statuses.push((await send('POST', '/password/forgot', { username: `${i}` })).status)
    expect(statuses).toEqual([202, 202, 202, 429, 429])
  })
})

describe('D5, D21: an account that somebody has made in the name of an address which they can not read', () => {
  /** Registered with the address of somebody else, with an API token and an identity of the maker's. */
  async function prepared() {
    const there = await accountHouse({ registration: { by: 'username' } })
    const { auth, logIn, tokenOf, clock } = there
    const request = { username: 'mallory', password: goodPassword, email: 'victim@example.com' }
    const user = await auth.account.register(request)
    const { token } = await auth.apiTokens.issue((await logIn('mallory')).principal, { name: 'kept' })
    await auth.identities.add(user?.id ?? '', { provider: 'acme', issuer: 'https://acme.example', subject: 'mallory' })
    const link = await tokenOf('email-verification')
    clock.advance(60_000)
    // Whoever reads the mail there follows the link in it.
    await auth.emails.verify(link)
    clock.advance(hour)
    const reset = async (password: string) => {
      await auth.account.forgotPassword('victim@example.com')
      await auth.account.resetPassword({ token: await tokenOf('password-reset'), password })
    }
    return { ...there, id: user?.id ?? '', apiToken: token.reveal(), reset }
  }

  test('the first reset by whoever reads the mail there ends its API tokens and identities, and not its second factors', async () => {
    const { auth, apiToken, judge, reset, id, log, enrolTotp, logIn } = await prepared()
    await enrolTotp((await logIn('mallory')).principal)
    await reset(otherPassword)
    expect([await judge(apiToken), await auth.identities.list(id)]).toEqual(['invalid_token', []])
    expect(log.of('password.reset')).toMatchObject([{ apiTokensEnded: true }])
    // ASVS 6.4.3: a reset is no way around the second factor.
    expect((await auth.logIn({ username: 'mallory', password: otherPassword })).status).toBe('locked')
  })

  test('what is made after it outlives the next one; an identity that has ended can be linked by whose it is', async () => {
    const { auth, judge, reset, id, principalOf, clock } = await prepared()
    await reset(otherPassword)
    clock.advance(hour)
    const { token } = await auth.logIn({ username: 'mallory', password: otherPassword })
    const api = await auth.apiTokens.issue(await principalOf(token.reveal()), { name: 'mine' })
    await auth.identities.add(id, { provider: 'acme', issuer: 'https://acme.example', subject: 'mallory' })
    clock.advance(hour)
    await reset(goodPassword)
    expect([await judge(api.token.reveal()), (await auth.identities.list(id)).length]).toEqual(['unlocked', 1])
  })

  test('an invitation that proves the address ends the API tokens of before, and leaves what an administrator has linked', async () => {
    const { auth, tokenOf, judge } = await accountHouse()
    const bob = await auth.users.create({ username: 'bob', email: 'bob@example.com' })
    const api = await auth.operator.issueApiToken(bob.id, { name: 'before' })
    await auth.identities.add(bob.id, { provider: 'acme', issuer: 'https://acme.example', subject: 'bob' })
    await auth.account.offerPassword(bob.id)
    await auth.account.resetPassword({ token: await tokenOf('invitation'), password: otherPassword })
    expect([await judge(api.token.reveal()), (await auth.identities.list(bob.id)).length]).toEqual(['invalid_token', 1])
  })
})

describe('a link on an administrator’s word', () => {
  test('is the first password of whom was invited, and proves the address', async () => {
    const { auth, tokenOf, clock } = await accountHouse()
    const bob = await auth.users.create({ username: 'bob', email: 'Bob@Example.com' })
    const { sentTo } = await auth.account.offerPassword(bob.id)
    expect(sentTo).toBe('Bob@Example.com')
    clock.advance(23 * hour)
    await auth.account.resetPassword({ token: await tokenOf('invitation'), password: otherPassword })
    expect(await auth.users.find(bob.id)).toMatchObject({ emailVerified: true })
    const byAddress = await auth.logIn({ username: 'bob@example.com', password: otherPassword })
    expect(byAddress).toMatchObject({ status: 'unlocked', user: { id: bob.id } })
  })

  test('an address that is somebody else’s by now is not taken from them', async () => {
    const { auth, tokenOf } = await accountHouse()
    const bob = await auth.users.create({ username: 'bob', email: 'EVE@example.com' })
    await auth.account.offerPassword(bob.id)
    await auth.account.resetPassword({ token: await tokenOf('invitation'), password: otherPassword })
    expect(await auth.users.find(bob.id)).toMatchObject({ emailVerified: false })
    expect((await auth.users.findByLogin(eveEmail))?.username).toBe('eve')
    expect((await auth.logIn({ username: 'bob', password: otherPassword })).status).toBe('unlocked')
  })

  test('is handed over where there is no address, and never sent to one that was only typed in', async () => {
    const { auth, ann, outbox } = await accountHouse()
    await auth.users.update(ann.id, { email: 'typed@example.com' })
    const { link, sentTo } = await auth.account.offerPassword(ann.id)
    expect([sentTo, await outbox()]).toEqual([undefined, []])
    await auth.account.resetPassword({ token: tokenIn(link.reveal()), password: otherPassword })
    expect((await auth.logIn({ username: 'ann', password: otherPassword })).status).toBe('unlocked')
    expect(await auth.users.find(ann.id)).toMatchObject({ emailVerified: false })
  })
})
