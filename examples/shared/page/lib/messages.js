/** What a person is told for each code that the server answers with. Where the server knows more, its `detail` is added. */
export const messages = {
  invalid_request: 'The server did not accept this.',
  ambiguous_credentials: 'The request bore two different credentials. Please reload the page.',
  return_to_not_allowed: 'This address is not one that the service returns to.',
  password_refused: 'This password is not acceptable.',
  invalid_credentials: 'The user name or the password is wrong.',
  invalid_code: 'The code is wrong or has expired.',
  locked_token_expired: 'The log-in took too long. Please log in again.',
  provider_refused: 'The other service did not log you in.',
  unauthenticated: 'You are not logged in any more. Please log in again.',
  invalid_token: 'Your session has been ended. Please log in again.',
  expired_token: 'Your session has expired. Please log in again.',
  token_locked: 'The second step of the log-in comes first.',
  forbidden: 'You are not allowed to do this.',
  own_session_required: 'Only the user can do this, and nobody in their place.',
  session_required: 'This can only be done by a person who is logged in.',
  ticket_required: 'This needs the ticket that was sent to you, or that an administrator gives you.',
  factor_required: 'Two-step verification is required, so this step has to stay until there is another.',
  step_up_required: 'Please confirm that it is you.',
  cross_site_request: 'The request seemed to come from another site and was refused. Please reload the page.',
  not_found: 'It is not there any more.',
  method_not_allowed: 'The server does not do this.',
  conflict: 'Somebody else changed this at the same time. Please look at it again.',
  last_way_in: 'This is your last way to log in. Add another one first.',
  username_taken: 'This user name is taken.',
  body_too_large: 'This is too long for the server.',
  unsupported_media_type: 'The server did not understand the request.',
  too_many_attempts: 'There were too many attempts.',
  too_many_requests: 'There were too many requests with this API token.',
  internal_error: 'Something went wrong on the server. It has been noted there.',
  invalid_setting: 'The server is not set up for this.',
  not_installed: 'The server is not set up for this.',
  unavailable: 'The service is not available at the moment. Please try again.',
  offline: 'The server cannot be reached. Please check your connection and try again.',
}

const withDetail = new Set(['invalid_request', 'password_refused', 'forbidden', 'conflict', 'not_found'])

/** The sentence for a problem document. */
export function messageOf({ code, title, detail, retryAfterS }) {
  const message = messages[code] ?? title ?? 'Something went wrong.'
  if (retryAfterS > 0) return `${message} Please wait ${waiting(retryAfterS)}.`
  if (code === 'password_refused' && detail) return detail
  return detail && withDetail.has(code) ? `${message} ${detail}` : message
}

function waiting(seconds) {
  if (seconds < 60) return seconds === 1 ? 'a second' : `${seconds} seconds`
  const minutes = Math.ceil(seconds / 60)
  return minutes === 1 ? 'a minute' : `${minutes} minutes`
}
