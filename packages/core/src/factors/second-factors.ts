import type { Authentication, Method } from '../authentication.ts'
import type { Client } from '../client.ts'
import { AuthError } from '../errors.ts'
import type { KnownDevices } from '../known-device.ts'
import type { Guesser, GuessLimits, Throttle } from '../throttle.ts'
import type { KnownUser } from '../user.ts'
import type { CredentialStore } from './credentials.ts'
import type { Answer, Factor, FactorEvidence, FactorLogIn, FactorSubject } from './factor.ts'
import type { HashingQueue } from './hashing-queue.ts'

/** How a factor is sent. */
export interface SecondFactor extends FactorEvidence {
  readonly factor: string
}

/** The factors that there are, under the one limit that all of them and all purposes share. */
export interface SecondFactors {
  readonly all: readonly Factor[]
  named(id: string): Factor | undefined
  /** What a user has, by itself or because everybody has it. */
  enrolled(known: KnownUser): Promise<readonly Factor[]>
  begin(subject: FactorSubject, factor: string): Promise<Answer>
  /** The methods that the evidence proves, `undefined` when it is wrong. Throws `too_many_attempts`. */
  verify(subject: FactorSubject, evidence: SecondFactor): Promise<readonly Method[] | undefined>
  /** A log-in by a factor alone. Throws `not_found` for what is none. */
  logIn(factor: string): FactorLogIn
  /** The authentication that such a log-in comes to, `undefined` when the evidence proves nothing. */
  authenticate(factor: string, evidence: FactorEvidence, client: Client): Promise<Authentication | undefined>
  /** Lets a user try again whose attempts are used up. */
  clearAttempts(userId: string): Promise<void>
}

/** What they are made of. */
export interface SecondFactorDeps {
  readonly factors: readonly Factor[]
  readonly credentials: CredentialStore
  readonly throttle: Throttle
  readonly limits: GuessLimits
  readonly queue: HashingQueue
  readonly knownDevices: KnownDevices
}

const purpose = 'factor'

/** Second factors, and the throttle in front of them: apart from the password's, which its owner may have lost. */
export function createSecondFactors(deps: SecondFactorDeps): SecondFactors {
  const { factors, credentials, throttle, limits, queue, knownDevices } = deps
  const named = (id: string): Factor | undefined => factors.find((factor) => factor.id === id)

  function logIn(id: string): FactorLogIn {
    const found = named(id)?.logIn
    if (found === undefined) throw new AuthError('not_found')
    return found
  }

  return {
    all: factors,
    named,
    logIn,

    async authenticate(id, evidence, client) {
      const guesser = { purpose: 'factor-login', account: '', network: client.network, from: client }
      const { network } = limits
      return throttle.guess(guesser, { account: [], network }, async () => logIn(id).finish(evidence, client))
    },

    async enrolled({ user, entry }) {
      if (factors.length === 0) return []
      const stored = await credentials.list(user.id, entry.data.factorEpoch)
      const ids = new Set(stored.map(({ data }) => data.factor))
      const has = await Promise.all(factors.map(async (factor) => ids.has(factor.id) || factor.isEnrolled?.(user)))
      return factors.filter((_, i) => has[i])
    },

    begin: async (subject, id) => (await named(id)?.begin(subject)) ?? {},

    async verify(subject, evidence) {
      const factor = named(evidence.factor)
      const { user, client } = subject
      const device = knownDevices.idOf(client.known, { id: user.id, data: { epoch: subject.epochs.session } })
      const guesser = { purpose, account: user.id, network: client.network, device, userId: user.id, from: client }
      const verify = async () => factor?.verify(subject, evidence)
      if (factor?.unguessable) return throttle.guess(...unguessable(guesser, limits), verify)
      const admit = factor?.hashes ? () => queue.enter(client.network, client.departed) : undefined
      return throttle.guess(guesser, limits, verify, admit)
    },

    clearAttempts: (userId) => throttle.forget({ purpose, account: userId }, limits),
  }
}

/** Other people's guesses at codes do not lock a passkey out, nor those of its network a device that is known. */
function unguessable(guesser: Guesser, { network }: GuessLimits): readonly [Guesser, GuessLimits] {
  const ofNetwork = guesser.device === undefined ? guesser.network : undefined
  return [
    { ...guesser, purpose: 'factor-signature', network: ofNetwork },
    { account: [], network },
  ]
}
