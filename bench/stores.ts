import { createHash } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import { argon2Hasher, createAuth, type Storage } from '@sallyport/core'
import { redisStorage } from '@sallyport/storage-redis'
import { sqlStorage } from '@sallyport/storage-sql'
import pg from 'pg'
import { createClient } from 'redis'
import { startPostgres } from '../scripts/servers/postgres.ts'
import { startRedis } from '../scripts/servers/redis.ts'
import { alternate, nanoseconds, report, section } from './measure.ts'
import { origin, password, viewWithCookie } from './setting.ts'

const hasher = argon2Hasher({ memoryCost: 8, timeCost: 1, parallelism: 1 })

/** A valid session from cookie to principal, against a hand-written `sha256` and one query with the same driver. */
export async function benchStores(): Promise<void> {
  section('Validation in process, on a store, against sha256 and one query by hand')
  await sqlite()
  await postgres()
  await redis()
}

async function compare(
  name: string,
  storage: Storage,
  bound: number,
  calls: number,
  byHand: (id: string) => unknown,
): Promise<void> {
  const auth = createAuth({
    origin,
    secret: 'a secret that is long enough and 0123456789 for the bench',
    storage,
    password: { hasher },
  })
  await auth.users.create({ username: 'ada', password })
  const token = (await auth.logIn({ username: 'ada', password })).token.reveal()
  const id = token.slice(5, 27)
  const secret = token.slice(28, 71)
  const result = await alternate(9, {
    byHand: () =>
      nanoseconds(calls, () => {
        createHash('sha256').update(secret).digest('hex')
        return byHand(id)
      }),
    sallyport: () => nanoseconds(calls, () => auth.visit(viewWithCookie(`sallyport=${token}`)).resolve()),
  })
  report(`${name}, by hand`, result.byHand / 1000, 'µs')
  report(`${name}, Sallyport`, result.sallyport / result.byHand, 'times by hand', ['at most', bound])
  await auth.close()
}

async function sqlite(): Promise<void> {
  const database = new DatabaseSync(':memory:')
  const storage = sqlStorage(database)
  await storage.migrate()
  const query = database.prepare('select data from sallyport_sessions where id = ?')
  await compare('SQLite', storage, 5, 5000, (id) => query.get(id))
  database.close()
}

async function postgres(): Promise<void> {
  const server = await startPostgres()
  const pool = new pg.Pool({ connectionString: server.url, max: 4 })
  const storage = sqlStorage(pool)
  await storage.migrate()
  const text = 'select data from sallyport_sessions where id = $1'
  await compare('PostgreSQL', storage, 1.5, 1000, (id) => pool.query({ name: 'by hand', text, values: [id] }))
  await pool.end()
  await server.stop()
}

async function redis(): Promise<void> {
  const server = await startRedis()
  const client = createClient({ url: server.url })
  client.on('error', () => {})
  await client.connect()
  const storage = redisStorage(client)
  await client.set('by hand', JSON.stringify({ hash: 'x'.repeat(43), user: 'ada', expiresAt: Date.now() }))
  await compare('Redis', storage, 1.5, 1000, async () => JSON.parse((await client.get('by hand')) ?? ''))
  client.destroy()
  await server.stop()
}
