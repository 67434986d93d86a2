import type { Storage } from '@sallyport/core'
import { bulkOperations } from './bulk.ts'
import { counterOperations } from './counters.ts'
import type { Dialect } from './dialect.ts'
import { entryOperations } from './entries.ts'
import { driverOf } from './handle.ts'
import type { SqlHandle } from './handle.ts'
import { migrate, readStatus } from './migrate.ts'
import type { MigrationStatus } from './migrate.ts'
import { runnerOf } from './runner.ts'
import { entryStatements } from './statements.ts'
import type { EntryStatements } from './statements.ts'
import { placeOf, tableOf } from './tables.ts'

/** Settings of `sqlStorage`. All may be left out. */
export interface SqlStorageOptions {
  /** The schema of the tables (on MySQL: the database). `migrate` creates PostgreSQL's if it isn't there. */
  readonly schema?: string | undefined
  /** What the names of the tables start with: `sallyport_`. */
  readonly tablePrefix?: string | undefined
  /** When the database has not answered after so many milliseconds, a call is rejected: 2000. */
  readonly deadlineMs?: number | undefined
  /** What a Kysely instance speaks, where that can't be told from it. */
  readonly dialect?: Dialect | undefined
}

/** A `Storage` in the tables of a database, and what keeps those up to date. */
export interface SqlStorage extends Storage {
  /** Creates the tables, or brings them up to date. Every process may call it at every start, at the same time. */
  migrate(): Promise<MigrationStatus>
  /** Which migrations the database has had, and which it lacks. */
  migrationStatus(): Promise<MigrationStatus>
}

/** Keeps entries in the application's own database, through a handle that stays the application's. */
export function sqlStorage(handle: SqlHandle, options: SqlStorageOptions = {}): SqlStorage {
  const { schema, tablePrefix = 'sallyport_', deadlineMs = 2000, dialect, ...rest } = options
  for (const name of Object.keys(rest)) throw new RangeError(`\`${name}\` is no option of sqlStorage.`)
  const driver = driverOf(handle, dialect)
  const place = placeOf(driver.dialect, schema, tablePrefix)
  if (!(deadlineMs > 0 && deadlineMs < 2 ** 31)) throw new RangeError('`deadlineMs` must be a positive number.')
  const runner = runnerOf(driver, place, deadlineMs)

  const statements = new Map<string, EntryStatements>()
  function statementsOf(kind: string): EntryStatements {
    const table = tableOf(kind)
    const known = statements.get(table) ?? entryStatements(place, table)
    statements.set(table, known)
    return known
  }

  return {
    ...entryOperations(runner, statementsOf),
    ...bulkOperations(runner, statementsOf),
    ...counterOperations(runner),
    migrate: () => driver.exclusively(() => migrate(place, Date.now())),
    migrationStatus: () => readStatus(runner),
    // Nothing here was opened by us.
    close: async () => {},
  }
}
