import { findChromium } from './chromium.ts'
import { startMariadb } from './mariadb.ts'
import { startPostgres } from './postgres.ts'
import { startRedisCluster } from './redis-cluster.ts'
import { startRedis } from './redis.ts'
import type { Server } from './process.ts'

/** Every server that a test may ask for: the variable that gives its address, and how to start one. */
export const servers = {
  redis: ['REDIS_URL', startRedis],
  'redis-cluster': ['REDIS_CLUSTER_URL', startRedisCluster],
  postgres: ['POSTGRES_URL', startPostgres],
  mysql: ['MYSQL_URL', startMariadb],
  chromium: ['CHROMIUM_PATH', findChromium],
} as const satisfies Record<string, readonly [variable: string, start: () => Promise<Server>]>

export type ServerName = keyof typeof servers
