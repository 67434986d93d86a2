import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { PGlite } from '@electric-sql/pglite'
import BetterSqlite from 'better-sqlite3'
import { Kysely, MysqlDialect, PostgresDialect, SqliteDialect } from 'kysely'
import { createPool as createCallbackPool } from 'mysql2'
import { createPool } from 'mysql2/promise'
import pg from 'pg'
import type { Dialect, SqlHandle } from '../src/index.ts'
import { dropDatabase } from '../../../scripts/servers/drop-database.ts'
import { serverUrl } from '../../../scripts/servers/server-url.ts'

/** An empty database, through two handles that know nothing of each other (PGlite has but one). */
export interface Fresh {
  readonly handle: SqlHandle
  readonly peer: SqlHandle | undefined
  /** Plain SQL, as an administrator would type it. */
  query(sql: string): Promise<readonly Record<string, unknown>[]>
  dispose(): Promise<void>
}

/** A kind of database through a kind of handle. */
export interface Subject {
  readonly name: string
  readonly dialect: Dialect
  /** Whether this run has it. */
  readonly here: boolean
  open(): Promise<Fresh>
}

export const postgresUrl: string | undefined = await serverUrl('postgres')
export const mysqlUrl: string | undefined = await serverUrl('mysql')

function freshName(): string {
  return `t${randomBytes(6).toString('hex')}`
}

/** An empty PostgreSQL database of the run's server. */
export async function freshPostgres(): Promise<{ readonly url: string; drop(): Promise<void> }> {
  const name = freshName()
  const admin = async (sql: string): Promise<pg.QueryResult> => {
    const client = new pg.Client({ connectionString: postgresUrl })
    await client.connect()
    const result = await client.query(sql)
    await client.end()
    return result
  }
  await admin(`create database ${name}`)
  const url = new URL(postgresUrl ?? '')
  url.pathname = `/${name}`
  return { url: url.href, drop: () => dropDatabase(admin, name) }
}

/** An empty MariaDB database of the run's server. */
export async function freshMysql(): Promise<{ readonly url: string; drop(): Promise<void> }> {
  const name = freshName()
  const admin = async (sql: string): Promise<void> => {
    const pool = createPool(mysqlUrl ?? '')
    await pool.query(sql)
    await pool.end()
  }
  // Latin-1, and no strictness: our columns must not depend on the database's defaults.
  await admin(`create database ${name} character set latin1`)
  const url = new URL(mysqlUrl ?? '')
  url.pathname = `/${name}`
  return { url: url.href, drop: () => admin(`drop database ${name}`) }
}

/** The name of a file for a SQLite database, in a directory of its own. */
export function freshFile(): { readonly file: string; drop(): void } {
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-sqlite-'))
  return { file: join(directory, 'test.db'), drop: () => rmSync(directory, { recursive: true }) }
}

async function openPostgres(wrap: (pool: pg.Pool) => SqlHandle): Promise<Fresh> {
  const { url, drop } = await freshPostgres()
  const connect = (): pg.Pool => new pg.Pool({ connectionString: url, max: 10 }).on('error', () => {})
  const pools = [connect(), connect()] as const
  return {
    handle: wrap(pools[0]),
    peer: wrap(pools[1]),
    query: async (sql) => (await pools[0].query<Record<string, unknown>>(sql)).rows,
    async dispose() {
      await Promise.all(pools.map((pool) => pool.end()))
      await drop()
    },
  }
}

async function openMysql(wrap: (url: string) => SqlHandle & { end?(): unknown; destroy?(): unknown }): Promise<Fresh> {
  const { url, drop } = await freshMysql()
  const handles = [wrap(url), wrap(url)] as const
  const admin = createPool(url)
  return {
    handle: handles[0],
    peer: handles[1],
    query: async (sql) => (await admin.query(sql))[0] as Record<string, unknown>[],
    async dispose() {
      for (const handle of [...handles, admin]) await ('end' in handle ? handle.end?.() : handle.destroy?.())
      await drop()
    },
  }
}

async function openSqlite<Handle extends { close(): unknown }>(
  connect: (file: string) => Handle,
  wrap: (handle: Handle) => SqlHandle,
): Promise<Fresh> {
  const { file, drop } = freshFile()
  const handles = [connect(file), connect(file)] as const
  const admin = new DatabaseSync(file)
  return {
    handle: wrap(handles[0]),
    peer: wrap(handles[1]),
    query: async (sql) => admin.prepare(sql).all() as Record<string, unknown>[],
    async dispose() {
      for (const handle of [...handles, admin]) handle.close()
      drop()
    },
  }
}

let pglite: Promise<PGlite> | undefined

/** One for all of a file: it takes two seconds and 400 MB. It ends with the file's process. */
async function openPglite(wrap: (database: PGlite) => SqlHandle): Promise<Fresh> {
  pglite ??= PGlite.create()
  const database = await pglite
  await database.exec('drop schema if exists "Auth" cascade; drop schema public cascade; create schema public')
  return {
    handle: wrap(database),
    peer: undefined,
    query: async (sql) => (await database.query<Record<string, unknown>>(sql)).rows,
    dispose: async () => {},
  }
}

/** Every database through its own driver. */
export const subjects: readonly Subject[] = [
  {
    name: 'PostgreSQL (pg)',
    dialect: 'postgres',
    here: postgresUrl !== undefined,
    open: () => openPostgres((pool) => pool),
  },
  { name: 'PGlite', dialect: 'postgres', here: true, open: () => openPglite((database) => database) },
  {
    name: 'MariaDB (mysql2/promise)',
    dialect: 'mysql',
    here: mysqlUrl !== undefined,
    open: () => openMysql((url) => createPool(url)),
  },
  {
    name: 'SQLite (node:sqlite)',
    dialect: 'sqlite',
    here: true,
    open: () =>
      openSqlite(
        (file) => new DatabaseSync(file),
        (database) => database,
      ),
  },
  {
    name: 'SQLite (better-sqlite3)',
    dialect: 'sqlite',
    here: true,
    open: () =>
      openSqlite(
        (file) => new BetterSqlite(file),
        (database) => database,
      ),
  },
]

/** The same through an application's Kysely instance, and through mysql2's pool of callbacks. */
export const otherSubjects: readonly Subject[] = [
  {
    name: 'PostgreSQL (Kysely)',
    dialect: 'postgres',
    here: postgresUrl !== undefined,
    open: () => openPostgres((pool) => new Kysely({ dialect: new PostgresDialect({ pool }) })),
  },
  {
    name: 'MariaDB (Kysely)',
    dialect: 'mysql',
    here: mysqlUrl !== undefined,
    open: () => openMysql((url) => new Kysely({ dialect: new MysqlDialect({ pool: createCallbackPool(url) }) })),
  },
  {
    name: 'MariaDB (mysql2)',
    dialect: 'mysql',
    here: mysqlUrl !== undefined,
    open: () => openMysql((url) => createCallbackPool(url)),
  },
  {
    name: 'SQLite (Kysely)',
    dialect: 'sqlite',
    here: true,
    open: () =>
      openSqlite(
        (file) => new BetterSqlite(file),
        (database) => new Kysely({ dialect: new SqliteDialect({ database }) }),
      ),
  },
]
