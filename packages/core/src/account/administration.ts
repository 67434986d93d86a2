import type { ApiTokens } from '../api-token.ts'
import type { ApiToken } from '../api-token-entry.ts'
import type { AuditTrail, EventQuery, RecordedEvent } from '../audit-trail.ts'
import type { AuthUsers } from '../auth-users.ts'
import type { CallContext } from '../client.ts'
import type { Clock } from '../collection.ts'
import type { Emit } from '../events.ts'
import type { EnrolmentTicket } from '../factors/enrolment-ticket.ts'
import type { Factors } from '../factors/factors.ts'
import type { Impersonations } from '../impersonation.ts'
import type { Principal } from '../principal.ts'
import type { Sessions } from '../session.ts'
import type { Session } from '../session-entry.ts'
import type { Unlocked } from '../sign-in.ts'
import type { Page } from '../storage.ts'
import type { User, UserQuery } from '../user.ts'
import type { MfaPolicy, UserStates } from '../user-state.ts'
import type { Account } from './account-functions.ts'
import type { IssuedLink } from './links.ts'
import type {
  EveryoneBatch,
  EveryoneOptions,
  RevocationBatch,
  RevocationCondition,
  RevocationOptions,
  Revocations,
} from './revocations.ts'

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

/** A part of a list. */
export interface PageQuery {
  readonly cursor?: string | undefined
  readonly limit?: number | undefined
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
  /** A user's sessions, never their tokens. */
  listSessions(actor: Principal, id: string, query?: PageQuery): Promise<Page<Session>>
  listApiTokens(actor: Principal, id: string, query?: PageQuery): Promise<Page<ApiToken>>
  revokeSession(actor: Principal, id: string, sessionId: string, context?: CallContext): Promise<void>
  revokeApiToken(actor: Principal, id: string, apiTokenId: string, context?: CallContext): Promise<void>
  revokeSessions(actor: Principal, id: string, context?: CallContext): Promise<void>
  revokeApiTokens(actor: Principal, id: string, context?: CallContext): Promise<void>
  resetFactors(actor: Principal, id: string, context?: CallContext): Promise<void>
  /** A ticket to hand over to a user who must enrol a second factor and can't be sent one: good once, for a day. */
  issueEnrolmentTicket(actor: Principal, id: string, context?: CallContext): Promise<EnrolmentTicket>
  /** Lets a user try again whose attempts at second factors somebody has used up. */
  clearAttempts(actor: Principal, id: string, context?: CallContext): Promise<void>
  /** One batch of the sessions and API tokens that meet a condition: `Revocations.byCondition`. */
  revoke(
    actor: Principal,
    condition: RevocationCondition,
    options?: RevocationOptions,
    context?: CallContext,
  ): Promise<RevocationBatch>
  /** One batch of all users: `Revocations.everyone`. The session that asks for it stays; the administrator's others end first. */
  revokeEveryone(actor: Principal, options?: EveryoneOptions, context?: CallContext): Promise<EveryoneBatch>
  /** A session in a user's place: `Impersonations.begin`. */
  impersonate(actor: Principal, id: string, context?: CallContext): Promise<Unlocked>
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
  readonly revocations: Revocations
  readonly impersonations: Pick<Impersonations, 'begin'>
}
