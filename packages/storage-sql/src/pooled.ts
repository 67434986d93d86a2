import { leftUntil, tooLate } from './deadline.ts'

type Done<T> = (error: unknown, result?: T) => void

/** How a pool lends a connection and takes it back, in callbacks as its driver has them. */
export interface Lending<Connection> {
  acquire(done: Done<Connection>): void
  /** Whether the connection is of no use after this error. */
  isFatal(error: unknown): boolean
  /** `broken` closes the connection. */
  release(connection: Connection, broken: boolean): void
}

/** How long an abandoned statement may go on holding its connection. */
const graceMs = 30_000

/**
 * Runs one statement on a connection of the pool and rejects in time. A late statement keeps its connection until it
 * ends, so that a blocked table can't make us open ever more of them; one that never ends loses it.
 */
export function onPooled<Connection, T>(
  lending: Lending<Connection>,
  until: number,
  work: (connection: Connection, done: Done<T>) => void,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    let late = false
    let giveUp: (() => void) | undefined
    const timer = setTimeout(() => {
      late = true
      giveUp?.()
      reject(tooLate())
    }, leftUntil(until))

    lending.acquire((failure, connection) => {
      if (connection === undefined) {
        clearTimeout(timer)
        return reject(failure)
      }
      // Nobody waits for it any more: the statement isn't even sent.
      if (late) return lending.release(connection, false)

      let lent = true
      let grace: NodeJS.Timeout | undefined
      const giveBack = (broken: boolean): void => {
        clearTimeout(timer)
        clearTimeout(grace)
        if (lent) lending.release(connection, broken)
        lent = false
      }
      giveUp = () => {
        grace = setTimeout(giveBack, graceMs, true).unref()
      }
      const done: Done<T> = (error, result) => {
        giveBack(error !== undefined && error !== null && lending.isFatal(error))
        if (error) reject(error)
        else resolve(result as T)
      }
      try {
        work(connection, done)
      } catch (error) {
        done(error)
      }
    })
  })
}
