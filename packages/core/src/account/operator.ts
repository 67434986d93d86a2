import type { ApiTokenLimits, IssuedApiToken, NewApiToken } from '../api-token.ts'
import type { ProviderRules } from '../provider-rules.ts'
import type { ProviderInfo } from '../providers.ts'
import type { SessionLimits } from '../session-entry.ts'
import type { Transports } from '../transport.ts'
import type { MfaPolicy } from '../user-state.ts'
import type { AdministeredUser } from './administration.ts'

/** The settings that are in force, without anything secret. Durations are milliseconds. */
export interface SettingsInForce {
  readonly origin: string
  readonly basePath: string
  readonly publicPath: string
  readonly trustedOrigins: readonly string[]
  readonly trustedProxies: readonly string[]
  readonly transports: Transports
  /** How many values `secret` has: more than one while it is rotated. */
  readonly secrets: number
  readonly session: SessionLimits
  readonly apiToken: ApiTokenLimits
  /** `'by-user'` when a function decides. */
  readonly mfa: MfaPolicy | 'by-user'
  readonly enrolWithFirstFactor: boolean
  readonly factors: readonly string[]
  /** How long events are kept; `undefined` when they are not. */
  readonly auditMs: number | undefined
  readonly hasPermissions: boolean
  readonly sendsMessages: boolean
  readonly ownUsers: boolean
  readonly checksBreaches: boolean
  /** How far the setting `clock` is ahead of the clock of this machine. */
  readonly clockAheadMs: number
}

/** A provider that people log in at, of the settings or stored. */
export type ProviderInForce = ProviderInfo & Pick<ProviderRules, 'maxSinceLoginMs'>

/** What a program of the operator does: nobody is asked who they are. For the command `sallyport`, and for scripts. */
export interface Operator {
  settings(): Promise<SettingsInForce>
  providers(): Promise<readonly ProviderInForce[]>
  /** A user as an administrator sees them; `undefined` when there is none. */
  describe(userId: string): Promise<AdministeredUser | undefined>
  /**
   * An API token for a user without a session of theirs, with no more than the user may do. Throws `not_found`, `conflict`
   * for a user who is disabled.
   */
  issueApiToken(userId: string, token: NewApiToken): Promise<IssuedApiToken>
}
