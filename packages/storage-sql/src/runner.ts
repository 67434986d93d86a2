import { pause } from './deadline.ts'
import type { SqlValue } from './dialect.ts'
import type { Driver, Result } from './driver.ts'
import { failureOf } from './failure.ts'
import type { Statement } from './statement.ts'
import type { Place } from './tables.ts'

export type Values = Readonly<Record<string, SqlValue>>

/** Runs statements within a deadline. */
export interface Runner {
  readonly place: Place
  /** The deadline of a call that begins now. */
  deadline(): number
  /** Rejects when the database has not answered by `until`. */
  run(statement: Statement, values: Values, until: number): Promise<Result>
}

/** How often a statement is tried again that lost a deadlock: the database has undone it. */
const deadlockRetries = 2

/** The runner of a driver. */
export function runnerOf(driver: Driver, place: Place, deadlineMs: number): Runner {
  return {
    place,
    deadline: () => performance.now() + deadlineMs,

    async run(statement, values, until) {
      const bound = statement.bind(values)
      for (let deadlocks = 0; ; ) {
        try {
          return await driver.run(statement, bound, until)
        } catch (error) {
          const failure = failureOf(error)
          if (failure === 'unmigrated') throw unmigrated(place, error)
          if (failure !== 'busy' && (failure !== 'deadlock' || deadlocks++ >= deadlockRetries)) throw error
          // Those who collided must not meet again at the same moment.
          await pause(until, error, Math.max(1, deadlocks))
        }
      }
    },
  }
}

function unmigrated(place: Place, cause: unknown): Error {
  const tables = `The tables \`${place.tablePrefix}…\` are missing or out of date`
  const error = new Error(`${tables}: run \`await storage.migrate()\` before the storage is used.`, { cause })
  // Core tells it as it is, and not only as the cause of an outage.
  return Object.assign(error, { code: 'SALLYPORT_NOT_READY' })
}
