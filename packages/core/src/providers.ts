import type { Client } from './client.ts'
import type { AuthError } from './errors.ts'
import type { Origin } from './events.ts'
import type { ExchangeRequest } from './exchange.ts'
import type { Identity, IdentityKey } from './federated-identity.ts'
import type { Owner } from './issuer.ts'
import type { Principal } from './principal.ts'
import type { AnswerFields, Finding, Provider } from './provider.ts'
import type { ProviderData } from './stored-providers.ts'
import type { Secret } from './secret.ts'
import type { Locked, Unlocked } from './sign-in.ts'

/** Where a call comes from. */
type From = Origin & Partial<Pick<Client, 'network' | 'departed'>>

/** What everybody may know of a provider. */
export type ProviderInfo = Pick<Provider, 'id' | 'label' | 'protocol'>

/** How a log-in at a provider is to begin and where it is to end. */
export interface ProviderLoginRequest {
  /** A path on our origin, `/` by default, or one of the `callbacks`. */
  readonly returnTo?: string | undefined
  /** S256 challenge and state of an application on another origin. */
  readonly challenge?: string | undefined
  readonly state?: string | undefined
  /** Whether the browser keeps the session after it was closed; `true` by default. */
  readonly remember?: boolean | undefined
  /** What the cookie of the browser held already: several log-ins at once share it. */
  readonly browser?: string | undefined
}

/** A log-in that is under way. */
export interface ProviderLoginStarted {
  readonly redirectTo: string
  /** For the cookie that binds the log-in to this browser. */
  readonly browser: Secret
  readonly lifetimeMs: number
}

/** A name and a password for a directory. */
export interface DirectCredentials {
  readonly username: string
  readonly password: string
}

/** What became of an answer. `returnTo` is a path on our origin or a callback with its parameters. */
export type ProviderLoginFinished =
  | {
      readonly status: 'finished'
      readonly returnTo: string
      readonly result?: Unlocked | Locked
      readonly remember: boolean
    }
  | { readonly status: 'refused'; readonly returnTo: string; readonly isCallback: boolean; readonly error: AuthError }

/** Identity providers, for programs. An id that is not there throws `not_found`. */
export interface Providers {
  list(): Promise<readonly ProviderInfo[]>
  /** Adds or changes a provider for every process: it is kept in storage, its options sealed. Throws `invalid_setting`. */
  set(provider: ProviderData): Promise<void>
  /** Removes what `set` has added. Its users stay, and can't log in there any more. */
  remove(id: string): Promise<boolean>
  /** A dry run: what was tried, and how to mend what failed. */
  check(id: string): Promise<readonly Finding[]>
  /** Where to send the browser. Throws `return_to_not_allowed`, `unavailable`. */
  start(id: string, request?: ProviderLoginRequest, from?: From): Promise<ProviderLoginStarted>
  /** The same for an identity to be linked to the user of a session. */
  startLink(
    principal: Principal,
    id: string,
    request?: ProviderLoginRequest,
    from?: From,
  ): Promise<ProviderLoginStarted>
  /** The same for the session to be renewed: the user must authenticate there anew. */
  startReauthentication(
    principal: Principal,
    id: string,
    request?: ProviderLoginRequest,
    from?: From,
  ): Promise<ProviderLoginStarted>
  /**
   * Keeps an answer that came by a cross-site POST, which signs nobody in: a handle for one `finish`, for a minute. Throws
   * `invalid_code` when no log-in waits for it, `too_many_attempts` for a log-in that gets answer upon answer.
   */
  hold(id: string, fields: AnswerFields, from?: From): Promise<string>
  /**
   * Reads an answer, or `{ handle }`. Throws `invalid_code` when no log-in of this browser at this provider waits for
   * it; what is wrong later is a `'refused'` with a place to return to. An identity is linked, and a session renewed, only
   * where `from.sessionId`, the session that the browser has now, is the one that it was started for.
   */
  finish(id: string, fields: AnswerFields, browser: string | undefined, from?: From): Promise<ProviderLoginFinished>
  /** The token of a log-in that ended at another origin. A code works once, for 60 seconds. Throws `invalid_code`. */
  exchange(request: ExchangeRequest, from?: From): Promise<Unlocked | Locked>
  /** A log-in at a directory. Throws like `auth.logIn`. */
  logIn(
    id: string,
    credentials: DirectCredentials,
    from?: From & { readonly remember?: boolean | undefined },
  ): Promise<Unlocked | Locked>
  /** Renews a session by the password in a directory. Throws like `auth.reauthenticate`. */
  reauthenticate(principal: Principal, id: string, credentials: DirectCredentials, from?: From): Promise<Unlocked>
  /** Where to send the browser to end the session at the provider too; `undefined` when it can't be ended there. */
  startLogout(principal: Principal): Promise<string | undefined>
  /** A back-channel logout. Ends the sessions that it names, and says how many. Throws `provider_refused`. */
  endSessions(id: string, fields: AnswerFields, from?: From): Promise<number>
  /** What the provider is told of us. */
  metadata(id: string): Promise<{ readonly contentType: string; readonly body: string }>
}

/** Federated identities of users, for programs. */
export interface Identities {
  list(userId: string): Promise<readonly Identity[]>
  /** Gives an identity to a user on an operator's word: for users who are there before they log in. Throws `conflict`. */
  add(userId: string, identity: IdentityKey): Promise<Identity>
  /** Links the identity that a directory confirms. Throws `conflict` when somebody else has it. */
  link(principal: Principal, provider: string, credentials: DirectCredentials, from?: From): Promise<Identity>
  /**
   * Takes an identity from a user and ends the sessions that came of it, but for the session `keep`. Throws `not_found`,
   * `last_way_in`; for a principal who is not the user in a session of their own `own_session_required`, `session_required`.
   */
  unlink(owner: Owner, id: string, keep?: string, from?: From): Promise<void>
}
