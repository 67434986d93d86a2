import { sha256 } from './hash.ts'

/** At most `limit` failures in a fixed window of `windowMs`, which begins with the first of them. */
export interface Limit {
  readonly limit: number
  readonly windowMs: number
  /** Makes failures wait long before the limit is reached; without it the first so many are as quick as they come. */
  readonly backOff?: BackOff | undefined
  /** Counts failures in a row: a success of a device that the user is known by ends it. Without it only time does. */
  readonly consecutive?: boolean | undefined
}

/** After so many failures each further one has to wait: `fromMs` at first, twice as long each time, `toMs` at most. */
export interface BackOff {
  readonly after: number
  readonly fromMs: number
  readonly toMs: number
}

/** Limits on guesses at one kind of secret. */
export interface GuessLimits {
  /** Of everybody who guesses at an account from a device that it is not known by, taken together. */
  readonly account: readonly Limit[]
  /** Of a network, whatever the accounts. */
  readonly network: readonly Limit[]
  /** Of a network at one account. */
  readonly pair?: readonly Limit[] | undefined
  /** Of a device that the account is known by, which then counts for nobody else. Without it there are none. */
  readonly device?: readonly Limit[] | undefined
}

/** Whose guess it is: the account by its canonical name or id, and the network, which is absent when it can't be known. */
export interface Target {
  readonly purpose: string
  readonly account: string
  readonly network: string | undefined
  /** The device that the account is known by, if it guesses from one. */
  readonly device?: string | undefined
}

/** What a guess is counted by. */
export type CountedBy = 'account' | 'network' | 'pair' | 'device'

/** One counter in storage. */
export interface Counter extends Limit {
  readonly name: string
  readonly by: CountedBy
}

/** How long everybody waits after so many waits before. */
export function delayOf({ fromMs, toMs }: BackOff, before: number): number {
  return Math.min(toMs, fromMs * 2 ** Math.min(before, 40))
}

/** The counter of how often the failures of an account were forgotten. Its window outlives all that it speaks of. */
export function forgottenBy({ purpose, account }: Pick<Target, 'purpose' | 'account'>): string {
  return `${purpose}:forgotten:${sha256(account)}`
}

/** The counters of one kind; `times` is how often the failures of the account were forgotten. */
export function countersOf(target: Target, by: CountedBy, limits: readonly Limit[], times: number): readonly Counter[] {
  const who = whoOf(target, by)
  if (who === undefined) return []
  // Names are hashed: they may hold any character, and a store's reader learns no user names from its counters.
  const digest = sha256(times === 0 || by === 'network' ? who : `${who}\n${times}`)
  return limits.map((limit) => ({ ...limit, name: `${target.purpose}:${by}:${limit.windowMs}:${digest}`, by }))
}

function whoOf({ account, network, device }: Target, by: CountedBy): string | undefined {
  if (by === 'network') return network
  if (by === 'account') return account
  if (by === 'device') return device && `${account}\n${device}`
  // Networks that can't be known are one.
  return `${account}\n${network ?? ''}`
}
