import type { Dialect } from './dialect.ts'
import type { Driver } from './driver.ts'
import type { KyselyDatabase } from './drivers/kysely.ts'
import { kyselyDriver } from './drivers/kysely.ts'
import type { MysqlPool } from './drivers/mysql.ts'
import { mysqlDriver } from './drivers/mysql.ts'
import type { PgPool } from './drivers/pg.ts'
import { pgDriver } from './drivers/pg.ts'
import type { PgliteDatabase } from './drivers/pglite.ts'
import { pgliteDriver } from './drivers/pglite.ts'
import type { SqliteDatabase } from './drivers/sqlite.ts'
import { sqliteDriver } from './drivers/sqlite.ts'

/** What the application may hand over. It stays the application's: nothing of it is ever closed. */
export type SqlHandle = PgPool | PgliteDatabase | MysqlPool | SqliteDatabase | KyselyDatabase

/** Recognises a handle by what it can do, so that no driver has to be loaded. */
export function driverOf(handle: SqlHandle, dialect?: Dialect): Driver {
  const can = (...members: string[]): boolean => members.every((member) => member in handle)
  if (can('executeQuery', 'getExecutor')) return kyselyDriver(handle as KyselyDatabase, dialect)
  if (can('prepare', 'exec') && (can('isTransaction') || can('inTransaction')))
    return sqliteDriver(handle as SqliteDatabase)
  if (can('query', 'transaction', 'waitReady')) return pgliteDriver(handle as PgliteDatabase)
  if (can('getConnection', 'execute')) return mysqlDriver(handle as MysqlPool)
  if (can('connect', 'totalCount')) return pgDriver(handle as PgPool)
  throw new TypeError(
    'sqlStorage() takes a Pool of pg, a PGlite, a pool of mysql2, a DatabaseSync of node:sqlite, a Database of ' +
      'better-sqlite3, or a Kysely instance.',
  )
}
