import type { Clock } from './collection.ts'
import type { ErrorCode } from './errors.ts'
import type { MfaPolicy } from './user-state.ts'

/** Where a request came from: the client's address and what it says of itself. */
export interface Origin {
  readonly address?: string | undefined
  readonly userAgent?: string | undefined
}

/** Every event with what it says. No event holds a secret, a token, a password or a name that was only typed in. */
export interface EventDetails {
  'login.succeeded': { readonly userId: string; readonly sessionId: string; readonly methods: readonly string[] }
  'login.locked': { readonly userId: string; readonly lockedId: string; readonly methods: readonly string[] }
  'login.failed': { readonly factor: string }
  'login.refused': { readonly userId: string; readonly reason: 'disabled' | 'changed_meanwhile' | 'no_user' }
  'password.failed': {
    readonly purpose: PasswordPurpose
    readonly reason: PasswordRefusal
    readonly userId?: string | undefined
  }
  'attempts.throttled': {
    readonly purpose: string
    readonly by: 'account' | 'network'
    readonly userId?: string | undefined
  }
  'device.trusted': { readonly userId: string; readonly deviceId: string }
  'device.revoked': { readonly userId: string; readonly deviceId: string }
  'unlock.failed': { readonly userId: string; readonly factor: string }
  'reauthentication.succeeded': {
    readonly userId: string
    readonly sessionId: string
    readonly methods: readonly string[]
  }
  'reauthentication.failed': { readonly userId: string; readonly sessionId: string; readonly factor: string }
  'session.ended': {
    readonly userId: string
    readonly sessionId: string
    readonly reason: SessionEnd
  }
  'sessions.revoked': { readonly userId: string; readonly reason: 'others' | 'all' | 'password_changed' }
  'api_token.issued': { readonly userId: string; readonly apiTokenId: string; readonly sessionId: string }
  'api_token.rotated': { readonly userId: string; readonly apiTokenId: string }
  'api_token.revoked': { readonly userId: string; readonly apiTokenId: string }
  'api_token.expiring': { readonly userId: string; readonly apiTokenId: string; readonly expiresAt: number }
  'api_token.retired_secret_used': { readonly userId: string; readonly apiTokenId: string }
  'api_tokens.revoked': { readonly userId: string }
  'url_token.issued': { readonly userId: string; readonly urlTokenId: string; readonly sessionId: string }
  'password.set': { readonly userId: string }
  'password.changed': { readonly userId: string; readonly sessionsEnded: boolean; readonly apiTokensEnded: boolean }
  'password.reset_requested': { readonly userId?: string | undefined; readonly by: 'user' | 'administrator' }
  'password.reset': { readonly userId: string; readonly apiTokensEnded: boolean }
  'password.rehashed': { readonly userId: string }
  'factor.enrolled': FactorDetails
  'factor.replaced': FactorDetails
  'factor.removed': FactorDetails
  'factor.enrolment_failed': { readonly userId: string; readonly factor: string }
  'factors.reset': { readonly userId: string }
  'factor_attempts.cleared': { readonly userId: string }
  /** Somebody else holds a copy of an authenticator, or its counter is broken. */
  'factor.cloned': FactorDetails
  'recovery_code.used': { readonly userId: string; readonly remaining: number }
  'enrolment_ticket.issued': {
    readonly userId: string
    readonly ticketId: string
    readonly by: 'user' | 'administrator'
  }
  'enrolment_ticket.used': { readonly userId: string; readonly ticketId: string; readonly lockedId: string }
  'delivery.failed': { readonly userId?: string | undefined; readonly message: string }
  'identity.linked': {
    readonly userId: string
    readonly provider: string
    readonly identityId: string
    readonly by: 'first_login' | 'user' | 'operator'
  }
  'identity.confirmed': {
    readonly userId: string
    readonly provider: string
    readonly identityId: string
    readonly methods: readonly string[]
  }
  'identity.unlinked': { readonly userId: string; readonly provider: string; readonly identityId: string }
  'provider.refused': { readonly provider: string; readonly reason: string }
  'provider.failed': { readonly provider: string; readonly reason: string }
  'provider.logout': { readonly provider: string; readonly userId?: string | undefined; readonly sessions: number }
  'provider.set': { readonly provider: string }
  'provider.removed': { readonly provider: string }
  'registration.requested': { readonly userId?: string | undefined }
  'user.registered': { readonly userId: string }
  'email.verification_sent': { readonly userId: string }
  'email.verified': { readonly userId: string }
  'email.change_requested': { readonly userId: string }
  'email.changed': { readonly userId: string }
  'user.created': { readonly userId: string }
  'user.updated': { readonly userId: string }
  /** What an administrator has done, `userId`, to whom. */
  administration: {
    readonly userId: string
    readonly sessionId: string
    readonly act: AdministrativeAct
    readonly targetId: string
  }
  /** `null`: from now on by the setting `mfa`. */
  'user.mfa_changed': { readonly userId: string; readonly mfa: MfaPolicy | null }
  'user.disabled': { readonly userId: string }
  'user.enabled': { readonly userId: string }
  'user.deleted': { readonly userId: string }
  'token.refused': {
    readonly reason: TokenRefusal
    readonly userId?: string | undefined
    readonly tokenId?: string | undefined
  }
  'access.denied': { readonly userId: string; readonly code: ErrorCode; readonly permission?: string | undefined }
  'request.refused': { readonly code: ErrorCode }
  'proxy.unlisted': { readonly peer: string }
  'storage.failed': { readonly reason: string }
  'background.failed': { readonly reason: string }
}

