import type { Entry } from '@sallyport/core'
import { countingStorage, failingStorage } from '@sallyport/core/testing'
import { describe, expect, it } from 'vitest'
import { memoryStorage } from '../src/index.ts'

const now = 1_700_000_000_000
const entry: Entry = { kind: 'session', id: 'a', owner: 'u', expiresAt: null, version: 1, data: {} }

describe('countingStorage', () => {
  it('counts every operation once, and tells writes from reads', async () => {
    const storage = countingStorage(memoryStorage())
    await storage.insert(entry, now)
    await storage.replace(entry, now)
    await storage.increment('n', 1000, 1, now)
    await storage.increment('n', 1000, 0, now)
    await storage.get('session', 'a')
    await storage.getWithOwner('session', 'a')
    await storage.list('session', { owner: 'u', limit: 1 })
    await storage.take('session', 'a')
    await storage.removeAll('session', 'u')
    await storage.sweep(1, now)
    expect([storage.calls.length, storage.reads, storage.writes]).toEqual([10, 4, 6])
    expect(storage.calls[0]).toEqual({ operation: 'insert', writes: true, kind: 'session', key: 'a' })
    expect(storage.calls[3]).toEqual({ operation: 'increment', writes: false, key: 'n' })
    storage.reset()
    expect([storage.calls.length, storage.reads, storage.writes]).toEqual([0, 0, 0])
  })
})

describe('failingStorage', () => {
  it('rejects, and nothing was done', async () => {
    const storage = failingStorage(memoryStorage())
    storage.fail('reject')
    await expect(storage.insert(entry, now)).rejects.toThrow('insert')
    await expect(storage.get('session', 'a')).rejects.toThrow('get')
    storage.heal()
    expect(await storage.get('session', 'a')).toBeUndefined()
  })

  it('rejects after the write was done, and leaves reads alone', async () => {
    const storage = failingStorage(memoryStorage())
    storage.fail('reject-after-write')
    await expect(storage.insert(entry, now)).rejects.toThrow('insert')
    expect(await storage.get('session', 'a')).toEqual(entry)
    await expect(storage.take('session', 'a')).rejects.toThrow('take')
    storage.heal()
    expect(await storage.take('session', 'a')).toBeUndefined()
  })

  it('hangs until it is healed', async () => {
    const storage = failingStorage(memoryStorage())
    storage.fail('hang')
    let settled = false
    const waiting = storage.insert(entry, now).finally(() => {
      settled = true
    })
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(settled).toBe(false)
    storage.heal()
    await expect(waiting).rejects.toThrow('insert')
    expect(await storage.get('session', 'a')).toBeUndefined()
  })

  it('fails only what the filter chooses', async () => {
    const storage = failingStorage(memoryStorage())
    storage.fail('reject', (call) => call.kind === 'user')
    expect(await storage.insert(entry, now)).toBe(true)
    await expect(storage.insert({ ...entry, kind: 'user' }, now)).rejects.toThrow('insert')
  })
})
