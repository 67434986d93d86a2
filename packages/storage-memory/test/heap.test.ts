import { randomBytes } from 'node:crypto'
import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Entry } from '@sallyport/core'
import { expect, it } from 'vitest'
import { memoryStorage } from '../src/index.ts'

const day = 86_400_000
const now = 1_700_000_000_000
const count = 100_000

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

function heap(): number {
  for (let n = 0; n < 3; n++) collect()
  return getHeapStatistics().used_heap_size
}

function session(n: number): Entry {
  const at = now + 37 * n
  const agent = `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 #${n}`
  return {
    kind: 'session',
    id: randomBytes(16).toString('base64url'),
    owner: randomBytes(16).toString('base64url'),
    expiresAt: at + 30 * day,
    version: 2 ** 40 + n,
    data: {
      hash: randomBytes(32).toString('base64url'),
      epoch: randomBytes(9).toString('base64url'),
      createdAt: at,
      authenticatedAt: at,
      lastSeenAt: at,
      methods: ['pwd'],
      address: `203.0.113.${n % 250}`,
      userAgent: agent.padEnd(130, ' '),
      remember: true,
    },
  }
}

it('100,000 sessions of as many users take less than 900 bytes of heap each, indexes included', {
  timeout: 60_000,
}, async () => {
  const storage = memoryStorage()
  await storage.insert(session(0), now)
  const before = heap()
  for (let n = 0; n < count; n++) await storage.insert(session(n), now)
  expect((heap() - before) / count).toBeLessThan(900)
  expect(await storage.sweep(1, now)).toBe(0)
})

it('what is taken or prolonged leaves nothing behind that grows', { timeout: 60_000 }, async () => {
  const storage = memoryStorage()
  let touched = session(0)
  await storage.insert(touched, now)
  const before = heap()
  for (let n = 0; n < count; n++) {
    const short = { ...session(0), id: `short ${n}` }
    await storage.insert(short, now)
    await storage.take('session', short.id)
    const expiresAt = now + 30 * day + n
    await storage.replace({ ...touched, expiresAt }, now)
    touched = { ...touched, version: touched.version + 1, expiresAt }
    await storage.increment(`counter ${n % 10}`, 1, 1, now + n)
  }
  const grown = heap() - before
  expect(await storage.get('session', touched.id)).toEqual(touched)
  expect(grown).toBeLessThan(500_000)
})
