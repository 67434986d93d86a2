// Generated of the OpenAPI document by `npm run docs`. Change the routes instead.
import type {
  User,
  Session,
  ApiToken,
  Unlocked,
  AdministeredUser,
  Invitation,
  Revocable,
  RecordedEvent,
} from './shapes.ts'

/** Accounts and administration. */
export interface AccountRoutes {
  /** Changes the password. */
  'POST /password/change': {
    readonly body: {
      readonly current: string
      readonly password: string
      readonly revokeOthers?: boolean | undefined
      readonly revokeApiTokens?: boolean | undefined
    }
    readonly answer: Unlocked
  }
  /** Registers a user, or begins to. */
  'POST /register': {
    readonly body?: {
      readonly username?: string | undefined
      readonly password?: string | undefined
      readonly email?: string | undefined
      readonly displayName?: string | undefined
    }
    readonly answer:
      | { readonly user: User }
      | { readonly status: 'pending'; readonly flow?: string; readonly expiresAt?: string }
  }
  /** Registers a user by a code. */
  'POST /register/confirm': {
    readonly body: { readonly flow: string; readonly code: string; readonly password: string }
    readonly answer: { readonly user: User }
  }
  /** Sends a link to choose a password. */
  'POST /password/forgot': {
    readonly body?: { readonly username?: string | undefined; readonly email?: string | undefined }
    readonly answer: undefined
  }
  /** Chooses a password by such a link. */
  'POST /password/reset': {
    readonly body: { readonly token: string; readonly password: string; readonly revokeApiTokens?: boolean | undefined }
    readonly answer: undefined
  }
  /** Proves the address by a link or a code. */
  'POST /email/verify': {
    readonly body?: { readonly token?: string | undefined; readonly code?: string | undefined }
    readonly answer: undefined
  }
  /** Sends such a link or code. */
  'POST /email/verify/send': { readonly answer: undefined }
  /** Asks for another address. */
  'POST /email/change': { readonly body: { readonly email: string }; readonly answer: undefined }
  /** Proves the other address. */
  'POST /email/change/confirm': {
    readonly body?: { readonly token?: string | undefined; readonly code?: string | undefined }
    readonly answer: undefined
  }
  /** Lists or searches users. */
  'GET /admin/users': {
    readonly query?: {
      readonly search?: string | undefined
      readonly cursor?: string | undefined
      readonly limit?: number | undefined
    }
    readonly answer: { readonly items: readonly AdministeredUser[]; readonly next?: string }
  }
  /** Makes a user, who is invited to choose a password. */
  'POST /admin/users': {
    readonly body: {
      readonly username: string
      readonly email?: string | undefined
      readonly displayName?: string | undefined
      readonly roles?: readonly string[] | undefined
      readonly mfa?: 'off' | 'optional' | 'required' | { readonly required: readonly string[] } | undefined
    }
    readonly answer: { readonly user: AdministeredUser; readonly invitation: Invitation }
  }
  /** Shows a user. */
  'GET /admin/users/:id': { readonly answer: { readonly user: AdministeredUser } }
  /** Changes a user. */
  'PATCH /admin/users/:id': {
    readonly body?: {
      readonly roles?: readonly string[] | undefined
      readonly displayName?: string | null | undefined
      readonly disabled?: boolean | undefined
      readonly mfa?: 'off' | 'optional' | 'required' | { readonly required: readonly string[] } | null | undefined
    }
    readonly answer: { readonly user: AdministeredUser }
  }
  /** Deletes a user. */
  'DELETE /admin/users/:id': { readonly answer: undefined }
  /** Sends a link for a password. */
  'POST /admin/users/:id/reset-password': { readonly answer: Invitation }
  /** Removes all factors of a user. */
  'POST /admin/users/:id/reset-factors': { readonly answer: undefined }
  /** Makes a ticket to enrol a second factor with. */
  'POST /admin/users/:id/enrolment-ticket': { readonly answer: { readonly ticket: string; readonly expiresAt: string } }
  /** Lets a user try again. */
  'POST /admin/users/:id/clear-attempts': { readonly answer: undefined }
  /** Lists the sessions of a user. */
  'GET /admin/users/:id/sessions': {
    readonly query?: { readonly cursor?: string | undefined; readonly limit?: number | undefined }
    readonly answer: { readonly items: readonly Session[]; readonly next?: string }
  }
  /** Ends a session of a user. */
  'DELETE /admin/users/:id/sessions/:session': { readonly answer: undefined }
  /** Ends all sessions of a user. */
  'POST /admin/users/:id/revoke-sessions': { readonly answer: undefined }
  /** Lists the API tokens of a user. */
  'GET /admin/users/:id/api-tokens': {
    readonly query?: { readonly cursor?: string | undefined; readonly limit?: number | undefined }
    readonly answer: { readonly items: readonly ApiToken[]; readonly next?: string }
  }
  /** Ends an API token of a user. */
  'DELETE /admin/users/:id/api-tokens/:token': { readonly answer: undefined }
  /** Ends all API tokens of a user. */
  'POST /admin/users/:id/revoke-api-tokens': { readonly answer: undefined }
  /** Acts in the place of a user. */
  'POST /admin/users/:id/impersonate': { readonly answer: Unlocked }
  /** Ends, in batches, what meets a condition. */
  'POST /admin/revoke': {
    readonly body?: {
      readonly cursor?: string | undefined
      readonly limit?: number | undefined
      readonly user?: string | undefined
      readonly address?: string | undefined
      readonly issuedBefore?: string | undefined
      readonly userAgent?: string | undefined
      readonly of?: readonly ('sessions' | 'apiTokens')[] | undefined
      readonly dryRun?: boolean | undefined
    }
    readonly answer: {
      readonly dryRun: boolean
      readonly examined: number
      readonly matched: number
      readonly revoked: number
      readonly sample: readonly Revocable[]
      readonly next?: string
    }
  }
  /** Ends, in batches, what everybody has. */
  'POST /admin/revoke-everyone': {
    readonly body?: {
      readonly cursor?: string | undefined
      readonly limit?: number | undefined
      readonly apiTokens?: boolean | undefined
    }
    readonly answer: { readonly users: number; readonly next?: string }
  }
  /** Lists the own events, newest first. */
  'GET /events': {
    readonly query?: { readonly cursor?: string | undefined; readonly limit?: number | undefined }
    readonly answer: { readonly items: readonly RecordedEvent[]; readonly next?: string }
  }
  /** Lists the events of everybody, newest first. */
  'GET /admin/events': {
    readonly query?: {
      readonly user?: string | undefined
      readonly cursor?: string | undefined
      readonly limit?: number | undefined
    }
    readonly answer: { readonly items: readonly RecordedEvent[]; readonly next?: string }
  }
  /** Says how the installation is; to administrators also why. */
  'GET /health': { readonly answer: { readonly status: string } & Readonly<Record<string, unknown>> }
  /** Gives this document. */
  'GET /openapi.json': { readonly answer: Readonly<Record<string, unknown>> }
}
