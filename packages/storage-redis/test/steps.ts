import { randomUUID } from 'node:crypto'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Entry, Storage } from '@sallyport/core'
import { expect } from 'vitest'
import { type NodeRedisClient, redisStorage } from '../src/index.ts'
import { intercept } from './clients.ts'

export const day = 86_400_000

/** What a caller does to an entry that may be there. */
export type Work = (storage: Storage, entry: Entry) => Promise<unknown>

/** A session of Ada's. */
export function session(fields: Partial<Entry> = {}): Entry {
  return {
    kind: 'session',
    id: randomUUID(),
    owner: 'ada',
    expiresAt: Date.now() + day,
    version: 1,
    data: {},
    ...fields,
  }
}

/** Two callers on the same data: a free one, and one that is held after so many of its commands until it is let go. */
export function callers(client: NodeRedisClient, heldAfter: number) {
  const options = { prefix: `${randomUUID()}:`, deadlineMs: 10_000 }
  const released = signal()
  const reached = signal()
  let sent = -Infinity
  const slow = intercept(client, async () => {
    if (sent++ < heldAfter) return
    reached.give()
    await released.given
  })
  const storage = redisStorage(slow, options)

  return {
    prefix: options.prefix,
    free: redisStorage(client, options),
    release: released.give,
    /** How many commands the held one has sent. */
    sent: () => sent,
    /** Resolves when the work is held, or done with fewer commands. */
    async held(work: (storage: Storage) => Promise<unknown>): Promise<{ readonly done: Promise<unknown> }> {
      // The check at the first write is no step of what is looked at.
      await storage.removeAll('session', 'nobody')
      sent = 0
      const done = work(storage)
      await Promise.race([reached.given, done])
      return { done }
    },
  }
}

function signal() {
  let give = (): void => {}
  const given = new Promise<void>((resolve) => {
    give = resolve
  })
  return { given, give: () => give() }
}

/** All keys under a prefix. */
export async function keysOf(client: { keys(pattern: string): Promise<string[]> }, prefix: string): Promise<string[]> {
  return (await client.keys(`${prefix}*`)).toSorted()
}

/** Does `fast` while `slow` is held before each of its commands in turn, then `check`. Says how many commands it has. */
export async function interleave(
  client: NodeRedisClient,
  first: Partial<Entry>,
  slow: Work,
  fast: Work,
  check: (storage: Storage, prefix: string, first: Entry) => Promise<void>,
): Promise<number> {
  for (let step = 0; ; step++) {
    const { prefix, free, held, release, sent } = callers(client, step)
    const entry = session(first)
    expect(await free.insert(entry, Date.now())).toBe(true)
    const { done } = await held((storage) => slow(storage, entry))
    await fast(free, entry)
    release()
    await done
    await check(free, prefix, entry)
    if (sent() <= step) return step
  }
}

/** Waits until it is so. */
export async function until(condition: () => Promise<boolean>, withinMs = 30_000): Promise<void> {
  const end = Date.now() + withinMs
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`It was not so within ${withinMs} ms.`)
    await sleep(50)
  }
}

/** A free port that stays free while its server is down: no outgoing connection is given one below 32768. */
export async function lastingPort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000)
    const probe = createServer()
    const free = await new Promise<boolean>((resolve) => {
      probe.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true))
    })
    await new Promise((resolve) => probe.close(resolve))
    if (free) return port
  }
}
