import { execFile } from 'node:child_process'
import { chownSync, readFileSync, rmSync } from 'node:fs'
import { userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { createPool } from 'mysql2/promise'
import pg from 'pg'
import { createClient } from 'redis'
import { findBinary } from '../../scripts/servers/binary.ts'
import { freePort, freshDirectory, type Command, startProcess } from '../../scripts/servers/process.ts'
import { serverUrl } from '../../scripts/servers/server-url.ts'
import { startFrailCluster } from './cluster.ts'
import { startRelay } from './relay.ts'

const run = promisify(execFile)
const nobody = 65_534
// PostgreSQL refuses to run as root.
const asRoot = process.getuid?.() === 0

/** A server that keeps its data through all that is done to it. What it acknowledged is on disk. */
export interface FrailServer {
  readonly url: string
  /** Kills it with all its processes, and resolves when it is gone. */
  kill(): Promise<void>
  /** Starts it again where it was, and resolves when it answers. */
  start(): Promise<void>
  freeze(): void
  /** Resolves when it answers again. */
  thaw(): Promise<void>
  /** Breaks every connection. */
  cut(): void
  /** Holds what every request needs until the returned function is called: connections run out. */
  readonly block: (() => Promise<() => Promise<void>>) | undefined
  /** Refuses writes, as when there is no place left, until the returned function is called. */
  refuseWrites(): Promise<() => Promise<void>>
  end(): Promise<void>
}

interface Kind {
  /** Makes what is to be there before the first start. */
  prepare(data: string): Promise<void>
  command(data: string, port: number): Promise<Omit<Command, 'directory'>>
  url(port: number): string
  open(port: number): Promise<Pick<FrailServer, 'block' | 'refuseWrites'>>
}

async function startFrail(kind: Kind): Promise<FrailServer> {
  const data = freshDirectory('frail')
  await kind.prepare(data)
  const port = await freePort()
  const command = await kind.command(data, port)
  const start = () => startProcess({ ...command, directory: freshDirectory('frail-run') })
  let server = await start()
  const relay = await startRelay(port)
  const all = () => [server.pid, ...childrenOf(server.pid)]
  let frozen: readonly number[] = []
  return {
    url: kind.url(relay.port),
    ...(await kind.open(port)),

    async kill() {
      for (const pid of all()) process.kill(pid, 'SIGKILL')
      await server.stop()
    },

    async start() {
      server = await start()
    },

    freeze() {
      // First the one that would start further ones.
      process.kill(server.pid, 'SIGSTOP')
      frozen = all()
      for (const pid of frozen) process.kill(pid, 'SIGSTOP')
    },

    async thaw() {
      for (const pid of frozen) process.kill(pid, 'SIGCONT')
    },

    cut: relay.cut,

    async end() {
      relay.close()
      await server.stop()
      rmSync(data, { recursive: true, force: true })
    },
  }
}

function childrenOf(pid: number): readonly number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
}

const postgres: Kind = {
  async prepare(data) {
    if (asRoot) chownSync(data, nobody, nobody)
    const initdb = join(dirname(await findBinary('postgres', 'postgresql', 'POSTGRES_URL')), 'initdb')
    const [command, ...args] = unprivileged(initdb, '-D', data, '-U', 'app', '-A', 'trust', '--no-sync', '-E', 'UTF8')
    await run(command, args, { cwd: data })
  },

  async command(data, port) {
    const settings = { listen_addresses: '127.0.0.1', unix_socket_directories: '', fsync: 'off' }
    const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    const binary = await findBinary('postgres', 'postgresql', 'POSTGRES_URL')
    const [command, ...args] = unprivileged(binary, '-D', data, '-p', String(port), ...options)
    return { command, args, ready: /database system is ready to accept connections/, signal: 'SIGQUIT' }
  },

  url: (port) => `postgres://app@127.0.0.1:${port}/postgres`,

  async open(port) {
    const connect = async () => {
      const client = new pg.Client({ connectionString: postgres.url(port) })
      await client.connect()
      return client
    }
    const command = async (...statements: string[]) => {
      const client = await connect()
      for (const sql of [...statements, 'select pg_reload_conf()']) await client.query(sql)
      await client.end()
    }
    return {
      async block() {
        const client = await connect()
        await client.query('begin')
        await client.query('lock table sallyport_users in access exclusive mode')
        return () => client.end()
      },

      async refuseWrites() {
        await command('alter system set default_transaction_read_only = on')
        return () => command('alter system reset default_transaction_read_only')
      },
    }
  },
}

