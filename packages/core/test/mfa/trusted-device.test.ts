import { describe, expect, test } from 'vitest'
import { recoveryCodes } from '../../src/factors/recovery-codes.ts'
import { totp } from '../../src/factors/totp.ts'
import { createKeys } from '../../src/keys.ts'
import { createTokens } from '../../src/token.ts'
import { goodPassword, otherSecrets } from '../house.ts'
import { idOf, mfaHouse, type MfaSettings, nextCode, wordFactor } from './mfa-house.ts'

const day = 24 * 60 * 60_000
const credentials = { username: 'ann', password: goodPassword }

/** A browser whose device ann has trusted. */
async function trusting(settings: MfaSettings = {}) {
  const house = await mfaHouse({
    trustedDevices: true,
    factors: [totp(), recoveryCodes(), wordFactor('key')],
    ...settings,
  })
  const authenticator = await house.enrolTotp()
  const { clock, send } = house
  const entered = await send('POST', '/login', credentials, undefined, 'x=y')
  const locked = cookieIn(entered.cookies, '__Host-sallyport')
  const unlocked = await send(
    'POST',
    '/unlock',
    { factor: 'totp', code: nextCode(clock, authenticator), trustDevice: true },
    undefined,
    `__Host-sallyport=${locked}`,
  )
  const device = cookieIn(unlocked.cookies, '__Host-sallyport-device')
  const session = cookieIn(unlocked.cookies, '__Host-sallyport')
  /** A log-in from a browser with this device cookie. */
  const logIn = async (username = 'ann', cookie = device) =>
    send('POST', '/login', { username, password: goodPassword }, undefined, `__Host-sallyport-device=${cookie}`)
  return { ...house, authenticator, unlocked, device, session, logIn }
}

function cookieIn(cookies: readonly string[], name: string): string {
  const found = cookies.find((cookie) => cookie.startsWith(`${name}=`))
  return found?.slice(name.length + 1).split(';')[0] ?? ''
}

