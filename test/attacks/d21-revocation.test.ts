import type { Storage } from '@sallyport/core'
import { memoryStorage } from '@sallyport/storage-memory'
import { describe, expect, test } from 'vitest'
import { ways } from '../flows/application.ts'
import { browser, type Client, type Send } from '../flows/client.ts'
import { goodPassword, type House, house, minute, origin, otherPassword, testFactor } from '../flows/house.ts'
import { slowStorage, together } from './slow-storage.ts'

/** Ann with one of everything that lets her in. */
async function open(storage: Storage = memoryStorage()) {
  const enrolled = new Set<string>()
  const there = await house({
    storage,
    factors: [testFactor(enrolled)],
    trustedDevices: true,
    throttle: { account: [{ limit: 1000, windowMs: minute }], network: [{ limit: 1000, windowMs: minute }] },
    password: { hashing: { concurrency: 3, capacity: 1000 } },
  })
  const send = await ways['Express 5'](there.auth)
  const page = browser(send)
  await page.logIn()
  const apiToken = String((await page.send('POST', '/auth/api-tokens', { name: 'ci' })).json['token'])
  const wanted = { method: 'GET', path: '/documents/1', withinMs: 10 * minute, uses: 'untilExpiry' }
  const link = String((await page.send('POST', '/auth/url-tokens', wanted)).json['url']).slice(origin.length)
  enrolled.add(there.ann.id)
  const [locked, trusted] = [browser(send), browser(send)]
  await locked.logIn()
  await trusted.logIn()
  const unlocked = await trusted.send('POST', '/auth/unlock', { factor: 'test', code: '123456', trustDevice: true })
  const device =
    /__Host-sallyport-device=[^;]+/.exec(unlocked.cookies.join())?.[0] ?? expect.fail('no device is trusted')
  return { ...there, enrolled, send, page, trusted, locked, apiToken, link, device }
}

type There = Awaited<ReturnType<typeof open>>

/** What still lets ann in. */
async function alive({ send, page, trusted, locked, apiToken, link, device }: There, password = goodPassword) {
  const statuses = {
    session: (await page.send('GET', '/auth/session')).json['status'],
    'other session': (await trusted.send('GET', '/auth/session')).json['status'],
    'locked token': (await locked.send('GET', '/auth/session')).json['status'],
    'API token': (await send({ method: 'GET', path: `/auth/session?token=${apiToken}` })).json['status'],
    link: (await send({ method: 'GET', path: link })).status === 200 ? 'unlocked' : 401,
    device: (await browser(send).send('POST', '/auth/login', { username: 'ann', password }, { cookie: device })).json[
      'status'
    ],
  }
  return Object.entries(statuses).flatMap(([name, status]) =>
    status === 'unlocked' || (name === 'locked token' && status === 'locked') ? [name] : [],
  )
}

const everything = ['session', 'other session', 'locked token', 'API token', 'link', 'device']

/** What is done, and what is left after it. */
const acts: Readonly<Record<string, readonly [(there: There) => Promise<unknown>, readonly string[]]>> = {
  nothing: [async () => {}, everything],
  'a new role': [
    ({ auth, ann }) => auth.users.update(ann.id, { roles: ['reader'], email: 'ann@example.com' }),
    everything,
  ],
  'all sessions ended': [({ auth, ann }) => auth.sessions.revokeAll(ann.id), ['API token']],
  'all API tokens ended': [
    ({ auth, ann }) => auth.apiTokens.revokeAll(ann.id),
    everything.filter((name) => name !== 'API token'),
  ],
  disabled: [({ auth, ann }) => auth.users.disable(ann.id), []],
  'disabled and enabled again': [
    async ({ auth, ann }) => {
      await auth.users.disable(ann.id)
      await auth.users.enable(ann.id)
    },
    [],
  ],
  deleted: [({ auth, ann }) => auth.users.delete(ann.id), []],
  'factors reset': [({ auth, ann }) => auth.factors.reset(ann.id), ['API token']],
  'log-out': [
    ({ page }) => page.send('POST', '/auth/logout'),
    everything.filter((name) => name !== 'session' && name !== 'link'),
  ],
}

