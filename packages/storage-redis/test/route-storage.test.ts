import { randomUUID } from 'node:crypto'
import type { Entry, Storage } from '@sallyport/core'
import { storageContract } from '@sallyport/core/testing'
import { memoryStorage } from '@sallyport/storage-memory'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { routeStorage } from '@sallyport/core'
import { serverUrl } from '../../../scripts/servers/server-url.ts'
import { redisStorage } from '../src/index.ts'
import { openNodeRedis } from './clients.ts'

const url = await serverUrl('redis')
const now = Date.now()

async function openRedis() {
  const client = await openNodeRedis(url ?? '')
  return { client, storage: redisStorage(client, { prefix: `${randomUUID()}:` }) }
}

const layouts: Record<string, (redis: Storage) => Storage> = {
  'users in memory, sessions, challenges and counters in Redis': (redis) =>
    routeStorage({ default: memoryStorage(), session: redis, challenge: redis, contract: redis, counters: redis }),
  'users in Redis, sessions and counters in memory': (redis) =>
    routeStorage({ default: redis, session: memoryStorage(), counters: memoryStorage() }),
}

describe.skipIf(!url).each(Object.entries(layouts))('%s', (name, layout) => {
  const open = async () => {
    const { client, storage } = await openRedis()
    return { storage: layout(storage), dispose: () => client.close() }
  }
  const options = { expiresByItself: true, ownerReadLater: true }
  storageContract({ describe, it, beforeAll, afterAll }, `routeStorage, ${name}`, open, options)
})

function entry(kind: string, fields: Partial<Entry> = {}): Entry {
  return { kind, id: randomUUID(), owner: null, expiresAt: now + 1000, version: 1, data: {}, ...fields }
}

/** A store that notes its reads and `close`. */
function noting(store: Storage): { readonly store: Storage; readonly calls: string[] } {
  const calls: string[] = []
  const noted: Storage = {
    ...store,
    get(kind, id) {
      calls.push(`get ${kind} ${id}`)
      return store.get(kind, id)
    },
    getWithOwner(kind, id) {
      calls.push(`getWithOwner ${kind} ${id}`)
      return store.getWithOwner(kind, id)
    },
    close() {
      calls.push('close')
      return store.close()
    },
  }
  return { store: noted, calls }
}

