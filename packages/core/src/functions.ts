import type { Account } from './account/account-functions.ts'
import type { Administration } from './account/administration.ts'
import type { Emails } from './account/emails.ts'
import type { Revocations } from './account/revocations.ts'
import type { ApiTokens } from './api-token.ts'
import type { CallContext } from './client.ts'
import type { Origin } from './events.ts'
import type { Answer, FactorEvidence } from './factors/factor.ts'
import type { Factors } from './factors/factors.ts'
import type { SecondFactor } from './factors/second-factors.ts'
import type { HealthCheck } from './health.ts'
import type { Locked, LockedState, Unlocked, UnlockOptions } from './sign-in.ts'
import type { Principal } from './principal.ts'
import type { Identities, Providers } from './providers.ts'
import type { Sessions } from './session.ts'
import type { TrustedDevices } from './trusted-device.ts'
import type { UrlTokens } from './url-token.ts'

/** A password change: the old password proves the right, the new one must satisfy the policy. */
export interface PasswordChangeRequest {
  readonly current: string
  readonly password: string
  /** Ends the user's other sessions; `true` by default. */
  readonly revokeOthers?: boolean | undefined
  /** Ends the user's API tokens; `false` by default. */
  readonly revokeApiTokens?: boolean | undefined
}

/** Passwords, for programs. */
export interface Passwords {
  /** Sets a password without asking for the old one, and ends the user's sessions. Throws `password_refused`. */
  set(userId: string, password: string): Promise<void>
  /**
   * Takes over the hash that a user of the application's own has elsewhere, of the kinds that `NewUser.passwordHash` names;
   * the first log-in replaces it. Throws `conflict` for whoever has a password here, `not_found`, `invalid_request`,
   * `invalid_setting` for a hash that nothing here can verify.
   */
  adopt(userId: string, passwordHash: string, by?: Origin): Promise<void>
  /**
   * Changes it and starts a new session for the caller. Throws `step_up_required` for a session without the second factor
   * that its user has, `invalid_credentials`, `password_refused`, `conflict`.
   */
  change(principal: Principal, request: PasswordChangeRequest, context?: CallContext): Promise<Unlocked>
}

/** Everything that the routes do, as plain functions for servers that render their own pages. */
export interface AuthFunctions {
  /** The first door. Throws `invalid_credentials` whatever is wrong, `too_many_attempts`, `unavailable`. */
  logIn(
    credentials: { readonly username: string; readonly password: string },
    context?: CallContext & { readonly remember?: boolean | undefined },
  ): Promise<Unlocked | Locked>
  /** What a log-in by a factor alone begins with, as the options of a passkey. Throws `not_found` when it is none. */
  beginLogIn(factor: string, context?: CallContext): Promise<Answer>
  /** The first door by a factor alone, through the same gate. Throws `invalid_credentials`, `too_many_attempts`. */
  logInWith(
    factor: string,
    evidence: FactorEvidence,
    context?: CallContext & { readonly remember?: boolean | undefined },
  ): Promise<Unlocked | Locked>
  /**
   * The second door, with a locked token. Throws `invalid_code`, `locked_token_expired`, `too_many_attempts`. Locked again
   * when policy asks for another factor than the one that was proven.
   */
  unlock(lockedToken: string, evidence: SecondFactor, context?: CallContext & UnlockOptions): Promise<Unlocked | Locked>
  /** Asks a second factor for what it needs; answers alike for a factor that is not enrolled. */
  beginUnlock(lockedToken: string, factor: string, context?: CallContext): Promise<Readonly<Record<string, unknown>>>
  /** Step-up (RFC 9470): renews the authentication of a session and rotates its token. Throws like `logIn` and `unlock`. */
  reauthenticate(
    principal: Principal,
    evidence: { readonly password: string } | SecondFactor,
    context?: CallContext,
  ): Promise<Unlocked>
  beginReauthentication(
    principal: Principal,
    factor: string,
    context?: CallContext,
  ): Promise<Readonly<Record<string, unknown>>>
  /** Ends the session or locked token that a token names; nothing happens when it is no good. */
  end(token: string, reason: 'logout' | 'replaced', context?: CallContext): Promise<void>
  /** What would help whoever holds a locked token. Throws `locked_token_expired`. */
  inspectLocked(lockedToken: string): Promise<LockedState>
  readonly factors: Factors
  readonly trustedDevices: TrustedDevices
  readonly sessions: Sessions
  readonly apiTokens: ApiTokens
  readonly urlTokens: UrlTokens
  readonly passwords: Passwords
  readonly account: Account
  readonly emails: Emails
  readonly administration: Administration
  readonly revocations: Revocations
  readonly providers: Providers
  readonly identities: Identities
  readonly health: HealthCheck
}
