import type { RequestLimit } from './checked-limits.ts'
import type { Clock } from './collection.ts'
import { AuthError } from './errors.ts'
import type { Emit, Origin } from './events.ts'
import type { Storage } from './storage.ts'

/** Whose request is counted. */
interface ApiTokenUse {
  readonly id: string
  readonly owner: string | null
}

/**
 * Counts a request of an API token, whose secret was right, in a fixed window. Throws `too_many_requests`: what is refused
 * uses up nothing of any other token.
 */
export type CountRequest = (token: ApiTokenUse, from: Origin) => Promise<void>

/** At most so many requests for each API token, by one atomic increment each, whatever the store and the process. */
export function createRequestLimit(
  storage: Storage,
  now: Clock,
  emit: Emit,
  { requests, withinMs }: RequestLimit,
): CountRequest {
  return async ({ id, owner }, from) => {
    const { count, resetAt } = await storage.increment(`api-token:${withinMs}:${id}`, withinMs, 1, now())
    if (count <= requests) return
    const resetMs = Math.max(1000, resetAt - now())
    // Once for each window: whoever knocks on does not fill the log.
    if (count === requests + 1) emit('api_token.limited', { userId: owner ?? '', apiTokenId: id }, from)
    const quota = { name: 'api-token', limit: requests, remaining: 0, windowMs: withinMs, resetMs }
    throw new AuthError('too_many_requests', { retryAfterMs: resetMs, quota })
  }
}
