import { execFile } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { findBinary } from './binary.ts'
import { startRedis } from './redis.ts'
import type { Server } from './process.ts'

const run = promisify(execFile)
// A node talks to the others on its port + 10000.
const highestPort = 55_536

/** Starts a Redis Cluster of three masters. `url` and `pid` are the first one's; a client finds the others from there. */
export async function startRedisCluster(): Promise<Server & { readonly nodes: readonly Server[] }> {
  const cli = await findBinary('redis-cli', 'redis-server', 'REDIS_CLUSTER_URL')
  const settings = ['--cluster-enabled', 'yes', '--cluster-config-file', 'nodes.conf', '--cluster-node-timeout', '2000']
  const [first, second, third] = [
    await startRedis(settings, highestPort),
    await startRedis(settings, highestPort),
    await startRedis(settings, highestPort),
  ]
  const nodes = [first, second, third]
  const addresses = nodes.map((node) => new URL(node.url).host)
  await run(cli, ['--cluster', 'create', ...addresses, '--cluster-yes'])
  for (const { url } of nodes) await healthy(cli, url)
  return {
    url: first.url,
    pid: first.pid,
    nodes,
    stop: async () => void (await Promise.all(nodes.map((node) => node.stop()))),
  }
}

async function healthy(cli: string, url: string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const { stdout } = await run(cli, ['-u', url, 'cluster', 'info'])
    if (stdout.includes('cluster_state:ok')) return
    await sleep(50)
  }
  throw new Error(`the Redis Cluster at ${url} did not come up`)
}
