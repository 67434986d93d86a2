import { randomUUID } from 'node:crypto'
import { Cluster, Redis } from 'ioredis'
import { createClient, createCluster, createSentinel } from 'redis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Server } from '../../../scripts/servers/process.ts'
import { startRedis } from '../../../scripts/servers/redis.ts'
import { serverUrl } from '../../../scripts/servers/server-url.ts'
import { redisStorage } from '../src/index.ts'
import { openNodeRedis, type Opened } from './clients.ts'
import { type Cut, startCut } from './cut.ts'
import { startSentinel } from './sentinel.ts'
import { session, until } from './steps.ts'

const shared = await serverUrl('redis')
const port = (url: string) => Number(new URL(url).port)

/** What a client tells its application when the reply to a write is lost, and the client sends it once more. */
describe.skipIf(!shared)('D1: a winner whose reply was lost is never told that it lost', () => {
  let server: Server
  let sentinel: Server
  let node: Server
  let cut: Cut
  let cutNode: Cut
  beforeAll(async () => {
    server = await startRedis()
    sentinel = await startSentinel(server)
    const alone = [
      '--cluster-enabled',
      'yes',
      '--cluster-config-file',
      'nodes.conf',
      '--cluster-announce-ip',
      '127.0.0.1',
    ]
    node = await startRedis(alone, 55_536)
    const admin = await openNodeRedis(node.url)
    await admin.sendCommand(['CLUSTER', 'ADDSLOTSRANGE', '0', '16383'])
    await until(async () => (await admin.clusterInfo()).includes('cluster_state:ok'))
    admin.destroy()
    cut = await startCut(port(server.url))
    cutNode = await startCut(port(node.url))
  }, 20_000)
  afterAll(async () => {
    cut.close()
    cutNode.close()
    await Promise.all([sentinel.stop(), server.stop(), node.stop()])
  })

  const relayed = () => ({ [`127.0.0.1:${port(server.url)}`]: { host: '127.0.0.1', port: cut.port } })
  const relayedNode = () => ({ [`127.0.0.1:${port(node.url)}`]: { host: '127.0.0.1', port: cutNode.port } })
  const seeds = () => [{ host: '127.0.0.1', port: port(sentinel.url) }]

  const clients: Record<string, () => Promise<Opened>> = {
    'node-redis': async () => {
      const client = await createClient({ url: `redis://127.0.0.1:${cut.port}` })
        .on('error', () => {})
        .connect()
      return { client, close: () => client.destroy() }
    },
    ioredis: async () => {
      const client = new Redis(cut.port).on('error', () => {})
      return { client, close: () => client.disconnect() }
    },
    'node-redis, Sentinel': async () => {
      const client = createSentinel({ name: 'main', sentinelRootNodes: seeds(), nodeAddressMap: relayed() })
      await client.on('error', () => {}).connect()
      return { client, close: () => client.destroy() }
    },
    'ioredis, Sentinel': async () => {
      const client = new Redis({ sentinels: seeds(), name: 'main', natMap: relayed() }).on('error', () => {})
      return { client, close: () => client.disconnect() }
    },
    'node-redis, cluster': async () => {
      const client = createCluster({ rootNodes: [{ url: node.url }], nodeAddressMap: relayedNode() }).on(
        'error',
        () => {},
      )
      await client.connect()
      return { client, close: () => client.destroy() }
    },
    'ioredis, cluster': async () => {
      const client = new Cluster([node.url], { natMap: relayedNode() }).on('error', () => {})
      return { client, close: () => client.disconnect() }
    },
  }

  it.each(Object.entries(clients))(
    '%s',
    async (name, open) => {
      const prefix = `${randomUUID()}:`
      const relay = name.endsWith('cluster') ? cutNode : cut
      const opened = await open()
      const storage = redisStorage(opened.client, { prefix, deadlineMs: 5000 })
      const [taken, replaced, inserted] = [session(), session(), session()]
      for (const entry of [taken, replaced]) expect(await storage.insert(entry, Date.now())).toBe(true)
      const now = Date.now()
      const counter = 'failures'
      expect(await storage.increment(counter, 60_000, 1, now)).toMatchObject({ count: 1 })
      // The server knows the scripts from now on.
      expect(await storage.take('session', 'x')).toBeUndefined()
      expect(await storage.replace({ ...replaced, version: 0 }, now)).toBe(false)

      const lost = async (text: string, write: () => Promise<unknown>) => {
        const cutOff = relay.next(text)
        const answer = await write().then(
          (value) => ({ value }),
          () => 'rejected',
        )
        await cutOff
        expect(answer).toBe('rejected')
        // The client connects again by itself.
        await expect
          .poll(() => storage.get('session', 'x').then(() => 'answered', String), { timeout: 5000 })
          .toBe('answered')
      }
      await lost(taken.id, () => storage.take('session', taken.id))
      expect(await storage.get('session', taken.id)).toBeUndefined()
      await lost('"again"', () => storage.replace({ ...replaced, data: 'again' }, now))
      expect(await storage.get('session', replaced.id)).toMatchObject({ data: 'again' })
      await lost('"mine"', () => storage.insert({ ...inserted, data: 'mine' }, now))
      expect(await storage.get('session', inserted.id)).toMatchObject({ data: 'mine' })
      await lost(counter, () => storage.increment(counter, 60_000, 1, now))
      opened.close()
    },
    30_000,
  )
})
