import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import { builderOf } from './builder.ts'
import { columnsOf } from './columns.ts'
import { migrationMs } from './deadline.ts'
import type { Dialect } from './dialect.ts'
import type { Plan, Row, Step } from './driver.ts'
import { failureOf } from './failure.ts'
import { migrations } from './migrations.ts'
import type { Migration, Tools } from './migrations.ts'
import type { Runner } from './runner.ts'
import { statement } from './statement.ts'
import { fullName, quotedName } from './tables.ts'
import type { Place } from './tables.ts'

/** Which migrations a database has had, and which it still lacks, both oldest first. */
export interface MigrationStatus {
  readonly applied: readonly string[]
  readonly pending: readonly string[]
}

const lockSeconds = migrationMs / 1000

const versionQuery: Readonly<Record<Dialect, string>> = {
  postgres: `select current_setting('server_version_num') as version`,
  mysql: 'select version() as version',
  sqlite: 'select sqlite_version() as version',
}

/** Brings the tables to the newest form. Of several processes one does it, and the others wait and find it done. */
export function* migrate(place: Place, now: number): Plan<MigrationStatus> {
  const builder = builderOf(place.dialect)
  yield* lock(place)
  try {
    const [server] = yield step(versionQuery[place.dialect])
    const columns = columnsOf(place.dialect, String(server?.['version']))
    const tools: Tools = { builder, columns, place }
    yield* createSchema(place, builder)
    yield builder.schema
      .createTable(fullName(place, 'migrations'))
      .ifNotExists()
      .addColumn('name', columns.key(64), (column) => column.notNull())
      .addColumn('applied_at', columns.integer, (column) => column.notNull())
      .addPrimaryKeyConstraint(`${place.tablePrefix}migrations_key`, ['name'])
      .modifyEnd(columns.tableOptions)
      .compile()
    const { pending } = statusOf(yield step(appliedQuery(place)))
    for (const migration of migrations.filter(({ name }) => pending.includes(name))) yield* apply(migration, tools, now)
    return statusOf(yield step(appliedQuery(place)))
  } finally {
    if (place.dialect === 'mysql') yield step('select release_lock(?)', lockName(place))
  }
}

/** Which migrations a database has had; in one without our tables, none. */
export async function readStatus({ place, run, deadline }: Runner): Promise<MigrationStatus> {
  try {
    const { rows } = await run(statement(place.dialect, appliedQuery(place)), {}, deadline())
    return statusOf(rows)
  } catch (error) {
    if (error instanceof Error && failureOf(error.cause) === 'unmigrated') return statusOf([])
    throw error
  }
}

function statusOf(rows: readonly Row[]): MigrationStatus {
  const applied = rows.map((row) => String(row['name']))
  return { applied, pending: migrations.map(({ name }) => name).filter((name) => !applied.includes(name)) }
}

function appliedQuery(place: Place): string {
  return `select name from ${quotedName(place, 'migrations')} order by name`
}

function* apply(migration: Migration, tools: Tools, now: number): Plan<void> {
  for (const statement of migration.statements(tools)) {
    try {
      yield statement
    } catch (error) {
      // MySQL undoes no schema change: what a broken migration had come to is there already.
      if (failureOf(error) !== 'already-there' || tools.place.dialect !== 'mysql') throw error
    }
  }
  yield sql`insert into ${sql.table(fullName(tools.place, 'migrations'))} (name, applied_at)
    values (${migration.name}, ${now})`.compile(tools.builder)
}

/** SQLite needs none: its transaction began with the lock. */
function* lock(place: Place): Plan<void> {
  const name = lockName(place)
  if (place.dialect === 'postgres') {
    yield step(`set local lock_timeout = '${lockSeconds}s'`)
    yield step('select pg_advisory_xact_lock($1)', Number.parseInt(name.slice(-12), 16))
  }
  if (place.dialect === 'mysql') {
    const [row] = yield step(`select get_lock(?, ${lockSeconds}) as locked`, name)
    if (Number(row?.['locked']) !== 1) throw new Error('Another process is migrating the database, and takes long.')
  }
}

function* createSchema({ dialect, schema }: Place, builder: Kysely<never>): Plan<void> {
  if (dialect !== 'postgres' || schema === undefined) return
  // Asked first: to create a schema needs a right that its user may lack, even when it is there.
  const found = yield step('select 1 from pg_catalog.pg_namespace where nspname = $1', schema)
  if (found.length === 0) yield builder.schema.createSchema(schema).compile()
}

function lockName(place: Place): string {
  return `sallyport ${createHash('sha256').update(fullName(place, '')).digest('hex').slice(0, 40)}`
}

function step(text: string, ...parameters: readonly unknown[]): Step {
  return { sql: text, parameters }
}
