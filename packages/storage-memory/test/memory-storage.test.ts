import type { Entry } from '@sallyport/core'
import { describe, expect, it } from 'vitest'
import { memoryStorage } from '../src/index.ts'

const now = 1_700_000_000_000

function entry(fields: Partial<Entry>): Entry {
  return { kind: 'session', id: 'a', owner: null, expiresAt: now + 1000, version: 1, data: {}, ...fields }
}

describe('a full kind', () => {
  it('D4: refuses by rejecting, and evicts nothing that is live', async () => {
    const storage = memoryStorage({ maxEntriesPerKind: 3 })
    for (const id of ['a', 'b', 'c'])
      await storage.insert(entry({ id, expiresAt: id === 'a' ? null : now + 1000 }), now)
    await expect(storage.insert(entry({ id: 'd' }), now + 999)).rejects.toThrow('3 live entries of kind session')
    for (const id of ['a', 'b', 'c']) expect(await storage.get('session', id)).toBeDefined()
    expect(await storage.get('session', 'd')).toBeUndefined()
  })

  it('still answers for the keys that it has', async () => {
    const storage = memoryStorage({ maxEntriesPerKind: 1 })
    await storage.insert(entry({}), now)
    expect(await storage.insert(entry({}), now)).toBe(false)
    expect(await storage.replace(entry({ data: 1 }), now)).toBe(true)
    expect(await storage.insert(entry({ data: 2 }), now + 1000)).toBe(true)
    expect((await storage.take('session', 'a'))?.data).toBe(2)
    expect(await storage.insert(entry({ id: 'b' }), now)).toBe(true)
  })

  it('makes room by forgetting what has expired, in the order of its expiry', async () => {
    const storage = memoryStorage({ maxEntriesPerKind: 3 })
    for (const [id, life] of Object.entries({ a: 300, b: 100, c: 200 })) {
      await storage.insert(entry({ id, owner: 'u', expiresAt: now + life }), now)
    }
    for (const [id, at] of Object.entries({ d: 100, e: 200 })) {
      expect(await storage.insert(entry({ id, owner: 'u' }), now + at)).toBe(true)
      await expect(storage.insert(entry({ id: 'x' }), now + at)).rejects.toThrow('3 live')
    }
    const page = await storage.list('session', { owner: 'u', limit: 10 })
    expect(page.items.map((item) => item.id)).toEqual(['a', 'd', 'e'])
  })

  it('goes by the expiry that an entry has by now', async () => {
    const storage = memoryStorage({ maxEntriesPerKind: 2 })
    for (const id of ['a', 'b']) await storage.insert(entry({ id, expiresAt: now + 100 }), now)
    await storage.replace(entry({ id: 'a', expiresAt: now + 900 }), now)
    await storage.replace(entry({ id: 'b', expiresAt: null }), now)
    await expect(storage.insert(entry({ id: 'c' }), now + 899)).rejects.toThrow('2 live')
    expect(await storage.insert(entry({ id: 'c' }), now + 900)).toBe(true)
    expect(await storage.get('session', 'a')).toBeUndefined()
    expect(await storage.get('session', 'b')).toBeDefined()
  })

  it('leaves the others alone', async () => {
    const storage = memoryStorage({ maxEntriesPerKind: 1 })
    for (const kind of ['session', 'challenge', 'user']) expect(await storage.insert(entry({ kind }), now)).toBe(true)
    expect((await storage.increment('a', 1000, 1, now)).count).toBe(1)
  })
})

describe('counters', () => {
  it('D10: when all are live, a new one is refused by rejecting, and no count is lost', async () => {
    const storage = memoryStorage({ maxEntriesPerKind: 2 })
    for (const name of ['a', 'b']) await storage.increment(name, 1000, 5, now)
    await expect(storage.increment('c', 1000, 1, now + 999)).rejects.toThrow('2 live counters')
    expect((await storage.increment('c', 1000, 0, now)).count).toBe(0)
    expect((await storage.increment('c', 1000, -1, now)).count).toBe(0)
    expect((await storage.increment('a', 1000, 1, now)).count).toBe(6)
    expect((await storage.increment('c', 1000, 1, now + 1000)).count).toBe(1)
  })
})

describe('what is returned', () => {
  it('is the stored entry itself, without a copy, and nobody can change it', async () => {
    const storage = memoryStorage()
    await storage.insert(entry({ kind: 'user', id: 'u' }), now)
    await storage.insert(entry({ owner: 'u', data: { list: [{ a: 1 }] } }), now)
    const first = await storage.getWithOwner('session', 'a')
    const second = await storage.getWithOwner('session', 'a')
    expect(second?.entry).toBe(first?.entry)
    expect(second?.owner).toBe(first?.owner)
    const data = first?.entry.data as { list: { a: number }[] } | undefined
    expect(() => data?.list.push({ a: 2 })).toThrow(TypeError)
    expect(() => Object.assign(data?.list[0] ?? {}, { a: 2 })).toThrow(TypeError)
    expect(() => Object.assign(first?.entry ?? {}, { version: 2 })).toThrow(TypeError)
  })

  it('D4: data that is not JSON is a rejected promise, and stores nothing', async () => {
    const storage = memoryStorage()
    const cyclic: { self?: unknown } = {}
    cyclic.self = cyclic
    await expect(storage.insert(entry({ data: cyclic as never }), now)).rejects.toThrow('circular')
    expect(await storage.get('session', 'a')).toBeUndefined()
  })
})

it('D22: a limit that cannot work is refused with its mend', () => {
  for (const maxEntriesPerKind of [0, -1, 1.5, Number.NaN, Infinity, '5' as unknown as number]) {
    expect(() => memoryStorage({ maxEntriesPerKind })).toThrow(
      '`maxEntriesPerKind` is not a positive whole number: leave',
    )
  }
})
