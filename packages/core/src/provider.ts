import type { Method } from './authentication.ts'
import { AuthError } from './errors.ts'
import type { MappedProfile, ProviderRules } from './provider-rules.ts'
import type { Json } from './storage.ts'
import type { GuessLimits } from './throttle.ts'

/**
 * What an identity provider package implements: one of two shapes.
 *
 * A `RedirectProvider` (OpenID Connect, OAuth 2.0, SAML) sends the browser away and reads what comes back. A
 * `DirectProvider` (LDAP) is given a name and a password. Both end in `Evidence`, and neither can make a session.
 *
 * Core does the rest, so a package does none of it: the state and its single use, its binding to browser, provider and
 * purpose, `returnTo`, the cross-site POST, exchange codes, first log-in, linking, mapping to profile and roles, the
 * limit on guesses, events, and the gate.
 *
 * A refusal is `providerRefused(reason)`: the reason is for the operator and holds no token and no password. What could
 * not be found out (network, directory away, its answer no answer at all) is `providerUnavailable(cause)`.
 */
export type Provider = RedirectProvider | DirectProvider

/** What every provider has. Everything in it stays as it is: a change is a new provider under the same id. */
export interface ProviderBase extends ProviderRules {
  /** Its name in paths and in storage, 1 to 64 of `a-z 0-9 -`. An identity is bound to it for ever. */
  readonly id: string
  /** What the button says. */
  readonly label: string
  readonly protocol: 'oidc' | 'oauth2' | 'saml' | 'ldap'
  /** A dry run against the real counterpart: one finding for each thing that was tried, in order. Never rejects. */
  check(context: ProviderContext): Promise<readonly Finding[]>
}

/** A provider that the browser is sent to. */
export interface RedirectProvider extends ProviderBase {
  readonly protocol: 'oidc' | 'oauth2' | 'saml'
  /** The field of the answer that brings `StartRequest.state` back. */
  readonly stateField: 'state' | 'RelayState'
  /** Whether an answer that nobody asked for is read (SAML IdP-initiated): then no browser vouches for it. Off by default. */
  readonly unsolicited?: boolean
  /** Whether `fresh` can be asked for and proved. Without it a log-in can't renew a session. */
  readonly canReauthenticate: boolean
  /** Where to send the browser, and what must be known again when it comes back. */
  start(request: StartRequest, context: ProviderContext): Promise<Started>
  /** The evidence in an answer. Everything that it says is verified, or it throws. */
  finish(answer: ProviderAnswer, context: ProviderContext): Promise<Evidence>
  /** The document under `GET /saml/:provider/metadata`. */
  metadata?(context: ProviderContext): Promise<{ readonly contentType: string; readonly body: string }>
  /**
   * Reads a back-channel logout. Verifies everything but its single use, which is core's to see to. Anybody may send one,
   * without a limit: a package itself bounds how often it asks the provider for what it verifies by.
   */
  readLogout?(fields: AnswerFields, context: ProviderContext): Promise<LogoutNotice>
  /** Where to send the browser to end the session at the provider too; `undefined` when it has no such place. */
  startLogout?(session: ProviderSession, context: ProviderContext): Promise<string | undefined>
}

/** A provider that is given a name and a password. */
export interface DirectProvider extends ProviderBase {
  readonly protocol: 'ldap'
  /** Guesses by (provider, canonical name) and network, counted before `logIn`. Below the lock-out of the directory. */
  readonly limits?: GuessLimits
  /** `undefined` when the name or the password is wrong, whatever is wrong. `username` is canonical, `password` is never empty. */
  logIn(
    credentials: { readonly username: string; readonly password: string },
    context: ProviderContext,
  ): Promise<Evidence | undefined>
}

/** What core lends to a provider for one call. */
export interface ProviderContext {
  /** Our public origin, as in `https://app.example.com`. */
  readonly origin: string
  /** The absolute address of `/callback/:provider`: redirect URI, assertion consumer service. */
  readonly callbackUrl: string
  /** The absolute address of `/saml/:provider/metadata`: what an entity id may be. */
  readonly metadataUrl: string
  /** The time, in milliseconds since the epoch. */
  now(): number
  /** The form of a login name under which guesses are counted; `undefined` for what can't be one. */
  canonicalName(text: string): string | undefined
  /** Whether this is the first time that this provider sees an id (of an assertion, a logout token). Of many callers one gets `true`. */
  once(id: string, expiresAt: number): Promise<boolean>
  /** Aborted when the client has left. */
  readonly departed?: AbortSignal | undefined
}

