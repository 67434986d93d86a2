import { describe, expect, test } from 'vitest'
import { totp } from '../../src/factors/totp.ts'
import { recoveryCodes } from '../../src/factors/recovery-codes.ts'
import { goodPassword } from '../house.ts'
import { settled } from '../auth-house.ts'
import { codeOf, mfaHouse, type MfaHouse, verifiedAnn, wordFactor } from './mfa-house.ts'

const required = { mfa: 'required' } as const

async function verifyAddress({ auth, ann }: MfaHouse): Promise<void> {
  await auth.users.update(ann.id, { email: 'ann@example.com' })
}

describe('ASVS 6.4.4: required but not enrolled', () => {
  test('a thief of the password enrols nothing', async () => {
    const { auth, locked, send } = await mfaHouse(required)
    const found = await locked()
    expect(found).toMatchObject({ factors: [], enrol: ['totp'], needsTicket: true })
    const token = found.token.reveal()
    const begun = await send('POST', '/factors/totp', {}, token)
    expect(begun).toMatchObject({ status: 403, body: { code: 'ticket_required' } })
    const confirmed = await send('POST', '/factors/totp/confirm', { code: '000000' }, token)
    expect(confirmed).toMatchObject({ status: 403, body: { code: 'ticket_required' } })
    await expect(auth.factors.beginEnrolment(token, { factor: 'recovery-codes' })).rejects.toMatchObject({
      code: 'token_locked',
    })
  })

  test('a ticket of an administrator opens the way, and ends in a session', async () => {
    const { auth, ann, locked, send, clock, log, judge } = await mfaHouse(required)
    const { ticket } = await auth.factors.issueEnrolmentTicket(ann.id)
    const first = (await locked()).token.reveal()
    const redeemed = await send('POST', '/enrolment', { ticket: ticket.reveal() }, first)
    expect(redeemed).toMatchObject({ status: 200, body: { status: 'locked', enrol: ['totp'], needsTicket: false } })
    const token = String(redeemed.body['token'])
    expect(await judge(first)).toBe('invalid_token')
    const begun = await send('POST', '/factors/totp', {}, token)
    const code = codeOf(String(begun.body['secret']), clock)()
    const done = await send('POST', '/factors/totp/confirm', { code }, token)
    expect(done).toMatchObject({
      status: 200,
      body: { status: 'unlocked', assurance: { level: 2 }, factor: { factor: 'totp' } },
    })
    expect(await judge(token)).toBe('invalid_token')
    expect(await judge(String(done.body['token']))).toBe('unlocked')
    expect(log.of('enrolment_ticket.issued')).toMatchObject([{ by: 'administrator' }])
    expect(log.of('enrolment_ticket.used')).toHaveLength(1)
    expect(JSON.stringify(log.all)).not.toContain(ticket.reveal())
  })

  test('ASVS 6.4.1: a ticket is good once, for one user, for a day, and not after the epoch', async () => {
    const { auth, ann, locked, clock, log } = await mfaHouse(required)
    await auth.users.create({ username: 'bob', password: 'correct horse battery staple' })
    const redeem = async (ticket: string, username?: string) =>
      auth.factors.redeemEnrolmentTicket((await locked(username)).token.reveal(), ticket)
    const refused = { code: 'invalid_code' }
    const issue = async () => (await auth.factors.issueEnrolmentTicket(ann.id)).ticket.reveal()

    const ticket = await issue()
    await expect(redeem(ticket, 'bob')).rejects.toMatchObject(refused)
    await expect(redeem(`${ticket.slice(0, -1)}x`)).rejects.toMatchObject(refused)
    await expect(redeem((await locked()).token.reveal())).rejects.toMatchObject(refused)
    expect(await redeem(ticket)).toMatchObject({ needsTicket: false })
    await expect(redeem(ticket)).rejects.toMatchObject(refused)

    const late = await issue()
    clock.advance(24 * 60 * 60_000)
    await expect(redeem(late)).rejects.toMatchObject(refused)
    const outdated = await issue()
    await auth.sessions.revokeAll(ann.id)
    await expect(redeem(outdated)).rejects.toMatchObject(refused)
    // ASVS 16.3.1: and the operator is told of each.
    expect(log.of('token.refused').map(({ reason }) => reason)).toEqual([
      'other_user',
      'malformed',
      'other_kind',
      'unknown',
      'unknown',
      'epoch',
    ])
  })

  test('D1: 50 locked tokens and one ticket: one of them may enrol', async () => {
    const { auth, ann, locked } = await mfaHouse(required)
    const tokens = await Promise.all(Array.from({ length: 50 }, () => locked()))
    const { ticket } = await auth.factors.issueEnrolmentTicket(ann.id)
    const all = await Promise.allSettled(
      tokens.map(({ token }) => auth.factors.redeemEnrolmentTicket(token.reveal(), ticket.reveal())),
    )
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  test('a ticket is sent to a verified address alone, three times in a quarter of an hour, and the answer tells nothing', async () => {
    const house = await mfaHouse(required)
    const { auth, ann, locked, send, sent } = house
    const token = (await locked()).token.reveal()
    const ask = () => send('POST', '/enrolment/send', undefined, token)
    expect((await ask()).status).toBe(202)
    await verifyAddress(house)
    expect((await ask()).status).toBe(202)
    await settled()
    expect(sent).toEqual([])
    await auth.users.delete(ann.id)
    expect((await ask()).status).toBe(401)

    const own = await mfaHouse({ ...required, users: verifiedAnn() })
    const locked2 = (await own.locked()).token.reveal()
    for (let i = 0; i < 3; i++) expect((await own.send('POST', '/enrolment/send', undefined, locked2)).status).toBe(202)
    expect((await own.send('POST', '/enrolment/send', undefined, locked2)).status).toBe(429)
    await settled()
    const message = own.last('enrolment-ticket')
    expect(message).toMatchObject({ to: 'ann@example.com', channel: 'email', user: { id: 'u1' } })
    expect(JSON.stringify(message)).not.toContain(message.ticket.reveal())
    const redeemed = await own.auth.factors.redeemEnrolmentTicket(locked2, message.ticket.reveal())
    expect(redeemed.needsTicket).toBe(false)
  })

  test('a ticket that was sent is good as long as the address is the user’s', async () => {
    const { auth, last, log } = await mfaHouse(required)
    const amy = { username: 'amy', password: goodPassword, email: 'amy@example.com', emailVerified: true }
    const { id } = await auth.users.create(amy)
    const enter = async () => (await auth.logIn({ username: 'amy', password: goodPassword })).token.reveal()
    await auth.factors.sendEnrolmentTicket(await enter())
    await settled()
    const { ticket } = last('enrolment-ticket')
    await auth.users.update(id, { email: 'amy@example.org' })
    const redeem = async () => auth.factors.redeemEnrolmentTicket(await enter(), ticket.reveal())
    await expect(redeem()).rejects.toMatchObject({ code: 'invalid_code' })
    expect(log.of('token.refused').at(-1)).toMatchObject({ reason: 'other_address', userId: id })
  })

  test('`enrolWithFirstFactor` waives the ticket', async () => {
    const { locked, enrolTotp } = await mfaHouse({ ...required, enrolWithFirstFactor: true })
    const found = await locked()
    expect(found).toMatchObject({ enrol: ['totp'], needsTicket: false })
    expect((await enrolTotp(found.token.reveal())).result).toMatchObject({ status: 'unlocked' })
  })

  test('whoever has a factor does not get another one by the first factor and a ticket', async () => {
    const { auth, ann, locked, enrolTotp, enter } = await mfaHouse({ factors: [totp(), wordFactor('key')] })
    await enrolTotp()
    await auth.users.setMfa(ann.id, { required: ['key'] })
    const { ticket } = await auth.factors.issueEnrolmentTicket(ann.id)
    const { token } = await auth.factors.redeemEnrolmentTicket((await locked()).token.reveal(), ticket.reveal())
    const enrol = auth.factors.beginEnrolment(token.reveal(), { factor: 'key', code: 'mine' })
    await expect(enrol).rejects.toMatchObject({ code: 'token_locked' })
    expect((await enter()).status).toBe('locked')
  })

  test('what was enrolled meanwhile takes the right away', async () => {
    const { auth, locked, enrolTotp } = await mfaHouse({ ...required, enrolWithFirstFactor: true })
    const [thief, owner] = [await locked(), await locked()]
    await enrolTotp(owner.token.reveal())
    const enrol = auth.factors.beginEnrolment(thief.token.reveal(), { factor: 'totp' })
    await expect(enrol).rejects.toMatchObject({ code: 'token_locked' })
  })
})

describe('ASVS 7.5.1: changes need a recent authentication at the highest level that the user has', () => {
  test('an hour after the log-in, and at level 2 once there is a factor', async () => {
    const { auth, enter, principal, enrolTotp } = await mfaHouse()
    const weak = await principal(await enter())
    const { id } = await enrolTotp()
    const stepUp = { code: 'step_up_required', members: { requirement: { within: 3_600_000, assurance: 2 } } }
    await expect(auth.factors.beginEnrolment(weak, { factor: 'totp' })).rejects.toMatchObject(stepUp)
    await expect(auth.factors.beginEnrolment(weak, { factor: 'recovery-codes' })).rejects.toMatchObject(stepUp)
    await expect(auth.factors.remove(weak, id)).rejects.toMatchObject(stepUp)

    const other = await mfaHouse()
    const old = await other.principal(await other.enter())
    other.clock.advance(3_600_001)
    await expect(other.auth.factors.beginEnrolment(old, { factor: 'totp' })).rejects.toMatchObject({
      code: 'step_up_required',
      members: { requirement: { within: 3_600_000 } },
    })
  })

  test('a password typed again is no second factor', async () => {
    const { auth, clock, principal, enrolTotp } = await mfaHouse()
    const authenticator = await enrolTotp()
    const strong = await principal(authenticator.result ?? expect.fail())
    clock.advance(3_600_001)
    const again = await auth.reauthenticate(strong, { password: 'correct horse battery staple' })
    const renewed = await principal(again)
    await expect(auth.factors.remove(renewed, authenticator.id)).rejects.toMatchObject({ code: 'step_up_required' })
    const stronger = await auth.reauthenticate(renewed, { factor: 'totp', code: authenticator.code() })
    await auth.factors.remove(await principal(stronger), authenticator.id)
  })

  test('API tokens change nothing', async () => {
    const { auth, enter, principal, send } = await mfaHouse()
    const { token } = await auth.apiTokens.issue(await principal(await enter()), { name: 'x' })
    for (const path of ['/factors/totp', '/factors/recovery-codes']) {
      const answer = await send('POST', path, {}, token.reveal())
      expect([answer.status, answer.body['code']]).toEqual([403, 'session_required'])
    }
    expect((await send('DELETE', '/factors/x', undefined, token.reveal())).body['code']).toBe('session_required')
  })

  test('recovery codes want a factor that they can stand in for', async () => {
    const { auth, enter, principal } = await mfaHouse()
    const enrol = auth.factors.beginEnrolment(await principal(await enter()), { factor: 'recovery-codes' })
    await expect(enrol).rejects.toMatchObject({ code: 'conflict' })
  })

  test('ASVS 6.3.7, 7.4.3: told in an event and a notice, and other sessions end when that is asked for', async () => {
    const house = await mfaHouse({ users: verifiedAnn() })
    const { auth, clock, enter, log, send, judge, last } = house
    const others = [await enter(), await enter()]
    const who = await enter()
    const { body } = await send('POST', '/factors/totp', {}, who.token.reveal())
    const code = codeOf(String(body['secret']), clock)()
    const done = await send('POST', '/factors/totp/confirm', { code, revokeOthers: true }, who.token.reveal())
    const token = String(done.body['token'])
    expect(await judge(token)).toBe('unlocked')
    for (const other of others) expect(await judge(other.token.reveal())).toBe('invalid_token')
    expect(log.of('factor.enrolled')).toMatchObject([{ userId: 'u1', factor: 'totp', address: '203.0.113.7' }])
    await settled()
    expect(last('notice')).toMatchObject({ notice: 'factor_enrolled', factor: 'totp', to: 'ann@example.com' })

    const { factor } = done.body as { factor: { id: string } }
    const later = codeOf(String(body['secret']), clock)(1)
    const third = await auth.unlock((await house.locked()).token.reveal(), { factor: 'totp', code: later })
    expect((await send('DELETE', `/factors/${factor.id}`, { revokeOthers: true }, third.token.reveal())).status).toBe(
      204,
    )
    expect(await judge(token)).toBe('invalid_token')
    expect(await judge(third.token.reveal())).toBe('unlocked')
    expect(log.of('factor.removed')).toMatchObject([{ factor: 'totp', factorId: factor.id }])
    await settled()
    expect(last('notice')).toMatchObject({ notice: 'factor_removed' })
  })

  test('twenty factors at most', async () => {
    const { auth, enter, principal } = await mfaHouse({ factors: [wordFactor('key'), recoveryCodes()] })
    let who = await principal(await enter())
    for (let i = 0; i < 20; i++) {
      const { result } = await auth.factors.beginEnrolment(who, { factor: 'key', code: `word${i}` })
      who = await principal(result ?? expect.fail())
    }
    await expect(auth.factors.beginEnrolment(who, { factor: 'key', code: 'more' })).rejects.toMatchObject({
      code: 'conflict',
    })
  })
})
