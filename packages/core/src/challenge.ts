import { type Clock, collection, hasExpired } from './collection.ts'
import { AuthError } from './errors.ts'
import { sha256 } from './hash.ts'
import type { Keys } from './keys.ts'
import type { Storage } from './storage.ts'
import { randomText } from './token.ts'
import type { UserEntry } from './user-state.ts'

/** Whose challenge it is and what it may be used for. It is bound to all of this, and to nothing else. */
export interface ChallengeBinding {
  readonly purpose: string
  /** The locked token or session that waits for the answer. */
  readonly waitingId: string
  readonly user: { readonly id: string }
  readonly epochs: { readonly session: string }
}

/** What storage keeps of a challenge. */
interface ChallengeData {
  readonly epoch: string
  readonly kept: unknown
}

/** A challenge that waits for its answer. */
export interface OpenChallenge {
  readonly kept: unknown
  /** Ends it: of many callers one gets `true`, and only for what was read. */
  consume(): Promise<boolean>
}

/** Questions that are asked once, answered once, and soon forgotten. */
export interface Challenges {
  /** Where a challenge is kept: what is sealed in it is sealed for this (kind `challenge`). */
  idOf(binding: Pick<ChallengeBinding, 'purpose' | 'waitingId'>): string
  /** Keeps what the answer will be compared with, as JSON. An earlier challenge of the same binding is dead. */
  keep(binding: ChallengeBinding, kept: unknown, lifetimeMs: number): Promise<void>
  /** What was kept. A wrong answer does not end the question, so whoever has judged the answer consumes it. */
  read(binding: ChallengeBinding): Promise<OpenChallenge | undefined>
  /**
   * A challenge for somebody who is not known yet: nothing is stored for it, and it can be redeemed once. 128 random bits
   * and its end, in URL-safe characters and dots, under a stamp.
   */
  offer(purpose: string, lifetimeMs: number): string
  /** `true` for one of many callers, if it was offered for this purpose and has not expired. */
  redeem(purpose: string, challenge: string): Promise<boolean>
}

const offer = /^([\w-]{22}\.(\d{1,16}))\.([\w-]{13})$/

/** The challenges of a store. */
export function createChallenges(storage: Storage, now: Clock, keys: Keys): Challenges {
  const entries = collection<ChallengeData>('challenge', storage, now)
  const idOf: Challenges['idOf'] = ({ purpose, waitingId }) => `${purpose}.${waitingId}`
  // Stamped and not sealed: strangers get as many as they ask for, and each seal takes a nonce of the key of secrets. No
  // token begins like this, so that neither stamp is worth anything for the other.
  const stamped = (purpose: string, text: string) => `challenge:${purpose}:${text}`

  return {
    idOf,

    async keep(binding, kept, lifetimeMs) {
      const id = idOf(binding)
      const fresh = { data: { epoch: binding.epochs.session, kept }, expiresAt: now() + lifetimeMs }
      // Between the two an earlier one may end, and then the place is free.
      for (let attempt = 0; attempt < 10; attempt++) {
        if (await entries.insert({ id, owner: binding.user.id, ...fresh })) return
        if ((await entries.update(id, () => fresh)) !== undefined) return
      }
      throw new AuthError('conflict')
    },

    async read(binding) {
      const owned = await entries.getWithOwner(idOf(binding))
      const owner = owned?.owner as UserEntry | undefined
      if (owned === undefined || owner === undefined || hasExpired(owned.entry, now())) return undefined
      const { entry } = owned
      if (owner.id !== binding.user.id || entry.data.epoch !== owner.data.epoch) return undefined
      return {
        kept: entry.data.kept,
        consume: async () => (await entries.replace(entry, { expiresAt: 0 })) !== undefined,
      }
    },

    offer(purpose, lifetimeMs) {
      const text = `${randomText(16)}.${now() + lifetimeMs}`
      return `${text}.${keys.stamp(stamped(purpose, text))}`
    },

    async redeem(purpose, challenge) {
      const [, text = '', until, stamp = ''] = offer.exec(challenge) ?? []
      if (keys.judge(stamped(purpose, text), stamp) !== 'right') return false
      const expiresAt = Number(until)
      if (!(expiresAt > now())) return false
      const id = `${purpose}.${sha256(challenge)}`
      return entries.insert({ id, owner: null, expiresAt, data: { epoch: randomText(3), kept: null } })
    },
  }
}
