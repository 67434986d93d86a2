import { randomUUID } from 'node:crypto'
import { type OpenStorage, storageContract } from '@sallyport/core/testing'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { serverUrl } from '../../../scripts/servers/server-url.ts'
import { redisStorage } from '../src/index.ts'
import { clusterClients, type Opened, singleClients } from './clients.ts'

const redis = await serverUrl('redis')
const cluster = await serverUrl('redis-cluster')

/** Several clients of one server, as several processes would have. */
async function open(connect: (url: string) => Promise<Opened>, url: string): Promise<OpenStorage> {
  const prefix = `${randomUUID()}:`
  const opened = await Promise.all([connect(url), connect(url), connect(url)])
  const [storage, ...peers] = opened.map(({ client }) => redisStorage(client, { prefix, deadlineMs: 10_000 }))
  if (!storage) throw new Error('unreachable')
  return { storage, peers, dispose: async () => opened.forEach(({ close }) => close()) }
}

const runner = { describe, it, beforeAll, afterAll }

describe.skipIf(!redis).each(Object.entries(singleClients))('one Redis, through %s', (name, connect) => {
  storageContract(runner, name, () => open(connect, redis ?? ''), { expiresByItself: true })
})

describe.skipIf(!cluster).each(Object.entries(clusterClients))('a Redis Cluster, through %s', (name, connect) => {
  storageContract(runner, name, () => open(connect, cluster ?? ''), { expiresByItself: true, ownerReadLater: true })
})
