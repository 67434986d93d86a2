import { DatabaseSync } from 'node:sqlite'
import { createPool } from 'mysql2/promise'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startMariadb } from '../../../scripts/servers/mariadb.ts'
import { startPostgres } from '../../../scripts/servers/postgres.ts'
import type { Server } from '../../../scripts/servers/process.ts'
import { sqlStorage } from '../src/index.ts'
import type { SqlHandle, SqlStorage } from '../src/index.ts'
import { freshFile, mysqlUrl, postgresUrl } from './databases.ts'

const entry = (id: string, owner: string | null = null) => ({
  kind: 'session',
  id,
  owner,
  expiresAt: null,
  version: 1,
  data: 'first',
})
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** How long the promise took to be rejected. */
async function msUntilRejected(promise: Promise<unknown>): Promise<number> {
  const start = performance.now()
  await expect(promise).rejects.toThrow(Error)
  return performance.now() - start
}

interface ServerSubject {
  readonly name: string
  readonly here: boolean
  start(): Promise<Server>
  open(url: string, connections: number): SqlHandle & { end(): Promise<void> }
  /** A connection of somebody else. */
  other(url: string): Promise<{ query(sql: string): Promise<unknown>; end(): Promise<void> }>
  readonly killAll: string
}

const servers: readonly ServerSubject[] = [
  {
    name: 'PostgreSQL',
    here: postgresUrl !== undefined,
    start: startPostgres,
    open: (url, max) => new pg.Pool({ connectionString: url, max }).on('error', () => {}),
    async other(url) {
      const client = new pg.Client({ connectionString: url }).on('error', () => {})
      await client.connect()
      return client
    },
    killAll: 'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()',
  },
  {
    name: 'MariaDB',
    here: mysqlUrl !== undefined,
    start: startMariadb,
    open: (url, connectionLimit) => createPool({ uri: url, connectionLimit }),
    async other(url) {
      const pool = createPool({ uri: url, connectionLimit: 1 })
      return { query: async (sql) => (await pool.query(sql))[0], end: () => pool.end() }
    },
    killAll: 'kill user root',
  },
]

for (const { name, here, start, open, other, killAll } of servers) {
  describe.skipIf(!here)(`faults: ${name}`, () => {
    let server: Server
    let pool: ReturnType<ServerSubject['open']>
    let storage: SqlStorage
    const deadlineMs = 300

    beforeAll(async () => {
      server = await start()
      pool = open(server.url, 4)
      storage = sqlStorage(pool, { deadlineMs })
      await storage.migrate()
      await storage.insert({ ...entry('user'), kind: 'user' }, 0)
    }, 60_000)
    afterAll(async () => {
      await pool.end().catch(() => {})
      await server.stop()
    })

    it('D4: a server that stands still: rejected within the deadline, and as before once it goes on', async () => {
      await storage.insert(entry('still', 'user'), 0)
      process.kill(server.pid, 'SIGSTOP')
      // PostgreSQL has a process for each connection; they stand still too.
      const group = name === 'PostgreSQL' ? await childrenOf(server.pid) : []
      for (const pid of group) process.kill(pid, 'SIGSTOP')
      const calls = Array.from({ length: 20 }, () => msUntilRejected(storage.getWithOwner('session', 'still')))
      const writes = [
        storage.insert(entry('unsure'), 0),
        storage.take('session', 'nothing'),
        storage.increment('n', 1000, 1, 0),
        storage.list('session', { owner: 'user', limit: 10 }),
      ]
      for (const ms of await Promise.all([...calls, ...writes.map(msUntilRejected)])) {
        expect(ms).toBeGreaterThan(deadlineMs - 50)
        expect(ms).toBeLessThan(deadlineMs + 500)
      }
      for (const pid of [...group, server.pid]) process.kill(pid, 'SIGCONT')
      const resumed = performance.now()
      while (!(await storage.getWithOwner('session', 'still').catch(() => undefined))) await sleep(20)
      expect(performance.now() - resumed).toBeLessThan(2000)
      expect((await storage.getWithOwner('session', 'still'))?.owner?.id).toBe('user')
    }, 30_000)

    it('a row that somebody holds: rejected within the deadline, by no more connections than the pool has', async () => {
      await storage.insert(entry('held'), 0)
      const holder = await other(server.url)
      await holder.query('begin')
      await holder.query(`update sallyport_sessions set version = 2 where id = 'held'`)
      for (let round = 0; round < 3; round++) {
        const calls = Array.from({ length: 10 }, () => msUntilRejected(storage.replace({ ...entry('held') }, 0)))
        for (const ms of await Promise.all(calls)) expect(ms).toBeLessThan(deadlineMs + 500)
      }
      await holder.query('rollback')
      await holder.end()
      await expect.poll(() => storage.get('session', 'held').catch(() => undefined)).toBeDefined()
    }, 30_000)

    it('ASVS 13.2.6: every connection in other hands: rejected within the deadline, and as before once they are back', async () => {
      const single = open(server.url, 1)
      const starved = sqlStorage(single, { deadlineMs })
      await starved.get('session', 'x')
      const [hog, done] = await borrow(single)
      const ms = await Promise.all([1, 2, 3].map(() => msUntilRejected(starved.insert(entry('never'), 0))))
      for (const each of ms) expect(each).toBeLessThan(deadlineMs + 500)
      expect(hog).toBeDefined()
      done()
      await sleep(50)
      expect(await starved.get('session', 'never'), 'what was given up before it was sent').toBeUndefined()
      await single.end()
    })

    it('connections cut in mid-request: rejected, and the next call has a new one', async () => {
      const holder = await other(server.url)
      await holder.query('begin')
      await storage.insert(entry('cut'), 0)
      await holder.query(`update sallyport_sessions set version = 2 where id = 'cut'`)
      const waiting = [1, 2, 3].map(() => expect(storage.replace(entry('cut'), 0)).rejects.toThrow(Error))
      await sleep(50)
      const killer = await other(server.url)
      await killer.query(killAll).catch(() => {})
      await Promise.all(waiting)
      await expect.poll(() => storage.get('session', 'cut').catch(() => undefined)).toEqual(entry('cut'))
      for (const each of [holder, killer]) await each.end().catch(() => {})
    }, 30_000)
  })
}

