import { AuthError } from '../errors.ts'
import type { Emit, Origin } from '../events.ts'
import { problem, type Reply } from './reply.ts'
import type { Scheme } from './www-authenticate.ts'

/** Who is told of what went wrong. */
export interface FailureDeps {
  readonly emit: Emit
  readonly onError: (error: unknown) => void
}

/** The answer for an error: a refusal as itself, anything else as a fault that tells nothing. */
export function failureReply(error: unknown, { emit, onError }: FailureDeps, from: Origin, scheme: Scheme): Reply {
  if (error instanceof AuthError && error.status < 500) return problem(error, scheme)
  const isUnavailable = error instanceof AuthError && error.code === 'unavailable'
  if (isUnavailable && error.cause === undefined) {
    // Nothing failed: there is too much to do at once, or the client has left.
    emit('request.refused', { code: error.code }, from)
    return problem(error)
  }
  onError(error instanceof AuthError && error.cause !== undefined ? error.cause : error)
  if (isUnavailable) {
    emit('storage.failed', { reason: error.cause instanceof Error ? error.cause.name : 'unknown' }, from)
    return problem(error)
  }
  return problem(new AuthError(error instanceof AuthError ? error.code : 'internal_error'))
}
