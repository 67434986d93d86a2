import type { Dialect, SqlValue } from './dialect.ts'
import type { Statement } from './statement.ts'

export type Row = Readonly<Record<string, unknown>>

export interface Result {
  readonly rows: readonly Row[]
  /** Rows that the statement inserted, matched or removed. */
  readonly changes: number
  /** On MySQL: the LAST_INSERT_ID of this very statement. Elsewhere without meaning. */
  readonly insertId?: number
}

/** One step of a plan. */
export interface Step {
  readonly sql: string
  readonly parameters: readonly unknown[]
}

/** Statements that need one connection and each other's answers; written once, run with or without waiting. */
export type Plan<T> = Generator<Step, T, readonly Row[]>

/** A database handle that the application gave us, behind two functions. */
export interface Driver {
  readonly dialect: Dialect
  /** Runs one prepared statement, in no transaction but its own. Rejects by `until` (`performance.now()`) at the latest. */
  run(statement: Statement, values: readonly SqlValue[], until: number): Promise<Result>
  /** Runs a plan on one connection, in one transaction where the database can do that with schema changes. */
  exclusively<T>(plan: () => Plan<T>): Promise<T>
}

const begin: Readonly<Record<Dialect, string | undefined>> = {
  postgres: 'begin',
  mysql: undefined, // every schema change commits there
  sqlite: 'begin immediate',
}

/** The plan in a transaction. */
export function* inTransaction<T>(dialect: Dialect, plan: Plan<T>): Plan<T> {
  const start = begin[dialect]
  if (start === undefined) return yield* plan
  yield { sql: start, parameters: [] }
  try {
    const result = yield* plan
    yield { sql: 'commit', parameters: [] }
    return result
  } catch (error) {
    try {
      yield { sql: 'rollback', parameters: [] }
    } catch {
      // The connection is gone, or the database has rolled back by itself: what went wrong first is what to tell.
    }
    throw error
  }
}

/** Runs a plan step by step. */
export async function drive<T>(plan: Plan<T>, execute: (step: Step) => Promise<readonly Row[]>): Promise<T> {
  let next = plan.next([])
  while (!next.done) {
    const outcome = await execute(next.value).then(
      (rows) => ({ rows }),
      (error: unknown) => ({ error }),
    )
    next = 'error' in outcome ? plan.throw(outcome.error) : plan.next(outcome.rows)
  }
  return next.value
}

/** Runs a plan at once: nothing else happens in this process meanwhile. */
export function driveNow<T>(plan: Plan<T>, execute: (step: Step) => readonly Row[]): T {
  let next = plan.next([])
  while (!next.done) {
    let rows: readonly Row[]
    try {
      rows = execute(next.value)
    } catch (error) {
      next = plan.throw(error)
      continue
    }
    next = plan.next(rows)
  }
  return next.value
}
