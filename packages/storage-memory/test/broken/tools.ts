import type { Entry, Json, Storage } from '@sallyport/core'

/** A storage that breaks one rule, as a real one might, and (a part of) the title of a case that must notice. */
export interface Broken {
  readonly title: string
  readonly caughtBy: string
  /** What is different from the sound storage. `shared` is one sound storage for whatever needs a second place. */
  readonly make: (sound: Storage) => Partial<Storage>
}

/** What a network would take: others run meanwhile. */
export function later(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

export const changed = (entry: Entry, change: (data: Json) => Json): Entry => ({ ...entry, data: change(entry.data) })

export function broken(title: string, caughtBy: string, make: Broken['make']): Broken {
  return { title, caughtBy, make }
}

/** The same change to every entry that is read. */
export function reading(sound: Storage, change: (entry: Entry) => Entry): Partial<Storage> {
  const maybe = (entry: Entry | undefined): Entry | undefined => entry && change(entry)
  return {
    get: async (kind, id) => maybe(await sound.get(kind, id)),
    take: async (kind, id) => maybe(await sound.take(kind, id)),
    list: async (kind, query) => {
      const page = await sound.list(kind, query)
      return { ...page, items: page.items.map(change) }
    },
    getWithOwner: async (kind, id) => {
      const owned = await sound.getWithOwner(kind, id)
      return owned && { entry: change(owned.entry), owner: maybe(owned.owner) }
    },
  }
}

/** The same change to every entry that is written. */
export function writing(sound: Storage, change: (entry: Entry) => Entry): Partial<Storage> {
  return {
    insert: (entry, now) => sound.insert(change(entry), now),
    replace: (entry, now) => sound.replace(change(entry), now),
  }
}

/** Other keys than those asked for. What is read bears the id that was stored. */
export function keyed(
  sound: Storage,
  key: (kind: string, id: string) => readonly [kind: string, id: string],
): Partial<Storage> {
  const unkeyed = (entry: Entry | undefined, kind: string, id: string): Entry | undefined =>
    entry && { ...entry, kind, id }
  const write = (operation: 'insert' | 'replace') => (entry: Entry, now: number) => {
    const [kind, id] = key(entry.kind, entry.id)
    return sound[operation]({ ...entry, kind, id }, now)
  }
  return {
    get: async (kind, id) => unkeyed(await sound.get(...key(kind, id)), kind, id),
    getWithOwner: async (kind, id) => {
      const owned = await sound.getWithOwner(...key(kind, id))
      const entry = unkeyed(owned?.entry, kind, id)
      return entry && { entry, owner: owned?.owner }
    },
    take: async (kind, id) => unkeyed(await sound.take(...key(kind, id)), kind, id),
    insert: write('insert'),
    replace: write('replace'),
  }
}
