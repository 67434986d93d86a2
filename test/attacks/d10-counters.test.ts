import { describe, expect, test } from 'vitest'
import { ways } from '../flows/application.ts'
import { browser, sendTo } from '../flows/client.ts'
import { goodPassword, house, minute, testFactor } from '../flows/house.ts'
import { slowStorage, tally, together } from './slow-storage.ts'

const roomy = { password: { hashing: { concurrency: 3, capacity: 10_000 } } }

async function open(settings: Parameters<typeof house>[0] = {}) {
  const there = await house({ ...roomy, ...settings })
  return { ...there, send: await ways['Express 5'](there.auth) }
}

describe('D10: attempts are counted before they are made', () => {
  test('ASVS 6.3.1: of five hundred guesses at once ten are verified', async () => {
    const { auth, of } = await open({ storage: slowStorage() })
    // From five hundred networks.
    const answers = await together(500, (i) =>
      browser(sendTo(auth, `198.51.${100 + (i >> 8)}.${i & 255}`)).logIn({ password: `guess number ${i}` }),
    )
    expect(tally(answers.map(({ status }) => status))).toEqual({ 401: 10, 429: 490 })
    expect(of('password.failed').length).toBe(10)
  })

  test('the right one among five hundred at once is found by luck alone', async () => {
    const { auth, of } = await open({ storage: slowStorage() })
    const answers = await together(500, (i) =>
      browser(sendTo(auth, `198.51.${100 + (i >> 8)}.${i & 255}`)).logIn(
        i === 499 ? {} : { password: `guess number ${i}` },
      ),
    )
    // In any order: it is among the ten that are looked at once in fifty times, and then one more is.
    const found = of('login.succeeded').length
    expect(answers[499]?.status).toBe(found === 1 ? 200 : 429)
    expect(answers.filter(({ status }) => status === 401).length).toBeLessThanOrEqual(10)
    expect(answers.filter(({ status }) => status !== 429).length).toBeLessThanOrEqual(10 + found)
  })

  test('five hundred codes at once for one locked token: ten are verified', async () => {
    const enrolled = new Set<string>()
    let verified = 0
    const verify = async () => {
      verified++
      return undefined
    }
    const there = await open({ storage: slowStorage(), factors: [testFactor(enrolled, undefined, { verify })] })
    enrolled.add(there.ann.id)
    const page = browser(there.send)
    await page.logIn()
    const answers = await together(500, (i) =>
      page.send('POST', '/auth/unlock', { factor: 'test', code: String(i).padStart(6, '0') }),
    )
    expect(tally(answers.map(({ status }) => status))).toEqual({ 401: 10, 429: 490 })
    expect(verified).toBe(10)
  })

  test('new locked tokens do not give new guesses', async () => {
    const enrolled = new Set<string>()
    const there = await open({ factors: [testFactor(enrolled)] })
    enrolled.add(there.ann.id)
    const statuses: number[] = []
    for (let i = 0; i < 20; i++) {
      const page = browser(there.send)
      await page.logIn()
      statuses.push((await page.send('POST', '/auth/unlock', { factor: 'test', code: '000000' })).status)
    }
    expect(tally(statuses)).toEqual({ 401: 10, 429: 10 })
  })

  test('log-in, re-authentication and password change share one limit', async () => {
    const { send } = await open()
    const page = browser(send)
    await page.logIn()
    const wrong = 'a wrong passphrase'
    const statuses: number[] = []
    for (let i = 0; i < 5; i++) {
      statuses.push((await browser(send).logIn({ password: wrong })).status)
      statuses.push((await page.send('POST', '/auth/reauthenticate', { password: wrong })).status)
      statuses.push(
        (await page.send('POST', '/auth/password/change', { current: wrong, password: 'another fine passphrase' }))
          .status,
      )
    }
    expect(tally(statuses)).toEqual({ 401: 10, 429: 5 })
  })

  test('nobody’s success forgives somebody else’s failures', async () => {
    const { auth, send } = await open()
    await auth.users.create({ username: 'bob', password: goodPassword })
    const statuses: number[] = []
    for (let i = 0; i < 20; i++) {
      statuses.push((await browser(send).logIn({ password: 'a wrong passphrase' })).status)
      await browser(send).logIn({ username: 'bob' })
    }
    expect(tally(statuses)).toEqual({ 401: 10, 429: 10 })
  })

  test('a user’s own success does not forgive a thief’s failures beyond what it cost itself', async () => {
    const { send } = await open()
    const statuses: number[] = []
    for (let i = 0; i < 12; i++) {
      statuses.push((await browser(send).logIn({ password: 'a wrong passphrase' })).status)
      await browser(send).logIn()
    }
    expect(tally(statuses)).toEqual({ 401: 10, 429: 2 })
  })

  test('ASVS 6.1.1: who is shut out is shut out alone, for a while, and keeps the sessions that they have', async () => {
    const { auth, send, advance } = await open()
    await auth.users.create({ username: 'bob', password: goodPassword })
    const page = browser(send)
    await page.logIn()
    for (let i = 0; i < 11; i++) await browser(send).logIn({ password: 'a wrong passphrase' })
    expect((await browser(send).logIn()).status).toBe(429)
    expect((await browser(send).logIn({ username: 'bob' })).status).toBe(200)
    expect((await page.send('GET', '/auth/session')).status).toBe(200)
    advance(15 * minute)
    expect((await browser(send).logIn()).status).toBe(200)
  })
})

