import { ioredis, type IoredisClient } from './ioredis.ts'
import {
  nodeRedis,
  type NodeRedisClient,
  nodeRedisCluster,
  type NodeRedisCluster,
  nodeRedisSentinel,
  type NodeRedisSentinel,
} from './node-redis.ts'
import type { Redis } from './redis.ts'

/** A client, pool, cluster or Sentinel client of node-redis 6, or a `Redis` or `Cluster` of ioredis 6. */
export type RedisClient = NodeRedisClient | NodeRedisCluster | NodeRedisSentinel | IoredisClient

/** The one interface behind which the clients differ. */
export function connect(client: RedisClient, deadlineMs: number): Redis {
  if (has(client, 'call', 'pipeline', 'on')) return ioredis(client as IoredisClient)
  if (has(client, 'sendCommand', 'multi', 'nodeClient')) return nodeRedisCluster(client as NodeRedisCluster, deadlineMs)
  if (has(client, 'sendCommand', 'multi', 'getSentinelNode'))
    return nodeRedisSentinel(client as NodeRedisSentinel, deadlineMs)
  if (has(client, 'sendCommand', 'multi')) return nodeRedis(client as NodeRedisClient, deadlineMs)
  throw new Error('redisStorage: the client must be one of node-redis or ioredis.')
}

function has(client: unknown, ...methods: readonly string[]): boolean {
  if (typeof client !== 'object' || client === null) return false
  return methods.every((method) => typeof (client as Record<string, unknown>)[method] === 'function')
}
