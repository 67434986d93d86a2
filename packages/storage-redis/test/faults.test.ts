import { rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Entry, Storage } from '@sallyport/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freshDirectory, type Server } from '../../../scripts/servers/process.ts'
import { startRedis } from '../../../scripts/servers/redis.ts'
import { serverUrl } from '../../../scripts/servers/server-url.ts'
import { redisStorage, type RedisStorage } from '../src/index.ts'
import { openNodeRedis, type Opened, singleClients } from './clients.ts'
import { day, lastingPort, session, until } from './steps.ts'

const shared = await serverUrl('redis')
const deadlineMs = 300

/** Every operation, on entries that are there. */
function operations(storage: Storage, [a, b]: readonly [Entry, Entry]): readonly (() => Promise<unknown>)[] {
  const now = Date.now()
  return [
    () => storage.get('session', a.id),
    () => storage.getWithOwner('session', a.id),
    () => storage.list('session', { owner: 'ada', limit: 10 }),
    () => storage.list('session', { prefix: '', limit: 10 }),
    () => storage.insert(session({ owner: 'eve' }), now),
    () => storage.replace({ ...a, data: 'late' }, now),
    () => storage.take('session', b.id),
    () => storage.removeAll('session', 'bob'),
    () => storage.increment('failures', 60_000, 1, now),
    () => storage.sweep(10, now),
  ]
}

