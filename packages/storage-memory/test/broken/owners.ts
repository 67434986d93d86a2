import type { Entry, Owned } from '@sallyport/core'
import { type Broken, broken, later } from './tools.ts'

export const onOwners: readonly Broken[] = [
  broken('any kind is a user', 'the entry and the user entry', (sound) => ({
    getWithOwner: async (kind, id): Promise<Owned | undefined> => {
      const entry = await sound.get(kind, id)
      return entry && { entry, owner: entry.owner === null ? undefined : await sound.get(kind, entry.owner) }
    },
  })),
  broken('the owner is remembered', 'shows the owner as it is now', (sound) => {
    const cache = new Map<string, Entry>()
    return {
      getWithOwner: async (kind, id) => {
        const owned = await sound.getWithOwner(kind, id)
        const owner = cache.get(id) ?? owned?.owner
        if (owner) cache.set(id, owner)
        return owned && { ...owned, owner }
      },
    }
  }),
  broken('an inner join', 'no owner is undefined', (sound) => ({
    getWithOwner: async (kind, id) => {
      const owned = await sound.getWithOwner(kind, id)
      return owned?.owner ? owned : undefined
    },
  })),
  broken('the owner is read before the entry', 'at one moment', (sound) => ({
    getWithOwner: async (kind, id) => {
      const owner = (await sound.getWithOwner(kind, id))?.owner
      await later()
      const entry = await sound.get(kind, id)
      return entry && { entry, owner }
    },
  })),
  broken('the owner is read after the entry', 'at one moment', (sound) => ({
    getWithOwner: async (kind, id) => {
      const entry = await sound.get(kind, id)
      for (let n = 0; n < 3; n++) await later()
      return entry && { entry, owner: entry.owner === null ? undefined : await sound.get('user', entry.owner) }
    },
  })),
  broken('removeAll spares nothing', 'spares the id', (sound) => ({
    removeAll: (kind, owner) => sound.removeAll(kind, owner),
  })),
  broken('removeAll of every kind', 'the owner’s entries of one kind', (sound) => ({
    removeAll: async (kind, owner, except) => {
      const count = await sound.removeAll(kind, owner, except)
      for (const other of ['session', 'api-token', 'identity']) await sound.removeAll(other, owner, except)
      return count
    },
  })),
  broken('removeAll of ten at most', 'the owner’s entries of one kind', (sound) => ({
    removeAll: async (kind, owner) => {
      const { items } = await sound.list(kind, { owner, limit: 10 })
      return (await Promise.all(items.map((item) => sound.take(kind, item.id)))).length
    },
  })),
  broken('removeAll counts what others removed', 'count each entry once', (sound) => ({
    removeAll: async (kind, owner, except) => {
      const { items } = await sound.list(kind, { owner, limit: 1000 })
      const mine = items.filter((item) => item.id !== except)
      await later()
      for (const item of mine) await sound.take(kind, item.id)
      return mine.length
    },
  })),
  broken('removeAll loses the index of what is inserted meanwhile', 'nothing is half there', (sound) => {
    const hidden = new Set<string>()
    return {
      removeAll: async (kind, owner, except) => {
        const count = await sound.removeAll(kind, owner, except)
        await later()
        for (const item of (await sound.list(kind, { owner, limit: 1000 })).items) hidden.add(item.id)
        return count
      },
      list: async (kind, query) => {
        const page = await sound.list(kind, query)
        return { ...page, items: page.items.filter((item) => !hidden.has(item.id)) }
      },
    }
  }),
  broken('removeAll misses what is replaced meanwhile', 'removeAll removes what was there', (sound) => ({
    removeAll: async (kind, owner, except) => {
      const { items } = await sound.list(kind, { owner, limit: 1000 })
      let count = 0
      await later()
      for (const item of items) {
        if (item.id === except || (await sound.get(kind, item.id))?.version !== item.version) continue
        if (await sound.take(kind, item.id)) count++
      }
      return count
    },
  })),
]
