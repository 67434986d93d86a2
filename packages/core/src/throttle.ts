import type { Clock } from './collection.ts'
import { AuthError, type Quota } from './errors.ts'
import type { Emit, Origin } from './events.ts'
import { type Counter, countersOf, forgottenBy, type GuessLimits, type Target } from './guess-limits.ts'
import { createRefunds, type Refund } from './refund.ts'
import type { Count, Storage } from './storage.ts'
import { createWaits } from './wait.ts'

export type { BackOff, GuessLimits, Limit } from './guess-limits.ts'

/** Whose guess it is, and who is told of what is left. */
export interface Guesser extends Target {
  readonly userId?: string | undefined
  readonly from?: (Origin & { readonly quotas?: Quota[] | undefined }) | undefined
}

/** Counts guesses before they are verified, so that guesses sent at once cannot pass the limit together. */
export interface Throttle {
  /**
   * Whether there is anything to wait for, admission, count, verify; what is right or could not be judged is refunded (a
   * wrong answer is `undefined`). `admit` waits for a place to do costly work and resolves to the function that gives
   * it back. Throws `too_many_attempts` with the time until the next guess.
   */
  guess<Result>(
    guesser: Guesser,
    limits: GuessLimits,
    verify: () => Promise<Result | undefined>,
    admit?: () => Promise<() => void>,
  ): Promise<Result | undefined>
  /** Takes back one attempt of a network that was no guess, and has come to what it was for. Never rejects. */
  giveBack(guesser: Pick<Target, 'purpose' | 'network'>, limits: Pick<GuessLimits, 'network'>): Promise<void>
  /** Forgets the failures of an account, whoever's they were: its secret is another one now, or somebody vouches for it. */
  forget(account: Pick<Target, 'purpose' | 'account'>, limits: Pick<GuessLimits, 'account'>): Promise<void>
}

/** More than any counter holds: counts never fall below zero. */
const everything = -1_000_000_000
/** Longer than the window of any counter of an account. */
const forgottenMs = 366 * 24 * 60 * 60_000

/** A guess as one counter has counted it, and how that is taken back. `until`: it has to wait. */
interface Counted extends Count {
  readonly counter: Counter
  readonly until: number | undefined
  readonly back: readonly Refund[]
}

/** What a guess is counted by. */
interface Plan {
  /** One after the other, so that what a narrow or short counter refuses uses up nothing of a wide or long one. */
  readonly stages: readonly (readonly Counter[])[]
  /**
   * The rows of failures that a success ends. Strangers can't be told from the user among them: theirs forgives nothing
   * but itself.
   */
  readonly rows: readonly Counter[]
}

