import type { ApiTokens } from '../api-token.ts'
import type { AuditTrail, EventQuery, RecordedEvent } from '../audit-trail.ts'
import type { AuthUsers } from '../auth-users.ts'
import { type CallContext, toClient } from '../client.ts'
import type { Clock } from '../collection.ts'
import { AuthError } from '../errors.ts'
import type { AdministrativeAct, Emit } from '../events.ts'
import type { Factors } from '../factors/factors.ts'
import { sessionOf } from '../issuer.ts'
import type { Principal } from '../principal.ts'
import type { Sessions } from '../session.ts'
import { stepUpFor } from '../step-up.ts'
import type { Page } from '../storage.ts'
import type { User, UserQuery } from '../user.ts'
import type { MfaPolicy, UserStates } from '../user-state.ts'
import type { Account } from './account.ts'
import { readEmail } from './email-address.ts'
import type { IssuedLink } from './links.ts'

/** The permission that administration asks for. */
export const adminPermission = 'sallyport:admin'

/** A user as an administrator sees them: never anything that is a secret. */
export interface AdministeredUser {
  readonly user: User
  readonly createdAt: number | undefined
  readonly disabledAt: number | undefined
  /** What was set for this user; `undefined` follows the setting `mfa`. */
  readonly mfa: MfaPolicy | undefined
  readonly hasPassword: boolean
}

/** A new user by an administrator, who never chooses a password. */
export interface InvitedUser {
  readonly username: string
  readonly email?: string | undefined
  readonly displayName?: string | undefined
  readonly roles?: readonly string[] | undefined
  readonly mfa?: MfaPolicy | undefined
}

/** What an administrator changes; what is absent stays. */
export interface AdministrativeChange {
  readonly roles?: readonly string[] | undefined
  readonly displayName?: string | null | undefined
  readonly disabled?: boolean | undefined
  /** `null` follows the setting `mfa`. */
  readonly mfa?: MfaPolicy | null | undefined
}

/** Where a link went: `link` is there only when there was no address to send it to, and is to be handed over. */
export interface OfferedLink {
  readonly sentTo: string | undefined
  readonly link: IssuedLink['link'] | undefined
  readonly expiresAt: number
}

/**
 * What a principal with the permission `sallyport:admin` does to users. To read, a session will do; each write asks for
 * one that was authenticated recently, at the highest level that the administrator has, and is told as an event.
 * Throws `session_required`, `forbidden`, `step_up_required`, `not_found`.
 */
export interface Administration {
  list(actor: Principal, query?: UserQuery): Promise<Page<AdministeredUser>>
  find(actor: Principal, id: string): Promise<AdministeredUser>
  /** Makes a user and an invitation, with which they choose a password. Throws `username_taken`. */
  create(
    actor: Principal,
    user: InvitedUser,
    context?: CallContext,
  ): Promise<{ readonly user: AdministeredUser; readonly invitation: OfferedLink }>
  change(actor: Principal, id: string, change: AdministrativeChange, context?: CallContext): Promise<AdministeredUser>
  delete(actor: Principal, id: string, context?: CallContext): Promise<void>
  /** A link with which the user chooses a password; the old one works until then. */
  resetPassword(actor: Principal, id: string, context?: CallContext): Promise<OfferedLink>
  revokeSessions(actor: Principal, id: string, context?: CallContext): Promise<void>
  revokeApiTokens(actor: Principal, id: string, context?: CallContext): Promise<void>
  resetFactors(actor: Principal, id: string, context?: CallContext): Promise<void>
  /** Everybody's events, or those of one user. */
  events(actor: Principal, query?: EventQuery): Promise<Page<RecordedEvent>>
}

/** What administration joins. */
export interface AdministrationDeps {
  readonly now: Clock
  readonly emit: Emit
  readonly states: UserStates
  readonly accounts: AuthUsers
  readonly sessions: Sessions
  readonly apiTokens: ApiTokens
  readonly factors: Factors
  readonly account: Account
  readonly trail: AuditTrail
}

