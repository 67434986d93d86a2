import { sqlStorage } from '../src/index.ts'
import { describe, expect, it } from 'vitest'
import { otherSubjects, subjects } from './databases.ts'

const entry = { kind: 'session', id: 'a', owner: null, expiresAt: null, version: 1, data: null }

for (const { name, here, dialect, open } of [...subjects, ...otherSubjects]) {
  describe.skipIf(!here)(`migrate: ${name}`, () => {
    it('until it has been called, every operation is rejected and says to call it', async () => {
      const { handle, dispose } = await open()
      const storage = sqlStorage(handle)
      const operations = {
        get: () => storage.get('session', 'a'),
        getWithOwner: () => storage.getWithOwner('other', 'a'),
        list: () => storage.list('session', { prefix: '', limit: 1 }),
        insert: () => storage.insert(entry, 0),
        replace: () => storage.replace(entry, 0),
        take: () => storage.take('session', 'a'),
        removeAll: () => storage.removeAll('session', 'a'),
        increment: () => storage.increment('a', 1000, 1, 0),
        sweep: () => storage.sweep(10, 0),
      }
      for (const [operation, run] of Object.entries(operations)) {
        const said = await run().then(
          () => 'nothing',
          (error: Error) => error.message,
        )
        expect(`${operation}: ${said}`).toMatch(/sallyport_.* run `await storage\.migrate\(\)`/)
      }
      const { applied, pending } = await storage.migrationStatus()
      expect(applied).toEqual([])
      expect(pending.length).toBeGreaterThan(0)

      expect(await storage.migrate()).toEqual({ applied: pending, pending: [] })
      await expect(storage.insert(entry, 0)).resolves.toBe(true)
      await dispose()
    }, 30_000)

    it('may be called again, from several handles at once, and changes nothing more', async () => {
      const { handle, peer, dispose } = await open()
      const storages = [sqlStorage(handle), sqlStorage(handle), sqlStorage(peer ?? handle)]
      const statuses = await Promise.all(storages.map((storage) => storage.migrate()))
      for (const { pending } of statuses) expect(pending).toEqual([])
      await storages[0]?.insert(entry, 0)
      await storages[1]?.migrate()
      expect(await storages[1]?.get('session', 'a')).toEqual(entry)
      await dispose()
    }, 30_000)

    it('what a migration that broke off has left behind is no obstacle', async () => {
      const { handle, query, dispose } = await open()
      const storage = sqlStorage(handle)
      if (dialect === 'mysql') {
        // MySQL commits every table at once: the process died after the last one.
        await storage.migrate()
        await query('delete from sallyport_migrations')
      } else {
        await query('create table sallyport_sessions (mine integer)')
        await expect(storage.migrate()).rejects.toThrow(/already exists/)
        await query('drop table sallyport_sessions')
        expect((await storage.migrationStatus()).applied).toEqual([])
      }
      expect((await storage.migrate()).pending).toEqual([])
      await expect(storage.insert(entry, 0)).resolves.toBe(true)
      await dispose()
    }, 30_000)
  })
}