function unprivileged(command: string, ...args: string[]): [string, ...string[]] {
  return asRoot
    ? ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups', command, ...args]
    : [command, ...args]
}

const mariadb: Kind = {
  async prepare(data) {
    const installDb = await findBinary('mariadb-install-db', 'mariadb-server', 'MYSQL_URL')
    const root = '--auth-root-authentication-method=normal'
    const directory = `--datadir=${join(data, 'data')}`
    await run(installDb, ['--no-defaults', directory, root, '--skip-test-db', `--user=${userInfo().username}`])
  },

  async command(data, port) {
    return {
      command: await findBinary('mariadbd', 'mariadb-server', 'MYSQL_URL'),
      args: [
        '--no-defaults',
        `--user=${userInfo().username}`,
        `--datadir=${join(data, 'data')}`,
        `--socket=${join(data, 'socket')}`,
        `--port=${port}`,
        '--bind-address=127.0.0.1',
        // With the commit to the operating system, which outlives the process.
        '--innodb-flush-log-at-trx-commit=2',
      ],
      ready: /ready for connections/,
      signal: 'SIGKILL',
    }
  },

  // Not root, who may write to what can only be read.
  url: (port) => `mysql://app@127.0.0.1:${port}/sallyport`,

  async open(port) {
    const command = async (...statements: string[]) => {
      const pool = createPool({ uri: `mysql://root@127.0.0.1:${port}`, connectionLimit: 1 })
      for (const sql of statements) await pool.query(sql)
      return () => pool.end()
    }
    const end = await command(
      'create database sallyport',
      "create user app@'127.0.0.1'",
      'create user app@localhost',
      "grant all on sallyport.* to app@'127.0.0.1'",
      'grant all on sallyport.* to app@localhost',
    )
    await end()
    return {
      block: () => command('lock tables sallyport.sallyport_users write'),

      async refuseWrites() {
        await (await command('set global read_only = 1'))()
        return async () => (await command('set global read_only = 0'))()
      },
    }
  },
}

const redis: Kind = {
  prepare: async () => {},

  command: async (data, port) => ({
    command: await findBinary('redis-server', 'redis-server', 'REDIS_URL'),
    args: ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', data]
      .concat(['--appendonly', 'yes', '--appendfsync', 'always'])
      .concat(['--maxmemory-policy', 'noeviction']),
    ready: /Ready to accept connections/,
    signal: 'SIGKILL',
  }),

  url: (port) => `redis://127.0.0.1:${port}`,

  async open(port) {
    const limit = async (bytes: string) => {
      const client = await createClient({ url: redis.url(port) }).connect()
      await client.configSet('maxmemory', bytes)
      client.destroy()
    }
    return {
      // All requests share one connection.
      block: undefined,

      async refuseWrites() {
        await limit('1')
        return () => limit('0')
      },
    }
  },
}

/** The servers by name, and whether they can be had on this machine. */
export const frailServers = [
  { name: 'PostgreSQL', isHere: (await serverUrl('postgres')) !== undefined, open: () => startFrail(postgres) },
  { name: 'MariaDB', isHere: (await serverUrl('mysql')) !== undefined, open: () => startFrail(mariadb) },
  { name: 'Redis', isHere: (await serverUrl('redis')) !== undefined, open: () => startFrail(redis) },
  { name: 'Redis Cluster', isHere: (await serverUrl('redis-cluster')) !== undefined, open: startFrailCluster },
] as const