/** What a log-in at the provider is started for. */
export interface StartRequest {
  /** An unguessable value, 43 characters of base64url, that must come back in `stateField`. */
  readonly state: string
  /** `true`: the user must authenticate now, and the evidence must prove it by its `authenticatedAt`. */
  readonly fresh: boolean
}

/** A log-in that was started. */
export interface Started {
  /** The absolute address to send the browser to. */
  readonly redirectTo: string
  /** Whatever `finish` needs again (request id, nonce, code verifier). Core seals it. */
  readonly kept: Json
}

/** The parameters of an answer. Each was sent exactly once. */
export type AnswerFields = Readonly<Record<string, string>>

/** What came back by the browser, for a log-in that this very browser started at this very provider. */
export interface ProviderAnswer {
  readonly fields: AnswerFields
  /** What `start` kept; `undefined` only for an unsolicited answer. */
  readonly kept: Json | undefined
  readonly fresh: boolean
  /** When it was started, in milliseconds since the epoch. */
  readonly startedAt: number
  /**
   * Consumes the log-in: of many callers one goes on, the others throw. To be called once, after every check that has no
   * effect elsewhere and before anything that has (an authorization code is redeemed, an assertion id is remembered), so
   * that a forged answer does not burn the genuine one. Core calls it at the latest when `finish` has resolved.
   */
  claim(): Promise<void>
}

/** What a provider has verified. */
export interface Evidence {
  /** Who vouches: as verified, never as claimed. With the provider's id and `subject` it is the identity. */
  readonly issuer: string
  /** Stable, never reassigned, at most 255 characters. Never an e-mail address that its holder may change. */
  readonly subject: string
  /** What the provider says of the user, for the application's mapping. */
  readonly claims: Readonly<Record<string, Json>>
  /** What this package itself has seen: `['fed']` for a redirect, `['pwd', 'fed']` where it checked a password. */
  readonly methods: readonly Method[]
  /** What the provider says of its own authentication. It counts only as far as `trust` goes. */
  readonly amr?: readonly string[] | undefined
  readonly acr?: string | undefined
  /** When the provider authenticated the user, in milliseconds since the epoch. */
  readonly authenticatedAt?: number | undefined
  /** When the provider made this statement; a logout after it ends what came of it. */
  readonly issuedAt?: number | undefined
  /** The provider's name for its session (`sid`, `SessionIndex`). */
  readonly sessionId?: string | undefined
  /** What `startLogout` needs again (the ID token, a NameID). Core seals it. */
  readonly keep?: string | undefined
  /** What this build makes of the claims for a profile, where the rules have no `profile`. */
  readonly profile?: MappedProfile | undefined
}

/** The session at the provider behind one of ours. */
export interface ProviderSession {
  readonly issuer: string
  readonly subject: string
  readonly sessionId: string | undefined
  readonly keep: string | undefined
}

/** Which sessions a provider has ended: those of a subject, of one of its sessions, or of both together. */
export interface LogoutNotice {
  readonly issuer: string
  readonly subject?: string | undefined
  readonly sessionId?: string | undefined
  /** When it was issued, in milliseconds since the epoch. */
  readonly issuedAt: number
  /** The message's own id, and until when it could be sent again. It is remembered once what it asks for is done. */
  readonly message: { readonly id: string; readonly expiresAt: number }
}

/** One thing that a dry run tried. */
export interface Finding {
  /** What was tried, as in `discovery`. */
  readonly name: string
  readonly ok: boolean
  /** What was found, and for a failure how to mend it. */
  readonly detail: string
}

/** Makes a provider from plain data: what `auth.providers.set` keeps is read back by it. Throws `invalid_setting`. */
export type ProviderType = (options: never) => Provider

/** The evidence proves nothing. The reason is told to the operator, never to the client. */
export function providerRefused(reason: string, cause?: unknown): AuthError {
  return new AuthError('provider_refused', { cause: new Error(reason, { cause }) })
}

/** The provider could not be asked: 503, and no failure is counted. */
export function providerUnavailable(cause: unknown, retryAfterMs = 2000): AuthError {
  return new AuthError('unavailable', { cause, retryAfterMs, detail: 'The identity provider does not answer.' })
}
