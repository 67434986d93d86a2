import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tally, together } from '../attacks/slow-storage.ts'
import { ways } from '../flows/application.ts'
import { type Answer, browser, type Client, program, type Send } from '../flows/client.ts'
import { goodPassword, house, minute, otherPassword, testFactor } from '../flows/house.ts'
import { deadlineMs, type Store, stores } from './stores.ts'

const unlimited = { account: [{ limit: 10_000, windowMs: minute }], network: [{ limit: 10_000, windowMs: minute }] }
let users = 0

describe.each(stores)('while $name is away', ({ isHere, start }) => {
  let store: Store
  beforeAll(async () => {
    if (isHere) store = await start()
  }, 60_000)
  afterAll(() => store?.end())

  async function open(settings: Parameters<typeof house>[0] = {}) {
    const there = await house({ storage: store.storage, clock: Date.now, ...settings })
    const username = `user-${++users}`
    const user = await there.auth.users.create({ username, password: goodPassword, roles: ['editor'] })
    const send = await ways['Express 5'](there.auth)
    const enter = async (make: (send: Send) => Client = browser, password = goodPassword) => {
      const client = make(send)
      const answer = await client.logIn({ username, password })
      return { client, answer }
    }
    return { ...there, user, username, send, enter }
  }

  /** Asks until the store has come back. */
  async function untilBack(ask: () => Promise<Answer>): Promise<Answer> {
    for (let i = 0; i < 200; i++) {
      const answer = await ask()
      if (answer.status !== 503) return answer
      await sleep(20)
    }
    return expect.fail('the store did not come back')
  }

  test.skipIf(!isHere)(
    'D4: standing still: 503 with Retry-After within its deadline, never 401, and nothing is counted',
    async () => {
      const { enter, send, of } = await open()
      const [{ client: page }, { client: bearer }] = [await enter(), await enter(program)]
      const made = await page.send('POST', '/auth/api-tokens', { name: 'ci' })
      const api = Object.assign(program(send), { token: String(made.json['token']) })
      store.freeze()
      const startedAt = performance.now()
      const wishes = [
        ...Array.from({ length: 12 }, () => () => enter().then(({ answer }) => answer)),
        ...Array.from({ length: 5 }, () => () => page.send('GET', '/documents/1')),
        () => bearer.send('GET', '/auth/session'),
        () => api.send('GET', '/documents/1'),
        () => page.send('POST', '/auth/reauthenticate', { password: goodPassword }),
        () => page.send('POST', '/auth/api-tokens', { name: 'x' }),
        () => page.send('POST', '/auth/logout'),
        () => page.send('GET', '/auth/sessions'),
      ]
      const answers = await Promise.all(wishes.map((wish) => wish()))
      const lastedMs = performance.now() - startedAt
      expect(tally(answers.map(({ status }) => status))).toEqual({ 503: wishes.length })
      for (const { headers, cookies, json } of answers) {
        expect([headers.get('retry-after') !== null, cookies, json['code']]).toEqual([true, [], 'unavailable'])
      }
      // The log-ins wait for their turn in the hashing queue, each for one deadline.
      expect(lastedMs).toBeLessThan(12 * deadlineMs + 2000)
      expect((await send({ method: 'GET', path: '/public' })).status).toBe(200)
      store.thaw()
      expect((await untilBack(() => page.send('GET', '/auth/session'))).json['status']).toBe('unlocked')
      expect((await api.send('GET', '/documents/1')).status).toBe(200)
      expect((await enter()).answer.status).toBe(200)
      expect([...of('password.failed'), ...of('token.refused'), ...of('attempts.throttled')]).toEqual([])
    },
    60_000,
  )

  test.skipIf(!isHere)(
    'D4: struck again and again while fifty clients work: each answer is right or 503',
    async () => {
      const enrolled = new Set<string>()
      const { enter, send, username, of, user } = await open({
        throttle: unlimited,
        factorThrottle: unlimited,
        factors: [testFactor(enrolled)],
        password: { hashing: { concurrency: 3, capacity: 1000 } },
      })
      const { client: page } = await enter()
      const seen: string[] = []
      let isOver = false
      const work = async (i: number) => {
        while (!isOver) {
          const answers =
            i % 3 === 0
              ? [(await enter()).answer]
              : i % 3 === 1
                ? [await page.send('GET', '/documents/1')]
                : [await browser(send).logIn({ username, password: 'a wrong passphrase' })]
          const expected = i % 3 === 2 ? 401 : 200
          for (const { status, json } of answers)
            seen.push(
              status === expected ? 'right' : status === 503 ? '503' : `${i % 3}: ${status} ${String(json['code'])}`,
            )
          await sleep(5)
        }
      }
      const working = together(50, work)
      for (let i = 0; i < 3; i++) {
        await sleep(150)
        await store.strike()
      }
      await sleep(300)
      isOver = true
      await working
      const counts = tally(seen)
      expect(
        Object.keys(counts)
          .sort()
          .filter((what) => what !== 'right' && what !== '503'),
      ).toEqual([])
      expect(counts['right']).toBeGreaterThan(20)
      expect((await untilBack(() => page.send('GET', '/auth/session'))).json['status']).toBe('unlocked')
      expect(of('token.refused').filter(({ userId }) => userId === user.id)).toEqual([])
    },
    60_000,
  )

  test.skipIf(!isHere)(
    'D21: a password change that the store breaks off: one of the two passwords works, and no old session with the new one',
    async () => {
      for (let round = 0; round < 4; round++) {
        const { enter, username, send } = await open({ throttle: unlimited })
        const [{ client: page }, { client: phone }] = [await enter(), await enter()]
        const changing = page.send('POST', '/auth/password/change', { current: goodPassword, password: otherPassword })
        await sleep(2 + round * 4)
        store.freeze()
        const answer = await changing
        store.thaw()
        const logIn = (password: string) => untilBack(() => browser(send).logIn({ username, password }))
        const [old, fresh] = [(await logIn(goodPassword)).status, (await logIn(otherPassword)).status]
        expect([old, fresh].sort()).toEqual([200, 401])
        if (answer.status === 200) expect(fresh).toBe(200)
        const others = await phone.send('GET', '/auth/session')
        expect(others.json['status'] === 'unlocked').toBe(old === 200)
      }
    },
    60_000,
  )

  test.skipIf(!isHere)(
    'D1: unlocks that the store breaks off give at most one session for each locked token',
    async () => {
      const enrolled = new Set<string>()
      const { enter, user, auth, send } = await open({ factors: [testFactor(enrolled)], factorThrottle: unlimited })
      enrolled.add(user.id)
      for (let round = 0; round < 3; round++) {
        const { client } = await enter()
        const before = (await auth.sessions.list(user.id)).items.length
        const unlocking = together(20, () =>
          Object.assign(browser(send), { token: client.token }).send('POST', '/auth/unlock', {
            factor: 'test',
            code: '123456',
          }),
        )
        await sleep(round * 5)
        await store.strike()
        const statuses = tally((await unlocking).map(({ status }) => status))
        expect(Object.keys(statuses).filter((status) => !['200', '401', '503'].includes(status))).toEqual([])
        expect(statuses['200'] ?? 0).toBeLessThanOrEqual(1)
        await untilBack(() => browser(send).send('POST', '/auth/login', { username: 'nobody', password: goodPassword }))
        expect((await auth.sessions.list(user.id)).items.length - before).toBeLessThanOrEqual(1)
      }
    },
    60_000,
  )
})
