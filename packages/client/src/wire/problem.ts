// Generated of the OpenAPI document by `npm run docs`. Change the routes instead.
/** What would satisfy: an age in milliseconds, a level, methods. */
export interface Requirement {
  readonly within?: number
  readonly assurance?: 1 | 2
  readonly methods?: readonly string[]
}

/** Why something was refused; stable. */
export type Code =
  | 'invalid_request'
  | 'ambiguous_credentials'
  | 'return_to_not_allowed'
  | 'password_refused'
  | 'invalid_credentials'
  | 'invalid_code'
  | 'provider_refused'
  | 'locked_token_expired'
  | 'unauthenticated'
  | 'invalid_token'
  | 'expired_token'
  | 'token_locked'
  | 'forbidden'
  | 'session_required'
  | 'own_session_required'
  | 'step_up_required'
  | 'ticket_required'
  | 'cross_site_request'
  | 'not_found'
  | 'method_not_allowed'
  | 'conflict'
  | 'username_taken'
  | 'last_way_in'
  | 'factor_required'
  | 'body_too_large'
  | 'unsupported_media_type'
  | 'too_many_attempts'
  | 'too_many_requests'
  | 'internal_error'
  | 'invalid_setting'
  | 'not_installed'
  | 'unavailable'

/** A problem document (RFC 9457); `code` is stable. */
export interface Problem extends Readonly<Record<string, unknown>> {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly code: Code
  readonly detail?: string
  readonly permission?: string
  readonly reason?: string
  readonly requirement?: Requirement
}
