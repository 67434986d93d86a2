import { migrationMs, onceFree, pause } from '../deadline.ts'
import type { SqlValue } from '../dialect.ts'
import type { Driver, Result, Row } from '../driver.ts'
import { driveNow, inTransaction } from '../driver.ts'

interface SqliteStatement {
  all(...values: SqlValue[]): unknown[]
  run(...values: SqlValue[]): { readonly changes: number | bigint }
  /** `better-sqlite3`: whether it returns rows. */
  readonly reader?: boolean
  columns(): readonly { readonly name: string }[]
  /** `node:sqlite` */
  setReturnArrays?(enabled: boolean): void
  /** `better-sqlite3` */
  raw?(enabled: boolean): unknown
}

/** A `DatabaseSync` of `node:sqlite`, or a `Database` of `better-sqlite3`. */
export type SqliteDatabase = { prepare(sql: string): SqliteStatement; exec(sql: string): unknown } & (
  | { readonly isTransaction: boolean }
  | { readonly inTransaction: boolean }
)

type Execute = (values: readonly SqlValue[]) => Result

/** SQLite through either driver: statements are prepared once. */
export function sqliteDriver(database: SqliteDatabase): Driver {
  const prepared = new Map<string, Execute>()
  const isOpen = (): boolean => ('isTransaction' in database ? database.isTransaction : database.inTransaction)

  /**
   * Runs without SQLite's own waiting for another connection's lock, which would stop the event loop. The caller tries
   * again instead. The application's `busy_timeout` is back in place before anything else can run.
   */
  function withoutWaiting<T>(work: () => T): T {
    const row = database.prepare('pragma busy_timeout').all()[0] as Row
    const timeout = Number(row['timeout'])
    if (timeout === 0) return work()
    database.exec('pragma busy_timeout = 0')
    try {
      return work()
    } finally {
      database.exec(`pragma busy_timeout = ${timeout}`)
    }
  }

  function prepare(sql: string): Execute {
    const statement = database.prepare(sql)
    const returnsRows = statement.reader ?? statement.columns().length > 0
    if (!returnsRows) return (values) => ({ rows: [], changes: Number(statement.run(...values).changes) })
    // Either driver takes longer to make objects of rows than it takes us.
    const names = statement.columns().map(({ name }) => name)
    if (statement.setReturnArrays) statement.setReturnArrays(true)
    else statement.raw?.(true)
    return (values) => {
      const rows = (statement.all(...values) as unknown[][]).map((row) => {
        const named: Record<string, unknown> = {}
        for (let i = 0; i < names.length; i++) named[names[i] as string] = row[i]
        return named
      })
      return { rows, changes: rows.length }
    }
  }

  return {
    dialect: 'sqlite',

    async run({ text, writes }, values, until) {
      // The connection may be inside a transaction of the application: what we wrote there would go with its rollback.
      while (isOpen()) await pause(until)
      let execute = prepared.get(text)
      if (execute === undefined) prepared.set(text, (execute = prepare(text)))
      if (!writes) return execute(values)
      const write = execute
      return withoutWaiting(() => write(values))
    },

    async exclusively(plan) {
      const until = performance.now() + migrationMs
      while (isOpen()) await pause(until)
      return onceFree(until, () =>
        withoutWaiting(() => {
          database.exec('pragma journal_mode = wal')
          return driveNow(
            inTransaction('sqlite', plan()),
            (step) => prepare(step.sql)(step.parameters as SqlValue[]).rows,
          )
        }),
      )
    },
  }
}
