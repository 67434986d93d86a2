import { Cluster, Redis } from 'ioredis'
import { createClient, createCluster } from 'redis'
import type { NodeRedisClient, RedisClient } from '../src/index.ts'

/** A client, and how to be rid of it. */
export interface Opened {
  readonly client: RedisClient
  close(): unknown
}

/** node-redis as an application would set it up: reconnecting for ever, its errors heard. */
export async function openNodeRedis(url: string) {
  return createClient({ url, socket: { reconnectStrategy: 50 } })
    .on('error', () => {})
    .connect()
}

/** ioredis, likewise. */
export function openIoredis(url: string): Redis {
  return new Redis(url, { retryStrategy: () => 50 }).on('error', () => {})
}

/** A connection to one server with each of the clients. */
export const singleClients: Readonly<Record<string, (url: string) => Promise<Opened>>> = {
  'node-redis': async (url) => {
    const client = await openNodeRedis(url)
    return { client, close: () => client.destroy() }
  },
  ioredis: async (url) => {
    const client = openIoredis(url)
    return { client, close: () => client.disconnect() }
  },
}

/** A connection to a cluster with each of the clients. */
export const clusterClients: Readonly<Record<string, (url: string) => Promise<Opened>>> = {
  'node-redis': async (url) => {
    const client = createCluster({ rootNodes: [{ url }] }).on('error', () => {})
    await client.connect()
    return { client, close: () => client.destroy() }
  },
  ioredis: async (url) => {
    const client = new Cluster([url]).on('error', () => {})
    return { client, close: () => client.disconnect() }
  },
}

/** A client whose commands first await what `before` says of them: to hold a caller between any two of its steps. */
export function intercept(
  client: NodeRedisClient,
  before: (command: readonly string[]) => Promise<void>,
): NodeRedisClient {
  return {
    async sendCommand(args, options) {
      await before(args)
      return client.sendCommand(args, options)
    },
    multi: () => client.multi(),
  }
}
