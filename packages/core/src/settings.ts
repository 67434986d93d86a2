import type { LinkPages } from './account/link-pages.ts'
import type { Verification } from './account/links.ts'
import type { RegistrationSettings } from './account/registrations.ts'
import type { ApiTokenLimits } from './api-token.ts'
import type { Clock } from './collection.ts'
import type { AuthEvent } from './events.ts'
import type { FactorType } from './factors/factor-host.ts'
import type { HashingLimits } from './factors/hashing-queue.ts'
import type { PasswordHasher } from './factors/password-hash.ts'
import type { BreachedCheck } from './factors/password-policy.ts'
import type { Deliver } from './message.ts'
import type { MfaRule } from './mfa-policy.ts'
import type { Permissions } from './permissions.ts'
import type { Provider, ProviderType } from './provider.ts'
import type { Callback } from './return-to.ts'
import type { SessionLimits } from './session-entry.ts'
import type { Storage } from './storage.ts'
import type { GuessLimits } from './throttle.ts'
import type { Transports } from './transport.ts'
import type { UserDirectory } from './user.ts'

/** What `createAuth` is told. Three settings are required; every default is the safe one. Durations are milliseconds. */
export interface Settings {
  /** The public origin, as in `https://app.example.com`. Nothing is ever derived from the Host header. */
  readonly origin: string
  /**
   * At least 32 random bytes; `undefined`, as from an environment without it, is refused. An array rotates: the newest
   * first, older ones as long as they are needed.
   */
  readonly secret: string | readonly string[] | undefined
  /** Where everything is kept. */
  readonly storage: Storage

  /** Where the routes are served: `/auth` by default. */
  readonly basePath?: string
  /** The application's own users; without it Sallyport keeps them in the storage. */
  readonly users?: UserDirectory
  /** What a user may do. Without it nobody may do anything that needs a permission. */
  readonly permissions?: Permissions
  /** The second factors that there are, as in `[totp(), recoveryCodes()]`. */
  readonly factors?: readonly FactorType[]
  /**
   * Whether a second factor is needed, for everybody or by user: `'optional'`, when the user has one, by default. What
   * `auth.users.setMfa` says of a user goes first.
   */
  readonly mfa?: MfaRule
  /**
   * Lets whoever knows the password enrol the second factor that policy requires, without the ticket that shows that it
   * is the user. A thief of the password is then as welcome as its owner; off by default.
   */
  readonly enrolWithFirstFactor?: boolean
  /** Whether a browser may be trusted, and for how long: not to be asked for the second factor again. Off by default. */
  readonly trustedDevices?: boolean | { readonly lifetimeMs: number }
  /** As `throttle`, for all second factors of a user together; 100 in 30 days at most, whatever succeeds meanwhile. */
  readonly factorThrottle?: Partial<GuessLimits>
  /** Sends what users must read: codes, tickets, notices. Without it there are only events. */
  readonly deliver?: Deliver
  /** Who may become a user by themselves: nobody by default. For built-in users only. */
  readonly registration?: RegistrationSettings
  /** How addresses are proved: by a link in the message, the default, or by a short code that is typed in. */
  readonly verification?: Verification
  /** Where the links in messages lead: `/choose-password#token={token}` and the like on `origin` by default. */
  readonly linkPages?: Partial<LinkPages>
  /** The identity providers, made by `oidc`, `saml` or `ldap`. */
  readonly providers?: readonly Provider[]
  /** What makes providers of the data that `auth.providers.set` keeps, by a name of your choice: `{ oidc }`. */
  readonly providerTypes?: Readonly<Record<string, ProviderType>>
  /** Callbacks of applications on other origins that may end a log-in, each exactly as it is called. */
  readonly callbacks?: readonly (string | Callback)[]
  /** The mount path as it is seen from outside, when something in front changes it: `basePath` by default. */
  readonly publicPath?: string
  /** A preset, or limits of your own: 30 days and no idle limit by default. */
  readonly session?: SessionPreset | Partial<SessionLimits>
  /** Ten years, and 24 hours of overlap after a rotation by default. */
  readonly apiToken?: Partial<ApiTokenLimits>
  readonly password?: PasswordSettings
  /**
   * Guesses at passwords. By default 10 failures at an account, then one after 15 minutes, half an hour and so on, and 100
   * from a network in 15 minutes. A device that the user has logged in from counts by itself, and is not slowed down by
   * anybody else. Whoever sets `account` sets it for devices too.
   */
  readonly throttle?: Partial<GuessLimits>
  /** How old an authentication may be for what needs a recent one: an hour by default. */
  readonly recentMs?: number
  /** Whether and under which name tokens are read from the query; `token` by default. */
  readonly query?: Transports['query']
  readonly queryParameter?: string
  /** Whether `Authorization: Bearer` is read; it is not by default. */
  readonly bearer?: boolean
  /** Addresses or networks of the proxies whose `X-Forwarded-For` is believed. */
  readonly trustedProxies?: readonly string[]
  /** Further origins whose pages may change state here. */
  readonly trustedOrigins?: readonly string[]
  /** What every token begins with: `sp` by default. */
  readonly tokenPrefix?: string
  /** Whether events are kept in the storage, and for how long: 180 days when `true`; not at all by default. */
  readonly audit?: boolean | { readonly retentionMs: number }
  /** Told of every event; also `auth.events.on`. */
  readonly onEvent?: (event: AuthEvent) => void
  /** Told of every fault that a client only sees as 500 or 503; `console.error` by default. */
  readonly onError?: (error: unknown) => void
  /** Handed the work that goes on after an answer, where the runtime would drop it: `waitUntil` of Workers and the like. */
  readonly waitUntil?: (work: Promise<unknown>) => void
  /** The time, in milliseconds since the epoch; for tests. */
  readonly clock?: Clock
}

/** Named session limits. `nist-aal2`: 24 hours, one hour idle (SP 800-63B-4 §2.2.3). */
export type SessionPreset = 'default' | 'nist-aal2'

/** How passwords are judged and hashed. */
export interface PasswordSettings {
  /** In code points: 15, or 8 where `mfa` is `'required'`. */
  readonly minLength?: number
  /** In code points: 256, and never under 64. */
  readonly maxLength?: number
  /** Names of the product and the organisation, which are no passwords. */
  readonly contextWords?: readonly string[]
  /**
   * Asked about a new password that nothing else is wrong with: `hibp()` of `@sallyport/core/breached`. When it rejects, the
   * password is taken, and `breach_check.failed` tells you; without it only the list that comes along is asked.
   */
  readonly breached?: BreachedCheck
  readonly hasher?: PasswordHasher
  readonly hashing?: Partial<HashingLimits>
}
