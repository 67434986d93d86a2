import { describe, expect, test } from 'vitest'
import { totp } from '../../src/factors/totp.ts'
import { stepMs } from '../../src/factors/totp-code.ts'
import { goodPassword, memoryStorage, otherSecrets } from '../house.ts'
import { codeOf, mfaHouse, nextCode } from './mfa-house.ts'

describe('enrolment over HTTP', () => {
  test('a secret of 160 bits, an address and a picture, and nothing counts before the code is confirmed', async () => {
    const { send, logIn, clock, auth, ann } = await mfaHouse()
    const { token } = await logIn()
    const begun = await send('POST', '/factors/totp', { name: 'Telephone' }, token)
    expect(begun.status).toBe(200)
    const { secret, uri, qr } = begun.body as Record<string, string>
    expect(secret).toMatch(/^[A-Z2-7]{32}$/)
    const address = new URL(uri ?? '')
    expect([address.protocol, address.host, decodeURIComponent(address.pathname)]).toEqual([
      'otpauth:',
      'totp',
      '/app.example.com:ann',
    ])
    expect(address.searchParams.get('secret')).toBe(secret)
    expect(address.searchParams.get('issuer')).toBe('app.example.com')
    expect(qr).toMatch(/^<svg .*<\/svg>$/s)
    expect(begun.headers.get('cache-control')).toBe('no-store')
    expect((await auth.logIn({ username: 'ann', password: goodPassword })).status).toBe('unlocked')
    expect(await auth.factors.list(ann.id)).toEqual([])

    const code = codeOf(secret ?? '', clock)()
    const confirmed = await send('POST', '/factors/totp/confirm', { code }, token)
    expect(confirmed.status).toBe(200)
    expect(confirmed.body).toMatchObject({
      status: 'unlocked',
      factor: { factor: 'totp', name: 'Telephone', lastUsedAt: null },
      assurance: { level: 2, methods: ['pwd', 'otp', 'mfa'] },
    })
    expect((await auth.logIn({ username: 'ann', password: goodPassword })).status).toBe('locked')
  })

  test('ASVS 7.2.4: the token rotates with the confirmation, by the way that it came', async () => {
    const { send, logIn, clock, judge } = await mfaHouse()
    const { token } = await logIn()
    const { body } = await send('POST', '/factors/totp', {}, token)
    const code = codeOf(String(body['secret']), clock)()
    const confirmed = await send('POST', '/factors/totp/confirm', { code }, undefined, `__Host-sallyport=${token}`)
    expect(confirmed.body).not.toHaveProperty('token')
    const renewed = /^__Host-sallyport=([^;]+)/.exec(confirmed.cookies[0] ?? '')?.[1] ?? ''
    expect(await judge(token)).toBe('invalid_token')
    expect(await judge(renewed)).toBe('unlocked')
  })

  test('the secret is never shown again, and no event or list holds it', async () => {
    const { send, logIn, clock, log } = await mfaHouse()
    const { token } = await logIn()
    const { body } = await send('POST', '/factors/totp', {}, token)
    const secret = String(body['secret'])
    const confirmed = await send('POST', '/factors/totp/confirm', { code: codeOf(secret, clock)() }, token)
    const list = await send('GET', '/factors', undefined, String(confirmed.body['token']))
    expect(list.body['items']).toMatchObject([{ factor: 'totp', name: null }])
    expect(JSON.stringify([confirmed.body, list.body, log.all])).not.toContain(secret)
  })

  test('a wrong code, too late a code, and a code for what was begun elsewhere enrol nothing', async () => {
    const { auth, clock, principal, enter, log } = await mfaHouse()
    const [one, other] = [await principal(await enter()), await principal(await enter())]
    const { answer } = await auth.factors.beginEnrolment(one, { factor: 'totp' })
    const code = codeOf(String(answer['secret']), clock)
    const finish = (who: typeof one, sent: string) => auth.factors.finishEnrolment(who, { factor: 'totp', code: sent })
    await expect(finish(one, code(2))).rejects.toMatchObject({ code: 'invalid_code' })
    await expect(finish(other, code())).rejects.toMatchObject({ code: 'invalid_code' })
    clock.advance(10 * 60_000)
    await expect(finish(one, code())).rejects.toMatchObject({ code: 'invalid_code' })
    expect(log.of('factor.enrolment_failed')).toHaveLength(3)
  })

  test('D1: the same confirmation 50 times at once enrols one authenticator', async () => {
    const { auth, clock, principal, enter, ann } = await mfaHouse({
      factorThrottle: { account: [{ limit: 100, windowMs: 1e6 }] },
    })
    const who = await principal(await enter())
    const { answer } = await auth.factors.beginEnrolment(who, { factor: 'totp' })
    const code = codeOf(String(answer['secret']), clock)()
    const all = await Promise.allSettled(
      Array.from({ length: 50 }, () => auth.factors.finishEnrolment(who, { factor: 'totp', code })),
    )
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(await auth.factors.list(ann.id)).toHaveLength(1)
  })
})