describe('routeStorage', () => {
  it('each kind goes to its store, and the rest to the default', async () => {
    const [a, b, c] = [memoryStorage(), memoryStorage(), memoryStorage()]
    const storage = routeStorage({ default: a, session: b, counters: c, challenge: undefined })
    for (const kind of ['user', 'session', 'challenge', 'constructor', '__proto__', 'toString']) {
      const stored = entry(kind)
      expect(await storage.insert(stored, now)).toBe(true)
      const holders = [await a.get(kind, stored.id), await b.get(kind, stored.id), await c.get(kind, stored.id)]
      expect(holders).toEqual(kind === 'session' ? [undefined, stored, undefined] : [stored, undefined, undefined])
    }
    await storage.increment('x', 1000, 3, now)
    expect(await c.increment('x', 1000, 0, now)).toMatchObject({ count: 3 })
    expect(await a.increment('x', 1000, 0, now)).toMatchObject({ count: 0 })
  })

  it('getWithOwner is one read on one store, and two where the users are elsewhere', async () => {
    const [a, b] = [noting(memoryStorage()), noting(memoryStorage())]
    const storage = routeStorage({ default: a.store, session: b.store })
    const user = entry('user', { id: 'ada' })
    const [session, token, orphan] = [
      entry('session', { owner: 'ada' }),
      entry('api-token', { owner: 'ada' }),
      entry('session'),
    ]
    for (const each of [user, session, token, orphan]) await storage.insert(each, now)
    const reads = () => [...a.calls.splice(0), ...b.calls.splice(0)]
    expect(await storage.getWithOwner('api-token', token.id)).toEqual({ entry: token, owner: user })
    expect(reads()).toEqual([`getWithOwner api-token ${token.id}`])
    expect(await storage.getWithOwner('session', session.id)).toEqual({ entry: session, owner: user })
    expect(reads()).toEqual(['get user ada', `get session ${session.id}`])
    expect(await storage.getWithOwner('session', orphan.id)).toEqual({ entry: orphan, owner: undefined })
    expect(reads()).toEqual([`get session ${orphan.id}`])
    expect(await storage.getWithOwner('session', 'nothing')).toBeUndefined()
    expect(reads()).toEqual(['get session nothing'])
  })

  it('close closes each store once, all of them also when one fails', async () => {
    const [a, b] = [noting(memoryStorage()), noting(memoryStorage())]
    await routeStorage({
      default: a.store,
      user: a.store,
      session: b.store,
      challenge: b.store,
      counters: b.store,
    }).close()
    expect([a.calls, b.calls]).toEqual([['close'], ['close']])
    const failing = { ...memoryStorage(), close: () => Promise.reject(new Error('no')) }
    await expect(routeStorage({ default: failing, session: b.store }).close()).rejects.toThrow('no')
    expect(b.calls).toEqual(['close', 'close'])
  })

  describe('sweep', () => {
    /** A storage of three stores that hold so many expired entries each. */
    async function withExpired(counts: readonly [number, number, number]) {
      const stores = [memoryStorage(), memoryStorage(), memoryStorage()] as const
      const kinds = ['user', 'session', 'challenge'] as const
      for (const [index, kind] of kinds.entries()) {
        for (let n = 0; n < (counts[index] ?? 0); n++) await stores[index]?.insert(entry(kind), now)
      }
      const storage = routeStorage({ default: stores[0], session: stores[1], challenge: stores[2] })
      const left = async () => {
        const pages = kinds.map((kind, index) => stores[index]?.list(kind, { prefix: '', limit: 1000 }))
        return (await Promise.all(pages)).map((page) => page?.items.length)
      }
      return { storage, left, stores }
    }
    const later = now + 2000

    it('shares its limit, and gives what one store does not need to the others', async () => {
      const { storage, left } = await withExpired([100, 100, 100])
      expect(await storage.sweep(30, later)).toBe(30)
      expect(await left()).toEqual([90, 90, 90])
      const uneven = await withExpired([100, 3, 0])
      expect(await uneven.storage.sweep(60, later)).toBe(60)
      expect(await uneven.left()).toEqual([43, 0, 0])
      expect(await uneven.storage.sweep(60, later)).toBe(43)
    })

    it('fewer than the limit means that all stores are done', async () => {
      for (const counts of [
        [0, 0, 7],
        [7, 0, 0],
        [1, 20, 3],
        [10, 10, 10],
      ] as const) {
        for (const limit of [1, 2, 4, 9, 31]) {
          const { storage, left } = await withExpired(counts)
          let total = 0
          for (let count = limit; count === limit; total += count) {
            count = await storage.sweep(limit, later)
            expect(count).toBeLessThanOrEqual(limit)
          }
          expect(total).toBe(counts[0] + counts[1] + counts[2])
          expect(await left()).toEqual([0, 0, 0])
        }
      }
    })

    it('with a limit of one, every store has its turn', async () => {
      const { storage, left } = await withExpired([5, 5, 5])
      for (let n = 0; n < 6; n++) expect(await storage.sweep(1, later)).toBe(1)
      expect(await left()).toEqual([3, 3, 3])
    })

    it('a store that fails keeps no other from being swept', async () => {
      const { stores, left } = await withExpired([5, 5, 5])
      const broken = { ...stores[1], sweep: () => Promise.reject(new Error('down')) }
      const storage = routeStorage({ default: stores[0], session: broken, challenge: stores[2] })
      await expect(storage.sweep(100, later)).rejects.toThrow('down')
      expect(await left()).toEqual([0, 5, 0])
    })
  })

  it('refuses what is no storage, and says which', () => {
    const { sweep: _, ...lacking } = memoryStorage()
    const wrong: readonly (readonly [routes: unknown, name: string])[] = [
      [undefined, 'routes'],
      [null, 'routes'],
      [{}, 'default'],
      [{ session: memoryStorage() }, 'default'],
      [{ default: memoryStorage(), session: lacking }, 'session'],
      [{ default: memoryStorage(), counters: 'redis://x' }, 'counters'],
      [{ default: memoryStorage(), session: null }, 'session'],
      [memoryStorage(), 'isVolatile'],
    ]
    for (const [routes, name] of wrong) {
      expect(() => routeStorage(routes as never)).toThrow(
        expect.objectContaining({ code: 'invalid_setting', detail: expect.stringContaining(`\`storage.${name}\``) }),
      )
    }
  })
})
