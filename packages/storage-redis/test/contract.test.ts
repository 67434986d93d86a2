import { randomUUID } from 'node:crypto'
import { type OpenStorage, storageContract } from '@sallyport/core/testing'
import { Cluster, Redis } from 'ioredis'
import { createClient, createCluster } from 'redis'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { serverUrl } from '../../../scripts/servers/server-url.ts'
import { redisStorage, type RedisClient } from '../src/index.ts'

const redis = await serverUrl('redis')
const cluster = await serverUrl('redis-cluster')

/** A client, and how to be rid of it. */
type Opened = readonly [client: RedisClient, close: () => Promise<unknown> | void]

const clients = {
  'node-redis': async (url: string): Promise<Opened> => {
    const client = await createClient({ url })
      .on('error', () => {})
      .connect()
    return [client, () => client.close()]
  },
  ioredis: async (url: string): Promise<Opened> => {
    const client = new Redis(url)
    return [client, () => client.disconnect()]
  },
  'node-redis, cluster': async (url: string): Promise<Opened> => {
    const client = createCluster({ rootNodes: [{ url }] }).on('error', () => {})
    await client.connect()
    return [client, () => client.close()]
  },
  'ioredis, cluster': async (url: string): Promise<Opened> => {
    const client = new Cluster([url])
    return [client, () => client.disconnect()]
  },
}

/** Several clients of one server, as several processes would have. */
async function open(url: string, connect: (url: string) => Promise<Opened>): Promise<OpenStorage> {
  const prefix = `${randomUUID()}:`
  const opened = await Promise.all([connect(url), connect(url), connect(url)])
  const [storage, ...peers] = opened.map(([client]) => redisStorage(client, { prefix, deadlineMs: 10_000 }))
  if (!storage) throw new Error('unreachable')
  return { storage, peers, dispose: async () => void (await Promise.all(opened.map(([, close]) => close()))) }
}

const runner = { beforeAll, afterAll, it }
for (const [name, connect] of Object.entries(clients)) {
  const isCluster = name.endsWith('cluster')
  const url = isCluster ? cluster : redis
  const options = { expiresByItself: true, ownerReadLater: isCluster }
  storageContract(
    { ...runner, describe: describe.skipIf(!url) },
    `Redis through ${name}`,
    () => open(url ?? '', connect),
    options,
  )
}