describe('D10: networks', () => {
  test('ASVS 2.4.1: a hundred failures from one network, whatever the names; then nobody there may guess', async () => {
    const { auth } = await open()
    const send = sendTo(auth, '203.0.113.7')
    const statuses: number[] = []
    for (let i = 0; i < 110; i++) statuses.push((await browser(send).logIn({ username: `user-${i}` })).status)
    expect(tally(statuses)).toEqual({ 401: 100, 429: 10 })
    expect((await browser(send).logIn()).status).toBe(429)
    expect((await browser(sendTo(auth, '203.0.113.8')).logIn()).status).toBe(200)
  })

  test('three hundred at once from one network: a hundred are verified', async () => {
    const { auth, of } = await open({ storage: slowStorage() })
    const send = sendTo(auth, '203.0.113.7')
    await together(300, (i) => browser(send).logIn({ username: `user-${i}` }))
    expect(of('password.failed').length).toBeLessThanOrEqual(100)
  })

  test('a /64 of IPv6 is one network, its neighbour is another', async () => {
    const { auth } = await open()
    const statuses: number[] = []
    for (let i = 0; i < 110; i++) {
      statuses.push(
        (await browser(sendTo(auth, `2001:db8:1:2:${i.toString(16)}::${i}`)).logIn({ username: `user-${i}` })).status,
      )
    }
    expect(tally(statuses)).toEqual({ 401: 100, 429: 10 })
    expect((await browser(sendTo(auth, '2001:db8:1:3::1')).logIn()).status).toBe(200)
  })

  test('an address that a client claims is not believed', async () => {
    const { auth } = await open()
    const statuses: number[] = []
    for (let i = 0; i < 110; i++) {
      const client = browser(sendTo(auth, '203.0.113.7'))
      const headers = {
        'x-forwarded-for': `198.51.100.${i}`,
        forwarded: `for=198.51.100.${i}`,
        'x-real-ip': `198.51.100.${i}`,
      }
      statuses.push(
        (await client.send('POST', '/auth/login', { username: `user-${i}`, password: goodPassword }, headers)).status,
      )
    }
    expect(tally(statuses)).toEqual({ 401: 100, 429: 10 })
  })

  test('behind a listed proxy each client has a limit of their own', async () => {
    const { auth } = await open({ trustedProxies: ['10.0.0.0/8'] })
    const guess = async (forwarded: string, i: number) => {
      const client = browser(sendTo(auth, '10.0.0.1'))
      const answer = await client.send(
        'POST',
        '/auth/login',
        { username: `user-${i}`, password: goodPassword },
        { 'x-forwarded-for': forwarded },
      )
      return answer.status
    }
    // What stands on the left is made up anew each time.
    for (let i = 0; i < 100; i++) expect(await guess(`198.51.100.${i}, 203.0.113.7`, i)).toBe(401)
    expect(await guess('203.0.113.7', 200)).toBe(429)
    expect(await guess('203.0.113.8', 201)).toBe(401)
  })

  test('ASVS 15.4.4: a flood of guesses from one network leaves room in the hashing queue for others', async () => {
    const { auth, failing } = await house({ password: { hashing: { concurrency: 1, capacity: 16 } } })
    let release: (() => void) | undefined
    const gate = new Promise<void>((resolve) => (release = resolve))
    // The first guess holds the only place while the others arrive.
    failing.fail('hang', ({ kind, operation }) => kind === 'login-name' && operation === 'getWithOwner')
    const flood = together(30, (i) => browser(sendTo(auth, '203.0.113.7')).logIn({ username: `user-${i}` }))
    await new Promise((resolve) => setTimeout(resolve, 10))
    const other = browser(sendTo(auth, '198.51.100.1')).logIn()
    await new Promise((resolve) => setTimeout(resolve, 10))
    release?.()
    await gate
    failing.heal()
    const statuses = tally((await flood).map(({ status }) => status))
    expect(statuses['503']).toBeGreaterThanOrEqual(27)
    expect((await other).status).toBe(200)
  })
})