/** Which factor of which user. */
export interface FactorDetails {
  readonly userId: string
  readonly factor: string
  readonly factorId: string
}

/** What administrators do. */
export type AdministrativeAct =
  | 'create'
  | 'change'
  | 'delete'
  | 'reset_password'
  | 'revoke_sessions'
  | 'revoke_api_tokens'
  | 'reset_factors'

/** How a session came to its end. */
export type SessionEnd = 'logout' | 'revoked' | 'replaced' | 'unlinked' | 'provider_logout'

/** What a password was given for. */
export type PasswordPurpose = 'login' | 'reauthentication' | 'change'

/** Why a password proved nothing. The client is told none of this. */
export type PasswordRefusal = 'unknown_user' | 'wrong_password' | 'disabled'

/** Why a token was not accepted. */
export type TokenRefusal =
  | 'malformed'
  | 'unknown'
  | 'wrong_secret'
  | 'expired'
  | 'idle'
  | 'retired_secret'
  | 'epoch'
  | 'disabled'
  | 'no_user'
  | 'other_request'
  | 'other_kind'
  | 'suspended'

/** One event, told by its `type`; `at` is in milliseconds since the epoch. */
export type AuthEvent = {
  [Type in keyof EventDetails]: { readonly type: Type; readonly at: number } & Origin & EventDetails[Type]
}[keyof EventDetails]

/** Tells the application of an event. Never throws, never waits. */
export type Emit = <Type extends keyof EventDetails>(type: Type, details: EventDetails[Type], from?: Origin) => void

/** The events of one `createAuth`. */
export interface Events {
  readonly emit: Emit
  /** Calls the listener for every event from now on; the function it returns ends that. */
  on(listener: (event: AuthEvent) => void): () => void
}

/** Reports faults, and never throws or rejects: where the report fails, both go to the console. */
export function createReporter(report: (error: unknown) => void): (error: unknown) => void {
  return (error) => {
    const lastResort = (failure: unknown) => console.error(failure, error)
    try {
      Promise.resolve(report(error) as unknown).catch(lastResort)
    } catch (failure) {
      lastResort(failure)
    }
  }
}

/** Events go to every listener; one that throws is reported to `onError` and disturbs nobody. */
export function createEvents(now: Clock, onError: (error: unknown) => void): Events {
  const listeners = new Set<(event: AuthEvent) => void>()

  return {
    emit(type, details, from) {
      if (listeners.size === 0) return
      const event = Object.freeze({ type, at: now(), ...describeOrigin(from), ...details }) as unknown as AuthEvent
      for (const listener of listeners) {
        try {
          // A listener may be an async function: its rejection is as much ours to handle as a throw.
          Promise.resolve(listener(event) as unknown).catch(onError)
        } catch (error) {
          onError(error)
        }
      }
    },

    on(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}

function describeOrigin(from: Origin | undefined): Origin {
  return from === undefined ? {} : { address: from.address, userAgent: from.userAgent }
}
