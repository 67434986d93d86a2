import { randomUUID } from 'node:crypto'
import type { Storage } from '@sallyport/core'
import { serverUrl } from '../../../../scripts/servers/server-url.ts'
import { redisStorage } from '../../../storage-redis/src/index.ts'
import { clusterClients, type Opened, singleClients } from '../../../storage-redis/test/clients.ts'
import { sqlStorage } from '../../../storage-sql/src/index.ts'
import { subjects } from '../../../storage-sql/test/databases.ts'
import { memoryStorage } from '../house.ts'

/** A store that nothing else uses, and how to be rid of it. */
export interface OpenStore {
  readonly storage: Storage
  dispose(): unknown
}

/** A kind of store, and whether this run has it. */
export interface Store {
  readonly name: string
  readonly here: boolean
  open(): Promise<OpenStore>
}

const urls = { redis: await serverUrl('redis'), 'redis-cluster': await serverUrl('redis-cluster') }

function ofRedis(
  name: string,
  url: string | undefined,
  clients: Readonly<Record<string, (url: string) => Promise<Opened>>>,
): Store[] {
  return Object.entries(clients).map(([client, connect]) => ({
    name: `${name} (${client})`,
    here: url !== undefined,
    async open() {
      const opened = await connect(url ?? '')
      return { storage: redisStorage(opened.client, { prefix: `${randomUUID()}:` }), dispose: () => opened.close() }
    },
  }))
}

/** Every store, through its drivers. */
export const stores: readonly Store[] = [
  { name: 'memory', here: true, open: async () => ({ storage: memoryStorage(), dispose: () => {} }) },
  ...subjects.map(({ name, here, open }) => ({
    name,
    here,
    async open() {
      const { handle, dispose } = await open()
      const storage = sqlStorage(handle)
      await storage.migrate()
      return { storage, dispose }
    },
  })),
  ...ofRedis('Redis', urls.redis, singleClients),
  ...ofRedis('Redis Cluster', urls['redis-cluster'], clusterClients),
]
