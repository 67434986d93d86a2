import { proveAgain } from './authentication.ts'
import type { Client } from './client.ts'
import { type Clock, hasExpired } from './collection.ts'
import { AuthError } from './errors.ts'
import type { Emit } from './events.ts'
import type { Permissions } from './permissions.ts'
import type { Evidence, Provider } from './provider.ts'
import type { FlowStart } from './provider-flow.ts'
import type { ProviderLogins } from './provider-login.ts'
import type { SessionIssuer } from './session.ts'
import { isIdle, type Session, type SessionLimits, toSession } from './session-entry.ts'
import type { SignIn, Unlocked } from './sign-in.ts'
import type { UserLookup } from './user.ts'
import type { UserEntry } from './user-state.ts'

/** What evidence does to a session that is there already: it gets an identity, or is renewed. */
export interface ProviderRenewals {
  /**
   * Ends a log-in that was started for a session, which must be alive still, and be the one that the browser has now.
   * `undefined` when an identity was linked.
   */
  conclude(
    provider: Provider,
    start: FlowStart,
    evidence: Evidence,
    sessionId: string | undefined,
    client: Client,
  ): Promise<Unlocked | undefined>
  /** Renews a session by evidence of its own user. Throws `invalid_token` when it has ended. */
  renew(provider: Provider, evidence: Evidence, session: Session, owner: UserEntry, client: Client): Promise<Unlocked>
  /** The session and its owner, if it is alive and unlocked. Throws `invalid_token`. */
  alive(session: { readonly id: string; readonly userId: string }): Promise<{ session: Session; owner: UserEntry }>
}

/** What renewals are made of. */
export interface ProviderRenewalDeps {
  readonly now: Clock
  readonly emit: Emit
  readonly users: UserLookup
  readonly sessions: SessionIssuer
  readonly limits: SessionLimits
  readonly gate: Pick<SignIn, 'isBelowPolicy'>
  readonly permissions: Permissions
  readonly logins: ProviderLogins
}

/** Sessions that a provider vouches for anew. */
export function createProviderRenewals(deps: ProviderRenewalDeps): ProviderRenewals {
  const { now, emit, users, sessions, limits, gate, permissions, logins } = deps

  async function alive({ id, userId }: { readonly id: string; readonly userId: string }): Promise<{
    session: Session
    owner: UserEntry
  }> {
    const owned = await sessions.entries.getWithOwner(id)
    const owner = owned?.owner as UserEntry | undefined
    const user = owner && (await users.ofEntry(owner))
    const isAlive =
      owned !== undefined &&
      user !== undefined &&
      owner?.id === userId &&
      !hasExpired(owned.entry, now()) &&
      !isIdle(owned.entry.data, limits, now()) &&
      owned.entry.data.epoch === owner.data.epoch &&
      owner.data.disabledAt === null &&
      !gate.isBelowPolicy(user, owner.data, owned.entry.data.provenAt)
    if (!isAlive) throw new AuthError('invalid_token', { detail: 'The session that asked for this has ended.' })
    return { session: toSession(owned.entry), owner }
  }

  async function renew(
    provider: Provider,
    evidence: Evidence,
    session: Session,
    owner: UserEntry,
    client: Client,
  ): Promise<Unlocked> {
    const methods = await logins.confirm(provider, evidence, owner.id)
    // Joined, not combined: a password and a provider that may have asked for the same password are no two factors.
    const provenAt = proveAgain(session.provenAt, methods, now())
    const user = await users.ofEntry(owner)
    const granted = user && (await permissions(user))
    const renewed = granted && (await sessions.rotate({ session }, provenAt))
    if (user === undefined || granted === undefined || renewed === undefined) throw new AuthError('invalid_token')
    emit('reauthentication.succeeded', { userId: user.id, sessionId: session.id, methods }, client)
    return { status: 'unlocked', user, permissions: granted, ...renewed }
  }

  return {
    alive,
    renew,

    async conclude(provider, start, evidence, sessionId, client) {
      if (start.session === null || start.session.id !== sessionId) {
        throw new AuthError('invalid_token', {
          detail: 'The session that asked for this is not in this browser any more.',
        })
      }
      const { session, owner } = await alive(start.session)
      if (start.purpose === 'step-up') return renew(provider, evidence, session, owner, client)
      await logins.link(provider, evidence, owner, client)
      return undefined
    },
  }
}
