import { type Authentication, type Federation, provenBy, type ProvenAt, shownImpersonator } from './authentication.ts'
import { type Clock, type Collection, collection } from './collection.ts'
import { AuthError } from './errors.ts'
import type { Emit, Origin, SessionEnd } from './events.ts'
import { type Owner, ownerOf } from './issuer.ts'
import type { Secret } from './secret.ts'
import { isIdle, type Session, type SessionData, type SessionLimits, toSession } from './session-entry.ts'
import type { Entry, Page, Storage } from './storage.ts'
import type { Tokens } from './token.ts'
import { newEpoch, type UserStates } from './user-state.ts'

/** A session under a token that is shown this once. */
export interface IssuedSession {
  readonly session: Session
  readonly token: Secret
}

/** The start of a session, for the gate in `sign-in.ts` alone; and its rotation. */
export interface SessionIssuer {
  start(authentication: Authentication, from: Origin, remember: boolean): Promise<IssuedSession>
  /** A new token for a principal's session, whose authentication is renewed; `undefined` when it was renewed or ended since. */
  rotate(of: { readonly session: Session | undefined }, provenAt: ProvenAt): Promise<IssuedSession | undefined>
  /** Removes the user's sessions of earlier epochs: they are dead already. */
  tidy(userId: string): Promise<void>
  readonly entries: Collection<SessionData>
}

/**
 * Sessions of a user, for the user and for the operator. Given the principal of a request in place of an id, a change is
 * refused to whoever is not the user: `own_session_required`, `session_required`.
 */
export interface Sessions {
  /** Live sessions of a user, ordered by id. */
  list(
    userId: string,
    query?: { readonly cursor?: string | undefined; readonly limit?: number | undefined },
  ): Promise<Page<Session>>
  /** Ends one session of this user; `false` when there is none. */
  revoke(owner: Owner, id: string, reason?: SessionEnd, from?: Origin): Promise<boolean>
  /** Ends every session, locked token and link of the user with one write. API tokens live on. */
  revokeAll(owner: Owner, by?: Origin): Promise<void>
  /** Ends every session of the user but one. */
  revokeOthers(owner: Owner, id: string, by?: Origin): Promise<void>
}

/** What sessions are made of. */
export interface SessionDeps {
  readonly storage: Storage
  readonly now: Clock
  readonly emit: Emit
  readonly tokens: Tokens
  readonly states: UserStates
  readonly limits: SessionLimits
  /** Whether an identity provider has ended what a session stands on. */
  readonly isEnded: (federation: Federation) => Promise<boolean>
}

const pageSize = 50

/** The sessions of a store. */
export function createSessions(deps: SessionDeps): Sessions & SessionIssuer {
  const { storage, now, emit, tokens, states, limits, isEnded } = deps
  const entries = collection<SessionData>('session', storage, now)

  async function tidy(userId: string): Promise<void> {
    let cursor: string | undefined
    do {
      const page = await entries.list({ owner: userId, cursor, limit: pageSize })
      // Read after the list: a session in it that has another epoch is of an earlier one.
      const epoch = (await states.get(userId))?.data.epoch
      for (const { id, data } of page.items) if (data.epoch !== epoch) await entries.take(id)
      cursor = page.next
    } while (cursor !== undefined)
  }

  return {
    entries,
    tidy,

    async start(authentication, { address, userAgent }, remember) {
      const { token, id, hash } = tokens.mint('session')
      const data: SessionData = {
        hash,
        epoch: authentication.epoch,
        createdAt: now(),
        authenticatedAt: authentication.at,
        lastSeenAt: now(),
        provenAt: provenBy(authentication),
        address: address ?? null,
        userAgent: userAgent ?? null,
        remember,
        federation: authentication.federation,
        impersonator: authentication.impersonation?.by,
      }
      const latest = authentication.impersonation?.expiresAt ?? Number.POSITIVE_INFINITY
      const expiresAt = Math.min(now() + limits.lifetimeMs, latest)
      const entry = { id, owner: authentication.userId, expiresAt, data }
      // 128 random bits do not collide: what was refused is a session of a user who is gone.
      if (!(await entries.insert(entry))) throw new AuthError('invalid_credentials')
      // Asked after the session was stored: whoever ends the provider's session meanwhile has found it, or is found here.
      if (data.federation !== undefined && (await isEnded(data.federation))) {
        await entries.take(id)
        throw new AuthError('provider_refused')
      }
      return { session: toSession(entry), token }
    },

    async rotate({ session }, provenAt) {
      if (session === undefined) return undefined
      const { token, hash } = tokens.mint('session', session.id)
      const entry = await entries.update(session.id, ({ data }) => {
        if (data.authenticatedAt !== session.authenticatedAt) return undefined
        // Strictly later, so that of two renewals at once the second sees that there was a first.
        const authenticatedAt = Math.max(now(), data.authenticatedAt + 1)
        return { data: { ...data, hash, retired: data.hash, authenticatedAt, provenAt } }
      })
      return entry && { session: toSession(entry), token }
    },

    async list(userId, { cursor, limit = pageSize } = {}) {
      const epoch = (await states.get(userId))?.data.epoch
      const page = await entries.list({ owner: userId, cursor, limit })
      const alive = page.items.filter((entry) => entry.data.epoch === epoch && !isIdle(entry.data, limits, now()))
      return { ...page, items: alive.map(toListed) }
    },

    async revoke(owner, id, reason = 'revoked', from) {
      const userId = ownerOf(owner)
      const entry = await entries.get(id)
      if (entry?.owner !== userId || (await entries.take(id)) === undefined) return false
      const actorId = from?.actorId ?? entry.data.impersonator?.userId
      emit('session.ended', { userId, sessionId: id, reason }, { ...from, actorId })
      return true
    },

    async revokeAll(owner, by) {
      const userId = ownerOf(owner)
      await states.change(userId, newEpoch)
      emit('sessions.revoked', { userId, reason: 'all' }, by)
      await tidy(userId)
    },

    async revokeOthers(owner, id, by) {
      const userId = ownerOf(owner)
      const kept = await entries.get(id)
      if (kept?.owner !== userId) throw new AuthError('invalid_token')
      // The user first: whoever loses power before the second write has lost sessions, not left one alive. And only
      // from the epoch of the session that stays: what was ended meanwhile must not come back to life.
      const user = await states.update(userId, ({ data }) =>
        data.epoch === kept.data.epoch ? { data: { ...data, ...newEpoch() } } : undefined,
      )
      if (user === undefined) throw new AuthError('invalid_token')
      await entries.update(id, ({ data }) => ({ data: { ...data, epoch: user.data.epoch } }))
      emit('sessions.revoked', { userId, reason: 'others' }, by)
      await tidy(userId)
    },
  }
}

function toListed(entry: Entry<SessionData>): Session {
  const { impersonator } = entry.data
  return impersonator === undefined
    ? toSession(entry)
    : { ...toSession(entry), impersonator: shownImpersonator(impersonator) }
}
