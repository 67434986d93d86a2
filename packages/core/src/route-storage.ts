import { invalidSetting } from './errors.ts'
import type { Storage } from './storage.ts'

/** Which store keeps what: `default` all that is not named, `counters` what `increment` counts, any other name a kind. */
export interface StorageRoutes {
  readonly default: Storage
  readonly counters?: Storage | undefined
  readonly [kind: string]: Storage | undefined
}

const operations = [
  'get',
  'getWithOwner',
  'list',
  'insert',
  'replace',
  'take',
  'removeAll',
  'increment',
  'sweep',
  'close',
] as const satisfies readonly (keyof Storage)[]

/**
 * One storage made of several, each for its kinds. Every operation keeps the guarantees of the store that it goes to;
 * `getWithOwner` reads the entry and then its owner, in two round trips, where they are on different stores.
 */
export function routeStorage(routes: StorageRoutes): Storage {
  const stores = readRoutes(routes)
  const fallback = stores.get('default') as Storage
  const counters = stores.get('counters') ?? fallback
  stores.delete('default')
  stores.delete('counters')
  const storeOf = (kind: string): Storage => stores.get(kind) ?? fallback
  const users = storeOf('user')
  const distinct = [...new Set([fallback, counters, ...stores.values()])]

  return {
    get: (kind, id) => storeOf(kind).get(kind, id),

    async getWithOwner(kind, id) {
      const store = storeOf(kind)
      if (store === users) return store.getWithOwner(kind, id)
      const entry = await store.get(kind, id)
      if (entry === undefined) return undefined
      // In this order: an owner read first could be older than what the entry was written for.
      return { entry, owner: entry.owner === null ? undefined : await users.get('user', entry.owner) }
    },

    list: (kind, query) => storeOf(kind).list(kind, query),
    insert: (entry, now) => storeOf(entry.kind).insert(entry, now),
    replace: (entry, now) => storeOf(entry.kind).replace(entry, now),
    take: (kind, id) => storeOf(kind).take(kind, id),
    removeAll: (kind, owner, except) => storeOf(kind).removeAll(kind, owner, except),
    increment: (name, windowMs, by, now) => counters.increment(name, windowMs, by, now),
    sweep: fairSweep(distinct),

    async close() {
      const closed = await Promise.allSettled(distinct.map((store) => store.close()))
      for (const result of closed) if (result.status === 'rejected') throw result.reason
    },
  }
}

function readRoutes(routes: StorageRoutes): Map<string, Storage> {
  const stores = new Map<string, Storage>()
  if (typeof routes !== 'object' || routes === null) throw invalidRoute('routes', 'is not an object of stores')
  for (const [name, store] of Object.entries(routes)) {
    if (store === undefined) continue
    if (!isStorage(store)) throw invalidRoute(name, 'is not a storage')
    stores.set(name, store)
  }
  if (!stores.has('default')) throw invalidRoute('default', 'is missing')
  return stores
}

function isStorage(store: unknown): store is Storage {
  if (typeof store !== 'object' || store === null) return false
  return operations.every((operation) => typeof (store as Record<string, unknown>)[operation] === 'function')
}

function invalidRoute(name: string, problem: string): Error {
  const mend = 'routeStorage takes `default` and, by kind or as `counters`, further stores'
  return invalidSetting(`storage.${name}`, problem, mend)
}

/** Shares the limit out equally; what one store does not need goes to those that have more to forget. */
function fairSweep(stores: readonly Storage[]): Storage['sweep'] {
  let first = 0
  return async (limit, now) => {
    // In turn, or a limit below the number of stores would always be spent on the same ones.
    let busy = [...stores.slice(first), ...stores.slice(0, first)]
    first = (first + 1) % stores.length
    let forgotten = 0
    const failures: unknown[] = []

    async function sweepOne(store: Storage, most: number): Promise<boolean> {
      try {
        const count = await store.sweep(most, now)
        forgotten += count
        return count === most
      } catch (error) {
        // The other stores are swept none the less.
        failures.push(error)
        return false
      }
    }

    while (busy.length > 0 && forgotten < limit) {
      const share = Math.ceil((limit - forgotten) / busy.length)
      const further: Storage[] = []
      for (const store of busy) {
        const most = Math.min(share, limit - forgotten)
        if (most > 0 && (await sweepOne(store, most))) further.push(store)
      }
      busy = further
    }
    if (failures.length > 0) throw failures[0]
    return forgotten
  }
}