async function childrenOf(pid: number): Promise<readonly number[]> {
  const { readFileSync } = await import('node:fs')
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
}

/** Takes the only connection of a pool, as an application does, and gives it back. */
async function borrow(pool: SqlHandle): Promise<readonly [connection: unknown, done: () => void]> {
  type Lent = { release(): void }
  const lender = pool as unknown as { getConnection?(): Promise<Lent>; connect?(): Promise<Lent> }
  const lent = await (lender.getConnection?.() ?? lender.connect?.())
  return [lent, () => lent?.release()]
}

describe('faults: SQLite', () => {
  it('another connection writes: the call waits without stopping the event loop, then goes through', async () => {
    const { file, drop } = freshFile()
    const [mine, other] = [new DatabaseSync(file), new DatabaseSync(file)]
    const storage = sqlStorage(mine)
    await storage.migrate()
    other.exec('begin immediate')
    let turns = 0
    const ticking = setInterval(() => turns++, 5)
    const inserted = storage.insert(entry('x'), 0)
    await sleep(100)
    expect(turns).toBeGreaterThan(5)
    other.exec('commit')
    expect(await inserted).toBe(true)
    clearInterval(ticking)
    for (const db of [mine, other]) db.close()
    drop()
  })

  it('another connection does not stop writing: rejected within the deadline; reading goes on', async () => {
    const { file, drop } = freshFile()
    const [mine, other] = [new DatabaseSync(file, { timeout: 5000 }), new DatabaseSync(file)]
    const storage = sqlStorage(mine, { deadlineMs: 200 })
    await storage.migrate()
    other.exec('begin immediate')
    const ms = await msUntilRejected(storage.insert(entry('x'), 0))
    expect(ms).toBeGreaterThan(150)
    expect(ms).toBeLessThan(700)
    expect(await storage.get('session', 'x')).toBeUndefined()
    other.exec('rollback')
    expect(await storage.insert(entry('x'), 0)).toBe(true)
    for (const db of [mine, other]) db.close()
    drop()
  })

  it('D4: a closed database, or one that is no database, is an error and never "no"', async () => {
    const db = new DatabaseSync(':memory:')
    const storage = sqlStorage(db)
    await storage.migrate()
    db.close()
    await expect(storage.get('session', 'x')).rejects.toThrow(/not open/)
    await expect(storage.insert(entry('x'), 0)).rejects.toThrow(/not open/)
    await expect(storage.take('session', 'x')).rejects.toThrow(/not open/)
  })
})
