import { execFile } from 'node:child_process'
import { rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { createClient } from 'redis'
import { findBinary } from '../../scripts/servers/binary.ts'
import { freePort, freshDirectory, startProcess } from '../../scripts/servers/process.ts'
import type { FrailServer } from './servers.ts'

const run = promisify(execFile)
// A node talks to the others on its port + 10000.
const highestPort = 55_536

/** Three masters that keep what they acknowledged. The cluster is back when each of them says so, and not before. */
export async function startFrailCluster(): Promise<FrailServer> {
  const nodes = await Promise.all([startNode(), startNode(), startNode()])
  const urls = nodes.map(({ url }) => url)
  const cli = await findBinary('redis-cli', 'redis-server', 'REDIS_CLUSTER_URL')
  await run(cli, ['--cluster', 'create', ...urls.map((url) => new URL(url).host), '--cluster-yes'])
  await whole(urls)

  const toEach = async (...command: string[]) => {
    for (const url of urls) await withClient(url, (client) => client.sendCommand(command))
  }
  return {
    url: `redis-cluster://${new URL(urls[0] ?? '').host}`,
    // All requests share the connections that there are.
    block: undefined,
    kill: async () => void (await Promise.all(nodes.map((node) => node.kill()))),

    async start() {
      await Promise.all(nodes.map((node) => node.start()))
      await whole(urls)
    },

    freeze: () => nodes.forEach((node) => node.signal('SIGSTOP')),

    async thaw() {
      for (const node of nodes) node.signal('SIGCONT')
      await whole(urls)
    },

    cut: () => void toEach('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes').catch(() => {}),

    async refuseWrites() {
      await toEach('CONFIG', 'SET', 'maxmemory', '1')
      return () => toEach('CONFIG', 'SET', 'maxmemory', '0')
    },

    async end() {
      await Promise.all(nodes.map((node) => node.end()))
    },
  }
}

interface Node {
  readonly url: string
  kill(): Promise<void>
  start(): Promise<void>
  signal(signal: NodeJS.Signals): void
  end(): Promise<void>
}

async function startNode(): Promise<Node> {
  const command = await findBinary('redis-server', 'redis-server', 'REDIS_CLUSTER_URL')
  const data = freshDirectory('frail')
  const port = await freePort(highestPort)
  const start = () =>
    startProcess({
      command,
      args: ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', data]
        .concat(['--appendonly', 'yes', '--appendfsync', 'always', '--maxmemory-policy', 'noeviction'])
        .concat(['--cluster-enabled', 'yes', '--cluster-config-file', 'nodes.conf', '--cluster-node-timeout', '1000']),
      ready: /Ready to accept connections/,
      signal: 'SIGKILL',
      directory: freshDirectory('frail-run'),
    })
  let server = await start()
  return {
    url: `redis://127.0.0.1:${port}`,

    async kill() {
      process.kill(server.pid, 'SIGKILL')
      await server.stop()
    },

    async start() {
      server = await start()
    },

    signal: (signal) => void process.kill(server.pid, signal),

    async end() {
      await server.stop()
      rmSync(data, { recursive: true, force: true })
    },
  }
}

type Client = ReturnType<typeof createClient>

async function withClient<Result>(url: string, work: (client: Client) => Promise<Result>): Promise<Result> {
  const client: Client = createClient({ url })
  await client.on('error', () => {}).connect()
  try {
    return await work(client)
  } finally {
    client.destroy()
  }
}

/** Resolves when every node takes the cluster for whole. */
async function whole(urls: readonly string[]): Promise<void> {
  for (const url of urls) {
    await withClient(url, async (client) => {
      for (let attempt = 0; attempt < 400; attempt++) {
        const info: unknown = await client.sendCommand(['CLUSTER', 'INFO'])
        if (JSON.stringify(info).includes('cluster_state:ok')) return
        await sleep(50)
      }
      throw new Error(`The Redis Cluster did not come back: ${url}`)
    })
  }
}
