/** Waits for something, and not for ever. */
export type Deadline = <Result>(work: Promise<Result>) => Promise<Result>

interface Call {
  readonly since: number
  readonly giveUp: () => void
}

const tickMs = 1000

/**
 * Rejects with `error()` what is not settled within `ms`, or a second later; what becomes of it after that is not heard
 * of. All calls share one clock, since a timer for each would cost more than many a call.
 */
export function createDeadline(ms: number, error: () => Error): Deadline {
  const calls = new Set<Call>()
  const patience = Math.ceil(ms / tickMs)
  let tick = 0
  let timer: NodeJS.Timeout | undefined

  function look(): void {
    tick++
    for (const call of calls) {
      // They stand in the order in which they began.
      if (tick - call.since <= patience) return
      calls.delete(call)
      call.giveUp()
    }
    if (calls.size > 0) return
    clearInterval(timer)
    timer = undefined
  }

  function start(): NodeJS.Timeout {
    const started = setInterval(look, tickMs)
    // It keeps no process alive; not every runtime has such timers.
    started.unref?.()
    return started
  }

  return (work) =>
    new Promise((resolve, reject) => {
      const call: Call = { since: tick, giveUp: () => reject(error()) }
      calls.add(call)
      timer ??= start()
      work.then(
        (result) => {
          calls.delete(call)
          resolve(result)
        },
        (reason: unknown) => {
          calls.delete(call)
          reject(reason as Error)
        },
      )
    })
}
