import type { ErrorCode } from './errors.ts'
import type { CountedBy } from './guess-limits.ts'
import type { TokenRefusal } from './token-refusal.ts'
import type { MfaPolicy } from './user-state.ts'

export type { TokenRefusal } from './token-refusal.ts'

/** Where a request came from: the client's address and what it says of itself. */
export interface Origin {
  readonly address?: string | undefined
  readonly userAgent?: string | undefined
  /** The administrator who does it; absent when it is the user, or the application. */
  readonly actorId?: string | undefined
  /** The session that it is done by. */
  readonly sessionId?: string | undefined
}

/** Every event with what it says. No event holds a secret, a token, a password or a name that was only typed in. */
export interface EventDetails {
  /** A session was made: all that policy asked for was proven. */
  'login.succeeded': { readonly userId: string; readonly sessionId: string; readonly methods: readonly string[] }
  /** The first door was passed; a second factor, or its enrolment, is asked for. */
  'login.locked': { readonly userId: string; readonly lockedId: string; readonly methods: readonly string[] }
  /** A factor that is a whole log-in, as a passkey is, proved nothing. A wrong password is `password.failed` instead. */
  'login.failed': { readonly factor: string }
  /** The evidence was right, and the user may not log in all the same. */
  'login.refused': { readonly userId: string; readonly reason: 'disabled' | 'changed_meanwhile' | 'no_user' }
  /** A password proved nothing: at a log-in when `purpose` is `login`. `userId` is absent when nobody has the name. */
  'password.failed': {
    readonly purpose: PasswordPurpose
    readonly reason: PasswordRefusal
    readonly userId?: string | undefined
  }
  /** A guess was not even looked at: too many at the `account`, from the `network`, from it at the account (`pair`), or from the `device`. */
  'attempts.throttled': { readonly purpose: string; readonly by: CountedBy; readonly userId?: string | undefined }
  /** A browser will not be asked for the second factor again for a while. */
  'device.trusted': { readonly userId: string; readonly deviceId: string }
  /** A browser is asked for the second factor again. */
  'device.revoked': { readonly userId: string; readonly deviceId: string }
  /** The first door was passed, and the second factor was wrong. */
  'unlock.failed': { readonly userId: string; readonly lockedId: string; readonly factor: string }
  /** A session was proven anew, and has a new token. */
  'reauthentication.succeeded': {
    readonly userId: string
    readonly sessionId: string
    readonly methods: readonly string[]
  }
  /** The holder of a session could not prove who they are. */
  'reauthentication.failed': { readonly userId: string; readonly sessionId: string; readonly factor: string }
  /** One session is over. */
  'session.ended': { readonly userId: string; readonly sessionId: string; readonly reason: SessionEnd }
  /** All sessions of a user are over, or all but one. */
  'sessions.revoked': { readonly userId: string; readonly reason: 'others' | 'all' | 'password_changed' }
  /** There is a new API token. */
  'api_token.issued': { readonly userId: string; readonly apiTokenId: string; readonly sessionId: string }
  /** An API token has a new secret; the old one lives for the overlap. */
  'api_token.rotated': { readonly userId: string; readonly apiTokenId: string }
  /** The old token of a session was used after it was renewed: a copy, or a request that was under way. */
  'session.retired_secret_used': { readonly userId: string; readonly sessionId: string }
  /** From one network passwords of so many accounts were guessed wrong. Told once for each window. */
  'suspicion.spraying': { readonly accounts: number; readonly withinMs: number }
  /** Somebody who has passed the first door fails at the second again and again. Told once a day; the user is told too. */
  'suspicion.second_factor': { readonly userId: string; readonly lockedId: string; readonly factor: string }
  /** A log-in from a network that the user has not been seen in; not told of the first. On an unknown device the user is told too. */
  'suspicion.new_network': { readonly userId: string; readonly sessionId: string }
  /** Something that is good once was used again. Whose it was is not known of everything. */
  'suspicion.replay': { readonly of: SingleUse; readonly userId?: string | undefined }
  /** An API token has made more requests than its limit; told once for each window. */
  'api_token.limited': { readonly userId: string; readonly apiTokenId: string }
  /** An API token is dead. */
  'api_token.revoked': { readonly userId: string; readonly apiTokenId: string }
  /** An API token in use has not long to live. Told once. */
  'api_token.expiring': { readonly userId: string; readonly apiTokenId: string; readonly expiresAt: number }
  /** The old secret of a rotated API token was used after its overlap: whoever has it has a copy. */
  'api_token.retired_secret_used': { readonly userId: string; readonly apiTokenId: string }
  /** All API tokens of a user are dead. */
  'api_tokens.revoked': { readonly userId: string }
  /** There is a link that works without any other credential. */
  'url_token.issued': { readonly userId: string; readonly urlTokenId: string; readonly sessionId: string }
  /** The application has set a password. */
  'password.set': { readonly userId: string }
  /** The user has changed the password. */
  'password.changed': { readonly userId: string; readonly sessionsEnded: boolean; readonly apiTokensEnded: boolean }
  /** A link to choose a password was asked for. `userId` is absent when nobody has the name. */
  'password.reset_requested': { readonly userId?: string | undefined; readonly by: 'user' | 'administrator' }
  /** A password was chosen with such a link. */
  'password.reset': { readonly userId: string; readonly apiTokensEnded: boolean }
  /** A password was hashed anew, since its hash was not up to date. */
  'password.rehashed': { readonly userId: string }
  /** A second factor was enrolled. */
  'factor.enrolled': FactorDetails
  /** A second factor was enrolled in the place of another. */
  'factor.replaced': FactorDetails
  /** A second factor was removed. */
  'factor.removed': FactorDetails
  /** The code or answer that ends an enrolment was wrong. */
  'factor.enrolment_failed': { readonly userId: string; readonly factor: string }
  /** All second factors of a user are gone, and all sessions with them. */
  'factors.reset': { readonly userId: string }
  /** A user who had used up the attempts at second factors may try again. */
  'factor_attempts.cleared': { readonly userId: string }
  /** Somebody else holds a copy of an authenticator, or its counter is broken. */
  'factor.cloned': FactorDetails
  /** A recovery code was used; so many are left. */
  'recovery_code.used': { readonly userId: string; readonly remaining: number }
  /** There is a ticket with which a user may enrol the factor that policy asks for. */
  'enrolment_ticket.issued': {
    readonly userId: string
    readonly ticketId: string
    readonly by: 'user' | 'administrator'
  }
  /** Such a ticket was used, by the holder of a locked token. */
  'enrolment_ticket.used': { readonly userId: string; readonly ticketId: string; readonly lockedId: string }
  /** A message could not be handed to `deliver`; `message` is its type. */
  'delivery.failed': { readonly userId?: string | undefined; readonly message: string }
  /** Whether a new password is known from breaches could not be found out; it was taken. */
  'breach_check.failed': { readonly reason: string }
  /** An identity at a provider now belongs to a user. */
  'identity.linked': {
    readonly userId: string
    readonly provider: string
    readonly identityId: string
    readonly by: 'first_login' | 'user' | 'operator'
  }
  /** A provider has confirmed who somebody is. */
  'identity.confirmed': {
    readonly userId: string
    readonly provider: string
    readonly identityId: string
    readonly methods: readonly string[]
  }
  /** An identity at a provider belongs to nobody any more. */
  'identity.unlinked': { readonly userId: string; readonly provider: string; readonly identityId: string }
  /** A provider, or what it answered, did not confirm who somebody is. */
  'provider.refused': { readonly provider: string; readonly reason: string }
  /** A provider does not answer, or not as it should. */
  'provider.failed': { readonly provider: string; readonly reason: string }
  /** A provider has ended so many sessions. */
  'provider.logout': { readonly provider: string; readonly userId?: string | undefined; readonly sessions: number }
  /** The application has added or changed a provider. */
  'provider.set': { readonly provider: string }
  /** The application has removed a provider. */
  'provider.removed': { readonly provider: string }
  /** Somebody wants to register. `userId` is who has the address already. */
  'registration.requested': { readonly userId?: string | undefined }
  /** A registration was completed: there is a new user. */
  'user.registered': { readonly userId: string }
  /** A link that proves an address was sent. */
  'email.verification_sent': { readonly userId: string }
  /** An address was proven. */
  'email.verified': { readonly userId: string }
  /** The user wants another address; it is not proven yet. */
  'email.change_requested': { readonly userId: string }
  /** The new address was proven, and is the one. */
  'email.changed': { readonly userId: string }
  /** There is a new user. */
  'user.created': { readonly userId: string }
  /** The profile, the names or the roles of a user have changed. */
  'user.updated': { readonly userId: string }
  /** What an administrator, `userId`, has done, and to whom. */
  administration: {
    readonly userId: string
    readonly sessionId: string
    readonly act: AdministrativeAct
    /** Absent where it is not one user. */
    readonly targetId?: string | undefined
    /** How many sessions and API tokens, or users, a batch of revocations has ended. */
    readonly count?: number | undefined
  }
  /** What is asked of a user: `null` is, from now on, by the setting `mfa`. */
  'user.mfa_changed': { readonly userId: string; readonly mfa: MfaPolicy | null }
  /** A user may not log in any more, and nothing of theirs works. */
  'user.disabled': { readonly userId: string }
  /** A user may log in again. */
  'user.enabled': { readonly userId: string }
  /** A user is gone, and everything that was theirs is dead. */
  'user.deleted': { readonly userId: string }
  /** A token was not accepted. Without `userId` it was made up, or is long gone. */
  'token.refused': {
    readonly reason: TokenRefusal
    readonly userId?: string | undefined
    readonly tokenId?: string | undefined
  }
  /** Somebody known wanted what they may not, or not with this credential. */
  'access.denied': { readonly userId: string; readonly code: ErrorCode; readonly permission?: string | undefined }
  /** A request was refused before it was known whose it is, or what it asks for is full. With the origin of the page as the browser says it, and `origin` as it is set. */
  'request.refused': {
    readonly code: ErrorCode
    readonly pageOrigin?: string | undefined
    readonly origin?: string | undefined
  }
  /** A private peer forwards for others and is not in `trustedProxies`: no network limit is applied to it. */
  'proxy.unlisted': { readonly peer: string }
  /** The storage does not answer. Not kept: it could not be. */
  'storage.failed': { readonly reason: string }
}

