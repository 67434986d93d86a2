import type { Message } from '@sallyport/core'
import { messageWriter } from '@sallyport/core/messages'
import { describe, expect, test, vi } from 'vitest'
import { goodPassword } from '../house.ts'
import { settled } from '../auth-house.ts'
import { accountHouse, type AccountHouse, eveEmail, otherPassword, outcomes } from './account-house.ts'

const minute = 60_000
const byCode = { verification: 'code', registration: { by: 'email', roles: ['reader'] } } as const
const email = 'bob@example.com'

const taken = new WeakSet<Message>()

/** The code in the next message, once it was sent. */
async function codeIn({ sent }: Pick<AccountHouse, 'sent'>): Promise<string> {
  const message = await vi.waitFor(
    () => sent.find((one) => one.type === 'code' && !taken.has(one)) ?? expect.fail('no code was sent'),
    { timeout: 5000, interval: 5 },
  )
  taken.add(message)
  return message.type === 'code' ? message.code.reveal() : ''
}

const wrong = (code: string) => String((Number(code) + 1) % 10 ** 8).padStart(8, '0')

describe('registration by a short code', () => {
  async function begun() {
    const house = await accountHouse(byCode)
    const asked = await house.send('POST', '/register', { email, displayName: 'Bob' })
    expect([asked.status, asked.body['status']]).toEqual([202, 'pending'])
    const flow = String(asked.body['flow'])
    const confirm = (code: string, more = {}) =>
      house.send('POST', '/register/confirm', { flow, code, password: otherPassword, ...more })
    return { ...house, flow, confirm, code: await codeIn(house) }
  }

  test('ASVS 6.5.4: eight digits that are typed in make the user, whose address is proved', async () => {
    const { auth, confirm, code, sent, log } = await begun()
    expect(code).toMatch(/^\d{8}$/)
    expect(sent.at(-1)).toMatchObject({ to: email, purpose: 'registration' })
    expect(sent.at(-1)).not.toHaveProperty('user')
    const made = await confirm(`${code.slice(0, 4)} ${code.slice(4)}`)
    expect([made.status, made.body['user']]).toMatchObject([201, { email, emailVerified: true, roles: ['reader'] }])
    expect((await auth.logIn({ username: email, password: otherPassword })).status).toBe('unlocked')
    expect(log.of('user.registered').length).toBe(1)
    expect((await confirm(code)).body['code']).toBe('invalid_code')
  })

  test('D1: of fifty with one code one makes the user', async () => {
    const { auth, flow, code } = await begun()
    const wanted = { flow, code, password: otherPassword }
    const all = Array.from({ length: 50 }, () => auth.account.confirmRegistration(wanted))
    const counts = await outcomes(all)
    expect(counts['done']).toBe(1)
    expect((await auth.users.list({ search: 'bob' })).items.length).toBe(1)
  })

  test('ASVS 6.6.2: a code is good for its flow alone', async () => {
    const { send, code, confirm } = await begun()
    const other = (await send('POST', '/register', { email })).body['flow']
    expect((await confirm(code, { flow: other })).body['code']).toBe('invalid_code')
    expect((await confirm(code, { flow: 'x' })).body['code']).toBe('invalid_code')
    expect((await confirm(code)).status).toBe(201)
  })

  test('ASVS 6.5.5: for ten minutes', async () => {
    const { clock, confirm, code } = await begun()
    clock.advance(10 * minute)
    expect((await confirm(code)).body['code']).toBe('invalid_code')
  })

  test('ASVS 6.6.3: five wrong ones end it, the right one included', async () => {
    const { confirm, code } = await begun()
    for (let i = 0; i < 5; i++) expect((await confirm(wrong(code))).body['code']).toBe('invalid_code')
    const answer = await confirm(code)
    expect([answer.status, answer.body['code']]).toEqual([429, 'too_many_attempts'])
  })

  test('D10: guesses that are sent at once do not pass the limit together', async () => {
    const { auth, flow, code } = await begun()
    const guess = { flow, code: wrong(code), password: otherPassword }
    const counts = await outcomes(Array.from({ length: 50 }, () => auth.account.confirmRegistration(guess)))
    expect(counts).toEqual({ invalid_code: 5, too_many_attempts: 45 })
  })

  test('a password that is refused does not cost the code', async () => {
    const { confirm, code } = await begun()
    expect((await confirm(code, { password: 'short' })).body['code']).toBe('password_refused')
    expect((await confirm(code)).status).toBe(201)
  })

  test('D9, ASVS 6.5.2: is stored under a password hash, and shown nowhere', async () => {
    const { counting, code, flow, log } = await begun()
    const entry = await counting.get('registration', await placeOf(counting))
    expect(entry?.data).toMatchObject({ hash: expect.stringMatching(/^\$argon2id\$/), address: email })
    expect(JSON.stringify([entry, log.all])).not.toContain(code)
    expect(JSON.stringify(entry)).not.toContain(flow)
  })

  test('ASVS 6.3.8: who has the address already is told so by a message, and nobody else is', async () => {
    const { send, sent, counting } = await accountHouse(byCode)
    const seen = new Set<string>()
    for (const wanted of [eveEmail, 'new@example.com']) {
      counting.reset()
      const { status, body, headers } = await send('POST', '/register', { email: wanted })
      const calls = counting.calls.map(({ operation, kind }) => `${operation} ${kind}`)
      const { flow, ...rest } = body
      expect(String(flow)).toMatch(/^[\w-]{43}$/)
      const guessed = await send('POST', '/register/confirm', { flow, code: '00000000', password: otherPassword })
      seen.add(JSON.stringify([status, rest, [...headers], calls, guessed.status, guessed.body]))
      await vi.waitFor(() => expect(sent.at(-1)?.to).toBe(wanted), { timeout: 5000, interval: 5 })
    }
    expect(seen.size).toBe(1)
    expect(sent.map(({ type, to }) => [type, to])).toEqual([
      ['notice', eveEmail],
      ['code', 'new@example.com'],
    ])
  })

  test('nobody is flooded, and without the setting there are no codes', async () => {
    const { auth, sent } = await accountHouse(byCode)
    for (let i = 0; i < 8; i++) await auth.account.beginRegistration({ email })
    await vi.waitFor(() => expect(sent.length).toBe(5), { timeout: 5000, interval: 5 })
    await settled()
    expect(sent.length).toBe(5)
    const links = await accountHouse({ registration: { by: 'email' } })
    await expect(links.auth.account.beginRegistration({ email })).rejects.toMatchObject({ code: 'invalid_request' })
    await expect(accountHouse({ verification: 'sms' as 'code' })).rejects.toMatchObject({ code: 'invalid_setting' })
  })
})