describe('D21: what is revoked is revoked with one write', () => {
  test.each(Object.keys(acts))('ASVS 7.4.2: after %s', async (name) => {
    const [act, left] = acts[name] ?? expect.fail()
    const there = await open()
    await act(there)
    expect(await alive(there)).toEqual(left)
  })

  test.each(['all sessions ended', 'disabled', 'deleted', 'factors reset'])(
    '%s, and the power fails right after the first write',
    async (name) => {
      const [act, left] = acts[name] ?? expect.fail()
      const there = await open()
      let writes = 0
      there.failing.fail('reject', (call) => call.writes && call.operation !== 'increment' && ++writes > 1)
      await act(there).catch(() => {})
      there.failing.heal()
      expect(await alive(there)).toEqual(left)
    },
  )

  test('ASVS 7.4.3: a password that was set ends all but API tokens', async () => {
    const there = await open()
    await there.auth.passwords.set(there.ann.id, otherPassword)
    expect(await alive(there, otherPassword)).toEqual(['API token'])
    expect((await browser(there.send).logIn()).status).toBe(401)
  })

  test('a password change that keeps the sessions ends what was only half way in, and the trust in devices', async () => {
    const there = await open()
    const change = { current: goodPassword, password: otherPassword, revokeOthers: false }
    expect((await there.trusted.send('POST', '/auth/password/change', change)).status).toBe(200)
    expect(await alive(there, otherPassword)).toEqual(['session', 'other session', 'API token', 'link'])
  })

  test('every entry that belongs to somebody carries an epoch', async () => {
    const stored = new Map<string, unknown>()
    const memory = memoryStorage()
    const storage: Storage = {
      ...memory,
      insert: (entry, now) => {
        if (entry.owner !== null) stored.set(entry.kind, entry.data)
        return memory.insert(entry, now)
      },
    }
    await open(storage)
    expect([...stored.keys()].sort()).toEqual(['api-token', 'device', 'locked', 'login-name', 'session', 'url-token'])
    for (const [kind, data] of stored)
      if (kind !== 'login-name')
        expect([kind, data]).toEqual([kind, expect.objectContaining({ epoch: expect.any(String) as string })])
  })
})

/** Many log-ins and issues at once with something that ends them; afterwards nobody may be in on the old evidence. */
async function race(
  times: number,
  revoke: (there: House) => Promise<unknown>,
  enter: (client: Client, send: Send) => Promise<unknown>,
) {
  const there = await house({
    storage: slowStorage(),
    throttle: { account: [{ limit: 10_000, windowMs: minute }], network: [{ limit: 10_000, windowMs: minute }] },
    password: { hashing: { concurrency: 3, capacity: 1000 } },
  })
  const send = await ways['Express 5'](there.auth)
  const clients = await together(times, async () => {
    const client = browser(send)
    await client.logIn()
    return client
  })
  const entering = clients.map(async (client, i) => {
    await new Promise((resolve) => setTimeout(resolve, (i * 20) / times))
    return enter(client, send)
  })
  await new Promise((resolve) => setTimeout(resolve, 8))
  await revoke(there)
  const results = await Promise.all(entering)
  const sessions = await Promise.all(
    clients.map(async (client) => (await client.send('GET', '/auth/session')).json['status']),
  )
  return { ...there, send, results, unlocked: sessions.filter((status) => status === 'unlocked').length }
}

const login =
  (password = goodPassword) =>
  async (client: Client) =>
    (await client.logIn({ password })).status

