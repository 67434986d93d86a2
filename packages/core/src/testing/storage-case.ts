import { deepStrictEqual } from 'node:assert'
import type { Entry, ListQuery, Storage } from '../storage.ts'

/** The storage that a case is run against, and what is known of it. */
export interface StorageSubject {
  readonly storage: Storage
  /** Further handles to the same data (other connections, say): races are spread over all of them. */
  readonly peers?: readonly Storage[] | undefined
  /** The clock that the cases pass on. `Date.now`, unless the store's own clock is another. */
  readonly now?: (() => number) | undefined
  /** How often a race is run: 20, or `CONTRACT_ROUNDS` from the environment. */
  readonly rounds?: number | undefined
  /** The store forgets what has expired by its own clock, so that `sweep` may find nothing to do. */
  readonly expiresByItself?: boolean | undefined
  /** `getWithOwner` takes two reads, the owner's after the entry's: the two need not be of one moment. */
  readonly ownerReadLater?: boolean | undefined
}

/** One rule of the contract. `run` rejects, and says why, if the storage breaks it. */
export interface ContractCase {
  readonly title: string
  run(subject: StorageSubject): Promise<void>
}

/** What a case works with: the storage, one instant, and short ways to fill it. */
export interface Tools extends StorageSubject {
  readonly at: number
  readonly rounds: number
  /** An id that nothing else has. */
  unique(): string
  /** An entry that lives for an hour, has no owner and a random version. */
  entry(fields?: Partial<Entry>): Entry
  /** Stores the entry; it must be possible. */
  put(fields?: Partial<Entry>, now?: number): Promise<Entry>
  /** Stores a user, and says its id. */
  user(id?: string): Promise<string>
  /** Runs `count` at the same time, spread over the handles. */
  race<T>(count: number, run: (storage: Storage, index: number) => Promise<T>): Promise<readonly T[]>
  /** Every id that the pages of a list hold, in their order. */
  ids(kind: string, query: ListQuery): Promise<readonly string[]>
  /** Sweeps until it is done, and says how many. */
  sweepAll(limit?: number): Promise<number>
}

export const second = 1000
export const hour = 3_600_000
/** How many callers take part in a race. */
export const crowd = 50
/** Kinds that a store may keep in a table of their own, and one that no store knows. */
export const kinds = ['session', 'api-token', 'identity', 'event', 'login-name', 'contract'] as const

/** A kind for a round of a race, in turn one that stores know and one that they do not. */
export function kindOf(round: number): string {
  return round % 2 ? 'contract' : 'session'
}

/** A case out of its title and what it does. */
export function contractCase(title: string, body: (tools: Tools) => Promise<void>): ContractCase {
  return { title, run: (subject) => body(tools(subject)) }
}

/** Deep and strict equality; the failure says what was looked at. */
export function same(actual: unknown, expected: unknown, what: string): void {
  try {
    deepStrictEqual(actual, expected)
  } catch (cause) {
    throw new Error(`${what}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}

export function holds(condition: boolean, what: string): void {
  if (!condition) throw new Error(what)
}

/** What the promise gave, or `undefined` where it was rejected. */
export function unlessRejected<T>(promise: Promise<T>): Promise<T | undefined> {
  return promise.catch(() => undefined)
}

let made = 0

function tools(subject: StorageSubject): Tools {
  const { storage, peers = [], now = Date.now } = subject
  const handles = [storage, ...peers]
  const at = now()
  const unique = (): string => `${at.toString(36)}-${Math.random().toString(36).slice(2, 10)}-${(made++).toString(36)}`
  const entry = (fields: Partial<Entry> = {}): Entry => ({
    kind: 'contract',
    id: unique(),
    owner: null,
    expiresAt: at + hour,
    version: Math.floor(Math.random() * 2 ** 48),
    data: { n: 0 },
    ...fields,
  })
  const put = async (fields: Partial<Entry> = {}, putAt: number = at): Promise<Entry> => {
    const stored = entry(fields)
    same(await storage.insert(stored, putAt), true, `insert of ${stored.kind} ${JSON.stringify(stored.id)}`)
    return stored
  }
  return {
    ...subject,
    at,
    rounds: roundsOf(subject),
    unique,
    entry,
    put,
    user: async (id = unique()) => (await put({ kind: 'user', id, expiresAt: null, data: { name: 'Ada' } })).id,
    race: (count, run) =>
      Promise.all(Array.from({ length: count }, (_, index) => run(handles[index % handles.length] ?? storage, index))),
    ids: (kind, query) => listed(storage, kind, query),
    sweepAll: async (limit = 1000) => {
      let total = 0
      for (let sweeps = 0; sweeps < 10_000; sweeps++) {
        const count = await storage.sweep(limit, at)
        holds(count >= 0 && count <= limit, `a sweep of at most ${limit} forgot ${count}`)
        total += count
        if (count < limit) return total
      }
      throw new Error('sweep is never done')
    },
  }
}

async function listed(storage: Storage, kind: string, query: ListQuery): Promise<readonly string[]> {
  const ids: string[] = []
  let cursor = query.cursor
  for (let pages = 0; pages < 10_000; pages++) {
    const page = await storage.list(kind, { ...query, cursor })
    holds(page.items.length <= query.limit, `a page of at most ${query.limit} holds ${page.items.length}`)
    for (const item of page.items) {
      same(item.kind, kind, 'the kind of what is listed')
      ids.push(item.id)
    }
    if (page.next === undefined) return ids
    cursor = page.next
  }
  throw new Error('a list has no end')
}

/** How often a race is run. */
export function roundsOf({ rounds }: Pick<StorageSubject, 'rounds'>): number {
  return rounds ?? (Number(process.env['CONTRACT_ROUNDS']) || 20)
}
