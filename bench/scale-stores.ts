import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Entry, Storage } from '@sallyport/core'
import { redisStorage } from '@sallyport/storage-redis'
import { sqlStorage } from '@sallyport/storage-sql'
import pg from 'pg'
import { createClient } from 'redis'
import { startPostgres } from '../scripts/servers/postgres.ts'
import { startRedis } from '../scripts/servers/redis.ts'

export const sessionsEach = 10

/** A store that holds so many sessions, ten to a user. */
export interface Scaled {
  readonly storage: Storage
  readonly sessions: number
  close(): Promise<void>
}

/** The ids are as random as ours, and known by their number. */
export function idOf(n: number): string {
  return createHash('md5').update(`session ${n}`).digest('base64url')
}

export function userOf(n: number): string {
  return createHash('md5').update(`user ${n}`).digest('base64url')
}

const now = Date.now()
const expiresAt = now + 30 * 86_400_000
const userData = { epoch: 'x'.repeat(22), apiTokenEpoch: 'y'.repeat(22), password: null, disabledAt: null, mfa: null }
const sessionData = {
  hash: 'h'.repeat(43),
  epoch: 'x'.repeat(22),
  createdAt: now,
  authenticatedAt: now,
  lastSeenAt: now,
  provenAt: { pwd: now },
  address: '203.0.113.7',
  userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  remember: true,
}

export function sessionOf(n: number, owner: string = userOf(Math.floor(n / sessionsEach))): Entry {
  return { kind: 'session', id: idOf(n), owner, expiresAt, version: 1, data: sessionData }
}

async function sqlite(sessions: number): Promise<Scaled> {
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-scale-'))
  const database = new DatabaseSync(join(directory, 'scale.sqlite'))
  const storage = sqlStorage(database)
  await storage.migrate()
  database.exec('pragma synchronous = off; begin')
  const user = database.prepare('insert into sallyport_users (id, version, data) values (?, 1, ?)')
  for (let n = 0; n < sessions / sessionsEach; n++) user.run(userOf(n), JSON.stringify(userData))
  const session = database.prepare(
    'insert into sallyport_sessions (id, owner, expires_at, version, data) values (?, ?, ?, 1, ?)',
  )
  const data = JSON.stringify(sessionData)
  for (let n = 0; n < sessions; n++) session.run(idOf(n), userOf(Math.floor(n / sessionsEach)), expiresAt, data)
  // As docs/operations say: what is asked for is anywhere, and the two megabytes that SQLite keeps by itself hold none of it.
  database.exec('commit; pragma synchronous = normal; pragma mmap_size = 4294967296; pragma cache_size = -262144')
  return {
    storage,
    sessions,
    async close() {
      database.close()
      rmSync(directory, { recursive: true })
    },
  }
}

const batch = 10_000

async function postgres(sessions: number): Promise<Scaled> {
  const { pool, release } = await sharedPostgres()
  const tablePrefix = `scale_${sessions}_`
  const storage = sqlStorage(pool, { tablePrefix })
  await storage.migrate()
  for (let from = 0; from < sessions; from += batch) {
    const numbers = Array.from({ length: Math.min(batch, sessions - from) }, (_, i) => from + i)
    const owners = numbers.filter((n) => n % sessionsEach === 0).map((n) => userOf(n / sessionsEach))
    await pool.query(
      `insert into ${tablePrefix}users (id, version, data) select id, 1, $2 from unnest($1::text[]) id`,
      [owners, JSON.stringify(userData)],
    )
    await pool.query(
      `insert into ${tablePrefix}sessions (id, owner, expires_at, version, data)
        select id, owner, $3, 1, $4 from unnest($1::text[], $2::text[]) as seed (id, owner)`,
      [
        numbers.map(idOf),
        numbers.map((n) => userOf(Math.floor(n / sessionsEach))),
        expiresAt,
        JSON.stringify(sessionData),
      ],
    )
  }
  await pool.query(`vacuum analyze ${tablePrefix}sessions`)
  await pool.query(`vacuum analyze ${tablePrefix}users`)
  return { storage, sessions, close: release }
}

async function redis(sessions: number): Promise<Scaled> {
  const { client, release } = await sharedRedis()
  const storage = redisStorage(client, { prefix: `scale:${sessions}:`, deadlineMs: 60_000 })
  const all = async (count: number, entry: (n: number) => Entry) => {
    for (let from = 0; from < count; from += 1000) {
      const numbers = Array.from({ length: Math.min(1000, count - from) }, (_, i) => from + i)
      await Promise.all(numbers.map((n) => storage.insert(entry(n), now)))
    }
  }
  await all(sessions / sessionsEach, (n) => ({
    kind: 'user',
    id: userOf(n),
    owner: null,
    expiresAt: null,
    version: 1,
    data: userData,
  }))
  await all(sessions, (n) => sessionOf(n))
  return { storage, sessions, close: release }
}

/** One server for the stores of all sizes; the last that closes ends it. */
function shared<Resource extends object>(
  start: () => Promise<Resource & { end(): Promise<void> }>,
): () => Promise<Resource & { release(): Promise<void> }> {
  let running: ReturnType<typeof start> | undefined
  let users = 0
  return async () => {
    users++
    running ??= start()
    const resource = await running
    return {
      ...resource,
      async release() {
        if (--users > 0) return
        running = undefined
        await resource.end()
      },
    }
  }
}

const sharedPostgres = shared(async () => {
  const server = await startPostgres()
  const pool = new pg.Pool({ connectionString: server.url, max: 4 })
  return {
    pool,
    async end() {
      await pool.end()
      await server.stop()
    },
  }
})

const sharedRedis = shared(async () => {
  const server = await startRedis()
  const client = await createClient({ url: server.url }).on('error', console.error).connect()
  return {
    client,
    async end() {
      client.destroy()
      await server.stop()
    },
  }
})

/** The stores by name. */
export const scaledStores = [
  { name: 'SQLite', open: sqlite },
  { name: 'PostgreSQL', open: postgres },
  { name: 'Redis', open: redis },
] as const
