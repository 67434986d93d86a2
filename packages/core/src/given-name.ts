import { AuthError } from './errors.ts'

/**
 * Checks a name that somebody gives to what is theirs. Throws `invalid_request` for what is no text, and for characters
 * that break the line it is shown in, or command a terminal.
 */
export function checkGivenName(name: string): void {
  // Whatever a caller without types may have passed.
  if (typeof name === 'string' && !/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(name)) return
  throw new AuthError('invalid_request', { detail: '`name` must be a text without control characters.' })
}
