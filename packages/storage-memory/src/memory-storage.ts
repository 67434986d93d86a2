import type { Count, Entry, Json, Storage } from '@sallyport/core'
import { expiringMap } from './expiring-map.ts'
import { type Shelf, shelf } from './shelf.ts'

export interface MemoryStorageOptions {
  /** How many entries of each kind there may be, and how many counters: a million. */
  readonly maxEntriesPerKind?: number | undefined
  /** Allows it under `NODE_ENV=production`, where a restart logs everybody out and a second process knows nobody. */
  readonly inProduction?: boolean | undefined
}

/** A storage that ends with its process. */
export interface MemoryStorage extends Storage {
  /** What another process would look for in vain. */
  readonly isVolatile: true
}

/** A copy that shares no object and no string with the original, and that nobody can change. */
function frozenCopy<Value extends Json>(value: Value): Value {
  return frozen(JSON.parse(JSON.stringify(value)) as Value)
}

function frozen<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value
  for (const member of Object.values(value)) frozen(member)
  return Object.freeze(value)
}

function isLive({ expiresAt }: Entry, now: number): boolean {
  return expiresAt === null || now < expiresAt
}

/**
 * Keeps everything in the memory of this process, for development and tests: it ends with the process. A live entry is
 * never evicted; when a kind is full of them, `insert` rejects.
 */
export function memoryStorage(options: MemoryStorageOptions = {}): MemoryStorage {
  const { maxEntriesPerKind: limit = 1_000_000, inProduction = false } = options
  if (process.env['NODE_ENV'] === 'production' && !inProduction) {
    throw new Error(
      '`storage` is kept in memory under NODE_ENV=production, where every restart logs everybody out: use sqlStorage(db) ' +
        'or redisStorage(client), or say memoryStorage({ inProduction: true }).',
    )
  }
  if (!Number.isSafeInteger(limit) || limit < 1) {
    throw new RangeError('`maxEntriesPerKind` is not a positive whole number: leave it out, or give one.')
  }
  const users = shelf('user', limit)
  const shelves = new Map<string, Shelf>([['user', users]])
  const counters = expiringMap<Count>('counters', limit, (count) => count.resetAt)

  function shelfOf(kind: string): Shelf {
    const present = shelves.get(kind)
    if (present) return present
    const made = shelf(kind, limit)
    shelves.set(kind, made)
    return made
  }

  return {
    isVolatile: true,

    get: (kind, id) => Promise.resolve(shelves.get(kind)?.get(id)),

    getWithOwner: (kind, id) => {
      const entry = shelves.get(kind)?.get(id)
      if (!entry) return Promise.resolve(undefined)
      return Promise.resolve({ entry, owner: entry.owner === null ? undefined : users.get(entry.owner) })
    },

    list: async (kind, query) => {
      const { limit: size, cursor = '' } = query
      const shelf = shelfOf(kind)
      const isWanted =
        'owner' in query ? (id: string) => id > cursor : (id: string) => id > cursor && id.startsWith(query.prefix)
      const ids = firstOf('owner' in query ? shelf.idsOf(query.owner) : shelf.ids(), isWanted, size + 1)
      const items = ids.slice(0, size).flatMap((id) => shelf.get(id) ?? [])
      return { items, next: ids.length > size ? ids[size - 1] : undefined }
    },

    insert: async (entry, now) => {
      const shelf = shelfOf(entry.kind)
      const present = shelf.get(entry.id)
      if (present && isLive(present, now)) return false
      const [kind, id, owner, data] = frozenCopy([entry.kind, entry.id, entry.owner, entry.data])
      shelf.put(Object.freeze({ kind, id, owner, expiresAt: entry.expiresAt, version: entry.version, data }), now)
      return true
    },

    replace: async (entry, now) => {
      const shelf = shelfOf(entry.kind)
      const present = shelf.get(entry.id)
      if (!present || !isLive(present, now) || present.version !== entry.version) return false
      const { kind, id, owner, version } = present
      const data = frozenCopy(entry.data)
      shelf.put(Object.freeze({ kind, id, owner, expiresAt: entry.expiresAt, version: version + 1, data }), now)
      return true
    },

    take: async (kind, id) => {
      const shelf = shelfOf(kind)
      const entry = shelf.get(id)
      if (entry) shelf.remove(entry)
      return entry
    },

    removeAll: async (kind, owner, except) => {
      const shelf = shelfOf(kind)
      const entries = shelf.idsOf(owner).flatMap((id) => (id === except ? [] : (shelf.get(id) ?? [])))
      for (const entry of entries) shelf.remove(entry)
      return entries.length
    },

    increment: async (name, windowMs, by, now) => {
      const present = counters.get(name)
      const live = present !== undefined && now < present.resetAt ? present : { count: 0, resetAt: now + windowMs }
      const next = Object.freeze({ count: Math.max(0, live.count + by), resetAt: live.resetAt })
      if (live === present || by > 0) counters.set(name, next, now)
      return next
    },

    sweep: async (most, now) => {
      let count = 0
      for (const shelf of shelves.values()) while (count < most && shelf.forget(now)) count++
      while (count < most && counters.forget(now)) count++
      return count
    },

    close: () => Promise.resolve(),
  }
}

/** The first so many of the ids that are wanted, in order: a page costs one look at each, and sorts none but its own. */
function firstOf(ids: Iterable<string>, isWanted: (id: string) => boolean, count: number): readonly string[] {
  const first: string[] = []
  for (const id of ids) {
    if (!isWanted(id) || (first.length === count && id > (first[count - 1] ?? ''))) continue
    let [low, high] = [0, first.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((first[middle] ?? '') < id) low = middle + 1
      else high = middle
    }
    first.splice(low, 0, id)
    if (first.length > count) first.pop()
  }
  return first
}
