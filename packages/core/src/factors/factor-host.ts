import type { Client } from '../client.ts'
import type { Challenges } from '../challenge.ts'
import type { Clock } from '../collection.ts'
import type { Emit } from '../events.ts'
import type { Keys } from '../keys.ts'
import type { Messenger } from '../message.ts'
import type { GuessLimits } from '../throttle.ts'
import type { User } from '../user.ts'
import type { Credentials } from './credentials.ts'
import type { Factor } from './factor.ts'

/**
 * What a factor package gives: a function that is handed what it needs and returns the factor. A factor says what is
 * true of evidence. Who may ask for it, what is stored, who is told, and whether a session comes of it, is core's.
 */
export type FactorType = (host: FactorHost) => Factor

/** What core lends to a factor for its life. */
export interface FactorHost {
  /** Our public origin, as in `https://app.example.com`. Nothing a factor checks comes from the Host header. */
  readonly origin: string
  readonly now: Clock
  readonly emit: Emit
  /** Secrets at rest: sealed for their kind, id and owner. */
  readonly keys: Pick<Keys, 'seal' | 'open' | 'isStale'>
  /** Questions that are asked once and answered once. */
  readonly challenges: Challenges
  /** Password hashes, for secrets that could be guessed. */
  readonly hashing: FactorHashing
  /** Sends messages by the setting `deliver`; `undefined` when there is none. */
  readonly messenger: Messenger | undefined
  /** The credentials of this factor alone; `Own` is what it keeps in them, as JSON. */
  credentials<Own>(factor: string): Credentials<Own>
  find(userId: string): Promise<User | undefined>
  /** Counts something that may be done only so often. Throws `too_many_attempts`. */
  count(purpose: string, account: string, client: Client, limits: GuessLimits): Promise<void>
  /** Takes back what was counted of a network, once it has come to what it was for. Never rejects. */
  giveBack(purpose: string, network: string | undefined, limits: GuessLimits): Promise<void>
}

/** Hashing under the bounded queue. */
export interface FactorHashing {
  /** Waits for a place in the queue. */
  hash(text: string, client: Client): Promise<string>
  /** At once: whoever verifies has been admitted (`Factor.hashes`). Without a hash it costs as much, and is `false`. */
  verify(hash: string | undefined, text: string): Promise<boolean>
}
