// Generated of the OpenAPI document by `npm run docs`. Change the routes instead.
import type { Session, ApiToken, Unlocked, Locked, Anonymous, Caller, Provider, Identity } from './shapes.ts'

/** Log-in, sessions and tokens. */
export interface SessionRoutes {
  /** Logs in with a password. */
  'POST /login': {
    readonly body: {
      readonly username: string
      readonly password: string
      readonly returnToken?: boolean | undefined
      readonly remember?: boolean | undefined
    }
    readonly answer: Unlocked | Locked
  }
  /** Passes the second door. */
  'POST /unlock': {
    readonly body: {
      readonly factor: string
      readonly code?: string | undefined
      readonly response?: Readonly<Record<string, unknown>> | undefined
      readonly trustDevice?: boolean | undefined
    }
    readonly answer: Unlocked | Locked
  }
  /** Asks for what a second factor needs. */
  'POST /unlock/begin': {
    readonly body: { readonly factor: string }
    readonly answer: Readonly<Record<string, unknown>>
  }
  /** Says whose the request is. */
  'GET /session': { readonly answer: Caller | Locked | Anonymous }
  /** Ends the session. */
  'POST /logout': { readonly answer: undefined }
  /** Lists the sessions. */
  'GET /sessions': {
    readonly query?: { readonly cursor?: string | undefined }
    readonly answer: { readonly items: readonly Session[]; readonly next?: string }
  }
  /** Ends one session. */
  'DELETE /sessions/:id': { readonly answer: undefined }
  /** Ends all other sessions. */
  'POST /sessions/revoke-others': { readonly answer: undefined }
  /** Asks for what a factor needs for a step-up. */
  'POST /reauthenticate/begin': {
    readonly body: { readonly factor: string }
    readonly answer: Readonly<Record<string, unknown>>
  }
  /** Proves a session anew. */
  'POST /reauthenticate': {
    readonly body?: {
      readonly factor?: string | undefined
      readonly code?: string | undefined
      readonly response?: Readonly<Record<string, unknown>> | undefined
      readonly password?: string | undefined
    }
    readonly answer: Unlocked | Locked
  }
  /** Issues an API token, shown this once. */
  'POST /api-tokens': {
    readonly body: {
      readonly name: string
      readonly expiresAt?: string | undefined
      readonly scopes?: readonly string[] | undefined
    }
    readonly answer: { readonly apiToken: ApiToken; readonly token: string }
  }
  /** Lists the API tokens. */
  'GET /api-tokens': {
    readonly query?: { readonly cursor?: string | undefined }
    readonly answer: { readonly items: readonly ApiToken[]; readonly next?: string }
  }
  /** Gives an API token a new secret. */
  'POST /api-tokens/:id/rotate': {
    readonly body?: { readonly overlapMs?: number | undefined }
    readonly answer: { readonly apiToken: ApiToken; readonly token: string }
  }
  /** Ends an API token. */
  'DELETE /api-tokens/:id': { readonly answer: undefined }
  /** Makes a link that needs no other credential. */
  'POST /url-tokens': {
    readonly body: {
      readonly method: 'GET'
      readonly path: string
      readonly withinMs: number
      readonly uses?: 'once' | 'untilExpiry' | undefined
    }
    readonly answer: { readonly url: string; readonly expiresAt: string }
  }
  /** Lists the identity providers. */
  'GET /providers': { readonly answer: { readonly items: readonly Provider[] } }
  /** Begins a log-in at a provider; at a directory it is all of it. */
  'POST /login/:provider': {
    readonly body?: {
      readonly returnTo?: string | undefined
      readonly challenge?: string | undefined
      readonly state?: string | undefined
      readonly remember?: boolean | undefined
      readonly returnToken?: boolean | undefined
      readonly username?: string | undefined
      readonly password?: string | undefined
    }
    readonly answer: { readonly redirectTo: string } | Unlocked | Locked
  }
  /** Gives a token for a one-time code. */
  'POST /exchange': {
    readonly body: {
      readonly code: string
      readonly verifier?: string | undefined
      readonly provider?: string | undefined
      readonly returnTo?: string | undefined
    }
    readonly answer: Unlocked | Locked
  }
  /** Lists the federated identities. */
  'GET /identities': { readonly answer: { readonly items: readonly Identity[] } }
  /** Links an identity at a provider. */
  'POST /identities/:provider/link': {
    readonly body?: {
      readonly returnTo?: string | undefined
      readonly username?: string | undefined
      readonly password?: string | undefined
    }
    readonly answer: { readonly redirectTo: string } | { readonly identity: Identity }
  }
  /** Unlinks an identity. */
  'DELETE /identities/:id': { readonly answer: undefined }
  /** Proves a session anew at a provider. */
  'POST /reauthenticate/:provider': {
    readonly body?: {
      readonly returnTo?: string | undefined
      readonly username?: string | undefined
      readonly password?: string | undefined
    }
    readonly answer: { readonly redirectTo: string } | Unlocked | Locked
  }
  /** Ends the session, here and at its provider. */
  'POST /logout/provider': { readonly answer: { readonly redirectTo: string } | undefined }
}