/** Which factor of which user. */
export interface FactorDetails {
  readonly userId: string
  readonly factor: string
  readonly factorId: string
}

/** What is good once. */
export type SingleUse = 'totp' | 'recovery_code' | 'url_token' | 'exchange_code' | 'assertion'

/** What administrators do. */
export type AdministrativeAct =
  | 'create'
  | 'change'
  | 'delete'
  | 'reset_password'
  | 'revoke_sessions'
  | 'revoke_api_tokens'
  | 'reset_factors'
  | 'issue_enrolment_ticket'
  | 'clear_attempts'
  | 'revoke_by_condition'
  | 'revoke_everyone'
  | 'impersonate'

/** How a session came to its end. */
export type SessionEnd = 'logout' | 'revoked' | 'replaced' | 'unlinked' | 'provider_logout'

/** What a password was given for. */
export type PasswordPurpose = 'login' | 'reauthentication' | 'change'

/** Why a password proved nothing. The client is told none of this. */
export type PasswordRefusal = 'unknown_user' | 'wrong_password' | 'disabled'

/** One event, told by its `type`; `at` is in milliseconds since the epoch. */
export type AuthEvent = {
  [Type in keyof EventDetails]: { readonly type: Type; readonly at: number } & Origin & EventDetails[Type]
}[keyof EventDetails]

/** Tells the application of an event. Never throws, never waits. */
export type Emit = <Type extends keyof EventDetails>(type: Type, details: EventDetails[Type], from?: Origin) => void
