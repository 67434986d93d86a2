import { randomUUID } from 'node:crypto'
import { storageContract } from '@sallyport/core/testing'
import { Redis } from 'ioredis'
import { createSentinel } from 'redis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Server } from '../../../scripts/servers/process.ts'
import { startRedis } from '../../../scripts/servers/redis.ts'
import { serverUrl } from '../../../scripts/servers/server-url.ts'
import { redisStorage } from '../src/index.ts'
import { openNodeRedis, type Opened } from './clients.ts'
import { startSentinel } from './sentinel.ts'
import { session, until } from './steps.ts'

const shared = await serverUrl('redis')
const seeds = (sentinel: Server) => [{ host: '127.0.0.1', port: Number(new URL(sentinel.url).port) }]

const clients: Record<string, (sentinel: Server) => Promise<Opened>> = {
  'node-redis': async (sentinel) => {
    const client = createSentinel({ name: 'main', sentinelRootNodes: seeds(sentinel) })
    await client.on('error', () => {}).connect()
    return { client, close: () => client.destroy() }
  },
  ioredis: async (sentinel) => {
    const client = new Redis({ sentinels: seeds(sentinel), name: 'main' }).on('error', () => {})
    return { client, close: () => client.disconnect() }
  },
}

describe.skipIf(!shared).each(Object.entries(clients))('Sentinel, through %s', (name, connect) => {
  let master: Server
  let replica: Server
  let sentinel: Server
  beforeAll(async () => {
    master = await startRedis()
    replica = await startRedis(['--replicaof', '127.0.0.1', new URL(master.url).port])
    const admin = await openNodeRedis(master.url)
    await until(async () => (await admin.info('replication')).includes('state=online'))
    admin.destroy()
    sentinel = await startSentinel(master)
  }, 20_000)
  afterAll(async () => void (await Promise.all([sentinel.stop(), master.stop(), replica.stop()])))

  const runner = { describe, it, beforeAll, afterAll }
  const open = async () => {
    const { client, close } = await connect(sentinel)
    return { storage: redisStorage(client, { prefix: `${randomUUID()}:` }), dispose: async () => void close() }
  }
  storageContract(runner, `Sentinel, ${name}`, open, { expiresByItself: true, rounds: 3 })

  it('a failover: calls reject until it is over, and what the replica had acknowledged is there', async () => {
    const { client, close } = await connect(sentinel)
    const storage = redisStorage(client, {
      prefix: `${randomUUID()}:`,
      deadlineMs: 500,
      wait: { replicas: 1, timeoutMs: 100 },
    })
    const entries = Array.from({ length: 20 }, () => session())
    for (const entry of entries) expect(await storage.insert(entry, Date.now())).toBe(true)
    const revoked = entries.splice(0, 10)
    for (const { id } of revoked) expect(await storage.take('session', id)).toBeDefined()

    // Sentinel has to have heard of the replica.
    const admin = await openNodeRedis(sentinel.url)
    await until(
      async () => ((await admin.sendCommand(['SENTINEL', 'REPLICAS', 'main'])) as unknown as unknown[]).length === 1,
    )
    admin.destroy()
    await master.stop()
    const start = performance.now()
    await expect(storage.take('session', entries[0]?.id ?? '')).rejects.toBeInstanceOf(Error)
    expect(performance.now() - start).toBeLessThan(700)
    await until(() =>
      storage.get('session', 'x').then(
        () => true,
        () => false,
      ),
    )
    for (const entry of entries) expect(await storage.get('session', entry.id)).toEqual(entry)
    for (const { id } of revoked) expect(await storage.get('session', id)).toBeUndefined()
    // There is no replica left to wait for.
    await expect(storage.insert(session(), Date.now())).rejects.toThrow('Of 1 replicas 0')
    const alone = redisStorage(client, { prefix: `${randomUUID()}:` })
    await until(() =>
      alone.insert(session(), Date.now()).then(
        (stored) => stored,
        () => false,
      ),
    )
    close()
  }, 60_000)
})
