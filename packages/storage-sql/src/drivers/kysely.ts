import { CompiledQuery, sql } from 'kysely'
import type { Kysely, QueryResult } from 'kysely'
import { within } from '../deadline.ts'
import type { Dialect, Driver, Row } from '../driver.ts'
import { drive, inTransaction } from '../driver.ts'

/** The application's Kysely instance, whatever tables it knows of. */
export type KyselyDatabase = Pick<Kysely<never>, 'connection' | 'executeQuery' | 'getExecutor' | 'withoutPlugins'>

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

    exclusively: (plan) =>
      plain.connection().execute(async (connection) => {
        const execute = (text: string, values: readonly unknown[] = []): Promise<QueryResult<Row>> =>
          connection.executeQuery<Row>(CompiledQuery.raw(text, [...values]))
        if (dialect === 'sqlite') await execute('pragma journal_mode = wal')
        return drive(inTransaction(dialect, plan()), async (step) => (await execute(step.sql, step.parameters)).rows)
      }),
  }
}

/** Asks the instance to write a name and a parameter: each dialect has its own way. */
function dialectOf(database: KyselyDatabase): Dialect {
  const { sql: text } = sql`${sql.id('x')} ${1}`.compile(database as Kysely<never>)
  if (text === '"x" $1') return 'postgres'
  if (text === '`x` ?') return 'mysql'
  if (text === '"x" ?') return 'sqlite'
  throw new TypeError('This Kysely instance speaks none of PostgreSQL, MySQL and SQLite: name the `dialect`.')
}