describe.skipIf(!shared).each(Object.entries(singleClients))(
  'faults, through %s',
  { timeout: 30_000 },
  (_name, connect) => {
    const directory = freshDirectory('durable')
    let start: () => Promise<Server>
    let server: Server
    let opened: Opened
    let storage: RedisStorage
    let entries: readonly [Entry, Entry]

    beforeAll(async () => {
      const port = String(await lastingPort())
      const url = `redis://127.0.0.1:${port}`
      const settings = ['--port', port, '--dir', directory, '--appendonly', 'yes', '--appendfsync', 'always']
      start = async () => ({ ...(await startRedis(settings)), url })
      server = await start()
      opened = await connect(url)
      storage = redisStorage(opened.client, { deadlineMs })
      entries = [session(), session()]
      for (const entry of entries) await storage.insert(entry, Date.now())
      await storage.insert(session({ kind: 'user', id: 'ada', owner: null }), Date.now())
      // The server knows all scripts from now on.
      for (const run of operations(storage, [session(), session()])) await run()
      await storage.removeAll('session', 'eve')
    })
    afterAll(async () => {
      opened.close()
      await server.stop()
      rmSync(directory, { recursive: true })
    })

    /** Every operation rejects by the deadline. */
    async function allReject(): Promise<void> {
      const start = performance.now()
      const results = await Promise.allSettled(operations(storage, entries).map((run) => run()))
      expect(results.map((result) => result.status)).toEqual(results.map(() => 'rejected'))
      expect(performance.now() - start).toBeLessThan(deadlineMs + 200)
    }

    async function answersWithin(ms: number): Promise<void> {
      await until(
        () =>
          storage.get('session', entries[0].id).then(
            (entry) => entry !== undefined,
            () => false,
          ),
        ms,
      )
    }

    it('ASVS 13.2.6: a stopped server: every call rejects by its deadline, and is not done when the server goes on', async () => {
      const { count } = await storage.increment('failures', 60_000, 1, Date.now())
      process.kill(server.pid, 'SIGSTOP')
      // It may still do what it is at.
      await sleep(50)
      for (let n = 0; n < 5; n++) await allReject()
      // The clocks of timers and of the server agree within a few milliseconds.
      await sleep(20)
      process.kill(server.pid, 'SIGCONT')
      await answersWithin(2000)
      await sleep(100)
      expect(await storage.increment('failures', 60_000, 0, Date.now())).toMatchObject({ count })
      for (const entry of entries) expect(await storage.get('session', entry.id)).toEqual(entry)
      expect((await storage.list('session', { owner: 'eve', limit: 10 })).items).toEqual([])
      for (const run of operations(storage, [session(), session()])) await run()
    })

    it('a dead server: every call rejects by its deadline, and is not done when the server is back', async () => {
      const { count } = await storage.increment('failures', 60_000, 0, Date.now())
      process.kill(server.pid, 'SIGKILL')
      await until(
        () =>
          storage.get('session', entries[0].id).then(
            () => false,
            () => true,
          ),
        2000,
      )
      await allReject()
      await sleep(deadlineMs)
      server = await start()
      await answersWithin(2000)
      await sleep(100)
      for (const entry of entries) expect(await storage.get('session', entry.id)).toEqual(entry)
      expect(await storage.increment('failures', 60_000, 0, Date.now())).toMatchObject({ count })
    })

    it('with appendfsync always, no acknowledged write is lost when the server is killed', async () => {
      const acknowledged: Entry[] = []
      let killed = false
      const writing = Array.from({ length: 8 }, async () => {
        while (!killed) {
          const entry = session({ owner: 'bob' })
          const stored = await storage.insert(entry, Date.now()).catch(() => undefined)
          if (stored) acknowledged.push(entry)
          else await sleep(10)
        }
      })
      await until(async () => acknowledged.length > 100)
      killed = true
      process.kill(server.pid, 'SIGKILL')
      await Promise.all(writing)
      server = await start()
      await answersWithin(2000)
      for (const entry of acknowledged) expect(await storage.get('session', entry.id)).toEqual(entry)
      const listed = await storage.list('session', { owner: 'bob', limit: 1000 })
      const ids = new Set(listed.items.map(({ id }) => id))
      if (listed.next === undefined) expect(acknowledged.filter(({ id }) => !ids.has(id))).toEqual([])
    })

    it('cut connections: a call rejects or is done once', async () => {
      const admin = await openNodeRedis(server.url)
      const name = 'cut'
      let acknowledged = 0
      for (let n = 0; n < 30; n++) {
        const calls = Array.from({ length: 5 }, () =>
          storage.increment(name, day, 1, Date.now()).then(
            () => acknowledged++,
            () => 0,
          ),
        )
        if (n % 3 === 0) await admin.sendCommand(['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'])
        await Promise.all(calls)
        await answersWithin(2000)
      }
      const { count } = await storage.increment(name, day, 0, Date.now())
      expect(count).toBeGreaterThanOrEqual(acknowledged)
      admin.destroy()
    })

    it('scripts that the server forgets in mid-run', async () => {
      const admin = await openNodeRedis(server.url)
      for (let n = 0; n < 30; n++) {
        const entry = session()
        // At every step anew: these commands come between those of the calls.
        const flushing = Array.from({ length: 5 }, () => admin.scriptFlush())
        expect(await storage.insert(entry, Date.now())).toBe(true)
        expect(await storage.replace({ ...entry, data: n }, Date.now())).toBe(true)
        flushing.push(admin.scriptFlush())
        expect(await storage.getWithOwner('session', entry.id)).toMatchObject({
          entry: { data: n },
          owner: { id: 'ada' },
        })
        expect(await storage.increment(entry.id, 1000, 1, Date.now())).toMatchObject({ count: 1 })
        flushing.push(admin.scriptFlush())
        expect(await storage.take('session', entry.id)).toMatchObject({ data: n })
        await Promise.all(flushing)
      }
      admin.destroy()
    })

    it('a full server: writes reject, and what is there is read and can be revoked', async () => {
      const admin = await openNodeRedis(server.url)
      const entry = session()
      await storage.insert(entry, Date.now())
      await admin.configSet('maxmemory', '1')
      await expect(storage.insert(session(), Date.now())).rejects.toThrow('OOM')
      await expect(storage.increment('full', 1000, 1, Date.now())).rejects.toThrow('OOM')
      expect(await storage.getWithOwner('session', entry.id)).toMatchObject({ entry })
      expect(await storage.take('session', entry.id)).toEqual(entry)
      await admin.configSet('maxmemory', '0')
      expect(await storage.insert(session(), Date.now())).toBe(true)
      admin.destroy()
    })
  },
)
