/** The clock of the servers, in milliseconds since the epoch, as far as their answers have told it. */
export interface ServerClock {
  /** What it shows at an instant of `performance.now()`. */
  at(instant: number): number
  /** Sets it by what the servers have just said: of several, by the one that is furthest ahead. */
  set(...times: readonly number[]): void
}

/** A clock that, until a server has said otherwise, agrees with that of this machine. */
export function serverClock(): ServerClock {
  let ahead = Date.now() - performance.now()
  return {
    at: (instant) => Math.ceil(instant + ahead),
    set(...times) {
      const time = Math.max(...times)
      if (Number.isFinite(time)) ahead = time - performance.now()
    },
  }
}
