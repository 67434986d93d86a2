import { failureOf } from './failure.ts'

/** How long a migration waits for another process to end its own. */
export const migrationMs = 60_000

/** The rejection of a call that took too long. What it was to write may or may not have been written. */
export function tooLate(cause?: unknown): Error {
  return new Error('The database did not answer in time.', cause === undefined ? undefined : { cause })
}

/** Milliseconds until the deadline, for a timer. */
export function leftUntil(until: number): number {
  return Math.max(0, Math.ceil(until - performance.now()))
}

/** The promise, or a rejection once the deadline has passed. */
export function within<T>(until: number, promise: Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => reject(tooLate()), leftUntil(until))
    promise.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

/** Waits a moment for somebody else to finish, longer each time; rejects once the deadline has passed. */
export async function pause(until: number, cause?: unknown, times = 1): Promise<void> {
  if (performance.now() >= until) throw tooLate(cause)
  await new Promise((resolve) => setTimeout(resolve, 1 + Math.random() * 4 ** Math.min(times, 3)))
}

/** Does the work as soon as no other connection to a SQLite database is in the way. The event loop goes on meanwhile. */
export async function onceFree<T>(until: number, work: () => T | Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (failureOf(error) !== 'busy') throw error
      await pause(until, error)
    }
  }
}