/** Guesses are counted in storage, so that all processes share one limit and none forgets it. */
export function createThrottle(
  storage: Storage,
  now: Clock,
  emit: Emit,
  failed: (guesser: Guesser) => Promise<void> = async () => {},
): Throttle {
  const add = (name: string, windowMs: number, by: number) => storage.increment(name, windowMs, by, now())
  const read = (name: string) => add(name, 1, 0)
  const waits = createWaits(storage, now)
  const refunds = createRefunds()

  function refuse(guesser: Guesser, { by }: Counter, quota: Quota): never {
    emit('attempts.throttled', { purpose: guesser.purpose, by, userId: guesser.userId }, guesser.from)
    throw new AuthError('too_many_attempts', { retryAfterMs: quota.resetMs, quota })
  }

  /** Throws for the longest of the waits. */
  function assertNoWait(guesser: Guesser, all: readonly { counter: Counter; until: number | undefined }[]): void {
    const until = Math.max(...all.map((wait) => wait.until ?? 0))
    const longest = all.find((wait) => wait.until === until)
    if (longest !== undefined) refuse(guesser, longest.counter, quotaOf(longest.counter, 0, until - now()))
  }

  async function waitOf(counter: Counter): Promise<{ counter: Counter; until: number | undefined }> {
    if (counter.backOff !== undefined) return { counter, until: await waits.until(counter) }
    const { count, resetAt } = await read(counter.name)
    return { counter, until: count >= counter.limit ? resetAt : undefined }
  }

  /** Counts a guess. After a few failures one gets through, and all others wait. */
  async function count(counter: Counter): Promise<Counted> {
    const { name, windowMs, backOff, limit } = counter
    const takeBack = () => add(name, 1, -1)
    const counted = { ...(await add(name, windowMs, 1)), counter, until: undefined, back: [takeBack] }
    if (counted.count > limit)
      return { ...counted, until: counted.resetAt, back: backOff === undefined ? [] : [takeBack] }
    if (backOff === undefined || counted.count < backOff.after) return counted
    const passage = await waits.pass(counter).catch(async (error: unknown) => {
      await refunds.give([takeBack])
      throw error
    })
    return 'until' in passage ? { ...counted, until: passage.until } : { ...counted, back: [takeBack, passage.reopen] }
  }

  function endOf(counter: Counter): readonly Refund[] {
    return [() => add(counter.name, 1, everything), ...(counter.backOff ? [() => waits.forget(counter)] : [])]
  }

  /** Counts in `counted`. Throws when somebody has to wait or a counter can't be reached: then all of it is to be taken back. */
  async function countAll(guesser: Guesser, counters: readonly Counter[], counted: Counted[]): Promise<void> {
    const results = await Promise.allSettled(counters.map(count))
    for (const result of results) if (result.status === 'fulfilled') counted.push(result.value)
    for (const result of results) if (result.status === 'rejected') throw result.reason
    assertNoWait(guesser, counted)
  }

  async function planOf(guesser: Guesser, limits: GuessLimits): Promise<Plan> {
    const { pair = [], device = [], account, network } = limits
    const isForgettable = [...account, ...pair, ...device].some(({ backOff }) => backOff !== undefined)
    const times = isForgettable ? (await read(forgottenBy(guesser))).count : 0
    const of = (by: Counter['by'], given: GuessLimits['account']) => countersOf(guesser, by, given, times)
    const own = of('device', device)
    const counts = await Promise.all(own.map(async (counter) => (await read(counter.name)).count < counter.limit))
    // A device that has failed too often is a stranger's, whoever's it was.
    const wide = of('account', account)
    if (own.length > 0 && counts.every(Boolean)) return { stages: [own], rows: [...own, ...wide].filter(isRow) }
    const ofNetwork = of('network', network)
    const ofPair = of('pair', pair)
    const [short = [], ...long] = [...wide].sort((a, b) => a.windowMs - b.windowMs).map((counter) => [counter])
    if (ofPair.length === 0) return { stages: [[...short, ...ofNetwork], ...long], rows: [] }
    return { stages: [[...ofNetwork, ...ofPair], short, ...long], rows: [] }
  }

  /**
   * Tells the client what is left of what is theirs, once half is used up: until then all answers are alike. Not how much
   * others guess at the account.
   */
  function note({ from }: Guesser, counted: readonly Counted[], isRight: boolean): void {
    for (const { counter, count: number, resetAt } of counted) {
      if (counter.by === 'account') continue
      const limit = counter.backOff?.after ?? counter.limit
      const left = limit - (isRight ? number - 1 : number)
      if (left <= limit / 2) from?.quotas?.push(quotaOf(counter, left, resetAt - now()))
    }
  }

  return {
    async guess(guesser, limits, verify, admit = async () => () => {}) {
      const { stages, rows } = await planOf(guesser, limits)
      // Before a place to do costly work is taken: whoever is refused here, or finds the store away, keeps none from others.
      const quick = stages.flat().filter(({ by, backOff }) => by === 'network' || backOff !== undefined)
      assertNoWait(guesser, await Promise.all((quick.length > 0 ? quick : stages.flat()).reverse().map(waitOf)))

      const leave = await admit()
      const counted: Counted[] = []
      const attempt = async () => {
        for (const counters of stages) await countAll(guesser, counters, counted)
        return verify()
      }
      const result = await attempt()
        .finally(leave)
        .catch(async (error: unknown) => {
          // What was refused is no failure, but a flood of it is the network's: it costs no write more.
          const isRefused = counted.some(({ until }) => until !== undefined)
          await refunds.give(backOf(isRefused ? counted.filter(({ counter }) => counter.by !== 'network') : counted))
          throw error
        })
      note(guesser, counted, result !== undefined)
      if (result === undefined) await failed(guesser)
      else await refunds.give([...backOf(counted), ...rows.flatMap(endOf)])
      return result
    },

    async giveBack(guesser, limits) {
      const counters = countersOf({ ...guesser, account: '' }, 'network', limits.network, 0)
      await refunds.give(
        counters.map(
          ({ name }) =>
            () =>
              add(name, 1, -1),
        ),
      )
    },

    async forget(account, limits) {
      const plain = countersOf({ ...account, network: undefined }, 'account', limits.account, 0)
      await Promise.all([
        add(forgottenBy(account), forgottenMs, 1),
        ...plain.map(({ name }) => add(name, 1, everything)),
      ])
    },
  }
}

/** What takes back a guess that was none. */
function backOf(counted: readonly Counted[]): readonly Refund[] {
  return counted.flatMap(({ back }) => back)
}

function isRow({ consecutive }: Counter): boolean {
  return consecutive === true
}

function quotaOf({ by, backOff, limit, windowMs }: Counter, remaining: number, resetMs: number): Quota {
  return {
    name: by === 'network' ? by : 'guesses',
    limit: backOff?.after ?? limit,
    remaining: Math.max(0, remaining),
    windowMs,
    resetMs: Math.max(1000, resetMs),
  }
}
