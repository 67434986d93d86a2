import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tally, together } from '../attacks/slow-storage.ts'
import { ways } from '../flows/application.ts'
import { type Answer, browser, type Client, program } from '../flows/client.ts'
import { goodPassword, house, minute, origin, otherPassword, testFactor } from '../flows/house.ts'
import { type Store, stores } from './stores.ts'

const unlimited = { account: [{ limit: 10_000, windowMs: minute }], network: [{ limit: 10_000, windowMs: minute }] }
const codes = (answers: readonly Answer[]) =>
  tally(answers.map(({ status, json }) => (json['code'] as string) ?? status))
let users = 0

describe.each(stores)('races on $name', ({ isHere, start }) => {
  let store: Store
  beforeAll(async () => {
    if (isHere) store = await start()
  }, 60_000)
  afterAll(() => store?.end())

  async function open(settings: Parameters<typeof house>[0] = {}) {
    const enrolled = new Set<string>()
    const there = await house({
      storage: store.storage,
      clock: Date.now,
      throttle: unlimited,
      factorThrottle: unlimited,
      factors: [testFactor(enrolled)],
      // One network may have an eighth of the places: more than all that arrive at once.
      password: { hashing: { concurrency: 3, capacity: 10_000 } },
      ...settings,
    })
    const username = `user-${++users}`
    const user = await there.auth.users.create({ username, password: goodPassword, roles: ['editor'] })
    const send = await ways['Express 5'](there.auth)
    const page = browser(send)
    await page.logIn({ username })
    const copy = (): Client => Object.assign(browser(send), { token: page.token })
    const sessions = async () => (await there.auth.sessions.list(user.id)).items.length
    return { ...there, enrolled, user, username, send, page, copy, sessions }
  }

  test.skipIf(!isHere)(
    'D1: fifty unlocks with one locked token give one session',
    async () => {
      const { enrolled, user, username, page, copy, sessions } = await open()
      enrolled.add(user.id)
      await page.logIn({ username })
      const before = await sessions()
      expect(
        codes(await together(50, () => copy().send('POST', '/auth/unlock', { factor: 'test', code: '123456' }))),
      ).toEqual({
        200: 1,
        locked_token_expired: 49,
      })
      expect((await sessions()) - before).toBe(1)
    },
    30_000,
  )

  test.skipIf(!isHere)(
    'D1: a link for one use is followed by one of fifty',
    async () => {
      const { page, send } = await open()
      const made = await page.send('POST', '/auth/url-tokens', {
        method: 'GET',
        path: '/documents/1',
        withinMs: minute,
      })
      const path = String(made.json['url']).slice(origin.length)
      expect(codes(await together(50, () => send({ method: 'GET', path })))).toEqual({ 200: 1, invalid_token: 49 })
    },
    30_000,
  )

  test.skipIf(!isHere)(
    'D1: fifty rotations of an API token, fifty renewals of a session',
    async () => {
      const { page, send, copy } = await open()
      const made = await page.send('POST', '/auth/api-tokens', { name: 'ci' })
      const { id } = made.json['apiToken'] as { id: string }
      const rotations = await together(50, () => page.send('POST', `/auth/api-tokens/${id}/rotate`, { overlapMs: 0 }))
      const secrets = rotations.flatMap(({ json }) => (typeof json['token'] === 'string' ? [json['token']] : []))
      const alive = await Promise.all(
        secrets.map(
          async (token) => (await Object.assign(program(send), { token }).send('GET', '/auth/session')).status,
        ),
      )
      expect(tally(alive)['200']).toBe(1)
      const clients = Array.from({ length: 50 }, copy)
      const renewals = await Promise.all(
        clients.map((client) => client.send('POST', '/auth/reauthenticate', { password: goodPassword })),
      )
      expect(codes(renewals)['200']).toBe(1)
      const statuses = await Promise.all(
        clients.map(async (client) => (await client.send('GET', '/auth/session')).status),
      )
      expect(tally(statuses)).toEqual({ 200: 1, 401: 49 })
    },
    30_000,
  )

  test.skipIf(!isHere)(
    'D1: of fifty password changes one is done, and one session is left',
    async () => {
      const { copy, sessions, send, username } = await open()
      const passwords = Array.from({ length: 50 }, (_, i) => `number ${i} of fifty passphrases`)
      const answers = await Promise.all(
        passwords.map((password) => copy().send('POST', '/auth/password/change', { current: goodPassword, password })),
      )
      const winner = answers.findIndex(({ status }) => status === 200)
      expect([codes(answers)['200'], await sessions()]).toEqual([1, 1])
      expect((await browser(send).logIn({ username, password: passwords[winner] })).status).toBe(200)
      expect((await browser(send).logIn({ username })).status).toBe(401)
    },
    30_000,
  )

  test.skipIf(!isHere)(
    'D10: of three hundred guesses at once ten are verified',
    async () => {
      const { send, username, of } = await open({
        throttle: { ...unlimited, account: [{ limit: 10, windowMs: minute }] },
      })
      const answers = await together(300, (i) => browser(send).logIn({ username, password: `guess number ${i}` }))
      expect(tally(answers.map(({ status }) => status))).toEqual({ 401: 10, 429: 290 })
      expect(of('password.failed').length).toBe(10)
    },
    30_000,
  )

  test.skipIf(!isHere)(
    'D21: log-ins with the old password while a new one is set: none is left',
    async () => {
      for (let round = 0; round < 3; round++) {
        const { auth, user, username, send, sessions } = await open()
        const entering = together(30, async (i) => {
          await new Promise((resolve) => setTimeout(resolve, i))
          const client = browser(send)
          await client.logIn({ username })
          return client
        })
        await new Promise((resolve) => setTimeout(resolve, 10))
        await auth.passwords.set(user.id, otherPassword)
        const statuses = await Promise.all(
          (await entering).map(async (client) => (await client.send('GET', '/auth/session')).json['status']),
        )
        expect(statuses).not.toContain('unlocked')
        expect(await sessions()).toBe(0)
      }
    },
    30_000,
  )

  test.skipIf(!isHere)(
    'ASVS 15.4.1: of fifty with one name one is made',
    async () => {
      const { auth } = await open()
      const name = `name-${++users}`
      const made = await Promise.allSettled(Array.from({ length: 50 }, () => auth.users.create({ username: name })))
      expect(tally(made.map(({ status }) => status))).toEqual({ fulfilled: 1, rejected: 49 })
      expect((await auth.users.list({ search: name })).items.length).toBe(1)
    },
    30_000,
  )

  test.skipIf(!isHere)(
    'D4: a cursor that is nonsense is no outage',
    async () => {
      const { page, of } = await open()
      for (const cursor of ['x', '0', '%00', '%ff', '__proto__', 'e30', "' or 1=1", '*', 'x'.repeat(3000)]) {
        for (const path of ['/auth/sessions', '/auth/api-tokens']) {
          const answer = await page.send('GET', `${path}?cursor=${encodeURIComponent(cursor)}`)
          expect([cursor.slice(0, 20), answer.status < 500]).toEqual([cursor.slice(0, 20), true])
        }
      }
      expect(of('storage.failed')).toEqual([])
    },
    30_000,
  )
})
