import { randomBytes } from 'node:crypto'
import type { Storage } from '@sallyport/core'
import { bounded, type Calls, type Wait } from './calls.ts'
import { checkServer, serverTime } from './check.ts'
import { enlist, removeAll, strike, sweep } from './clean-up.ts'
import { connect, type RedisClient } from './client.ts'
import { serverClock } from './clock.ts'
import { evaluateBy } from './evaluate.ts'
import { type Insertion, layout } from './layout.ts'
import { list } from './list.ts'
import { get, oneAfterTheOther, together } from './read.ts'
import { decode, encode, forgetAt } from './record.ts'
import { type Send, textOf } from './redis.ts'
import * as scripts from './scripts.ts'

/** Settings of `redisStorage`. */
export interface RedisStorageOptions {
  /** What all keys start with: `sallyport:`. */
  readonly prefix?: string | undefined
  /** After so many milliseconds every call rejects: 2000. */
  readonly deadlineMs?: number | undefined
  /** `insert`, `replace` and `take` resolve only once so many replicas have them, and reject after `timeoutMs`. */
  readonly wait?: Wait | undefined
}

/** A storage on Redis. */
export interface RedisStorage extends Storage {
  /**
   * Rejects when the server may evict what revokes a token, or can't be worked with, and says how to mend it. Await it
   * at the start; the first write does it, too.
   */
  check(): Promise<void>
}

/** Keeps everything in Redis 6.2 or later, or Valkey, through the application's own client. */
export function redisStorage(client: RedisClient, options: RedisStorageOptions = {}): RedisStorage {
  const { prefix = 'sallyport:', deadlineMs = 2000, wait, ...rest } = options
  for (const name of Object.keys(rest)) throw new Error(`redisStorage: \`${name}\` is no option.`)
  assertSettings(deadlineMs, wait)
  const redis = connect(client, deadlineMs)
  const keys = layout(prefix)
  const clock = serverClock()
  let closed = false
  let checked: Promise<void> | undefined

  function call<T>(work: (calls: Calls) => Promise<T>): Promise<T> {
    return closed ? Promise.reject(new Error('This storage is closed.')) : bounded(redis, deadlineMs, wait, work)
  }

  async function checkServers(): Promise<void> {
    await redis.ready()
    const infos = await redis.info()
    clock.set(...infos.map(serverTime))
    for (const info of infos) checkServer(info, redis.isCluster)
  }

  /** Checks the server before the first write; a failure is forgotten, so that the next write looks again. */
  function checkOnce(): Promise<void> {
    checked ??= checkServers().catch((error: unknown) => {
      checked = undefined
      throw error
    })
    return checked
  }

  function write<T>(work: (calls: Calls) => Promise<T>): Promise<T> {
    return call(async (calls) => {
      await checkOnce()
      return work(calls)
    })
  }

  // The answer is known and does not wait for it; what it fails to remove, `sweep` will.
  function strikeLater(send: Send, insertion: Insertion): void {
    strike(send, keys, [insertion]).catch(() => undefined)
  }

  const getWithOwner = redis.isCluster ? oneAfterTheOther(keys) : together(keys)

  return {
    get: (kind, id) => call(({ send }) => get(send, keys, kind, id)),
    getWithOwner: (kind, id) => call(({ send }) => getWithOwner(send, kind, id)),
    list: (kind, query) => call(({ send }) => list(send, keys, kind, query)),

    async insert(entry, now) {
      const { kind, id, owner, expiresAt } = entry
      const insertion = { kind, id, owner, mark: newMark() }
      const text = encode(entry, insertion.mark)
      return write(async ({ send, commit, until }) => {
        await enlist(send, keys, insertion, expiresAt, now)
        const args = [text, forgetAt(expiresAt), String(now)]
        const stored = await evaluateBy(until, clock, commit, scripts.insert, keys.entry(kind, id), ...args)
        if (Number(stored) === 1) return true
        strikeLater(send, insertion)
        return false
      })
    },

    async replace({ kind, id, expiresAt, version, data }, now) {
      const versions = [String(version), String(version + 1)]
      const args = [...versions, String(expiresAt), JSON.stringify(data), forgetAt(expiresAt), String(now)]
      return write(async ({ commit, until }) => {
        const stored = await evaluateBy(until, clock, commit, scripts.replace, keys.entry(kind, id), ...args)
        return Number(stored) === 1
      })
    },

    take: (kind, id) =>
      write(async ({ send, commit, until }) => {
        const text = textOf(await evaluateBy(until, clock, commit, scripts.take, keys.entry(kind, id)))
        if (text === undefined) return undefined
        const { entry, mark } = decode(kind, id, text)
        strikeLater(send, { kind, id, owner: entry.owner, mark })
        return entry
      }),

    removeAll: (kind, owner, except) => write((calls) => removeAll(calls, keys, kind, owner, except)),

    increment: (name, windowMs, by, now) =>
      write(async ({ sendOnce, until }) => {
        const resetAt = now + windowMs
        const args = [String(by), String(now), String(resetAt), forgetAt(resetAt)]
        const reply = await evaluateBy(until, clock, sendOnce, scripts.increment, keys.counter(name), ...args)
        const [count, endsAt] = reply as [unknown, unknown]
        return { count: Number(count), resetAt: Number(endsAt) }
      }),

    // Half the deadline: the last batch then ends in time.
    sweep: (limit, now) => write((calls) => sweep(calls, keys, limit, now, performance.now() + deadlineMs / 2)),

    check: () => call(checkServers),

    async close() {
      closed = true
      redis.detach()
    },
  }
}

function assertSettings(deadlineMs: number, wait: Wait | undefined): void {
  if (!(deadlineMs > 0 && deadlineMs < 2 ** 31)) throw new Error('redisStorage: `deadlineMs` must be more than 0.')
  if (wait === undefined) return
  const { replicas, timeoutMs } = wait
  if (!Number.isInteger(replicas) || replicas < 1) throw new Error('redisStorage: `wait.replicas` must be 1 or more.')
  // To Redis, 0 is for ever.
  if (!Number.isInteger(timeoutMs) || timeoutMs < 1 || timeoutMs >= deadlineMs) {
    throw new Error('redisStorage: `wait.timeoutMs` must be 1 or more, and less than `deadlineMs`.')
  }
}

function newMark(): string {
  return randomBytes(9).toString('base64url')
}
