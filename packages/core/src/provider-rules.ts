import type { Method } from './authentication.ts'
import type { Client } from './client.ts'
import type { Json } from './storage.ts'
import type { User } from './user.ts'

/** A user whom a provider vouches for, as the application's functions see them. */
export interface ProviderLogin {
  readonly provider: string
  readonly issuer: string
  readonly subject: string
  readonly claims: Readonly<Record<string, Json>>
  /** What the mapping made of the claims. */
  readonly profile: MappedProfile
  readonly client: Client
}

/** What is taken over from claims; what is absent stays as it is. */
export interface MappedProfile {
  /** For a new user only. Made unique when somebody has it: a name never finds a user. */
  readonly username?: string | undefined
  readonly displayName?: string | undefined
  /** Stays as it is for a user who has or must have a second factor, unless the provider is trusted to have asked for one. */
  readonly email?: string | undefined
  /** Whether the provider may be believed about the address. */
  readonly emailVerified?: boolean | undefined
  /** Replaces the roles: they are as of the last log-in. */
  readonly roles?: readonly string[] | undefined
}

/**
 * What becomes of an identity that nobody has: a new user, a refusal, or what the application says, which is the id of a
 * user that it has made, or `undefined` to refuse. An address or a name is no proof: never look a user up by it.
 */
export type FirstLogin =
  | 'create'
  | 'refuse'
  | ((login: ProviderLogin) => Promise<string | undefined> | string | undefined)

/** What the application decides about the users of a provider. Every provider package takes these among its options. */
export interface ProviderRules {
  /** `'create'` with the built-in users, `'refuse'` with the application's own, by default. */
  readonly onFirstLogin?: FirstLogin | undefined
  /** Told of every log-in before the session begins. An `AuthError` refuses it; any other rejection is an outage. */
  readonly onLogin?: ((user: User, login: ProviderLogin) => Promise<void> | void) | undefined
  /** Claims to profile and roles. */
  readonly profile?: ((claims: Readonly<Record<string, Json>>) => MappedProfile) | undefined
  /** When the mapping is applied: `'each'` log-in by default. */
  readonly mapOn?: 'each' | 'first' | undefined
  /**
   * Suspends sessions and API tokens of users who have no other way in and have not logged in here for so many
   * milliseconds. Off by default.
   */
  readonly maxSinceLoginMs?: number | undefined
  /** How far the provider is believed about its own strength. Not at all by default. */
  readonly trust?: Trust | undefined
}

/** Every name of the rules, for a provider that refuses what it does not know. */
export const providerRuleNames: Readonly<Record<keyof ProviderRules, true>> = {
  onFirstLogin: true,
  onLogin: true,
  profile: true,
  mapOn: true,
  maxSinceLoginMs: true,
  trust: true,
}

/** How far a provider is believed about the strength of its own authentication. */
export interface Trust {
  /** Values of `amr` that are taken over as methods. `mfa` makes a second factor here unnecessary. */
  readonly amr?: readonly Method[] | undefined
  /** What a value of `acr` (`AuthnContextClassRef`) proves. */
  readonly acr?: Readonly<Record<string, readonly Method[]>> | undefined
}
