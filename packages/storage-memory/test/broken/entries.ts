import type { Entry, Json } from '@sallyport/core'
import { type Broken, broken, later, reading, writing } from './tools.ts'

export const onEntries: readonly Broken[] = [
  broken('insert overwrites what is live', 'insert: a live entry', (sound) => ({
    insert: async (entry, now) => {
      await sound.take(entry.kind, entry.id)
      return sound.insert(entry, now)
    },
  })),
  broken('insert looks, then writes', '50 inserts stores', (sound) => ({
    insert: async (entry, now) => {
      const present = await sound.get(entry.kind, entry.id)
      if (present && (present.expiresAt === null || present.expiresAt > now)) return false
      await later()
      await sound.take(entry.kind, entry.id)
      return sound.insert(entry, now)
    },
  })),
  broken('insert removes an expired entry, then writes', '50 inserts over an expired', (sound) => ({
    insert: async (entry, now) => {
      const present = await sound.get(entry.kind, entry.id)
      if (!present || present.expiresAt === null || present.expiresAt > now) return sound.insert(entry, now)
      await later()
      await sound.take(entry.kind, entry.id)
      return sound.insert(entry, now)
    },
  })),
  broken('insert takes an expired entry for a live one', 'insert: at expiresAt', (sound) => ({
    insert: (entry) => sound.insert(entry, -Infinity),
  })),
  broken('insert goes by its own clock', 'insert: at expiresAt', (sound) => ({
    insert: (entry) => sound.insert(entry, Date.now()),
  })),
  broken('insert is a millisecond late', 'insert: at expiresAt', (sound) => ({
    insert: (entry, now) => sound.insert(entry, now - 1),
  })),
  broken('insert starts at version 1', 'insert: keeps the version', (sound) => ({
    insert: (entry, now) => sound.insert({ ...entry, version: 1 }, now),
  })),
  broken('versions have 32 bits', 'insert: keeps the version', (sound) =>
    writing(sound, (entry) => ({ ...entry, version: entry.version % 2 ** 32 })),
  ),
  broken('replace ignores the version', 'replace: only at exactly', (sound) => ({
    replace: async (entry, now) => {
      const present = await sound.get(entry.kind, entry.id)
      return present ? sound.replace({ ...entry, version: present.version }, now) : false
    },
  })),
  broken('replace asks that the version be no older', 'replace: only at exactly', (sound) => ({
    replace: async (entry, now) => {
      const present = await sound.get(entry.kind, entry.id)
      if (!present || present.version > entry.version) return false
      return sound.replace({ ...entry, version: present.version }, now)
    },
  })),
  broken('replace compares, then writes', '50 replaces at one version', (sound) => ({
    replace: async (entry, now) => {
      const present = await sound.get(entry.kind, entry.id)
      if (present?.version !== entry.version) return false
      await later()
      const again = await sound.get(entry.kind, entry.id)
      return again ? sound.replace({ ...entry, version: again.version }, now) : false
    },
  })),
  broken('replace inserts what is absent', 'absence is a value', (sound) => ({
    replace: async (entry, now) => (await sound.replace(entry, now)) || sound.insert(entry, now),
  })),
  broken('replace revives what has expired', 'replace: at expiresAt', (sound) => ({
    replace: (entry) => sound.replace(entry, -Infinity),
  })),
  broken('replace keeps the version', 'replace: stores data and expiry', (sound) => ({
    replace: async (entry, now) => {
      if (!(await sound.replace(entry, now))) return false
      await sound.take(entry.kind, entry.id)
      return sound.insert(entry, now)
    },
  })),
  broken('replace keeps the expiry', 'replace: stores data and expiry', (sound) => ({
    replace: async (entry, now) => {
      const present = await sound.get(entry.kind, entry.id)
      return sound.replace({ ...entry, expiresAt: present?.expiresAt ?? null }, now)
    },
  })),
  broken('replace changes the owner', 'replace: kind, id and owner', (sound) => ({
    replace: async (entry, now) => {
      if (!(await sound.replace(entry, now))) return false
      await sound.take(entry.kind, entry.id)
      return sound.insert({ ...entry, version: entry.version + 1 }, now)
    },
  })),
  broken('replace brings back what was taken meanwhile', 'nor replaced once it is gone', (sound) => ({
    replace: async (entry, now) => {
      const present = await sound.get(entry.kind, entry.id)
      if (present?.version !== entry.version) return false
      await later()
      const next = { ...entry, version: entry.version + 1 }
      return (await sound.replace(entry, now)) || sound.insert(next, now)
    },
  })),
  broken('replace says that it won although it lost', 'some order explains', (sound) => ({
    replace: async (entry, now) => {
      const present = await sound.get(entry.kind, entry.id)
      if (present?.version !== entry.version) return false
      await sound.replace(entry, now)
      return true
    },
  })),
  broken('take reads, then removes', '50 takes gets', (sound) => ({
    take: async (kind, id) => {
      const entry = await sound.get(kind, id)
      await later()
      await sound.take(kind, id)
      return entry
    },
  })),
  broken('take returns what it read before', 'an entry is not taken as it was before', (sound) => ({
    take: async (kind, id) => {
      const entry = await sound.get(kind, id)
      await later()
      return (await sound.take(kind, id)) && entry
    },
  })),
  broken('take leaves the entry', 'take: removes', (sound) => ({ take: (kind, id) => sound.get(kind, id) })),
  broken('take returns nothing', 'insert, get: an entry of any kind', (sound) => ({
    take: async (kind, id) => {
      await sound.take(kind, id)
      return undefined
    },
  })),
  broken('forgets at expiresAt by its own clock', 'own clock forgets nothing', (sound) => ({
    get: async (kind, id) => {
      const entry = await sound.get(kind, id)
      return entry && (entry.expiresAt ?? Infinity) <= Date.now() ? undefined : entry
    },
  })),
  broken('instants in 32-bit seconds', 'null is never', (sound) =>
    writing(sound, (entry) => ({
      ...entry,
      expiresAt: entry.expiresAt && Math.min(entry.expiresAt, (2 ** 31 - 1) * 1000),
    })),
  ),
  broken('instants in seconds', 'insert, get: an entry of any kind', (sound) =>
    writing(sound, (entry) => ({ ...entry, expiresAt: entry.expiresAt && Math.floor(entry.expiresAt / 1000) * 1000 })),
  ),
  broken('null is 0', 'null is never', (sound) =>
    reading(sound, (entry) => ({ ...entry, expiresAt: entry.expiresAt ?? 0 })),
  ),
  broken('keeps the caller’s own object', 'what the caller does to its objects', (sound) => {
    const kept = new Map<string, Entry>()
    return {
      insert: async (entry, now) => {
        const won = await sound.insert(entry, now)
        if (won) kept.set(entry.id, entry)
        return won
      },
      get: async (kind, id) => {
        const entry = await sound.get(kind, id)
        return entry && { ...entry, data: kept.get(id)?.data ?? entry.data }
      },
    }
  }),
  broken('changes what it has returned', 'what was read stays', (sound) => {
    const returned = new Map<string, { data: Json }>()
    return {
      get: async (kind, id) => {
        const entry = await sound.get(kind, id)
        const copy = entry && { ...entry }
        if (copy) returned.set(id, copy)
        return copy
      },
      replace: async (entry, now) => {
        const won = await sound.replace(entry, now)
        const earlier = returned.get(entry.id)
        if (won && earlier) earlier.data = entry.data
        return won
      },
    }
  }),
  broken('returns more than an entry', 'insert, get: an entry of any kind', (sound) =>
    reading(sound, (entry) => ({ ...entry, created_at: 1 }) as Entry),
  ),
  broken('versions are strings', 'insert, get: an entry of any kind', (sound) =>
    reading(sound, (entry) => ({ ...entry, version: String(entry.version) as unknown as number })),
  ),
  broken('close can be called once', 'close:', () => {
    let closed = false
    return {
      close: async () => {
        if (closed) throw new Error('closed')
        closed = true
      },
    }
  }),
]
