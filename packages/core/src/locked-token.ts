import type { Authentication, Federation, Method } from './authentication.ts'
import { type Clock, type Collection, collection, hasExpired } from './collection.ts'
import { AuthError } from './errors.ts'
import type { Secret } from './secret.ts'
import type { Storage } from './storage.ts'
import { matchesHash, type ParsedToken, type Tokens } from './token.ts'
import type { UserEntry } from './user-state.ts'

/** What storage keeps of a locked token: the first factor that was passed, and what was true then. */
export interface LockedData {
  readonly hash: string
  readonly epoch: string
  /** When the password was set that was checked: a newer one ends the token even where sessions are kept. */
  readonly passwordSetAt: number | null
  readonly methods: readonly Method[]
  readonly remember: boolean
  readonly federation?: Federation | undefined
}

/** A locked token whose owner's state was judged. */
export interface LockedEntry {
  readonly id: string
  readonly data: LockedData
  readonly expiresAt: number
  readonly owner: UserEntry
}

/** The tokens between the two doors. They open nothing but the second. */
export interface LockedTokens {
  readonly entries: Collection<LockedData>
  issue(
    authentication: Authentication,
    owner: UserEntry,
    remember: boolean,
  ): Promise<{ readonly id: string; readonly token: Secret; readonly expiresAt: number }>
  /** The entry of a live locked token. Throws `locked_token_expired`. */
  read(token: ParsedToken): Promise<LockedEntry>
  /** Consumes it: of many callers one gets `true`. */
  consume(id: string): Promise<boolean>
}

/** The locked tokens of a store, each good for `lifetimeMs`. */
export function createLockedTokens(storage: Storage, now: Clock, tokens: Tokens, lifetimeMs: number): LockedTokens {
  const entries = collection<LockedData>('locked', storage, now)

  return {
    entries,

    async issue({ userId, epoch, methods, federation }, owner, remember) {
      const { token, id, hash } = tokens.mint('locked')
      const expiresAt = now() + lifetimeMs
      const passwordSetAt = owner.data.password?.setAt ?? null
      const data: LockedData = { hash, epoch, passwordSetAt, methods, remember, federation }
      if (!(await entries.insert({ id, owner: userId, expiresAt, data }))) throw new AuthError('invalid_credentials')
      return { id, token, expiresAt }
    },

    async read(token) {
      const owned = token.kind === 'locked' ? await entries.getWithOwner(token.id) : undefined
      const owner = owned?.owner as UserEntry | undefined
      if (owned === undefined || owner === undefined) throw new AuthError('locked_token_expired')
      const { entry } = owned
      const alive =
        matchesHash(token.secret, entry.data.hash) && !hasExpired(entry, now()) && !isOutdated(entry.data, owner)
      if (!alive) throw new AuthError('locked_token_expired')
      return { id: entry.id, data: entry.data, expiresAt: entry.expiresAt ?? now(), owner }
    },

    consume: async (id) => (await entries.take(id)) !== undefined,
  }
}

function isOutdated({ epoch, passwordSetAt }: LockedData, { data }: UserEntry): boolean {
  return epoch !== data.epoch || data.disabledAt !== null || passwordSetAt !== (data.password?.setAt ?? null)
}
