import type { Driver, Result, Row } from '../driver.ts'
import { drive, inTransaction } from '../driver.ts'
import { onPooled } from '../pooled.ts'

interface PgResult {
  readonly rows: unknown[]
  readonly rowCount: number | null
}

interface PgQuery {
  readonly name?: string
  readonly text: string
  readonly values: unknown[]
}

interface PgClient {
  query(query: PgQuery, done: (error: Error, result: PgResult) => void): void
  query(query: PgQuery): Promise<PgResult>
  on(event: 'error', listener: (error: Error) => void): unknown
  off(event: 'error', listener: (error: Error) => void): unknown
  release(broken?: boolean): void
}

/** A `Pool` of `pg`. */
export interface PgPool {
  connect(done: (error: Error | undefined, client: PgClient | undefined) => void): void
  connect(): Promise<PgClient>
  readonly totalCount: number
}

/** PostgreSQL through `pg`: named prepared statements, on connections of the application's pool. */
export function pgDriver(pool: PgPool): Driver {
  const lending = {
    acquire: (done: (error: unknown, client?: PgClient) => void) => pool.connect(done),
    // The server's ERROR ends a statement; FATAL, and what pg itself reports, ends the connection.
    isFatal: (error: unknown) => (error as { readonly severity?: unknown }).severity !== 'ERROR',
    release: (client: PgClient, broken: boolean) => client.release(broken),
  }
  return {
    dialect: 'postgres',

    run: ({ name, text }, values, until) =>
      onPooled<PgClient, Result>(lending, until, (client, done) => {
        // A connection that is lost while it is ours tells nobody else, and an error without a listener ends the process.
        client.on('error', done)
        client.query({ name, text, values: [...values] }, (error, result) => {
          client.off('error', done)
          if (error) done(error)
          else done(undefined, { rows: result.rows as Row[], changes: result.rowCount ?? 0 })
        })
      }),

    async exclusively(plan) {
      const client = await pool.connect()
      let lost: Error | undefined
      const onError = (error: Error): void => void (lost = error)
      client.on('error', onError)
      try {
        return await drive(inTransaction('postgres', plan()), async ({ sql, parameters }) => {
          const { rows } = await client.query({ text: sql, values: [...parameters] })
          return rows as Row[]
        })
      } finally {
        client.off('error', onError)
        client.release(lost !== undefined)
      }
    },
  }
}
