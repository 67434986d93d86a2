import { type Authentication, type Federation, provenBy, type ProvenAt } from './authentication.ts'
import { type Clock, type Collection, collection } from './collection.ts'
import { AuthError } from './errors.ts'
import type { Secret } from './secret.ts'
import type { Storage } from './storage.ts'
import type { Tokens } from './token.ts'
import type { UserEntry } from './user-state.ts'

/** What storage keeps of a locked token: what was proven so far, and what was true then. */
export interface LockedData {
  readonly hash: string
  readonly epoch: string
  /** When the password was set that was checked: a newer one ends the token even where sessions are kept. */
  readonly passwordSetAt: number | null
  readonly provenAt: ProvenAt
  readonly remember: boolean
  /** Whether a factor may be enrolled with it, once policy asks for one that is not there. */
  readonly mayEnrol: boolean
  readonly federation?: Federation | undefined
}

/** What a new locked token is to be. */
export interface NewLockedToken {
  readonly remember: boolean
  readonly mayEnrol: boolean
}

/** The tokens between the two doors. They open nothing but the second. */
export interface LockedTokens {
  readonly entries: Collection<LockedData>
  issue(
    authentication: Authentication,
    owner: UserEntry,
    options: NewLockedToken,
  ): Promise<{ readonly id: string; readonly token: Secret; readonly expiresAt: number }>
  /** Consumes it: of many callers one gets `true`. */
  consume(id: string): Promise<boolean>
}

/** The locked tokens of a store, each good for `lifetimeMs`. */
export function createLockedTokens(storage: Storage, now: Clock, tokens: Tokens, lifetimeMs: number): LockedTokens {
  const entries = collection<LockedData>('locked', storage, now)

  return {
    entries,

    async issue(authentication, owner, { remember, mayEnrol }) {
      const { userId, epoch, federation } = authentication
      const { token, id, hash } = tokens.mint('locked')
      const expiresAt = now() + lifetimeMs
      const passwordSetAt = owner.data.password?.setAt ?? null
      const provenAt = provenBy(authentication)
      const data: LockedData = { hash, epoch, passwordSetAt, provenAt, remember, mayEnrol, federation }
      if (!(await entries.insert({ id, owner: userId, expiresAt, data }))) throw new AuthError('invalid_credentials')
      return { id, token, expiresAt }
    },

    consume: async (id) => (await entries.take(id)) !== undefined,
  }
}