describe('unlocking', () => {
  test('with the code of now, of half a minute ago, and of half a minute to come', async () => {
    for (const steps of [-1, 0, 1]) {
      const { auth, clock, locked, enrolTotp } = await mfaHouse()
      const authenticator = await enrolTotp()
      clock.advance(5 * stepMs)
      const { token, factors } = await locked()
      expect(factors).toEqual(['totp'])
      const result = await auth.unlock(token.reveal(), { factor: 'totp', code: authenticator.code(steps) })
      expect(result).toMatchObject({ status: 'unlocked', session: { methods: ['pwd', 'otp', 'mfa'] } })
    }
  })

  test('ASVS 6.5.8: the time is the server’s, whatever a request says of it', async () => {
    const { auth, clock, locked, enrolTotp } = await mfaHouse()
    const authenticator = await enrolTotp()
    clock.advance(5 * stepMs)
    const { token } = await locked()
    const answer = await auth.handle(
      new Request('https://app.example.com/auth/unlock', {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'sec-fetch-site': 'same-origin',
          date: new Date(clock() + 10 * stepMs).toUTCString(),
          cookie: `__Host-sallyport=${token.reveal()}`,
        },
        body: JSON.stringify({ factor: 'totp', code: authenticator.code(10), at: clock() + 10 * stepMs }),
      }),
    )
    expect(await answer?.json()).toMatchObject({ code: 'invalid_code' })
    expect(await auth.unlock(token.reveal(), { factor: 'totp', code: authenticator.code() })).toMatchObject({
      status: 'unlocked',
    })
  })

  test('ASVS 6.5.5: strict mode takes the present code alone', async () => {
    const { auth, clock, locked, enrolTotp } = await mfaHouse({ factors: [totp({ strict: true })] })
    const authenticator = await enrolTotp()
    clock.advance(5 * stepMs)
    const { token } = await locked()
    for (const steps of [-1, 1]) {
      const guess = auth.unlock(token.reveal(), { factor: 'totp', code: authenticator.code(steps) })
      await expect(guess).rejects.toMatchObject({ code: 'invalid_code' })
    }
    expect(await auth.unlock(token.reveal(), { factor: 'totp', code: authenticator.code() })).toMatchObject({
      status: 'unlocked',
    })
  })

  test('ASVS 6.5.1: a step is accepted once, that of the confirmation included, and none before it', async () => {
    const { auth, clock, locked, enrolTotp } = await mfaHouse()
    const authenticator = await enrolTotp()
    const unlock = async (code: string) => auth.unlock((await locked()).token.reveal(), { factor: 'totp', code })
    await expect(unlock(authenticator.code())).rejects.toMatchObject({ code: 'invalid_code' })
    expect((await unlock(authenticator.code(1))).status).toBe('unlocked')
    await expect(unlock(authenticator.code())).rejects.toMatchObject({ code: 'invalid_code' })
    expect((await unlock(nextCode(clock, { ...authenticator, code: () => authenticator.code(1) }))).status).toBe(
      'unlocked',
    )
  })

  test('several authenticators, each with steps of its own', async () => {
    const { auth, clock, locked, enrolTotp, principal, send } = await mfaHouse()
    const one = await enrolTotp(undefined, 'Telephone')
    const session = one.result ?? expect.fail('not renewed')
    clock.advance(1)
    const other = await enrolTotp(await principal(session), 'Tablet')
    const list = await send('GET', '/factors', undefined, other.result?.token.reveal())
    expect(list.body['items']).toMatchObject([{ name: 'Telephone' }, { name: 'Tablet' }])
    clock.advance(stepMs)
    for (const { code } of [one, other]) {
      expect((await auth.unlock((await locked()).token.reveal(), { factor: 'totp', code: code() })).status).toBe(
        'unlocked',
      )
    }
  })
})

describe('at rest', () => {
  test('D9: the secret is sealed, before and after the confirmation', async () => {
    const storage = memoryStorage()
    const { auth, clock, principal, enter, ann } = await mfaHouse({ storage })
    const who = await principal(await enter())
    const { answer } = await auth.factors.beginEnrolment(who, { factor: 'totp' })
    const secret = String(answer['secret'])
    const pending = await storage.get('challenge', `totp-enrolment.${who.session?.id}`)
    await auth.factors.finishEnrolment(who, { factor: 'totp', code: codeOf(secret, clock)() })
    const [stored] = (await storage.list('credential', { owner: ann.id, limit: 10 })).items
    expect(JSON.stringify(stored)).toMatch(/"secret":"[\w-]{80,}"/)
    expect(JSON.stringify([pending, stored])).not.toContain(secret)
  })

  test('ASVS 11.2.2: a rotated `secret` still opens it, and its next use seals it again', async () => {
    const storage = memoryStorage()
    const [old = '', young = ''] = otherSecrets
    const first = await mfaHouse({ storage, secret: old })
    const authenticator = await first.enrolTotp()
    const sealed = async () =>
      JSON.stringify((await storage.list('credential', { owner: first.ann.id, limit: 1 })).items)
    const before = await sealed()

    const use = async (secret: string | string[], steps: number) => {
      const { createAuth } = await import('@sallyport/core')
      const { cheapHasher } = await import('../house.ts')
      const auth = createAuth({
        origin: 'https://app.example.com',
        secret,
        storage,
        clock: first.clock,
        factors: [totp()],
        password: { hasher: cheapHasher },
        onError: () => {},
      })
      const { token } = await auth.logIn({ username: 'ann', password: goodPassword })
      return auth.unlock(token.reveal(), { factor: 'totp', code: authenticator.code(steps) })
    }
    await expect(use(young, 1)).rejects.toMatchObject({ code: 'unavailable' })
    expect((await use([young, old], 1)).status).toBe('unlocked')
    expect((await sealed()).slice(0, 40)).toBe(before.slice(0, 40))
    expect(await sealed()).not.toBe(before)
    first.clock.advance(stepMs)
    expect((await use(young, 1)).status).toBe('unlocked')
  })
})
