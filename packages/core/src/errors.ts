/** Every refusal that Sallyport knows: its HTTP status and its public message. Codes are stable. */
export const refusals = {
  invalid_request: [400, 'The request is not valid.'],
  ambiguous_credentials: [400, 'The request bears more than one credential.'],
  return_to_not_allowed: [400, 'The address to return to is not allowed.'],
  password_refused: [400, 'The password is not acceptable.'],
  invalid_credentials: [401, 'The user name or the password is wrong.'],
  invalid_code: [401, 'The code is wrong or has expired.'],
  provider_refused: [401, 'The identity provider did not confirm who you are.'],
  locked_token_expired: [401, 'The log-in took too long. Please log in again.'],
  unauthenticated: [401, 'You are not logged in.'],
  invalid_token: [401, 'The token is not valid.'],
  expired_token: [401, 'The token has expired.'],
  token_locked: [401, 'The token is locked: a second factor is needed.'],
  forbidden: [403, 'You are not allowed to do this.'],
  session_required: [403, 'This needs a session; an API token is not enough.'],
  own_session_required: [403, 'Only the user can do this, and nobody in their place.'],
  step_up_required: [403, 'This needs a more recent or stronger authentication.'],
  ticket_required: [403, 'A ticket is needed to enrol a factor.'],
  cross_site_request: [403, 'The request comes from another site.'],
  not_found: [404, 'There is nothing here.'],
  method_not_allowed: [405, 'This method is not allowed here.'],
  conflict: [409, 'Somebody else changed this at the same time.'],
  username_taken: [409, 'The user name is taken.'],
  last_way_in: [409, 'This is the last way to log in.'],
  factor_required: [409, 'A second factor is required here.'],
  body_too_large: [413, 'The request body is too large.'],
  unsupported_media_type: [415, 'The request body must be JSON.'],
  too_many_attempts: [429, 'There were too many attempts. Please wait.'],
  too_many_requests: [429, 'There were too many requests with this token. Please wait.'],
  internal_error: [500, 'Something went wrong.'],
  invalid_setting: [500, 'A setting is not valid.'],
  not_installed: [500, 'The authentication middleware is not installed.'],
  unavailable: [503, 'The service is not available at the moment.'],
} as const

/** The stable name of a refusal. */
export type ErrorCode = keyof typeof refusals

/** What a refusal may carry besides its code. Everything here but `cause` is public. */
export interface ErrorOptions {
  /** One sentence on this very case. Never holds a secret. */
  readonly detail?: string | undefined
  /** When to try again, in milliseconds from now. */
  readonly retryAfterMs?: number | undefined
  /** Replaces the code's usual status. */
  readonly status?: number | undefined
  /** Further members of the problem document (RFC 9457 §3.2). */
  readonly members?: Readonly<Record<string, unknown>> | undefined
  /** One sentence for whoever runs the server: part of `message` alone, which no answer has. */
  readonly hint?: string | undefined
  /** What is used up, for whoever is to wait. */
  readonly quota?: Quota | undefined
  /** The error behind it: for logs, never for the client. */
  readonly cause?: unknown
}

/** How much of something is left: of `limit` in `windowMs`; `resetMs` from now there is more. */
export interface Quota {
  readonly name: string
  readonly limit: number
  readonly remaining: number
  readonly windowMs: number
  readonly resetMs: number
}

/** A refusal. `code` is stable, `status` is its HTTP status, and all but `cause` may be shown to the client. */
export class AuthError extends Error {
  override readonly name = 'AuthError'
  readonly code: ErrorCode
  readonly status: number
  readonly detail: string | undefined
  readonly retryAfterMs: number | undefined
  readonly members: Readonly<Record<string, unknown>> | undefined
  readonly quota: Quota | undefined

  constructor(code: ErrorCode, options: ErrorOptions = {}) {
    const [status, title] = refusals[code]
    super(
      [title, options.detail, options.hint].filter(Boolean).join(' '),
      'cause' in options ? { cause: options.cause } : undefined,
    )
    this.code = code
    this.status = options.status ?? status
    this.detail = options.detail
    this.retryAfterMs = options.retryAfterMs
    this.members = options.members
    this.quota = options.quota
  }
}

/** A setting that cannot work, with its mend. */
export function invalidSetting(name: string, problem: string, mend: string): AuthError {
  return new AuthError('invalid_setting', { detail: `\`${name}\` ${problem}: ${mend}.` })
}
