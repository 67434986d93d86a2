import type { ApiToken } from './api-token-entry.ts'
import type { Assurance, Impersonator } from './authentication.ts'
import type { Issuer } from './issuer.ts'
import type { Session } from './session-entry.ts'
import type { User } from './user.ts'

/** Who a request is made by. Immutable; the same whatever the transport of its credential was. */
export interface Principal extends Issuer {
  readonly user: User
  /** What this request may do: the user's permissions now, narrowed by the API token's scopes. */
  readonly permissions: readonly string[]
  /** The user's permissions, before they were narrowed. */
  readonly granted: readonly string[]
  /** How strong the authentication behind it is; `undefined` for an API token, which proves nobody's presence. */
  readonly assurance: Assurance | undefined
  readonly session: Session | undefined
  readonly apiToken: ApiToken | undefined
  /** The administrator who acts in the user's place: they may use what the user may, and change nothing of the account. */
  readonly impersonator?: Impersonator | undefined
}

/** A passed first factor that waits for the second. It is nobody's principal. */
export interface LockedSession {
  readonly userId: string
  readonly expiresAt: number
}

/** Why a credential was refused. */
export type RefusalCode =
  | 'invalid_token'
  | 'expired_token'
  | 'ambiguous_credentials'
  | 'cross_site_request'
  | 'unavailable'

/** What became of a request's credential. */
export type Resolution =
  | { readonly status: 'anonymous' }
  | { readonly status: 'unlocked'; readonly principal: Principal }
  | { readonly status: 'locked'; readonly locked: LockedSession }
  | { readonly status: 'refused'; readonly code: RefusalCode }