/** Where the one registration is kept. */
async function placeOf({ list }: Pick<AccountHouse['counting'], 'list'>): Promise<string> {
  return (await list('registration', { prefix: '', limit: 2 })).items[0]?.id ?? expect.fail('there is none')
}

describe('an address is proved by a short code', () => {
  async function withBob() {
    const house = await accountHouse({ verification: 'code' })
    const bob = await house.auth.users.create({ username: 'bob', password: goodPassword, email })
    const { token } = await house.logIn('bob')
    return { ...house, bob, token }
  }

  test('in a session of its user, once, and is a login name from then on', async () => {
    const house = await withBob()
    const { auth, bob, send, token, logIn } = house
    expect((await send('POST', '/email/verify/send', {}, token)).status).toBe(202)
    const code = await codeIn(house)
    expect(house.sent.at(-1)).toMatchObject({ to: email, purpose: 'email-verification' })
    const verify = (by?: string) => send('POST', '/email/verify', { code }, by)
    expect((await verify()).body['code']).toBe('unauthenticated')
    expect((await verify((await logIn('eve')).token)).body['code']).toBe('invalid_code')
    expect((await verify(token)).status).toBe(204)
    expect((await verify(token)).body['code']).toBe('invalid_code')
    expect((await auth.users.findByLogin(email))?.id).toBe(bob.id)
    expect((await send('POST', '/email/verify', {}, token)).status).toBe(400)
  })

  test('not when it was changed, or the sessions were ended, or a newer code was sent', async () => {
    const house = await withBob()
    const { auth, bob, logIn } = house
    const ends = [
      () => auth.sessions.revokeAll(bob.id),
      () => auth.users.update(bob.id, { email: 'bob@elsewhere.example' }),
      () => auth.emails.sendVerification(bob.id).then(() => codeIn(house)),
    ]
    for (const end of ends) {
      await auth.emails.sendVerification(bob.id)
      const code = await codeIn(house)
      await end()
      const { principal } = await logIn('bob')
      await expect(auth.emails.verifyByCode(principal, code)).rejects.toMatchObject({
        code: expect.stringMatching(/^(invalid_code|conflict)$/),
      })
    }
    expect(await auth.users.find(bob.id)).toMatchObject({ emailVerified: false })
  })

  test('is changed by a code to the new one, in the session that has asked, and the old one is told', async () => {
    const house = await withBob()
    const { auth, send, logIn, outbox, eve } = house
    const { token } = await logIn('eve')
    const other = await logIn('eve')
    await send('POST', '/email/change', { email: 'eve@new.example' }, token)
    const code = await codeIn(house)
    const confirm = (by: string, text = code) => send('POST', '/email/change/confirm', { code: text }, by)
    expect((await confirm(other.token)).body['code']).toBe('invalid_code')
    expect((await confirm(token, wrong(code))).body['code']).toBe('invalid_code')
    expect((await confirm(token)).status).toBe(204)
    expect(await auth.users.find(eve.id)).toMatchObject({ email: 'eve@new.example', emailVerified: true })
    expect((await outbox()).at(-1)).toMatchObject({ notice: 'email_changed', to: eveEmail })
  })

  test('and the code of one thing is none for another', async () => {
    const house = await withBob()
    const { auth, bob, logIn } = house
    const { principal } = await logIn('bob')
    await auth.emails.sendVerification(bob.id)
    const code = await codeIn(house)
    await expect(auth.emails.confirmChangeByCode(principal, code)).rejects.toMatchObject({ code: 'invalid_code' })
    await auth.emails.verifyByCode(principal, code)
  })
})

test('messages with a code say what it is for, and that nobody else is to have it', async () => {
  const house = await accountHouse(byCode)
  await house.auth.account.beginRegistration({ email })
  await codeIn(house)
  const [message] = house.sent as readonly Message[] as readonly [Message]
  const { subject, text } = messageWriter({ service: 'Acme' })(message)
  expect(subject).toBe('Your code to register at Acme')
  expect(text).toMatch(/Your code is \d{8}\n/)
  expect(text).toContain('Tell nobody the code.')
})

test('registration by user name is not refused for a message once the user is there', async () => {
  const { auth, send } = await accountHouse({
    registration: { by: 'username' },
    throttle: { network: [{ limit: 3, windowMs: minute }] },
  })
  const statuses: number[] = []
  for (const username of ['b1', 'b2', 'b3', 'b4']) {
    const fields = { username, password: goodPassword, email: `${username}@example.com` }
    const { status } = await send('POST', '/register', fields)
    statuses.push(status)
    expect([username, (await auth.users.findByLogin(username)) !== undefined]).toEqual([username, status === 201])
  }
  expect(statuses).toEqual([201, 201, 201, 429])
})
