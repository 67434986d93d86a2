import { randomUUID } from 'node:crypto'
import type { Entry } from '@sallyport/core'
import { afterAll, describe, expect, it } from 'vitest'
import { serverUrl } from '../../../scripts/servers/server-url.ts'
import { redisStorage } from '../src/index.ts'
import { intercept, openNodeRedis } from './clients.ts'
import { day, keysOf, session, until } from './steps.ts'

const url = await serverUrl('redis')

describe.skipIf(!url)('sweep', { timeout: 30_000 }, async () => {
  const client = await openNodeRedis(url ?? '')
  afterAll(() => client.destroy())
  const open = () => {
    const prefix = `${randomUUID()}:`
    return { prefix, storage: redisStorage(client, { prefix, deadlineMs: 10_000 }) }
  }

  it('leaves nothing of what has expired, also where the server forgot the entries by itself', async () => {
    const { prefix, storage } = open()
    // The server's own clock is a minute behind; these are over for it, too.
    const now = Date.now() - 70_000
    for (let n = 0; n < 50; n++) {
      expect(await storage.insert(session({ expiresAt: now + 1 + n, owner: n % 2 ? 'ada' : null }), now)).toBe(true)
    }
    await until(async () => !(await keysOf(client, prefix)).some((key) => key.includes(':e:')))
    expect((await keysOf(client, prefix)).length).toBeGreaterThan(10)
    let total = 0
    for (let count = 7; count === 7; total += count) count = await storage.sweep(7, Date.now())
    expect(total).toBe(50)
    expect(await keysOf(client, prefix)).toEqual([])
  })

  it('keeps to its limit and to small batches, and never holds a connection for long', async () => {
    const prefix = `${randomUUID()}:`
    let batch = 0
    let largest = 0
    const counting = intercept(client, async () => {
      if (batch++ === 0) setImmediate(() => (batch = 0))
      largest = Math.max(largest, batch)
    })
    const storage = redisStorage(counting, { prefix, deadlineMs: 10_000 })
    const now = Date.now()
    for (let n = 0; n < 1500; n += 100) {
      await Promise.all(Array.from({ length: 100 }, () => storage.insert(session({ expiresAt: now + 1000 }), now)))
    }
    largest = 0
    expect(await storage.sweep(1000, now + 2000)).toBe(1000)
    expect(await storage.sweep(1000, now + 2000)).toBe(500)
    expect(largest).toBeLessThanOrEqual(41)
    expect(await keysOf(client, prefix)).toEqual([])
  })

  it('looks at each entry once: what lives on is put off until its present expiry', async () => {
    const { storage } = open()
    const now = Date.now()
    const entries: Entry[] = Array.from({ length: 300 }, () => session({ expiresAt: now + 1000 }))
    for (const entry of entries) await storage.insert(entry, now)
    for (const entry of entries.slice(0, 200)) await storage.replace({ ...entry, expiresAt: now + day }, now)
    expect(await storage.sweep(150, now + 2000)).toBe(100)
    expect((await storage.list('session', { owner: 'ada', limit: 1000 })).items).toHaveLength(200)
    expect(await storage.sweep(150, now + 2000)).toBe(0)
    expect(await storage.sweep(1000, now + 2 * day)).toBe(200)
  })

  it('stops in time when there is more than a deadline allows', async () => {
    const prefix = `${randomUUID()}:`
    const plenty = redisStorage(client, { prefix, deadlineMs: 10_000 })
    const now = Date.now()
    for (let n = 0; n < 2000; n += 100) {
      await Promise.all(Array.from({ length: 100 }, () => plenty.insert(session({ expiresAt: now + 1000 }), now)))
    }
    const slow = intercept(client, () => new Promise((resolve) => setTimeout(resolve, 15)))
    const count = await redisStorage(slow, { prefix, deadlineMs: 300 }).sweep(2000, now + 2000)
    expect(count).toBeGreaterThan(0)
    expect(count).toBeLessThan(2000)
    expect(await plenty.sweep(2000, now + 2000)).toBe(2000 - count)
  })

  it('lists past any number of members whose entries are gone', async () => {
    const { prefix, storage } = open()
    const now = Date.now()
    const ids = Array.from({ length: 250 }, (_, n) => `x${String(n).padStart(3, '0')}`)
    for (const id of ids) await storage.insert(session({ id }), now)
    for (const id of ids.filter((_, n) => n % 50 !== 49)) await client.del(`${prefix}e:session:${id}`)
    for (const query of [{ owner: 'ada' }, { prefix: 'x' }, { prefix: '' }]) {
      const first = await storage.list('session', { ...query, limit: 2 })
      expect(first.items.map(({ id }) => id)).toEqual(['x049', 'x099'])
      const second = await storage.list('session', { ...query, limit: 3, cursor: first.next })
      expect(second.items.map(({ id }) => id)).toEqual(['x149', 'x199', 'x249'])
      expect(second.next).toBeUndefined()
    }
  })
})