describe('a trusted device', () => {
  test('is not trusted unless that is switched on, asked for, and by cookie', async () => {
    const off = await trusting({ trustedDevices: false })
    expect(off.unlocked.status).toBe(200)
    expect(off.device).toBe('')
    const { send, clock, authenticator, locked } = await trusting()
    const asked = { factor: 'totp', code: nextCode(clock, authenticator), trustDevice: true }
    const byQuery = await send('POST', '/unlock', asked, (await locked()).token.reveal())
    expect([byQuery.status, byQuery.cookies]).toEqual([200, []])
  })

  test('ASVS 3.3.1, 3.3.3, 3.3.4: in a cookie of its own, which no page can read', async () => {
    const { unlocked, device } = await trusting()
    expect(unlocked.cookies).toHaveLength(2)
    const cookie = unlocked.cookies[1] ?? ''
    expect(cookie).toContain('Path=/; HttpOnly; Secure; SameSite=Lax')
    expect(cookie).toContain(`Max-Age=${(30 * day) / 1000}`)
    expect(JSON.stringify(unlocked.body)).not.toContain(device)
    expect(unlocked.body).toMatchObject({ assurance: { level: 2 } })
  })

  test('lets the second factor wait, and raises no level', async () => {
    const { logIn, send, clock, authenticator } = await trusting()
    const { body, cookies } = await logIn()
    expect(body).toMatchObject({ status: 'unlocked', assurance: { level: 1, methods: ['pwd', 'device'] } })
    const cookie = `__Host-sallyport=${cookieIn(cookies, '__Host-sallyport')}`
    const refused = await send('POST', '/factors/totp', {}, undefined, cookie)
    expect(refused.body['code']).toBe('step_up_required')
    const code = nextCode(clock, authenticator)
    const raised = await send('POST', '/reauthenticate', { factor: 'totp', code }, undefined, cookie)
    expect(raised.body).toMatchObject({ assurance: { level: 2 } })
  })

  test('NIST SP 800-63B-4: never stands in for the first factor', async () => {
    const { send, device, judge } = await trusting()
    const answer = await send(
      'POST',
      '/login',
      { ...credentials, password: 'wrong horse battery staple' },
      undefined,
      `__Host-sallyport-device=${device}`,
    )
    expect(answer.body['code']).toBe('invalid_credentials')
    const session = await send('GET', '/session', undefined, undefined, `__Host-sallyport=${device}`)
    expect(session.body['code']).toBe('invalid_token')
    expect(await judge(device)).toBe('invalid_token')
  })

  test('satisfies a policy that requires a second factor, and none that names one', async () => {
    const { auth, ann, logIn } = await trusting()
    await auth.users.setMfa(ann.id, 'required')
    expect((await logIn()).body['status']).toBe('unlocked')
    await auth.users.setMfa(ann.id, { required: ['totp'] })
    expect((await logIn()).body['status']).toBe('locked')
  })

  test("somebody else's, a forged one, and one in two cookies are none", async () => {
    const { auth, logIn, device } = await trusting()
    const bob = await auth.users.create({ username: 'bob', password: goodPassword })
    await auth.users.setMfa(bob.id, 'required')
    expect((await logIn('bob')).body['status']).toBe('locked')
    const flipped = device.slice(0, 40) + (device[40] === 'A' ? 'B' : 'A') + device.slice(41)
    // As another installation would make it, which knows the id: its key is not ours, so the secret itself is compared.
    const id = idOf(device)
    const foreign = createTokens('sp', createKeys(otherSecrets)).mint('device', id).token.reveal()
    for (const cookie of [flipped, foreign, 'x', '', `${device}; __Host-sallyport-device=${device}`]) {
      expect((await logIn('ann', cookie)).body['status']).toBe('locked')
    }
  })

  test('D21: its trust ends with a new password, a change of factors, a reset, and everything that ends sessions', async () => {
    type House = Awaited<ReturnType<typeof trusting>>
    const strong = async ({ principalOf, session }: House) => principalOf(session)
    const endings: [string, (house: House) => Promise<unknown>][] = [
      ['set', ({ auth, ann }) => auth.passwords.set(ann.id, goodPassword)],
      [
        'changed, with the other sessions kept',
        async (house) => {
          const by = await strong(house)
          const next = await house.auth.passwords.change(by, {
            current: goodPassword,
            password: `${goodPassword} 2`,
            revokeOthers: false,
          })
          await house.auth.passwords.change(await house.principal(next), {
            current: `${goodPassword} 2`,
            password: goodPassword,
            revokeOthers: false,
          })
        },
      ],
      [
        'enrolled',
        async (house) => house.auth.factors.beginEnrolment(await strong(house), { factor: 'key', code: 'sesame' }),
      ],
      [
        'regenerated',
        async (house) => house.auth.factors.beginEnrolment(await strong(house), { factor: 'recovery-codes' }),
      ],
      [
        'removed',
        async (house) => {
          const { result, enrolled } = await house.auth.factors.beginEnrolment(await strong(house), {
            factor: 'key',
            code: 'x',
          })
          await house.auth.factors.remove(await house.principal(result ?? expect.fail()), enrolled?.id ?? '')
        },
      ],
      ['everywhere', ({ auth, ann }) => auth.sessions.revokeAll(ann.id)],
      ['disabled', async ({ auth, ann }) => auth.users.disable(ann.id).then(() => auth.users.enable(ann.id))],
    ]
    for (const [name, end] of endings) {
      const house = await trusting()
      await end(house)
      house.clock.advance(1)
      expect([name, (await house.logIn()).body['status']]).toEqual([name, 'locked'])
      expect((await house.auth.trustedDevices.list(house.ann.id)).items).toEqual([])
    }
  })

  test('none is trusted for one factor alone', async () => {
    const key = wordFactor('key', { logIn: true })
    const { auth, ann, enter, principal } = await mfaHouse({ trustedDevices: true, factors: [totp(), key] })
    const { enrolled } = await auth.factors.beginEnrolment(await principal(await enter()), { factor: 'key', code: 'a' })
    const { token } = await auth.logInWith('key', { code: enrolled?.id })
    await auth.users.setMfa(ann.id, 'off')
    const unlocked = await auth.unlock(token.reveal(), { factor: 'key', code: 'a' }, { trustDevice: true })
    expect(unlocked.status).toBe('unlocked')
    expect(unlocked).not.toHaveProperty('device')
  })

  test('its trust ends by itself', async () => {
    const { logIn, clock } = await trusting({ trustedDevices: { lifetimeMs: day } })
    expect((await logIn()).body['status']).toBe('unlocked')
    clock.advance(day)
    expect((await logIn()).body['status']).toBe('locked')
  })
})

describe('ASVS 7.5.2: the list of trusted devices', () => {
  test("shows one's own, and revokes them", async () => {
    const { send, session, logIn, auth, log } = await trusting()
    const cookie = `__Host-sallyport=${session}`
    const { body } = await send('GET', '/trusted-devices', undefined, undefined, cookie)
    const [device] = body['items'] as { id: string }[]
    expect(body['items']).toMatchObject([{ address: '203.0.113.7', userAgent: null }])
    await auth.users.create({ username: 'bob', password: goodPassword })
    const bob = await auth.logIn({ username: 'bob', password: goodPassword })
    expect((await send('DELETE', `/trusted-devices/${device?.id}`, undefined, bob.token.reveal())).status).toBe(404)
    expect((await send('DELETE', `/trusted-devices/${device?.id}`, undefined, undefined, cookie)).status).toBe(204)
    expect((await send('DELETE', `/trusted-devices/${device?.id}`, undefined, undefined, cookie)).status).toBe(404)
    expect((await logIn()).body['status']).toBe('locked')
    expect(log.of('device.trusted')).toHaveLength(1)
    expect(log.of('device.revoked')).toHaveLength(1)
  })
})