describe('D21: races with what revokes', () => {
  test('log-ins with the old password while a new one is set: none is left', async () => {
    for (let round = 0; round < 3; round++) {
      const { unlocked, auth, ann, send } = await race(
        30,
        ({ auth, ann }) => auth.passwords.set(ann.id, otherPassword),
        login(),
      )
      expect(unlocked).toBe(0)
      expect((await auth.sessions.list(ann.id)).items).toEqual([])
      expect((await browser(send).logIn({ password: otherPassword })).status).toBe(200)
    }
  })

  test('log-ins while the user is disabled: none is left', async () => {
    const { unlocked, auth, ann } = await race(30, ({ auth, ann }) => auth.users.disable(ann.id), login())
    expect(unlocked).toBe(0)
    await auth.users.enable(ann.id)
    expect((await auth.sessions.list(ann.id)).items).toEqual([])
  })

  test('log-ins while the user is deleted: none is left, and no fault is told', async () => {
    const { unlocked, results, errors } = await race(30, ({ auth, ann }) => auth.users.delete(ann.id), login())
    expect(unlocked).toBe(0)
    expect(results.filter((status) => status !== 200 && status !== 401)).toEqual([])
    expect(errors).toEqual([])
  })

  test('API tokens that are issued while their user is disabled: none is left', async () => {
    const issue = async (client: Client) =>
      (await client.send('POST', '/auth/api-tokens', { name: 'late' })).json['token']
    const { results, auth, ann, send } = await race(30, ({ auth, ann }) => auth.users.disable(ann.id), issue)
    await auth.users.enable(ann.id)
    for (const token of results) {
      if (typeof token === 'string')
        expect((await send({ method: 'GET', path: `/documents/1?token=${token}` })).status).toBe(401)
    }
    expect((await auth.apiTokens.list(ann.id)).items).toEqual([])
  })

  test('links that are made while all sessions are ended: none opens', async () => {
    const make = async (client: Client) =>
      (await client.send('POST', '/auth/url-tokens', { method: 'GET', path: '/documents/1', withinMs: minute })).json[
        'url'
      ]
    const { results, send, unlocked } = await race(30, ({ auth, ann }) => auth.sessions.revokeAll(ann.id), make)
    expect(unlocked).toBe(0)
    for (const url of results) {
      if (typeof url === 'string')
        expect((await send({ method: 'GET', path: url.slice(origin.length) })).status).toBe(401)
    }
  })

  test('renewals and uses while all sessions are ended: none is left', async () => {
    const renew = async (client: Client) => {
      await client.send('GET', '/documents/1')
      return (await client.send('POST', '/auth/reauthenticate', { password: goodPassword })).status
    }
    const { unlocked, auth, ann } = await race(30, ({ auth, ann }) => auth.sessions.revokeAll(ann.id), renew)
    expect(unlocked).toBe(0)
    expect((await auth.sessions.list(ann.id)).items).toEqual([])
  })

  test('everybody ends the others at once: at most one is left', async () => {
    const end = async (client: Client) => (await client.send('POST', '/auth/sessions/revoke-others')).status
    const { unlocked, results } = await race(20, async () => {}, end)
    expect(unlocked).toBeLessThanOrEqual(1)
    expect(results.filter((status) => status !== 204 && status !== 401)).toEqual([])
  })

  test('a thief who changes the password against the owner who ends all sessions: the thief is out', async () => {
    for (let round = 0; round < 5; round++) {
      const change = (client: Client) =>
        client.send('POST', '/auth/password/change', { current: 'a guess that is wrong', password: otherPassword })
      const { unlocked, send } = await race(4, ({ auth, ann }) => auth.sessions.revokeAll(ann.id), change)
      expect(unlocked).toBe(0)
      expect((await browser(send).logIn()).status).toBe(200)
    }
  })

  test('two password changes by two sessions at once: one password, one session', async () => {
    for (let round = 0; round < 5; round++) {
      let n = 0
      const change = async (client: Client) => {
        const password = `passphrase number ${++n} of the race`
        const answer = await client.send('POST', '/auth/password/change', { current: goodPassword, password })
        return answer.status === 200 ? password : answer.json['code']
      }
      const { results, unlocked, send } = await race(6, async () => {}, change)
      const won = results.filter((result) => String(result).startsWith('passphrase'))
      expect([won.length, unlocked]).toEqual([1, 1])
      expect((await browser(send).logIn({ password: won[0] })).status).toBe(200)
    }
  })
})
