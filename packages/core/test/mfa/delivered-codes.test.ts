import { emailCodes, smsCodes } from '@sallyport/core'
import { describe, expect, test } from 'vitest'
import { totp } from '../../src/factors/totp.ts'
import { goodPassword, memoryStorage } from '../house.ts'
import { settled } from '../auth-house.ts'
import { idOf, mfaHouse, type MfaSettings, verifiedAnn } from './mfa-house.ts'

const email = { factors: [totp(), emailCodes()], users: verifiedAnn() }
const minute = 60_000

async function withEmail(settings: MfaSettings = {}) {
  const house = await mfaHouse({ ...email, ...settings })
  const who = await house.principal(await house.enter())
  await house.auth.factors.beginEnrolment(who, { factor: 'email' })
  await settled()
  const { code } = house.last('code')
  await house.auth.factors.finishEnrolment(who, { factor: 'email', code: code.reveal() })
  /** Asks for a code with a locked token. */
  async function ask(token: string): Promise<string> {
    await house.auth.beginUnlock(token, 'email')
    await settled()
    return house.last('code').code.reveal()
  }
  return { ...house, ask }
}

describe('codes by e-mail', () => {
  test('ASVS 6.3.6: are off unless they are asked for, and need `deliver`', async () => {
    await expect(mfaHouse({ factors: [emailCodes()], deliver: undefined } as never)).rejects.toMatchObject({
      code: 'invalid_setting',
    })
    const { locked, enrolTotp } = await mfaHouse()
    await enrolTotp()
    expect((await locked()).factors).toEqual(['totp'])
  })

  test('ASVS 6.5.4, 6.5.5: six digits to the verified address, good for ten minutes', async () => {
    const { locked, auth, ask, last, clock } = await withEmail()
    const found = await locked()
    expect(found.factors).toEqual(['email'])
    const code = await ask(found.token.reveal())
    expect(code).toMatch(/^\d{6}$/)
    expect(last('code')).toMatchObject({
      to: 'ann@example.com',
      channel: 'email',
      purpose: 'unlock',
      expiresAt: clock() + 10 * minute,
    })
    expect(JSON.stringify(last('code'))).not.toContain(code)
    const unlocked = await auth.unlock(found.token.reveal(), { factor: 'email', code })
    expect(unlocked).toMatchObject({ status: 'unlocked', session: { methods: ['pwd', 'email', 'mfa'] } })
  })

  test('ASVS 6.6.2: bound to the locked token, used once, and a new one ends the old one', async () => {
    const { locked, auth, ask } = await withEmail()
    const [one, other] = [(await locked()).token.reveal(), (await locked()).token.reveal()]
    const first = await ask(one)
    const wrong = { code: 'invalid_code' }
    await expect(auth.unlock(other, { factor: 'email', code: first })).rejects.toMatchObject(wrong)
    const second = await ask(one)
    if (second !== first) await expect(auth.unlock(one, { factor: 'email', code: first })).rejects.toMatchObject(wrong)
    expect((await auth.unlock(one, { factor: 'email', code: second })).status).toBe('unlocked')
    await expect(auth.unlock(one, { factor: 'email', code: second })).rejects.toMatchObject({
      code: 'locked_token_expired',
    })
  })

  test('dead after ten minutes, and a wrong guess does not end it', async () => {
    const { locked, auth, ask, clock, principal, enter } = await withEmail()
    const token = (await locked()).token.reveal()
    const code = await ask(token)
    const wrong = code === '000000' ? '000001' : '000000'
    await expect(auth.unlock(token, { factor: 'email', code: wrong })).rejects.toMatchObject({ code: 'invalid_code' })
    const session = await principal(await auth.unlock(token, { factor: 'email', code }))
    await auth.beginReauthentication(session, 'email')
    await settled()
    clock.advance(10 * minute)
    const late = auth.reauthenticate(session, { factor: 'email', code: code })
    await expect(late).rejects.toMatchObject({ code: 'invalid_code' })
    expect((await enter()).status).toBe('locked')
  })

  test('D9: stored under the password hash', async () => {
    const storage = memoryStorage()
    const { locked, ask } = await withEmail({ storage })
    const { token } = await locked()
    const code = await ask(token.reveal())
    const id = idOf(token.reveal())
    const stored = JSON.stringify(await storage.get('challenge', `email-unlock.${id}`))
    expect(stored).toContain('$argon2id$')
    expect(stored).not.toContain(`"${code}"`)
  })

  test('ASVS 6.6.3: five messages in a quarter of an hour, whoever asks and with which locked token', async () => {
    const { locked, send, sent } = await withEmail()
    const answers: number[] = []
    for (let i = 0; i < 6; i++) {
      const { token } = await locked()
      answers.push((await send('POST', '/unlock/begin', { factor: 'email' }, token.reveal())).status)
    }
    await settled()
    // One was sent to enrol.
    expect(answers).toEqual([200, 200, 200, 200, 429, 429])
    expect(sent.filter(({ type }) => type === 'code')).toHaveLength(5)
  })

  test('ASVS 6.3.8: for who has not enrolled it the answer is the same, and nothing is sent', async () => {
    const { locked, enrolTotp, send, sent, auth } = await mfaHouse(email)
    await enrolTotp()
    const token = (await locked()).token.reveal()
    const answer = await send('POST', '/unlock/begin', { factor: 'email' }, token)
    expect([answer.status, answer.body]).toEqual([200, {}])
    await settled()
    expect(sent.filter(({ type }) => type === 'code')).toEqual([])
    await expect(auth.unlock(token, { factor: 'email', code: '000000' })).rejects.toMatchObject({
      code: 'invalid_code',
    })
  })

  test('for everybody with a verified address, where that is what the application wants', async () => {
    const { locked, auth, last } = await mfaHouse({ ...email, factors: [emailCodes({ who: 'everybody', digits: 8 })] })
    const token = (await locked()).token.reveal()
    await auth.beginUnlock(token, 'email')
    await settled()
    const code = last('code').code.reveal()
    expect(code).toMatch(/^\d{8}$/)
    expect((await auth.unlock(token, { factor: 'email', code })).status).toBe('unlocked')
  })

  test('no proven address, no enrolment', async () => {
    const { auth, principal, enter } = await mfaHouse({ factors: [emailCodes()] })
    const enrol = auth.factors.beginEnrolment(await principal(await enter()), { factor: 'email' })
    await expect(enrol).rejects.toMatchObject({ code: 'conflict' })
  })

  test('what was removed while its code was on its way proves nothing', async () => {
    const { auth, ask, enter, principal, ann, locked } = await withEmail()
    const first = await enter()
    const session = await principal(
      await auth.unlock(first.token.reveal(), { factor: 'email', code: await ask(first.token.reveal()) }),
    )
    const token = (await locked()).token.reveal()
    const code = await ask(token)
    const [enrolled] = await auth.factors.list(ann.id)
    await auth.factors.remove(session, enrolled?.id ?? '')
    await expect(auth.unlock(token, { factor: 'email', code })).rejects.toMatchObject({ code: 'invalid_code' })
  })

  test('ASVS 6.5.1: a code steps up once', async () => {
    const { enter, ask, auth, principal, last } = await withEmail()
    const { token } = await enter()
    const session = await auth.unlock(token.reveal(), { factor: 'email', code: await ask(token.reveal()) })
    await auth.beginReauthentication(await principal(session), 'email')
    await settled()
    expect(last('code').purpose).toBe('step-up')
    const evidence = { factor: 'email', code: last('code').code.reveal() }
    const renewed = await auth.reauthenticate(await principal(session), evidence)
    const again = auth.reauthenticate(await principal(renewed), evidence)
    await expect(again).rejects.toMatchObject({ code: 'invalid_code' })
  })

  test('D1: one code 50 times at once', async () => {
    const { locked, ask, auth } = await withEmail({ factorThrottle: { account: [{ limit: 100, windowMs: 1e6 }] } })
    const token = (await locked()).token.reveal()
    const code = await ask(token)
    const all = await Promise.allSettled(
      Array.from({ length: 50 }, () => auth.unlock(token, { factor: 'email', code })),
    )
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  test('a message that can not be sent changes no answer, and is told to the operator', async () => {
    const deliver = () => Promise.reject(new Error('the mail server is away'))
    const { auth, principal, enter, log, errors } = await mfaHouse({ ...email, deliver })
    await auth.factors.beginEnrolment(await principal(await enter()), { factor: 'email' })
    await settled()
    expect(log.of('delivery.failed')).toMatchObject([{ userId: 'u1', message: 'code' }])
    expect(errors).toMatchObject([{ message: 'the mail server is away' }])
  })
})

describe('codes by SMS', () => {
  test('to a number that was proven by a code of its own', async () => {
    const { auth, principal, enter, last, send, locked, ann } = await mfaHouse({ factors: [smsCodes()] })
    const session = await enter()
    const token = session.token.reveal()
    for (const address of [undefined, '030 123456', '+0123456789', 'ann@example.com']) {
      expect((await send('POST', '/factors/sms', { address }, token)).body).toMatchObject({ code: 'invalid_request' })
    }
    const begun = await send('POST', '/factors/sms', { address: '+49 (30) 123-4567' }, token)
    expect([begun.status, begun.body]).toEqual([200, {}])
    await settled()
    expect(last('code')).toMatchObject({ to: '+49301234567', channel: 'sms', purpose: 'enrol' })
    const done = await send('POST', '/factors/sms/confirm', { code: last('code').code.reveal(), name: 'Mine' }, token)
    expect(done).toMatchObject({ status: 200, body: { factor: { factor: 'sms', name: 'Mine', address: '…4567' } } })
    expect(JSON.stringify(done.body)).not.toContain('+49301234567')

    const waiting = (await locked()).token.reveal()
    await auth.beginUnlock(waiting, 'sms')
    await settled()
    const unlocked = await auth.unlock(waiting, { factor: 'sms', code: last('code').code.reveal() })
    expect(unlocked).toMatchObject({ session: { methods: ['pwd', 'sms', 'mfa'] } })
    expect((await principal(unlocked)).user.id).toBe(ann.id)
  })

  test('ASVS 2.4.1: a network sends codes to twenty numbers in a quarter of an hour, by however many accounts', async () => {
    const { auth, principal, enter } = await mfaHouse({ factors: [smsCodes()] })
    const from = { address: '203.0.113.9' }
    const outcomes: string[] = []
    for (let account = 0; account < 5; account++) {
      await auth.users.create({ username: `user-${account}`, password: goodPassword })
      const who = await principal(await enter(`user-${account}`))
      for (let i = 0; i < 5; i++) {
        const address = `+4930123${account}${i}00`
        const begun = auth.factors.beginEnrolment(who, { factor: 'sms', address }, from)
        outcomes.push(
          await begun.then(
            () => 'sent',
            ({ code }: { readonly code: string }) => code,
          ),
        )
      }
    }
    expect(outcomes).toEqual([...Array(20).fill('sent'), ...Array(5).fill('too_many_attempts')])
    // Somewhere else it goes on.
    await auth.users.create({ username: 'zoe', password: goodPassword })
    const zoe = await principal(await enter('zoe'))
    await auth.factors.beginEnrolment(zoe, { factor: 'sms', address: '+49301239999' }, { address: '198.51.100.1' })
  })

  test('D10: a code that came back does not count: a whole company enrols behind one address', async () => {
    const { auth, principal, enter, last } = await mfaHouse({ factors: [smsCodes()] })
    const [from, onTheRoad] = [{ address: '203.0.113.9' }, { address: '198.51.100.1' }]
    let next = 0
    async function begin(client = from) {
      const username = `user-${next++}`
      await auth.users.create({ username, password: goodPassword })
      const who = await principal(await enter(username))
      await auth.factors.beginEnrolment(who, { factor: 'sms', address: `+49301230${next + 100}` }, client)
      await settled()
      const { code } = last('code')
      return (by = client) => auth.factors.finishEnrolment(who, { factor: 'sms', code: code.reveal() }, by)
    }
    for (let i = 0; i < 24; i++) await (await begin())(i % 2 === 0 ? from : onTheRoad)
    // Those that did not come back count, and a code that came back took back no more than itself.
    const finishers = []
    for (let i = 0; i < 20; i++) finishers.push(await begin())
    await expect(begin()).rejects.toMatchObject({ code: 'too_many_attempts' })
    await finishers[0]?.(onTheRoad)
    await begin()
    await expect(begin()).rejects.toMatchObject({ code: 'too_many_attempts' })
  })

  test('D10: whoever claims somebody’s number for their own account does not use up the codes of its owner', async () => {
    const { auth, principal, enter, last, locked } = await mfaHouse({ factors: [smsCodes()] })
    const address = '+49301234567'
    const mine = await principal(await enter())
    await auth.factors.beginEnrolment(mine, { factor: 'sms', address })
    await settled()
    await auth.factors.finishEnrolment(mine, { factor: 'sms', code: last('code').code.reveal() })
    for (const username of ['bob', 'eve']) {
      await auth.users.create({ username, password: goodPassword })
      const theirs = await principal(await enter(username))
      for (let i = 0; i < 5; i++) {
        await auth.factors.beginEnrolment(theirs, { factor: 'sms', address }).catch((error: unknown) => {
          expect(error).toMatchObject({ code: 'too_many_attempts' })
        })
      }
    }
    const waiting = (await locked()).token.reveal()
    await auth.beginUnlock(waiting, 'sms')
    await settled()
    expect(last('code')).toMatchObject({ to: address, purpose: 'unlock' })
  })
})
