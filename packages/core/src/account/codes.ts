import { randomInt } from 'node:crypto'
import type { Client } from '../client.ts'
import type { Clock } from '../collection.ts'
import type { HashingQueue } from '../factors/hashing-queue.ts'
import type { PasswordHasher } from '../factors/password-hash.ts'
import { sha256 } from '../hash.ts'
import { type Secret, secret } from '../secret.ts'
import type { GuessLimits, Throttle } from '../throttle.ts'
import { randomText } from '../token.ts'
import type { FoundLink, LinkPurpose, Links, NewLink } from './links.ts'
import type { SendingLimits } from './sending.ts'

/** What a code proves an address for. It is typed in where it was asked for, and nowhere else. */
export type CodeFlow = { readonly purpose: Extract<LinkPurpose, 'verify' | 'change' | 'registration'> } & {
  /** What only whoever asked has: the id of their session or user, or a random value that they were given. */
  readonly flow: string
}

/** A code, which is shown this once. `expiresAt` is in milliseconds since the epoch. */
export interface IssuedCode {
  readonly code: Secret
  readonly expiresAt: number
}

/** Short codes in the place of links: eight digits, good once, for ten minutes, for one address and one flow. */
export interface Codes {
  /** A new code; an earlier one for the same flow is dead. */
  issue(flow: CodeFlow, wanted: NewLink, client: Client): Promise<IssuedCode>
  /**
   * What was kept for a flow, if this is its code; consumes nothing. As costly whether there is such a flow. Five wrong ones
   * end it. Throws `too_many_attempts`.
   */
  find(flow: CodeFlow, code: string, client: Client): Promise<FoundLink | undefined>
}

/** What codes are made of. */
export interface CodeDeps {
  readonly now: Clock
  readonly links: Links
  readonly throttle: Throttle
  readonly limits: SendingLimits
  readonly queue: HashingQueue
  readonly hasher: PasswordHasher
}

const digits = 8

/** How long a code is good, in milliseconds (ASVS 6.5.5). */
export const codeLifeMs: number = 10 * 60_000
const perFlow = [{ limit: 5, windowMs: 15 * 60_000 }]

/** The codes of a store, each under a password hash. */
export function createCodes({ now, links, throttle, limits, queue, hasher }: CodeDeps): Codes {
  const guesses: GuessLimits = { account: perFlow, network: limits.network }
  const kindOf = ({ purpose }: CodeFlow) => (purpose === 'registration' ? 'registration' : 'verification')
  const placeOf = ({ purpose, flow }: CodeFlow) => sha256(`code:${purpose}:${flow}`).slice(0, 22)

  return {
    async issue(flow, wanted, client) {
      const code = String(randomInt(10 ** digits)).padStart(digits, '0')
      // After the answer: whoever has asked may have left with it.
      const leave = await queue.enter(client.network)
      const hash = await hasher.hash(code).finally(leave)
      const expiresAt = now() + codeLifeMs
      await links.keep(kindOf(flow), placeOf(flow), wanted, hash, expiresAt)
      return { code: secret(code), expiresAt }
    },

    async find(flow, code, client) {
      const guesser = { purpose: 'email-code', account: placeOf(flow), network: client.network, from: client }
      const verify = async () => {
        const found = await links.read(kindOf(flow), placeOf(flow))
        const isRight = await hasher.verify(found?.entry.data.hash ?? hasher.dummy, code.replaceAll(/\s/g, ''))
        return isRight ? found : undefined
      }
      return throttle.guess(guesser, guesses, verify, () => queue.enter(client.network, client.departed))
    },
  }
}

/** A random value for a flow of somebody who has no session: 256 bits. */
export function newFlow(): Secret {
  return secret(randomText(32))
}