/** Administration: every function judges its actor by itself. */
export function createAdministration(deps: AdministrationDeps): Administration {
  const { now, emit, states, accounts, sessions, apiTokens, factors, account, trail } = deps

  function checkReader(actor: Principal): void {
    sessionOf(actor)
    if (actor.permissions.includes(adminPermission)) return
    emit('access.denied', { userId: actor.user.id, code: 'forbidden', permission: adminPermission })
    throw new AuthError('forbidden', { members: { permission: adminPermission } })
  }

  async function checkWriter(actor: Principal): Promise<void> {
    checkReader(actor)
    const refusal = stepUpFor(actor, await factors.requirement(actor.user.id), now())
    if (refusal === undefined) return
    emit('access.denied', { userId: actor.user.id, code: refusal.code, permission: adminPermission })
    throw refusal
  }

  async function describe(user: User): Promise<AdministeredUser> {
    const state = (await states.get(user.id))?.data
    return {
      user,
      createdAt: state?.profile?.createdAt,
      disabledAt: state?.disabledAt ?? undefined,
      mfa: state?.mfa ?? undefined,
      hasPassword: (state?.password ?? null) !== null,
    }
  }

  async function named(id: string): Promise<AdministeredUser> {
    const user = await accounts.find(id)
    if (user === undefined) throw new AuthError('not_found', { detail: 'There is no such user.' })
    return describe(user)
  }

  /** A write to one user who is there: judged first, told afterwards. */
  async function write<Result>(
    actor: Principal,
    act: AdministrativeAct,
    id: string,
    context: CallContext | undefined,
    run: () => Promise<Result>,
  ): Promise<Result> {
    await checkWriter(actor)
    await named(id)
    const result = await run()
    tell(actor, act, id, context)
    return result
  }

  function tell(actor: Principal, act: AdministrativeAct, targetId: string, context: CallContext | undefined): void {
    const { id: sessionId } = sessionOf(actor)
    emit('administration', { userId: actor.user.id, sessionId, act, targetId }, toClient(context))
  }

  function checkNotSelf(actor: Principal, id: string): void {
    if (actor.user.id === id) throw new AuthError('conflict', { detail: 'Another administrator has to do this.' })
  }

  async function offer(id: string): Promise<OfferedLink> {
    const { link, sentTo, expiresAt } = await account.offerPassword(id)
    // ASVS 6.4.6: an administrator does not get to see what the user can be sent.
    return { sentTo, expiresAt, link: sentTo === undefined ? link : undefined }
  }

  async function apply(id: string, { roles, displayName, disabled, mfa }: AdministrativeChange): Promise<void> {
    // What narrows comes first: who is interrupted has not let anybody in.
    if (disabled === true) await accounts.disable(id)
    if (mfa !== undefined) await accounts.setMfa(id, mfa)
    if (roles !== undefined || displayName !== undefined) await accounts.update(id, { roles, displayName })
    if (disabled === false) await accounts.enable(id)
  }

  return {
    async list(actor, query) {
      checkReader(actor)
      const page = await accounts.list(query)
      return { ...page, items: await Promise.all(page.items.map(describe)) }
    },

    async find(actor, id) {
      checkReader(actor)
      return named(id)
    },

    async create(actor, { mfa, ...given }, context) {
      await checkWriter(actor)
      const email = given.email === undefined ? undefined : readEmail(given.email)
      const { id } = await accounts.create({ ...given, email })
      if (mfa !== undefined) await accounts.setMfa(id, mfa)
      const invitation = await offer(id)
      tell(actor, 'create', id, context)
      return { user: await named(id), invitation }
    },

    async change(actor, id, change, context) {
      await write(actor, 'change', id, context, async () => {
        if (change.disabled === true) checkNotSelf(actor, id)
        await apply(id, change)
      })
      return named(id)
    },

    async delete(actor, id, context) {
      await write(actor, 'delete', id, context, async () => {
        checkNotSelf(actor, id)
        await accounts.delete(id)
      })
    },

    async events(actor, query) {
      checkReader(actor)
      return trail.list(query)
    },

    resetPassword: (actor, id, context) => write(actor, 'reset_password', id, context, () => offer(id)),
    revokeSessions: (actor, id, context) => write(actor, 'revoke_sessions', id, context, () => sessions.revokeAll(id)),
    revokeApiTokens: (actor, id, context) =>
      write(actor, 'revoke_api_tokens', id, context, () => apiTokens.revokeAll(id)),
    resetFactors: (actor, id, context) => write(actor, 'reset_factors', id, context, () => factors.reset(id)),
  }
}
