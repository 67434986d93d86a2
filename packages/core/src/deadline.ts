/** Waits for something, and not for ever. */
export type Deadline = <Result>(work: Promise<Result>) => Promise<Result>

interface Call {
  readonly since: number
  readonly giveUp: () => void
}

const tickMs = 1000

/**
 * Rejects with `late()` what is not settled within `ms`, or a second later; what becomes of it after that is not heard
 * of. Whatever it rejects with goes through `told`. All calls share one clock, since a timer for each would cost more than
 * many a call.
 */
export function createDeadline(
  ms: number,
  late: () => Error,
  told: (cause: unknown) => unknown = (cause) => cause,
): Deadline {
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
      const call: Call = { since: tick, giveUp: () => reject(told(late()) as Error) }
      calls.add(call)
      timer ??= start()
      work.then(
        (result) => {
          calls.delete(call)
          resolve(result)
        },
        (reason: unknown) => {
          calls.delete(call)
          reject(told(reason) as Error)
        },
      )
    })
}

/** Begins something whose first step may throw instead of rejecting. */
export function started<Result>(run: () => Promise<Result>): Promise<Result> {
  try {
    return run()
  } catch (cause) {
    return Promise.reject(cause as Error)
  }
}
