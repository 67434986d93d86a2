import type { Federation, ProvenAt } from './authentication.ts'
import type { Client } from './client.ts'
import { type Clock, type Collection, hasExpired } from './collection.ts'
import { AuthError } from './errors.ts'
import type { Emit, Origin, TokenRefusal } from './events.ts'
import type { FactorSubject } from './factors/factor.ts'
import type { LockedData } from './locked-token.ts'
import { isIdle, type Session, type SessionData, type SessionLimits, toSession } from './session-entry.ts'
import type { Owned } from './storage.ts'
import { equalTexts } from './hash.ts'
import type { ParsedToken } from './token.ts'
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
  readonly emit: Emit
  readonly users: UserLookup
  readonly locked: Collection<LockedData>
  readonly sessions: Collection<SessionData>
  readonly limits: SessionLimits
}

/**
 * Whoever waits with a token. Rejects with `locked_token_expired` for a token that is no good, whatever is wrong with it:
 * that is told as an event.
 */
export type WaitingReader = (token: ParsedToken, from: Origin) => Promise<Waiting>

/** Reads the tokens that wait. Whether a session waits at all is the policy's to say. */
export function createWaiting({ now, emit, users, locked, sessions, limits }: WaitingDeps): WaitingReader {
  function refuse(reason: TokenRefusal, { id: tokenId }: ParsedToken, from: Origin, userId?: string): never {
    emit('token.refused', { reason, tokenId, userId }, from)
    throw new AuthError('locked_token_expired')
  }

  async function knownBy<Data extends { readonly hash: string; readonly epoch: string }>(
    token: ParsedToken,
    from: Origin,
    owned: Owned<Data> | undefined,
    problemOf: (data: Data, owner: UserEntry) => TokenRefusal | undefined,
  ): Promise<KnownUser & { readonly owned: Owned<Data> }> {
    if (owned === undefined) return refuse('unknown', token, from)
    const { entry } = owned
    const owner = owned.owner as UserEntry | undefined
    const refused = (reason: TokenRefusal) => refuse(reason, token, from, owner?.id)
    if (!equalTexts(token.hash, entry.data.hash)) return refused('wrong_secret')
    if (owner === undefined) return refused('no_user')
    if (hasExpired(entry, now())) return refused('expired')
    if (entry.data.epoch !== owner.data.epoch) return refused('epoch')
    if (owner.data.disabledAt !== null) return refused('disabled')
    const problem = problemOf(entry.data, owner)
    if (problem !== undefined) return refused(problem)
    const user = await users.ofEntry(owner)
    return user === undefined ? refused('no_user') : { owned, user, entry: owner }
  }

  return async (token, from) => {
    if (token.kind === 'session') {
      // Whoever acts in a user's place never waits at the second door of that user.
      const { owned, user, entry } = await knownBy(token, from, await sessions.getWithOwner(token.id), (data) => {
        if (isIdle(data, limits, now())) return 'idle'
        return data.impersonator === undefined ? undefined : 'impersonator'
      })
      const session = toSession(owned.entry)
      const { epoch } = owned.entry.data
      return { ...session, epoch, user, entry, mayEnrol: false, federation: owned.entry.data.federation, session }
    }
    const found = token.kind === 'locked' ? await locked.getWithOwner(token.id) : undefined
    const { owned, user, entry } = await knownBy(token, from, found, ({ passwordSetAt }, { data }) =>
      passwordSetAt === (data.password?.setAt ?? null) ? undefined : 'epoch',
    )
    const { id, expiresAt, data } = owned.entry
    const { epoch, provenAt, remember, mayEnrol, federation } = data
    const until = expiresAt ?? now()
    return { id, epoch, user, entry, provenAt, remember, mayEnrol, federation, expiresAt: until, session: undefined }
  }
}

/** Whoever waits, as factors are asked for them. */
export function subjectOf({ user, entry, epoch, id }: Waiting, client: Client): FactorSubject {
  const epochs = { session: epoch, factors: entry.data.factorEpoch }
  return { user, epochs, purpose: 'unlock', waitingId: id, client }
}
