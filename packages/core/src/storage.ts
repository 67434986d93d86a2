/** A JSON value: all that an entry's `data` may hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined }

/**
 * One record. `kind` and `id` together are its key: case-sensitive printable ASCII, at most 32 and 255 characters.
 * `owner` is the id of the `user` entry that it belongs to (at most 128 characters); `expiresAt` is in milliseconds
 * since the epoch, `null` for never. `version` changes with every write.
 */
export interface Entry<Data = Json> {
  readonly kind: string
  readonly id: string
  readonly owner: string | null
  readonly expiresAt: number | null
  readonly version: number
  readonly data: Data
}

/** An entry together with the `user` entry of its owner, both read at one moment. */
export interface Owned<Data = Json, OwnerData = Json> {
  readonly entry: Entry<Data>
  readonly owner: Entry<OwnerData> | undefined
}

/** Which entries of a kind: those of an owner, or those whose id starts with a prefix. `limit` is 1 to 1000. */
export type ListQuery = { readonly limit: number; readonly cursor?: string | undefined } & (
  | { readonly owner: string }
  | { readonly prefix: string }
)

/** A bounded part of a list. `next` is an opaque cursor, absent on the last page. */
export interface Page<Item> {
  readonly items: readonly Item[]
  readonly next?: string | undefined
}

/** What a counter says after an increment: its count, and when its window ends (milliseconds since the epoch). */
export interface Count {
  readonly count: number
  readonly resetAt: number
}

/**
 * What Sallyport asks of a store: atomic operations on single entries, each of which says who won.
 *
 * A store has no clock: where an operation must judge expiry it is given `now`, the caller's, in milliseconds since the
 * epoch. Reads may return an entry that has expired; the caller judges it again. A store may forget an entry by
 * its own clock from a minute after `expiresAt`, never before.
 *
 * A promise rejects when the store could not answer. A rejected write may or may not have happened; it is never
 * reported as `false` or `undefined`. Entries are plain data: what is returned may be shared, and is not to be changed.
 */
export interface Storage {
  get(kind: string, id: string): Promise<Entry | undefined>

  /** `get`, and the `user` entry whose id is the entry's owner, in one round trip. */
  getWithOwner(kind: string, id: string): Promise<Owned | undefined>

  /**
   * The entries that match, ordered by id (by code unit), at most `limit` a page. What exists throughout is listed once.
   * A cursor that no page has ended with may be refused with a `RangeError`.
   */
  list(kind: string, query: ListQuery): Promise<Page<Entry>>

  /** Stores the entry, with its version, unless a live one has its key. Of many callers one gets `true`. An expired one is absent. */
  insert(entry: Entry, now: number): Promise<boolean>

  /** Stores the entry as version + 1 if a live one with exactly `entry.version` is stored. Kind, id and owner stay as they were. */
  replace(entry: Entry, now: number): Promise<boolean>

  /** Removes the entry and returns it. Of many callers one gets it. */
  take(kind: string, id: string): Promise<Entry | undefined>

  /** Removes the owner's entries of a kind, but for the id `except`. Clean-up: what is inserted meanwhile may stay. Says how many. */
  removeAll(kind: string, owner: string, except?: string): Promise<number>

  /**
   * Adds `by` to a counter (0 reads it, −1 refunds) in a fixed window that starts with the first increment and lasts
   * `windowMs`. A count never falls below 0, and to read or refund starts no window. Names are printable ASCII, at most 255 characters.
   */
  increment(name: string, windowMs: number, by: number, now: number): Promise<Count>

  /** Forgets at most `limit` entries and counters that expired before `now`, and says how many. Fewer than `limit`: it is done. */
  sweep(limit: number, now: number): Promise<number>

  /** Lets go of what the store itself opened; what the application handed over stays open. */
  close(): Promise<void>
}
