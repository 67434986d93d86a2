import { adminPermission } from './account/administrator.ts'
import { shownImpersonator } from './authentication.ts'
import type { Client } from './client.ts'
import type { Clock } from './collection.ts'
import { AuthError } from './errors.ts'
import type { Emit, Origin } from './events.ts'
import { sessionOf } from './issuer.ts'
import type { Permissions } from './permissions.ts'
import type { Principal, Resolution } from './principal.ts'
import type { SessionData } from './session-entry.ts'
import type { SignIn, Unlocked } from './sign-in.ts'
import type { Entry } from './storage.ts'
import type { UserLookup } from './user.ts'

/** Administrators in the place of users: at most for an hour, never with more than they may do themselves. */
export interface Impersonations {
  /**
   * A session in the user's place. It counts as authenticated when the administrator was, never again, and never longer than
   * their own session. Throws `forbidden` for a user who may do more, `step_up_required` where the user needs a second factor
   * that the administrator has not proven, `own_session_required`, `not_found`, `conflict`.
   */
  begin(actor: Principal, userId: string, client: Client): Promise<Unlocked>
  /** What such a session resolves to now: refused as soon as the administrator is not one, or has lost what the user may. */
  resolve(entry: Entry<SessionData>, found: Resolution | Promise<Resolution>, request: Origin): Promise<Resolution>
}

/** What impersonation stands on. */
export interface ImpersonationDeps {
  readonly now: Clock
  readonly emit: Emit
  readonly users: UserLookup
  readonly permissions: Permissions
  readonly gate: Pick<SignIn, 'signIn' | 'isBelowPolicy'>
}

const longestMs = 60 * 60_000

/** Impersonation: begun by an administrator's own session, and judged anew with every request. */
export function createImpersonations(deps: ImpersonationDeps): Impersonations {
  const { now, emit, users, permissions, gate } = deps

  /** What the user may do and the administrator may not. */
  const beyond = (granted: readonly string[], own: readonly string[]): string | undefined =>
    granted.find((permission) => !own.includes(permission))

  /** Whether the administrator is still who they were, and may still do all that the user may. */
  async function mayGoOn({ impersonator, provenAt }: SessionData, granted: readonly string[]): Promise<boolean> {
    const actor = impersonator && (await users.known(impersonator.userId))
    if (actor === undefined) return false
    const state = actor.entry.data
    if (state.epoch !== impersonator?.epoch || state.disabledAt !== null) return false
    if (gate.isBelowPolicy(actor.user, state, provenAt)) return false
    const own = await permissions(actor.user)
    return own.includes(adminPermission) && beyond(granted, own) === undefined
  }

  return {
    async begin(actor, userId, client) {
      const { id: sessionId } = sessionOf(actor)
      if (actor.user.id === userId) throw new AuthError('conflict', { detail: 'This is your own account.' })
      const known = await users.known(userId)
      if (known === undefined) throw new AuthError('not_found', { detail: 'There is no such user.' })
      const { data } = known.entry
      if (data.disabledAt !== null) throw new AuthError('conflict', { detail: 'This user is disabled.' })
      const permission = beyond(await permissions(known.user), actor.permissions)
      if (permission !== undefined) throw new AuthError('forbidden', { members: { permission } })
      const { methods = [], authenticatedAt = 0, provenAt } = actor.assurance ?? {}
      const by = { userId: actor.user.id, sessionId, epoch: actor.epochs.session }
      const expiresAt = Math.min(now() + longestMs, actor.session?.expiresAt ?? 0)
      const result = await gate.signIn(
        { userId, methods, at: authenticatedAt, epoch: data.epoch, provenAt, impersonation: { by, expiresAt } },
        { ...client, device: undefined, actorId: by.userId },
        false,
      )
      if (result.status === 'locked') throw new AuthError('token_locked')
      return result
    },

    async resolve({ id: tokenId, owner, data }, found, { address, userAgent }) {
      const resolution = await found
      if (resolution.status !== 'unlocked') return resolution
      const { principal } = resolution
      const { impersonator } = data
      const by = impersonator && shownImpersonator(impersonator)
      if (await mayGoOn(data, principal.granted)) {
        return { status: 'unlocked', principal: Object.freeze({ ...principal, impersonator: by }) }
      }
      const origin = { address, userAgent, actorId: impersonator?.userId }
      emit('token.refused', { reason: 'impersonator', tokenId, userId: owner ?? undefined }, origin)
      return { status: 'refused', code: 'invalid_token' }
    },
  }
}
