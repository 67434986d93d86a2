import { readFileSync, rmSync } from 'node:fs'
import type { Storage } from '@sallyport/core'
import { redisStorage } from '@sallyport/storage-redis'
import { sqlStorage } from '@sallyport/storage-sql'
import pg from 'pg'
import { createClient } from 'redis'
import { startPostgres } from '../../scripts/servers/postgres.ts'
import { freePort, freshDirectory } from '../../scripts/servers/process.ts'
import { startRedis } from '../../scripts/servers/redis.ts'
import { serverUrl } from '../../scripts/servers/server-url.ts'

/** After this every call of a store rejects. */
export const deadlineMs = 400

/** A real server of our own, which may be stopped and struck. */
export interface Store {
  readonly storage: Storage
  /** It stands still, with all connections open. */
  freeze(): void
  thaw(): void
  /** It is killed and comes back, or loses every connection: what was under way is lost. */
  strike(): Promise<void>
  end(): Promise<void>
}

async function redis(): Promise<Store> {
  const directory = freshDirectory('faults')
  const port = String(await freePort())
  const settings = ['--port', port, '--dir', directory, '--appendonly', 'yes', '--appendfsync', 'always']
  let server = await startRedis(settings)
  const client = createClient({ url: `redis://127.0.0.1:${port}`, socket: { reconnectStrategy: 20 } }).on(
    'error',
    () => {},
  )
  await client.connect()
  return {
    storage: redisStorage(client, { deadlineMs }),
    freeze: () => void process.kill(server.pid, 'SIGSTOP'),
    thaw: () => void process.kill(server.pid, 'SIGCONT'),

    async strike() {
      process.kill(server.pid, 'SIGKILL')
      await server.stop()
      server = await startRedis(settings)
    },

    async end() {
      client.destroy()
      await server.stop()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

async function postgres(): Promise<Store> {
  const server = await startPostgres()
  const pool = new pg.Pool({ connectionString: server.url, max: 8 }).on('error', () => {})
  const storage = sqlStorage(pool, { deadlineMs })
  await storage.migrate()
  let frozen: readonly number[] = []
  return {
    storage,

    freeze() {
      // It has a process for each connection, and they stand still too.
      process.kill(server.pid, 'SIGSTOP')
      frozen = [...childrenOf(server.pid), server.pid]
      for (const pid of frozen) process.kill(pid, 'SIGSTOP')
    },

    thaw() {
      for (const pid of frozen) process.kill(pid, 'SIGCONT')
    },

    async strike() {
      const other = new pg.Client({ connectionString: server.url })
      await other.connect()
      await other.query('select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()')
      await other.end()
    },

    async end() {
      await pool.end().catch(() => {})
      await server.stop()
    },
  }
}

function childrenOf(pid: number): readonly number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
}

/** The stores by name, and whether they can be had on this machine. */
export const stores = [
  { name: 'Redis', isHere: (await serverUrl('redis')) !== undefined, start: redis },
  { name: 'PostgreSQL', isHere: (await serverUrl('postgres')) !== undefined, start: postgres },
] as const
