import type { Clock } from './collection.ts'
import { AuthError } from './errors.ts'
import type { Emit, Origin } from './events.ts'
import { sha256 } from './hash.ts'
import type { Count, Storage } from './storage.ts'

/** At most `limit` failures in a fixed window of `windowMs`. */
export interface Limit {
  readonly limit: number
  readonly windowMs: number
}

/** Whose guess it is: the account by its canonical name or id, and the network, which is absent when it can't be known. */
export interface Guesser {
  readonly purpose: string
  readonly account: string
  readonly network: string | undefined
  readonly userId?: string | undefined
  readonly from?: Origin | undefined
}

/** Limits on guesses at one kind of secret. */
export interface GuessLimits {
  readonly account: readonly Limit[]
  readonly network: readonly Limit[]
}

/** Counts guesses before they are verified, so that guesses sent at once cannot pass the limit together. */
export interface Throttle {
  /**
   * Network limit, admission, count, verify; what is right or could not be judged is refunded (a wrong answer is
   * `undefined`). `admit` waits for a place to do costly work and resolves to the function that gives it back.
   * Throws `too_many_attempts` with the time until the window ends.
   */
  guess<Result>(
    guesser: Guesser,
    limits: GuessLimits,
    verify: () => Promise<Result | undefined>,
    admit?: () => Promise<() => void>,
  ): Promise<Result | undefined>
  /** Forgets the failures of an account. */
  forget(guesser: Pick<Guesser, 'purpose' | 'account'>, limits: Pick<GuessLimits, 'account'>): Promise<void>
}

// A refund that gets lost costs one attempt; it must not turn a right answer into an error, nor keep it waiting.
const patienceMs = 200
// A store may be away for a while, and its return is soon enough: windows are far longer.
const refundPauses = [200, 500, 1000, 2000, 5000, 15_000, 60_000]

interface Counter extends Limit {
  readonly name: string
  readonly by: 'account' | 'network'
}

/** Guesses are counted in storage, so that all processes share one limit. */
export function createThrottle(storage: Storage, now: Clock, emit: Emit): Throttle {
  const add = (counter: Counter, by: number) => storage.increment(counter.name, counter.windowMs, by, now())

  function refuse(guesser: Guesser, counter: Counter, resetAt: number): never {
    emit('attempts.throttled', { purpose: guesser.purpose, by: counter.by, userId: guesser.userId }, guesser.from)
    throw new AuthError('too_many_attempts', { retryAfterMs: Math.max(1000, resetAt - now()) })
  }

  /** Takes back what was counted, at length if it must be: what waits for it goes on after a moment. */
  async function refund(counters: readonly Counter[]): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, patienceMs)))
    await Promise.race([takeBack(counters), patience])
    clearTimeout(timer)
  }

  async function takeBack(counters: readonly Counter[], pauses: readonly number[] = refundPauses): Promise<void> {
    const results = await Promise.allSettled(counters.map((counter) => add(counter, -1)))
    const lost = counters.filter((_, i) => results[i]?.status === 'rejected')
    const [pause, ...further] = pauses
    if (lost.length === 0 || pause === undefined) return
    setTimeout(() => void takeBack(lost, further), pause).unref?.()
  }

  /** Counts everywhere or, when one of the counters can't be reached, nowhere. */
  async function countAll(counters: readonly Counter[]): Promise<readonly (readonly [Counter, Count])[]> {
    const counts = await Promise.allSettled(counters.map(async (counter) => [counter, await add(counter, 1)] as const))
    const counted = counts.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    for (const result of counts) {
      if (result.status === 'fulfilled') continue
      await refund(counted.map(([counter]) => counter))
      throw result.reason
    }
    return counted
  }

  /** Short windows first: what they refuse is no guess, and must not use up a long one. */
  async function countIn(guesser: Guesser, counters: readonly Counter[]): Promise<void> {
    const windows = [...new Set(counters.map(({ windowMs }) => windowMs))].sort((a, b) => a - b)
    const counted: Counter[] = []
    for (const windowMs of windows) {
      const counts = await countAll(counters.filter((counter) => counter.windowMs === windowMs)).catch(
        async (error: unknown) => {
          await refund(counted)
          throw error
        },
      )
      for (const [counter, { count, resetAt }] of counts) {
        counted.push(counter)
        if (count > counter.limit) refuse(guesser, counter, resetAt)
      }
    }
  }

  return {
    async guess(guesser, limits, verify, admit = async () => () => {}) {
      const networks = countersOf(guesser, 'network', guesser.network, limits.network)
      const counters = [...countersOf(guesser, 'account', guesser.account, limits.account), ...networks]
      // Before a place to do costly work is taken: whoever is refused here, or finds the store away, keeps none from others.
      for (const counter of networks.length > 0 ? networks : counters) {
        const { count, resetAt } = await add(counter, 0)
        if (count >= counter.limit) refuse(guesser, counter, resetAt)
      }

      const leave = await admit()
      try {
        await countIn(guesser, counters)
        const result = await verify().catch(async (error: unknown) => {
          await refund(counters)
          throw error
        })
        if (result !== undefined) await refund(counters)
        return result
      } finally {
        leave()
      }
    },

    async forget({ purpose, account }, limits) {
      for (const counter of countersOf({ purpose }, 'account', account, limits.account)) {
        const { count } = await add(counter, 0)
        if (count > 0) await add(counter, -count)
      }
    },
  }
}

function countersOf(
  guesser: Pick<Guesser, 'purpose'>,
  by: Counter['by'],
  who: string | undefined,
  limits: readonly Limit[],
): Counter[] {
  if (who === undefined) return []
  // Names are hashed: they may hold any character, and a store's reader learns no user names from its counters.
  const digest = sha256(who)
  return limits.map(({ limit, windowMs }) => ({
    name: `${guesser.purpose}:${by}:${windowMs}:${digest}`,
    by,
    limit,
    windowMs,
  }))
}
