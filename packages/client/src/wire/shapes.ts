// Generated of the OpenAPI document by `npm run docs`. Change the routes instead.
/** A user, as they may be seen. */
export interface User {
  readonly id: string
  readonly username: string
  readonly displayName?: string
  readonly email?: string
  readonly emailVerified?: boolean
  readonly roles: readonly string[]
}

/** A session; `current` in a list, for the one that asks. */
export interface Session {
  readonly id: string
  readonly current?: boolean
  readonly createdAt: string
  readonly authenticatedAt: string
  readonly lastSeenAt: string
  readonly expiresAt: string | null
  readonly address: string | null
  readonly userAgent: string | null
  readonly methods: readonly string[]
  readonly impersonator?: Impersonator
}

/** Who acts in the place of a user. */
export interface Impersonator {
  readonly userId: string
}

/** An API token; `scopes` is `null` where it inherits every permission. */
export interface ApiToken {
  readonly id: string
  readonly name: string
  readonly createdAt: string
  readonly expiresAt: string | null
  readonly lastUsedAt: string | null
  readonly rotatedAt: string | null
  readonly previousExpiresAt: string | null
  readonly scopes: readonly string[] | null
}

/** What was proven, and when. */
export interface Assurance {
  readonly level: 1 | 2
  readonly methods: readonly string[]
  readonly provenAt: Readonly<Record<string, string>>
  readonly authenticatedAt: string
}

/** Both doors are open: a session has begun, or goes on under a new token. */
export interface Unlocked {
  readonly status: 'unlocked'
  readonly user: User
  readonly permissions: readonly string[]
  readonly session: Session
  readonly assurance: Assurance
  readonly token?: string
}

/** The first door is open: `factors` would open the second, or `enrol` may be enrolled. */
export interface Locked {
  readonly status: 'locked'
  readonly factors: readonly string[]
  readonly enrol?: readonly string[]
  readonly needsTicket?: boolean
  readonly expiresAt: string
  readonly token?: string
}

/** No credential was sent. */
export interface Anonymous {
  readonly status: 'anonymous'
  readonly detail?: string
}

/** Whose an unlocked token is: that of a session or an API token. */
export interface Caller {
  readonly status: 'unlocked'
  readonly user: User
  readonly permissions: readonly string[]
  readonly session?: Session
  readonly apiToken?: ApiToken
  readonly assurance?: Assurance
  readonly impersonator?: Impersonator
}

/** A factor that is enrolled, with what its kind says of itself. */
export interface Factor extends Readonly<Record<string, unknown>> {
  readonly id: string
  readonly factor: string
  readonly name: string | null
  readonly createdAt: string
  readonly lastUsedAt: string | null
}

/** A session under a new token, and the factor that is enrolled now. */
export interface EnrolledUnlocked {
  readonly status: 'unlocked'
  readonly user: User
  readonly permissions: readonly string[]
  readonly session: Session
  readonly assurance: Assurance
  readonly token?: string
  readonly factor?: Factor
}

/** The factor is enrolled now, and policy asks for another. */
export interface EnrolledLocked {
  readonly status: 'locked'
  readonly factors: readonly string[]
  readonly enrol?: readonly string[]
  readonly needsTicket?: boolean
  readonly expiresAt: string
  readonly token?: string
  readonly factor?: Factor
}

/** The factor is enrolled now, and the session was renewed or ended meanwhile by somebody else. */
export interface Enrolled {
  readonly factor: Factor
}

/** WebAuthn creation options in JSON. */
export interface PasskeyCreation extends Readonly<Record<string, unknown>> {
  readonly challenge: string
}

/** WebAuthn request options in JSON. */
export interface PasskeyRequest extends Readonly<Record<string, unknown>> {
  readonly challenge: string
}

/** A browser that is not asked for a second factor. */
export interface TrustedDevice {
  readonly id: string
  readonly createdAt: string
  readonly lastUsedAt: string
  readonly expiresAt: string
  readonly address: string | null
  readonly userAgent: string | null
}

/** An identity provider. */
export interface Provider {
  readonly id: string
  readonly label: string
  readonly protocol: string
}

/** An identity at a provider. */
export interface Identity {
  readonly id: string
  readonly provider: string
  readonly issuer: string
  readonly subject: string
  readonly name: string | null
  readonly createdAt: string
  readonly lastLoginAt: string | null
}

/** Which second factors are asked for. */
export type MfaPolicy = 'off' | 'optional' | 'required' | { readonly required: readonly string[] }

/** A user as an administrator sees them. */
export interface AdministeredUser {
  readonly id: string
  readonly username: string
  readonly displayName?: string
  readonly email?: string
  readonly emailVerified?: boolean
  readonly roles: readonly string[]
  readonly createdAt: string | null
  readonly disabledAt: string | null
  readonly disabled: boolean
  readonly mfa: MfaPolicy | null
  readonly hasPassword: boolean
}

/** Where a link went; `link` only where there was no address to send it to. */
export interface Invitation {
  readonly sentTo: string | null
  readonly expiresAt: string
  readonly link?: string
}

/** A session or an API token that meets a condition. */
export interface Revocable {
  readonly kind: 'sessions' | 'apiTokens'
  readonly id: string
  readonly userId: string
  readonly createdAt: string
  readonly address: string | null
  readonly userAgent: string | null
}

/** An event, with what its type says. */
export interface RecordedEvent extends Readonly<Record<string, unknown>> {
  readonly id: string
  readonly type: string
  readonly at: string
  readonly outcome: 'success' | 'failure'
  readonly address?: string
  readonly userAgent?: string
}
