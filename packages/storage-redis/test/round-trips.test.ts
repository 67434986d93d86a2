import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Storage } from '@sallyport/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { serverUrl } from '../../../scripts/servers/server-url.ts'
import { redisStorage } from '../src/index.ts'
import { clusterClients, intercept, openNodeRedis, type Opened, singleClients } from './clients.ts'
import { session } from './steps.ts'

const redis = await serverUrl('redis')
const cluster = await serverUrl('redis-cluster')

/** The commands that a server is sent about keys with a prefix; what scripts do is part of them. */
async function monitor(url: string, prefix: string) {
  const client = await openNodeRedis(url)
  const seen: string[] = []
  await client.monitor((line) => {
    const [, command = ''] = /^\S+ \[\d+ (?!lua)\S+\] "(\w+)"/.exec(String(line)) ?? []
    if (command !== '' && String(line).includes(prefix)) seen.push(command.toUpperCase())
  })
  return {
    /** What was sent meanwhile. */
    async during(work: () => Promise<unknown>): Promise<readonly string[]> {
      await sleep(30)
      seen.length = 0
      await work()
      await sleep(30)
      return [...seen]
    },
    close: () => client.destroy(),
  }
}

const mine = session()
const ada = session({ kind: 'user', id: 'ada', owner: null })
const now = Date.now()
const reads: Record<string, (storage: Storage) => Promise<unknown>> = {
  get: (storage) => storage.get('session', mine.id),
  getWithOwner: (storage) => storage.getWithOwner('session', mine.id),
  'getWithOwner, of nothing': (storage) => storage.getWithOwner('session', 'nothing'),
  'getWithOwner, of what has no owner': (storage) => storage.getWithOwner('user', 'ada'),
}

describe.skipIf(!redis).each(Object.entries(singleClients))('commands on one server, through %s', (_name, connect) => {
  const prefix = `${randomUUID()}:`
  let opened: Opened
  let watch: Awaited<ReturnType<typeof monitor>>
  let storage: Storage
  beforeAll(async () => {
    opened = await connect(redis ?? '')
    watch = await monitor(redis ?? '', prefix)
    storage = redisStorage(opened.client, { prefix })
    for (const entry of [ada, mine]) await storage.insert(entry, now)
    for (const read of Object.values(reads)) await read(storage)
  })
  afterAll(() => {
    opened.close()
    watch.close()
  })

  it.each(Object.entries(reads))('one: %s', async (_title, read) => {
    // The second time, the owner of the first is remembered.
    for (const _ of [1, 2]) expect(await watch.during(() => read(storage))).toHaveLength(1)
  })

  it('one: an owner that was never seen before', async () => {
    const fresh = redisStorage(opened.client, { prefix })
    expect(await watch.during(() => fresh.getWithOwner('session', mine.id))).toEqual(['EVALSHA'])
    expect(await watch.during(() => fresh.getWithOwner('session', mine.id))).toEqual(['MGET'])
  })

  it('one: replace, and increment', async () => {
    await storage.replace({ ...mine, version: -1 }, now)
    await storage.increment('x', 1000, 1, now)
    expect(await watch.during(() => storage.replace({ ...mine, version: -1 }, now))).toEqual(['EVALSHA'])
    expect(await watch.during(() => storage.increment('x', 1000, 1, now))).toEqual(['EVALSHA'])
  })

  it('an id that now has another owner is read with that owner', async () => {
    const eve = session({ kind: 'user', id: 'eve', owner: null })
    const hers = session({ owner: 'ada' })
    await storage.insert(eve, now)
    await storage.insert(hers, now)
    expect(await storage.getWithOwner('session', hers.id)).toEqual({ entry: hers, owner: ada })
    await storage.take('session', hers.id)
    const next = { ...hers, owner: 'eve', version: 7 }
    await storage.insert(next, now)
    expect(await storage.getWithOwner('session', hers.id)).toEqual({ entry: next, owner: eve })
    await storage.take('session', hers.id)
    await storage.insert({ ...hers, owner: null }, now)
    expect(await storage.getWithOwner('session', hers.id)).toEqual({
      entry: { ...hers, owner: null },
      owner: undefined,
    })
  })
})

describe.skipIf(!redis)('round trips of writes', async () => {
  const client = await openNodeRedis(redis ?? '')
  afterAll(() => client.destroy())

  /** Counts in how many rounds the commands of a call are sent: those of one tick are one. */
  async function rounds(work: (storage: Storage) => Promise<unknown>): Promise<number> {
    let count = 0
    let open = false
    const counting = intercept(client, async ([name]) => {
      // What nobody waits for.
      if (open || name === 'ZREM') return
      open = true
      count++
      setImmediate(() => {
        open = false
      })
    })
    const storage = redisStorage(counting, { prefix: `${randomUUID()}:` })
    expect(await storage.insert(mine, now)).toBe(true)
    expect(await storage.replace({ ...mine, version: -1 }, now)).toBe(false)
    expect(await storage.take('session', 'nothing')).toBeUndefined()
    await sleep(10)
    count = 0
    await work(storage)
    return count
  }

  it('insert takes three, replace and take one', async () => {
    expect(await rounds(async (storage) => expect(await storage.insert(session(), now)).toBe(true))).toBe(3)
    expect(await rounds(async (storage) => expect(await storage.replace(mine, now)).toBe(true))).toBe(1)
    expect(await rounds(async (storage) => expect(await storage.take('session', mine.id)).toEqual(mine))).toBe(1)
  })
})

describe.skipIf(!cluster).each(Object.entries(clusterClients))(
  'commands on a cluster, through %s',
  (_name, connect) => {
    const prefix = `${randomUUID()}:`

    it('at most two: getWithOwner', async () => {
      const opened = await connect(cluster ?? '')
      const storage = redisStorage(opened.client, { prefix })
      for (const entry of [ada, mine]) await storage.insert(entry, now)
      const admin = await openNodeRedis(cluster ?? '')
      const masters = (await admin.clusterSlots()).map(({ master }) => `redis://${master.host}:${master.port}`)
      const watches = await Promise.all(masters.map((url) => monitor(url, prefix)))
      const during = async (work: () => Promise<unknown>) => {
        const seen = await Promise.all(
          watches.map((watch, index) => watch.during(() => (index === 0 ? work() : sleep(30)))),
        )
        return seen.flat()
      }
      expect(await during(() => storage.getWithOwner('session', mine.id))).toEqual(['GET', 'GET'])
      expect(await during(() => storage.getWithOwner('session', 'nothing'))).toEqual(['GET'])
      expect(await during(() => storage.getWithOwner('user', 'ada'))).toEqual(['GET'])
      for (const watch of watches) watch.close()
      admin.destroy()
      opened.close()
    })
  },
)
