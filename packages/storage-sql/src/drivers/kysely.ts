import { CompiledQuery, sql } from 'kysely'
import type { QueryExecutor, QueryResult } from 'kysely'
import { migrationMs, onceFree, within } from '../deadline.ts'
import type { Dialect } from '../dialect.ts'
import type { Driver, Plan, Row, Step } from '../driver.ts'
import { drive, inTransaction } from '../driver.ts'

type Execute = (step: Step) => Promise<readonly Row[]>

interface KyselyConnection {
  executeQuery<R>(query: CompiledQuery<R>): Promise<QueryResult<R>>
}

/** The application's Kysely instance, whatever tables it knows of. */
export interface KyselyDatabase extends KyselyConnection {
  getExecutor(): QueryExecutor
  withoutPlugins(): KyselyDatabase
  connection(): { execute<T>(work: (connection: KyselyConnection) => Promise<T>): Promise<T> }
}

/** Any database through Kysely: on whatever connection it lends, never on one that is in a transaction. */
export function kyselyDriver(database: KyselyDatabase, given?: Dialect): Driver {
  const dialect = given ?? dialectOf(database)
  // A plugin of the application's, such as `CamelCasePlugin`, is not meant for our rows.
  const plain = database.withoutPlugins()
  return {
    dialect,

    async run({ text }, values, until) {
      const result = await within(until, plain.executeQuery<Row>(CompiledQuery.raw(text, [...values])))
      const changes = Number(result.numAffectedRows ?? result.rows.length)
      return { rows: result.rows, changes, insertId: Number(result.insertId ?? 0) }
    },

    exclusively(plan) {
      const migration = <T>(work: (execute: Execute) => Promise<T>): Promise<T> =>
        plain.connection().execute((connection) =>
          work(async ({ sql: text, parameters }) => {
            const { rows } = await connection.executeQuery<Row>(CompiledQuery.raw(text, [...parameters]))
            return rows
          }),
        )
      if (dialect !== 'sqlite') return migration((execute) => drive(inTransaction(dialect, plan()), execute))
      return onceFree(performance.now() + migrationMs, () =>
        migration((execute) => drive(withoutWaiting(inTransaction(dialect, plan())), execute)),
      )
    },
  }
}

/** SQLite's own waiting would stop the event loop, in which the other transaction may have its end. */
function* withoutWaiting<T>(plan: Plan<T>): Plan<T> {
  const [row] = yield { sql: 'pragma busy_timeout', parameters: [] }
  yield { sql: 'pragma busy_timeout = 0', parameters: [] }
  try {
    yield { sql: 'pragma journal_mode = wal', parameters: [] }
    return yield* plan
  } finally {
    yield { sql: `pragma busy_timeout = ${Number(row?.['timeout'])}`, parameters: [] }
  }
}

/** Asks the instance to write a name and a parameter: each dialect has its own way. */
function dialectOf(database: KyselyDatabase): Dialect {
  const { sql: text } = sql`${sql.id('x')} ${1}`.compile(database)
  if (text === '"x" $1') return 'postgres'
  if (text === '`x` ?') return 'mysql'
  if (text === '"x" ?') return 'sqlite'
  throw new TypeError('This Kysely instance speaks none of PostgreSQL, MySQL and SQLite: name the `dialect`.')
}
