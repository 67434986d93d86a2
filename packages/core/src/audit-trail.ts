import { networkOf } from './address.ts'
import type { AuditFields } from './audit-record.ts'
import { type Clock, collection } from './collection.ts'
import { AuthError } from './errors.ts'
import type { AuthEvent } from './events.ts'
import type { Entry, Page, Storage } from './storage.ts'
import { randomText } from './token.ts'

/** An event as it was written down. Its members besides these are those of its type. */
export type RecordedEvent = AuthEvent & AuditFields & { readonly id: string }

/** Whose events, newest first. `limit` is 1 to 1000. */
export interface EventQuery {
  /** Those of one user; without it everybody's. */
  readonly userId?: string | undefined
  readonly cursor?: string | undefined
  readonly limit?: number | undefined
}

/** The events of the past. */
export interface AuditTrail {
  /** Newest first. Throws `not_found` where the setting `audit` keeps none. */
  list(query?: EventQuery): Promise<Page<RecordedEvent>>
}

/** What writes them down. */
export interface AuditRecorder extends AuditTrail {
  /** Writes an event down after the answer: nobody waits for it, and no two wait for one another. */
  record(event: AuthEvent): void
}

/** What the trail is made of. */
export interface AuditDeps {
  readonly storage: Storage
  readonly now: Clock
  readonly retentionMs: number
  readonly later: (task: () => Promise<unknown>) => void
  readonly onError: (error: unknown) => void
}

type Written = AuthEvent & AuditFields

const pageSize = 50
const maxWaiting = 1000
const minute = 60_000
const maxTime = 8_640_000_000_000_000 // ECMA-262 §21.4.1.1
const maxInMs = 36 ** 4

/** What a store that is away can't keep. */
export const neverKept: ReadonlySet<AuthEvent['type']> = new Set(['storage.failed'])
/** What anybody can cause as often as they like: of the same, by the same network, once a minute, and of each no more than so many. */
export const repeated: ReadonlySet<AuthEvent['type']> = new Set([
  'token.refused',
  'access.denied',
  'request.refused',
  'attempts.throttled',
  'proxy.unlisted',
  'provider.failed',
  'session.retired_secret_used',
  'suspicion.replay',
])
const maxRepeated = 1000

/** An audit trail in entries of kind `event`, each its own: its id is its time and randomness. */
export function createAuditTrail({ storage, now, retentionMs, later, onError }: AuditDeps): AuditRecorder {
  const entries = collection<Written>('event', storage, now)
  const seen = new Map<string, Set<string>>()
  let seenUntil = 0
  let waiting = 0
  let count = 0

  /** Counts down, since lists go up: the newest comes first. */
  function idOf(at: number): string {
    count = (count + 1) % maxInMs
    const descending = (max: number, value: number, length: number) => (max - value).toString(36).padStart(length, '0')
    return `${descending(maxTime, at, 11)}-${descending(maxInMs - 1, count, 4)}-${randomText(6)}`
  }

  /** Whether something is the first of its kind in a minute. One kind in plenty keeps no other out. */
  function isNew(kind: string, key = ''): boolean {
    if (now() >= seenUntil) {
      seen.clear()
      seenUntil = now() + minute
    }
    const keys = seen.get(kind) ?? new Set()
    seen.set(kind, keys)
    if (keys.has(key)) return false
    if (keys.size >= maxRepeated) {
      if (isNew(`${kind}, too many`))
        onError(new Error(`The audit trail keeps no more ${kind} for a minute: too many.`))
      return false
    }
    keys.add(key)
    return true
  }

  function isKept(event: AuthEvent): boolean {
    if (neverKept.has(event.type)) return false
    // A flood of made-up tokens touches no storage, and must not by this way.
    if (event.type === 'token.refused' && event.userId === undefined) return false
    return !repeated.has(event.type) || isNew(event.type, keyOf(event))
  }

  async function write(event: AuthEvent): Promise<void> {
    try {
      const { recordOf } = await import('./audit-record.ts')
      const entry = { id: idOf(event.at), expiresAt: event.at + retentionMs, data: recordOf(event) }
      const stored = await entries.insert({ ...entry, owner: ownerOf(event) ?? null })
      // A store may keep nothing for an owner who is gone, but what has become of them is to be known.
      if (!stored) await entries.insert({ ...entry, owner: null })
    } finally {
      waiting--
    }
  }

  return {
    record(event) {
      if (!isKept(event)) return
      if (waiting >= maxWaiting) {
        if (isNew('lost')) onError(new Error('The audit trail has lost events: too many were waiting to be written.'))
        return
      }
      waiting++
      later(() => write(event))
    },

    async list({ userId, cursor, limit = pageSize } = {}) {
      const page = await entries.list({ ...(userId === undefined ? { prefix: '' } : { owner: userId }), cursor, limit })
      return { ...page, items: page.items.map(toEvent) }
    },
  }
}

/** What there is where nothing is written down. */
export const noAuditTrail: AuditTrail = {
  async list() {
    throw new AuthError('not_found', { detail: 'The setting `audit` keeps no events.' })
  },
}

/** Whose trail an event belongs to: what was theirs goes with a user, but not that they have gone. */
function ownerOf(event: AuthEvent): string | undefined {
  return event.type === 'user.deleted' || !('userId' in event) ? undefined : event.userId
}

/** The same to us is what the same network has done: of addresses of IPv6 everybody has more than enough. */
function keyOf(event: AuthEvent): string {
  const { at: _, userAgent: __, address, ...rest } = event
  return JSON.stringify([networkOf(address) ?? address ?? null, ...Object.entries(rest).sort()])
}

function toEvent({ id, data }: Entry<Written>): RecordedEvent {
  return { ...data, id }
}
