import { describe, expect, test } from 'vitest'
import { ways } from '../flows/application.ts'
import { type Answer, browser, type Client, program, type Send } from '../flows/client.ts'
import { goodPassword, house, minute, origin, testFactor } from '../flows/house.ts'
import { slowStorage, tally, together } from './slow-storage.ts'

const unlimited = { account: [{ limit: 10_000, windowMs: minute }], network: [{ limit: 10_000, windowMs: minute }] }
const codes = (answers: readonly Answer[]) =>
  tally(answers.map(({ status, json }) => (json['code'] as string) ?? status))

async function open(settings: Parameters<typeof house>[0] = {}) {
  const there = await house({
    storage: slowStorage(),
    throttle: unlimited,
    factorThrottle: unlimited,
    password: { hashing: { concurrency: 3, capacity: 1000 } },
    ...settings,
  })
  return { ...there, send: await ways['Express 5'](there.auth) }
}

/** The same client, at many places at once. */
function copies(send: Send, make: (send: Send) => Client, token: string | undefined): () => Client {
  return () => Object.assign(make(send), { token })
}

async function liveSessions({ auth, ann }: Awaited<ReturnType<typeof house>>): Promise<number> {
  return (await auth.sessions.list(ann.id)).items.length
}

describe('D1: what can be used once is used once', () => {
  test('ASVS 15.4.2: fifty unlocks with one locked token give one session', async () => {
    const enrolled = new Set<string>()
    const there = await open({ factors: [testFactor(enrolled)] })
    enrolled.add(there.ann.id)
    for (const make of [browser, program]) {
      const client = make(there.send)
      await client.logIn()
      const before = await liveSessions(there)
      const copy = copies(there.send, make, client.token)
      const answers = await together(50, () => copy().send('POST', '/auth/unlock', { factor: 'test', code: '123456' }))
      expect(codes(answers)).toEqual({ 200: 1, locked_token_expired: 49 })
      expect((await liveSessions(there)) - before).toBe(1)
    }
    expect(there.of('login.succeeded').length).toBe(2)
  })

  test('fifty unlocks of a session that policy has outgrown rotate it once', async () => {
    const enrolled = new Set<string>()
    const there = await open({ factors: [testFactor(enrolled)] })
    const page = browser(there.send)
    await page.logIn()
    enrolled.add(there.ann.id)
    await there.auth.users.setMfa(there.ann.id, 'required')
    const copy = copies(there.send, browser, page.token)
    const clients = Array.from({ length: 50 }, copy)
    const answers = await Promise.all(
      clients.map((client) => client.send('POST', '/auth/unlock', { factor: 'test', code: '123456' })),
    )
    expect(codes(answers)['200']).toBe(1)
    const alive = await Promise.all(
      clients.map(async (client) => String((await client.send('GET', '/auth/session')).json['status'])),
    )
    expect(tally(alive)['unlocked']).toBe(1)
  })

  test('unlock and logout of one locked token: one of them has it', async () => {
    const enrolled = new Set<string>()
    const there = await open({ factors: [testFactor(enrolled)] })
    enrolled.add(there.ann.id)
    for (let round = 0; round < 10; round++) {
      const page = browser(there.send)
      await page.logIn()
      const copy = copies(there.send, browser, page.token)
      const [unlocked] = await Promise.all([
        copy().send('POST', '/auth/unlock', { factor: 'test', code: '123456' }),
        copy().send('POST', '/auth/logout'),
      ])
      expect([200, 401]).toContain(unlocked.status)
      expect((await copy().send('GET', '/auth/session')).status).toBe(401)
    }
  })

  test('a link for one use is followed by one of fifty', async () => {
    const there = await open()
    const page = browser(there.send)
    await page.logIn()
    const made = await page.send('POST', '/auth/url-tokens', { method: 'GET', path: '/documents/1', withinMs: minute })
    const path = String(made.json['url']).slice(origin.length)
    const answers = await together(50, () => there.send({ method: 'GET', path }))
    expect(codes(answers)).toEqual({ 200: 1, invalid_token: 49 })
  })

  test('fifty rotations of an API token give one new secret', async () => {
    const there = await open()
    const page = browser(there.send)
    await page.logIn()
    const made = await page.send('POST', '/auth/api-tokens', { name: 'ci' })
    const { id } = made.json['apiToken'] as { id: string }
    const answers = await together(50, () => page.send('POST', `/auth/api-tokens/${id}/rotate`, { overlapMs: 0 }))
    const won = answers.filter(({ status }) => status === 200)
    expect(won.length).toBeGreaterThan(0)
    // Whoever was told a secret after another one has the one that works.
    const alive = await Promise.all(
      won.map(
        async ({ json }) =>
          (await Object.assign(program(there.send), { token: json['token'] }).send('GET', '/auth/session')).status,
      ),
    )
    expect(tally(alive)['200']).toBe(1)
    expect(Object.keys(codes(answers)).filter((code) => !['200', 'conflict'].includes(code))).toEqual([])
  })

  test('fifty renewals of a session give one new token', async () => {
    const there = await open()
    const page = browser(there.send)
    await page.logIn()
    const copy = copies(there.send, browser, page.token)
    const clients = Array.from({ length: 50 }, copy)
    const answers = await Promise.all(
      clients.map((client) => client.send('POST', '/auth/reauthenticate', { password: goodPassword })),
    )
    expect(codes(answers)['200']).toBe(1)
    const alive = await Promise.all(clients.map(async (client) => (await client.send('GET', '/auth/session')).status))
    expect(tally(alive)).toEqual({ 200: 1, 401: 49 })
  })

  test('of fifty password changes one is done, and its password is the one that works', async () => {
    const there = await open()
    const page = browser(there.send)
    await page.logIn()
    const copy = copies(there.send, browser, page.token)
    const passwords = Array.from({ length: 50 }, (_, i) => `number ${i} of fifty passphrases`)
    const clients = passwords.map(copy)
    const answers = await Promise.all(
      clients.map((client, i) =>
        client.send('POST', '/auth/password/change', { current: goodPassword, password: passwords[i] }),
      ),
    )
    expect(codes(answers)['200']).toBe(1)
    const winner = answers.findIndex(({ status }) => status === 200)
    expect((await clients[winner]?.send('GET', '/auth/session'))?.json['status']).toBe('unlocked')
    expect(await liveSessions(there)).toBe(1)
    const works = await together(50, async (i) => (await browser(there.send).logIn({ password: passwords[i] })).status)
    expect(works.flatMap((status, i) => (status === 200 ? [i] : []))).toEqual([winner])
    expect((await browser(there.send).logIn()).status).toBe(401)
  })

  test('fifty users of one name: one is made', async () => {
    const there = await open()
    const made = await Promise.allSettled(
      Array.from({ length: 50 }, (_, i) =>
        there.auth.users.create({ username: i % 2 ? 'Bob' : 'bob', roles: [String(i)] }),
      ),
    )
    expect(made.filter(({ status }) => status === 'fulfilled').length).toBe(1)
    expect((await there.auth.users.list({ search: 'bob' })).items.length).toBe(1)
  })

  test('a session that is ended fifty times is ended once', async () => {
    const there = await open()
    const [page, phone] = [browser(there.send), browser(there.send)]
    await page.logIn()
    const { json } = await phone.logIn()
    const { id } = json['session'] as { id: string }
    const answers = await together(50, () => page.send('DELETE', `/auth/sessions/${id}`))
    expect(tally(answers.map(({ status }) => status))).toEqual({ 204: 1, 404: 49 })
    expect(there.of('session.ended').length).toBe(1)
  })
})
