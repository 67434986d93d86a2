import type { Federation, ProvenAt } from './authentication.ts'
import { type Clock, type Collection, hasExpired } from './collection.ts'
import { AuthError } from './errors.ts'
import type { LockedData } from './locked-token.ts'
import { isIdle, type Session, type SessionData, type SessionLimits, toSession } from './session-entry.ts'
import type { Owned } from './storage.ts'
import { matchesHash, type ParsedToken } from './token.ts'
import type { KnownUser, UserLookup } from './user.ts'
import type { UserEntry } from './user-state.ts'

/** Somebody in front of the second door: with a locked token, or with a session that policy has outgrown. */
export interface Waiting extends KnownUser {
  readonly id: string
  readonly epoch: string
  readonly provenAt: ProvenAt
  readonly expiresAt: number
  readonly remember: boolean
  readonly mayEnrol: boolean
  readonly federation: Federation | undefined
  /** The session that waits; `undefined` for a locked token. */
  readonly session: Session | undefined
}

/** What is read to find out who waits. */
export interface WaitingDeps {
  readonly now: Clock
  readonly users: UserLookup
  readonly locked: Collection<LockedData>
  readonly sessions: Collection<SessionData>
  readonly limits: SessionLimits
}

/** Whoever waits with a token. Rejects with `locked_token_expired` for a token that is no good, whatever is wrong with it. */
export type WaitingReader = (token: ParsedToken) => Promise<Waiting>

/** Reads the tokens that wait. Whether a session waits at all is the policy's to say. */
export function createWaiting({ now, users, locked, sessions, limits }: WaitingDeps): WaitingReader {
  async function knownBy<Data extends { readonly hash: string; readonly epoch: string }>(
    token: ParsedToken,
    owned: Owned<Data> | undefined,
    isOutdated: (data: Data, owner: UserEntry) => boolean,
  ): Promise<KnownUser & { readonly owned: Owned<Data> }> {
    const owner = owned?.owner as UserEntry | undefined
    if (owned === undefined || owner === undefined) throw new AuthError('locked_token_expired')
    const { entry } = owned
    const isAlive =
      matchesHash(token.secret, entry.data.hash) &&
      !hasExpired(entry, now()) &&
      entry.data.epoch === owner.data.epoch &&
      owner.data.disabledAt === null &&
      !isOutdated(entry.data, owner)
    const user = isAlive ? await users.ofEntry(owner) : undefined
    if (user === undefined) throw new AuthError('locked_token_expired')
    return { owned, user, entry: owner }
  }

  return async (token) => {
    if (token.kind === 'session') {
      // Whoever acts in a user's place never waits at the second door of that user.
      const { owned, user, entry } = await knownBy(
        token,
        await sessions.getWithOwner(token.id),
        (data) => isIdle(data, limits, now()) || data.impersonator !== undefined,
      )
      const session = toSession(owned.entry)
      const { epoch } = owned.entry.data
      return { ...session, epoch, user, entry, mayEnrol: false, federation: owned.entry.data.federation, session }
    }
    const found = token.kind === 'locked' ? await locked.getWithOwner(token.id) : undefined
    const { owned, user, entry } = await knownBy(
      token,
      found,
      ({ passwordSetAt }, { data }) => passwordSetAt !== (data.password?.setAt ?? null),
    )
    const { id, expiresAt, data } = owned.entry
    const { epoch, provenAt, remember, mayEnrol, federation } = data
    const until = expiresAt ?? now()
    return { id, epoch, user, entry, provenAt, remember, mayEnrol, federation, expiresAt: until, session: undefined }
  }
}
