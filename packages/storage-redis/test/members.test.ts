import type { Storage } from '@sallyport/core'
import { afterAll, describe, expect, it } from 'vitest'
import { serverUrl } from '../../../scripts/servers/server-url.ts'
import { openNodeRedis } from './clients.ts'
import { callers, day, interleave, keysOf, session, type Work } from './steps.ts'

const url = await serverUrl('redis')

describe.skipIf(!url)(
  'a member leaves only together with its entry, or once its time has come',
  { timeout: 30_000 },
  async () => {
    const client = await openNodeRedis(url ?? '')
    afterAll(() => client.destroy())

    /** What is stored is in both lists, and removeAll finds it; after that and a sweep nothing at all is left. */
    async function consistent(storage: Storage, prefix: string, ids: readonly string[]): Promise<void> {
      const stored = (await Promise.all(ids.map((id) => storage.get('session', id)))).filter(
        (each) => each !== undefined,
      )
      stored.sort((a, b) => (a.id < b.id ? -1 : 1))
      for (const query of [{ owner: 'ada' }, { prefix: '' }]) {
        expect((await storage.list('session', { ...query, limit: 100 })).items).toEqual(stored)
      }
      expect(await storage.removeAll('session', 'ada')).toBe(stored.length)
      await storage.sweep(1000, Date.now() + 2 * day)
      await expect.poll(() => keysOf(client, prefix)).toEqual([])
    }

    const late = session()
    const insertLate: Work = async (storage) => expect(await storage.insert(late, Date.now())).toBe(true)
    const removeAll: Work = (storage) => storage.removeAll('session', 'ada')
    const take: Work = (storage, { id }) => storage.take('session', id)
    const sweep: Work = (storage) => storage.sweep(100, Date.now() + 2000)

    it('removeAll at every step of an insert', async () => {
      const steps = await interleave(client, {}, insertLate, removeAll, (storage, prefix, { id }) =>
        consistent(storage, prefix, [id, late.id]),
      )
      expect(steps).toBe(4)
    })

    it('an insert at every step of removeAll', async () => {
      const steps = await interleave(client, {}, removeAll, insertLate, (storage, prefix, { id }) =>
        consistent(storage, prefix, [id, late.id]),
      )
      expect(steps).toBe(5)
    })

    it('the same id taken and inserted again at every step of each write', async () => {
      const again: Work = async (storage, entry) => {
        await storage.take('session', entry.id)
        await storage.insert({ ...entry, data: 'again' }, Date.now())
      }
      const works: Work[] = [
        removeAll,
        take,
        (storage, entry) => storage.replace({ ...entry, expiresAt: null }, Date.now()),
        (storage, entry) => storage.insert({ ...entry, data: 'mine' }, Date.now()),
      ]
      for (const work of works) {
        await interleave(client, {}, work, again, (storage, prefix, { id }) => consistent(storage, prefix, [id]))
      }
    })

    it('each write at every step of a sweep', async () => {
      const works: Work[] = [
        removeAll,
        take,
        sweep,
        (storage, entry) => storage.insert({ ...entry, expiresAt: Date.now() + day }, Date.now() + 2000),
        (storage, entry) => storage.replace({ ...entry, expiresAt: Date.now() + day }, Date.now()),
      ]
      for (const work of works) {
        await interleave(client, { expiresAt: Date.now() + 1000 }, sweep, work, (storage, prefix, { id }) =>
          consistent(storage, prefix, [id]),
        )
      }
    })

    it('an insert that loses takes back its own members, and no others', async () => {
      const { prefix, free } = callers(client, 0)
      const name = session({ expiresAt: null })
      expect(await free.insert(name, Date.now())).toBe(true)
      const before = await keysOf(client, prefix)
      for (const owner of ['ada', 'eve', null]) expect(await free.insert({ ...name, owner }, Date.now())).toBe(false)
      await expect.poll(() => keysOf(client, prefix)).toEqual(before)
      await consistent(free, prefix, [name.id])
    })

    it('what a caller leaves behind that died between any two steps is swept in the end', async () => {
      const works: Work[] = [
        (storage) => storage.insert(session(), Date.now()),
        (storage) => storage.insert(session({ expiresAt: null }), Date.now()),
        (storage, { id }) => storage.take('session', id),
        removeAll,
        sweep,
      ]
      for (const expiresAt of [null, Date.now() + 1000]) {
        for (const work of works) {
          for (let step = 0; step < 6; step++) {
            const { prefix, free, held } = callers(client, step)
            const entry = session({ expiresAt })
            await free.insert(entry, Date.now())
            // Held for ever.
            const { done } = await held((storage) => work(storage, entry))
            done.catch(() => undefined)
            await removeAll(free, entry)
            await free.sweep(1000, Date.now() + 10 * day)
            await expect.poll(() => keysOf(client, prefix)).toEqual([])
          }
        }
      }
    })
  },
)
