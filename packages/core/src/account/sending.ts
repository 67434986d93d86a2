import type { Client } from '../client.ts'
import { AuthError } from '../errors.ts'
import type { GuessLimits, Limit, Throttle } from '../throttle.ts'

const minute = 60_000

/** How often a network may ask, for whomever. */
export interface SendingLimits {
  readonly network: readonly Limit[]
}

const perAccount: GuessLimits = {
  account: [
    { limit: 5, windowMs: 15 * minute },
    { limit: 20, windowMs: 24 * 60 * minute },
  ],
  network: [],
}

/** Limits on messages, so that nobody's mailbox is flooded and no network asks for everybody. */
export interface Sending {
  /** Throws `too_many_attempts`: it says nothing of any account. Whoever's network is not known shares one of ten times the size. */
  countNetwork(purpose: string, client: Client): Promise<void>
  /** Whether one more may be sent on behalf of an account. Who asks is not told: it would say something of the account. */
  countAccount(purpose: string, account: string, client: Client): Promise<boolean>
}

const unknownNetwork = 'unknown'
const unknownSize = 10

/** The limits of every function that sends a link. */
export function sending(throttle: Throttle, { network: limits }: SendingLimits): Sending {
  const isSpent = async () => undefined

  return {
    async countNetwork(purpose, client) {
      const { network = unknownNetwork } = client
      const shared = limits.map(({ limit, windowMs }) => ({ limit: limit * unknownSize, windowMs }))
      const guesser = { purpose, account: '', network, from: client }
      await throttle.guess(guesser, { account: [], network: network === unknownNetwork ? shared : limits }, isSpent)
    },

    async countAccount(purpose, account, client) {
      try {
        await throttle.guess({ purpose, account, network: undefined, from: client }, perAccount, isSpent)
        return true
      } catch (error) {
        if (error instanceof AuthError && error.code === 'too_many_attempts') return false
        throw error
      }
    },
  }
}
