import { failingStorage, interceptStorage } from '@sallyport/core/testing'
import { AuthError, type Storage } from '@sallyport/core'
import { describe, expect, test } from 'vitest'
import { collection } from '../src/collection.ts'
import { guardStorage } from '../src/guarded-storage.ts'
import { memoryStorage, testClock } from './house.ts'

interface Counted {
  readonly count: number
}

function setUp(storage: Storage = memoryStorage()) {
  const clock = testClock()
  return { clock, storage, entries: collection<Counted>('thing', guardStorage(storage), clock) }
}

const plusOne = ({ data }: { readonly data: Counted }) => ({ data: { count: data.count + 1 } })
const thing = { id: 'a', owner: null, expiresAt: null, data: { count: 0 } }

describe('ASVS 15.4.2: the one retry loop', () => {
  test('loses no change of many at once, and each sees what it has stored', async () => {
    const { entries } = setUp()
    await entries.insert(thing)
    const stored = await Promise.all(Array.from({ length: 15 }, () => entries.update('a', plusOne)))
    expect((await entries.get('a'))?.data.count).toBe(15)
    expect(stored.map((entry) => entry?.data.count).sort((one, other) => (one ?? 0) - (other ?? 0))).toEqual(
      Array.from({ length: 15 }, (_, i) => i + 1),
    )
  })

  test('judges again what somebody else has changed', async () => {
    const { entries, storage, clock } = setUp()
    await entries.insert(thing)
    let looks = 0
    const once = await entries.update('a', ({ data, version }) => {
      looks++
      if (looks === 1) void storage.replace({ kind: 'thing', ...thing, version, data: { count: 7 } }, clock())
      return data.count === 7 ? undefined : { data: { count: 1 } }
    })
    expect([once, looks]).toEqual([undefined, 2])
    expect((await entries.get('a'))?.data.count).toBe(7)
  })

  test('gives up after twenty defeats with 503, never with a lost change', async () => {
    let replaced = 0
    const losing = interceptStorage(memoryStorage(), async (call, run) => {
      if (call.operation !== 'replace') return run()
      replaced++
      return false as never
    })
    const { entries } = setUp(losing)
    await entries.insert(thing)
    await expect(entries.update('a', plusOne)).rejects.toMatchObject({ code: 'unavailable', retryAfterMs: 1000 })
    expect(replaced).toBe(20)
  })

  test('what is gone or expired is not changed', async () => {
    const { entries, clock } = setUp()
    const never = () => expect.fail('was asked')
    expect(await entries.update('a', never)).toBeUndefined()
    await entries.insert({ ...thing, expiresAt: clock() + 1000 })
    clock.advance(1000)
    expect(await entries.update('a', never)).toBeUndefined()
  })

  test('an error of the change goes through, and nothing is written', async () => {
    const { entries } = setUp()
    await entries.insert(thing)
    const broken = () => {
      throw new RangeError('broken')
    }
    await expect(entries.update('a', broken)).rejects.toThrow(RangeError)
    expect((await entries.get('a'))?.data.count).toBe(0)
  })
})

describe('what has expired does not exist', () => {
  test('by the millisecond', async () => {
    const { entries, clock } = setUp()
    await entries.insert({ ...thing, owner: 'ann', expiresAt: clock() + 1000 })
    clock.advance(999)
    expect(await entries.get('a')).toBeDefined()
    clock.advance(1)
    expect(await entries.get('a')).toBeUndefined()
    expect((await entries.list({ owner: 'ann', limit: 10 })).items).toEqual([])
    expect(await entries.insert(thing)).toBe(true)
  })

  test('take consumes it without giving it', async () => {
    const { entries, clock } = setUp()
    await entries.insert({ ...thing, expiresAt: clock() + 1000 })
    clock.advance(1000)
    expect(await entries.take('a')).toBeUndefined()
  })
})

test('a late write meant for a predecessor with the same id misses', async () => {
  const { entries } = setUp()
  await entries.insert(thing)
  const old = (await entries.get('a')) ?? expect.fail()
  await entries.take('a')
  await entries.insert(thing)
  expect(await entries.replace(old, { data: { count: 99 } })).toBeUndefined()
  expect((await entries.get('a'))?.data.count).toBe(0)
})

describe('D4: a storage that fails', () => {
  const operations: [string, (storage: Storage) => Promise<unknown>][] = [
    ['get', (storage) => storage.get('thing', 'a')],
    ['getWithOwner', (storage) => storage.getWithOwner('thing', 'a')],
    ['list', (storage) => storage.list('thing', { owner: 'ann', limit: 10 })],
    ['insert', (storage) => storage.insert({ kind: 'thing', version: 1, ...thing, data: 1 }, 0)],
    ['replace', (storage) => storage.replace({ kind: 'thing', version: 1, ...thing, data: 1 }, 0)],
    ['take', (storage) => storage.take('thing', 'a')],
    ['removeAll', (storage) => storage.removeAll('thing', 'ann')],
    ['increment', (storage) => storage.increment('x', 1000, 1, 0)],
    ['sweep', (storage) => storage.sweep(1, 0)],
  ]

  test.each(operations)('%s is unavailable, with the cause for the operator', async (_, run) => {
    const failing = failingStorage(memoryStorage())
    failing.fail('reject')
    const error: unknown = await run(guardStorage(failing)).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'unavailable', status: 503, retryAfterMs: 2000 })
    expect(String((error as AuthError).cause)).toContain('does not answer')
  })

  test('a cursor that the store can not read is a bad request, and no outage', async () => {
    const strict: Storage = { ...memoryStorage(), list: () => Promise.reject(new RangeError('no cursor')) }
    const list = (cursor?: string) => guardStorage(strict).list('thing', { owner: 'ann', limit: 10, cursor })
    await expect(list('x')).rejects.toMatchObject({ code: 'invalid_request', status: 400 })
    await expect(list()).rejects.toMatchObject({ code: 'unavailable' })
  })

  test.each(operations)('%s that throws at once is unavailable too', async (operation, run) => {
    const throwing = {
      ...memoryStorage(),
      [operation]: () => {
        throw new TypeError('broken driver')
      },
    }
    await expect(run(guardStorage(throwing))).rejects.toMatchObject({ code: 'unavailable' })
  })
})
