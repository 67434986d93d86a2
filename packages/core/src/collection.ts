import { randomInt } from 'node:crypto'
import { AuthError } from './errors.ts'
import type { Entry, Json, ListQuery, Owned, Page, Storage } from './storage.ts'

/** Says what time it is, in milliseconds since the epoch. */
export type Clock = () => number

/** What an entry is made of; its version is given to it. */
export interface NewEntry<Data> {
  readonly id: string
  readonly owner: string | null
  readonly expiresAt: number | null
  readonly data: Data
}

/** What a change makes of an entry: the parts that become different. */
export interface Change<Data> {
  readonly data?: Data
  readonly expiresAt?: number | null
}

/** A typed view of one kind of entry, in which what has expired does not exist. A store that fails is `unavailable`. */
export interface Collection<Data> {
  get(id: string): Promise<Entry<Data> | undefined>
  /** The entry and its owner's `user` entry, in one round trip. Does not judge expiry, so that a refusal can name it. */
  getWithOwner(id: string): Promise<Owned<Data> | undefined>
  list(query: ListQuery): Promise<Page<Entry<Data>>>
  /** `false` when a live entry has the id. */
  insert(entry: NewEntry<Data>): Promise<boolean>
  take(id: string): Promise<Entry<Data> | undefined>
  /**
   * The one retry loop: reads the entry, asks `change` what to make of it, and stores that if nobody was faster; else
   * again. Resolves to what was stored, or `undefined` when the entry is gone or `change` answers `undefined`.
   */
  update(id: string, change: (entry: Entry<Data>) => Change<Data> | undefined): Promise<Entry<Data> | undefined>
  /** One conditional write on an entry already read: `undefined` when somebody was faster. */
  replace(entry: Entry<Data>, change: Change<Data>): Promise<Entry<Data> | undefined>
  removeAll(owner: string, except?: string): Promise<number>
}

const attempts = 20

/** The entries of one kind. `Data` is what this build writes and reads under it; it holds JSON values only. */
export function collection<Data extends object>(kind: string, storage: Storage, now: Clock): Collection<Data> {
  const live = (entry: Entry | undefined): Entry<Data> | undefined =>
    entry === undefined || hasExpired(entry, now()) ? undefined : (entry as Entry<never>)

  async function replace(entry: Entry<Data>, change: Change<Data>): Promise<Entry<Data> | undefined> {
    const changed = { ...entry, ...change }
    const stored = await storage.replace(changed as Entry<never>, now())
    return stored ? { ...changed, version: entry.version + 1 } : undefined
  }

  return {
    get: async (id) => live(await storage.get(kind, id)),
    getWithOwner: (id) => storage.getWithOwner(kind, id) as Promise<Owned<Data> | undefined>,

    async list(query) {
      const page = await storage.list(kind, query)
      return { ...page, items: page.items.flatMap((entry) => live(entry) ?? []) }
    },

    insert(entry) {
      // A random start: a late `replace` meant for a predecessor with the same id can't match.
      const version = randomInt(2 ** 47)
      return storage.insert({ kind, version, ...entry, data: entry.data as unknown as Json }, now())
    },

    take: async (id) => live(await storage.take(kind, id)),
    replace,

    async update(id, change) {
      for (let attempt = 0; attempt < attempts; attempt++) {
        const entry = live(await storage.get(kind, id))
        const changed = entry && change(entry)
        if (entry === undefined || changed === undefined) return undefined
        const stored = await replace(entry, changed)
        if (stored !== undefined) return stored
      }
      throw new AuthError('unavailable', { detail: 'Too many changes at once.', retryAfterMs: 1000 })
    },

    removeAll: (owner, except) => storage.removeAll(kind, owner, except),
  }
}

/** Whether an entry's life is over. */
export function hasExpired(entry: Entry<unknown>, now: number): boolean {
  return entry.expiresAt !== null && entry.expiresAt <= now
}
