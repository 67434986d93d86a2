import type { SqlValue } from '../dialect.ts'
import type { Driver, Result, Row } from '../driver.ts'
import { drive, inTransaction } from '../driver.ts'
import { onPooled } from '../pooled.ts'

/** `execute` also takes an object with `sql` and settings that win over those of the pool. */
interface MysqlStatement {
  readonly sql: string
  readonly values: SqlValue[]
  readonly rowsAsArray: false
}

type MysqlRows = Row[] | { readonly affectedRows: number; readonly insertId: number | string }

interface MysqlConnection {
  execute(statement: MysqlStatement, done: (error: unknown, rows: unknown) => void): unknown
  release(): void
  destroy(): void
}

interface MysqlCallbackPool {
  getConnection(done: (error: unknown, connection: MysqlConnection) => void): void
}

/** A pool of `mysql2/promise`, or one of `mysql2`. */
export type MysqlPool =
  | { readonly pool: object; execute: unknown; getConnection: unknown }
  | { promise: unknown; execute: unknown; getConnection: unknown }

/** MySQL and MariaDB through `mysql2`: prepared statements (`execute`), on connections of the application's pool. */
export function mysqlDriver(handle: MysqlPool): Driver {
  // The pool of `mysql2/promise` wraps the one that takes callbacks.
  const pool = ('pool' in handle ? handle.pool : handle) as MysqlCallbackPool
  const lending = {
    acquire: (done: (error: unknown, connection?: MysqlConnection) => void) => pool.getConnection(done),
    isFatal: (error: unknown) => (error as { readonly fatal?: unknown }).fatal === true,
    release: (connection: MysqlConnection, broken: boolean) => (broken ? connection.destroy() : connection.release()),
  }
  return {
    dialect: 'mysql',

    run: ({ text }, values, until) =>
      onPooled<MysqlConnection, Result>(lending, until, (connection, done) => {
        connection.execute({ sql: text, values: [...values], rowsAsArray: false }, (error, rows) => {
          if (error) done(error)
          else done(undefined, resultOf(rows as MysqlRows))
        })
      }),

    async exclusively(plan) {
      const connection = await new Promise<MysqlConnection>((resolve, reject) =>
        pool.getConnection((error, lent) => (error ? reject(error as Error) : resolve(lent))),
      )
      const execute = (sql: string, values: readonly unknown[]): Promise<Result> =>
        new Promise((resolve, reject) =>
          connection.execute({ sql, values: values as SqlValue[], rowsAsArray: false }, (error, rows) =>
            error ? reject(error as Error) : resolve(resultOf(rows as MysqlRows)),
          ),
        )
      try {
        return await drive(
          inTransaction('mysql', plan()),
          async (step) => (await execute(step.sql, step.parameters)).rows,
        )
      } finally {
        connection.release()
      }
    },
  }
}

function resultOf(rows: MysqlRows): Result {
  if (Array.isArray(rows)) return { rows, changes: rows.length }
  return { rows: [], changes: rows.affectedRows, insertId: Number(rows.insertId) }
}
