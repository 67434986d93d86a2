import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Storage } from '@sallyport/core'
import type { RedisClient } from '@sallyport/storage-redis'
import type { SqlHandle } from '@sallyport/storage-sql'
import type { Shelf } from './documents.ts'
import { EnvironmentError } from './environment-error.ts'
import { memoryShelf, sqliteShelf } from './shelves.ts'

/** A storage with the connection that the application opened for it, and closes. */
export interface OpenStorage {
  readonly storage: Storage
  readonly shelf: Shelf
  close(): Promise<void>
}

type Opener = (url: string) => Promise<OpenStorage>

/** Opens what STORAGE names, and creates or checks what is needed there. Only its own driver is loaded. */
export async function openStorage(url: string): Promise<OpenStorage> {
  const scheme = url.split(':', 1)[0] ?? ''
  const open = Object.hasOwn(openers, scheme) ? openers[scheme] : undefined
  if (open === undefined) {
    // Not quoted: there may be a password in it.
    const known = 'memory, sqlite:FILE, postgres://…, mysql://…, redis://… or redis-cluster://…'
    throw new EnvironmentError('STORAGE', 'is of no kind that there is', `give ${known}`)
  }
  try {
    return await open(url)
  } catch (error) {
    if (error instanceof EnvironmentError) throw error
    throw new EnvironmentError(
      'STORAGE',
      `can't be opened (${reasonOf(error)})`,
      'check that the server runs and the address is right',
    )
  }
}

async function memory(): Promise<OpenStorage> {
  const { memoryStorage } = await import('@sallyport/storage-memory')
  return { storage: memoryStorage(), shelf: memoryShelf(), close: async () => {} }
}

async function sqlite(url: string): Promise<OpenStorage> {
  const { DatabaseSync } = await import('node:sqlite')
  const file = resolve(url.slice('sqlite:'.length))
  if (!existsSync(dirname(file)))
    throw new EnvironmentError('STORAGE', `is in no folder that is there`, `make ${dirname(file)}`)
  const database = new DatabaseSync(file)
  const { storage } = await sql(database, async () => database.close())
  return { storage, shelf: sqliteShelf(database), close: async () => database.close() }
}

async function postgres(url: string): Promise<OpenStorage> {
  const { default: pg } = await import('pg')
  const pool = new pg.Pool({ connectionString: url, max: 10, connectionTimeoutMillis: 2000 })
  // A connection that breaks while nobody uses it: the pool opens another one.
  pool.on('error', report)
  return sql(pool, () => pool.end())
}

async function mysql(url: string): Promise<OpenStorage> {
  const { createPool } = await import('mysql2/promise')
  const pool = createPool({ uri: url.replace(/^mariadb:/, 'mysql:'), connectionLimit: 10, connectTimeout: 2000 })
  return sql(pool, () => pool.end())
}

async function redis(url: string): Promise<OpenStorage> {
  const { createClient } = await import('redis')
  return withRedis(createClient({ url }))
}

async function redisCluster(url: string): Promise<OpenStorage> {
  const { createCluster } = await import('redis')
  const nodes = url.slice('redis-cluster://'.length).split(',')
  return withRedis(createCluster({ rootNodes: nodes.map((node) => ({ url: `redis://${node}` })) }))
}

const openers: Readonly<Record<string, Opener>> = {
  memory,
  sqlite,
  postgres,
  postgresql: postgres,
  mysql,
  mariadb: mysql,
  redis,
  rediss: redis,
  'redis-cluster': redisCluster,
}

async function sql(handle: SqlHandle, close: () => Promise<void>): Promise<OpenStorage> {
  const { sqlStorage } = await import('@sallyport/storage-sql')
  const storage = sqlStorage(handle)
  await storage.migrate().catch(async (error: unknown) => {
    await close()
    throw error
  })
  return { storage, shelf: memoryShelf(), close }
}

async function withRedis(client: RedisConnection): Promise<OpenStorage> {
  const { redisStorage } = await import('@sallyport/storage-redis')
  const storage = redisStorage(client)
  try {
    // The client would try again for ever: a server that is not there at the start should be heard of.
    await new Promise((resolve, reject) => {
      client.on('error', reject)
      client.connect().then(resolve, reject)
    })
    await storage.check()
  } catch (error) {
    client.destroy()
    throw error
  }
  client.on('error', report)
  return { storage, shelf: memoryShelf(), close: async () => void (await client.close()) }
}

type RedisConnection = RedisClient & {
  on(event: 'error', listener: (error: Error) => void): unknown
  connect(): Promise<unknown>
  close(): unknown
  destroy(): void
}

let reported = ''

/** A connection that broke. It comes back by itself; once for each way in which it breaks is enough. */
function report(error: Error): void {
  const reason = reasonOf(error)
  if (reason !== reported) console.error(`STORAGE: ${reason}`)
  reported = reason
}

/** What went wrong, in the words of whoever saw it first. No driver writes a password there. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.cause instanceof Error) return reasonOf(error.cause)
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0])
  return error.message || error.name
}
