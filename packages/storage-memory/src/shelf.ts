import type { Entry } from '@sallyport/core'
import { type Bags, idsIn, putInto, takeOutOf } from './bags.ts'
import { expiringMap } from './expiring-map.ts'

/** The entries of one kind, and which owner has which. */
export interface Shelf {
  get(id: string): Entry | undefined
  ids(): Iterable<string>
  idsOf(owner: string): string[]
  /** Stores the entry in the place of what has its id. Throws if there is no room. */
  put(entry: Entry, now: number): void
  remove(entry: Entry): void
  /** Forgets one entry that has expired by `now`, and says whether there was one. */
  forget(now: number): boolean
}

export function shelf(kind: string, limit: number): Shelf {
  const owners: Bags = new Map()
  const disown = ({ owner, id }: Entry): void => {
    if (owner !== null) takeOutOf(owners, owner, id)
  }
  const entries = expiringMap<Entry>(`entries of kind ${kind}`, limit, (entry) => entry.expiresAt, disown)
  return {
    get: (id) => entries.get(id),
    ids: () => entries.keys(),
    idsOf: (owner) => idsIn(owners, owner),
    put: (entry, now) => {
      const present = entries.get(entry.id)
      entries.set(entry.id, entry, now)
      if (present?.owner === entry.owner) return
      if (present) disown(present)
      if (entry.owner !== null) putInto(owners, entry.owner, entry.id)
    },
    remove: (entry) => {
      entries.delete(entry.id)
      disown(entry)
    },
    forget: (now) => entries.forget(now) !== undefined,
  }
}
