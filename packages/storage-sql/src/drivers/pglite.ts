import { within } from '../deadline.ts'
import type { Driver, Row } from '../driver.ts'
import { drive } from '../driver.ts'

interface PgliteResult {
  readonly rows: unknown[]
  readonly affectedRows?: number
}

interface PgliteQueries {
  query(text: string, values: unknown[]): Promise<PgliteResult>
}

/** A `PGlite`. */
export interface PgliteDatabase extends PgliteQueries {
  readonly waitReady: Promise<void>
  transaction<T>(work: (transaction: PgliteQueries) => Promise<T>): Promise<T>
}

/** PostgreSQL inside this process. Its one connection serves everybody in turn. */
export function pgliteDriver(database: PgliteDatabase): Driver {
  return {
    dialect: 'postgres',

    async run({ text }, values, until) {
      const { rows, affectedRows } = await within(until, database.query(text, [...values]))
      return { rows: rows as Row[], changes: affectedRows ?? 0 }
    },

    exclusively: (plan) =>
      database.transaction((transaction) =>
        drive(plan(), async ({ sql, parameters }) => (await transaction.query(sql, [...parameters])).rows as Row[]),
      ),
  }
}
