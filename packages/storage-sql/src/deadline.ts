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

/** Waits a moment for somebody else to finish; rejects once the deadline has passed. */
export async function pause(until: number, cause?: unknown): Promise<void> {
  if (performance.now() >= until) throw tooLate(cause)
  await new Promise((resolve) => setTimeout(resolve, 1 + Math.random() * 4))
}
