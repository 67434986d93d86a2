import type { Entry, Storage } from '../storage.ts'
import { contractCase, holds, kindOf, same, type ContractCase, type Tools } from './storage-case.ts'

type Work = (going: () => Promise<boolean>) => Promise<void>

/** Runs `body` while all of `works` go on, and ends them with it. */
async function meanwhile(works: readonly Work[], body: () => Promise<void>): Promise<void> {
  let going = true
  // A store that answers at once must not keep timers and sockets waiting.
  const isGoing = (): Promise<boolean> => new Promise((resolve) => setImmediate(() => resolve(going)))
  const running = Promise.allSettled(works.map((work) => work(isGoing)))
  try {
    await body()
  } finally {
    going = false
    await running
  }
  for (const result of await running) if (result.status === 'rejected') throw result.reason
}

/** An entry of the owner that comes, is replaced and goes, again and again. */
function comeAndGo(t: Tools, storage: Storage, kind: string, owner: string, id: string): Work {
  return async (going) => {
    while (await going()) {
      const entry = t.entry({ kind, owner, id })
      await storage.insert(entry, t.at)
      await storage.replace({ ...entry, expiresAt: null }, t.at)
      await storage.take(kind, id)
    }
  }
}

/** Lists, clean-up and reads of two entries, while others write. */
export const churnCases: readonly ContractCase[] = [
  contractCase('race: what exists throughout is listed once, while others come and go', async (t) => {
    for (let round = 0; round < Math.ceil(t.rounds / 4); round++) {
      const [kind, owner, prefix] = [kindOf(round), await t.user(), `${t.unique()}/`]
      const all = Array.from({ length: 60 }, (_, n) => prefix + String(n).padStart(2, '0'))
      const staying = all.filter((_, n) => n % 3 === 0)
      const others = all.filter((_, n) => n % 12 === 1)
      for (const id of staying) await t.put({ kind, owner, id })
      await meanwhile(
        others.map((id) => comeAndGo(t, t.storage, kind, owner, id)),
        async () => {
          for (const query of [{ owner }, { prefix }, { owner }, { prefix }]) {
            const ids = await t.ids(kind, { ...query, limit: 3 })
            same(
              ids.filter((id) => staying.includes(id)),
              staying,
              'what was there throughout',
            )
            same(ids, [...new Set(ids)].sort(), 'their order')
          }
        },
      )
    }
  }),

  contractCase('race: what stays is listed while it is replaced', async (t) => {
    for (let round = 0; round < Math.ceil(t.rounds / 4); round++) {
      const [kind, owner] = [kindOf(round), await t.user()]
      const entries = []
      for (let n = 0; n < 12; n++) entries.push(await t.put({ kind, owner }))
      const expected = entries.map((entry) => entry.id).sort()
      const works = entries.slice(0, 4).map(
        (entry): Work =>
          async (going) => {
            for (let version = entry.version; await going(); version++) {
              const expiresAt = version % 2 ? null : t.at + 60_000 + (version % 1000)
              same(await t.storage.replace({ ...entry, version, expiresAt }, t.at), true, 'replace')
            }
          },
      )
      await meanwhile(works, async () => {
        for (let n = 0; n < 5; n++) same(await t.ids(kind, { owner, limit: 5 }), expected, 'the owner’s list')
      })
    }
  }),

  contractCase(
    'race: removeAll removes what was there; of what is inserted meanwhile nothing is half there',
    async (t) => {
      for (let round = 0; round < t.rounds; round++) {
        const [kind, owner] = [kindOf(round), await t.user()]
        const before: Entry[] = []
        for (let n = 0; n < 10; n++) before.push(await t.put({ kind, owner }))
        const entries = Array.from({ length: 10 }, () => t.entry({ kind, owner }))
        await Promise.all([
          t.race(10, (storage, n) => storage.insert(entries[n] ?? t.entry(), t.at)),
          t.race(3, (storage, n) => storage.replace({ ...(before[n] ?? t.entry()), expiresAt: null }, t.at)),
          t.race(2, (storage) => storage.removeAll(kind, owner)),
        ])
        for (const { id } of before) same(await t.storage.get(kind, id), undefined, 'what was there before')
        const listed = await t.ids(kind, { owner, limit: 100 })
        for (const entry of entries) {
          const stored = await t.storage.get(kind, entry.id)
          same(stored, listed.includes(entry.id) ? entry : undefined, 'get, compared with the owner’s list')
          if (!stored) await t.put(entry)
        }
        const ids = entries.map((entry) => entry.id).sort()
        same(await t.ids(kind, { owner, limit: 100 }), ids, 'the owner’s list, all inserted again')
        same(await t.storage.removeAll(kind, owner), 10, 'a last removeAll')
      }
    },
  ),

  contractCase('race: two of removeAll and many of take count each entry once', async (t) => {
    for (let round = 0; round < t.rounds; round++) {
      const [kind, owner] = [kindOf(round), await t.user()]
      const entries: Entry[] = []
      for (let n = 0; n < 20; n++) entries.push(await t.put({ kind, owner }))
      const [removed, taken] = await Promise.all([
        t.race(2, (storage) => storage.removeAll(kind, owner)),
        t.race(5, (storage, n) => storage.take(kind, entries[4 * n]?.id ?? '')),
      ])
      const total = taken.filter((entry) => entry !== undefined).length + removed.reduce((sum, count) => sum + count, 0)
      same(total, 20, 'those taken and those removed')
    }
  }),

  contractCase('race: getWithOwner reads the entry and its owner at one moment', async (t) => {
    for (let round = 0; round < Math.ceil(t.rounds / 4); round++) {
      const owner = t.entry({ kind: 'user', expiresAt: null, version: 0 })
      same(await t.storage.insert(owner, t.at), true, 'insert of the owner')
      const entry = await t.put({ kind: kindOf(round), owner: owner.id, version: 0 })
      // The owner is always written first: it is as far as the entry, or one step ahead.
      const write: Work = async (going) => {
        for (let version = 0; await going(); version++) {
          same(await t.storage.replace({ ...owner, version }, t.at), true, 'replace of the owner')
          same(await t.storage.replace({ ...entry, version }, t.at), true, 'replace of the entry')
        }
      }
      await meanwhile([write], async () => {
        for (let n = 0; n < 50; n++) {
          for (const owned of await t.race(4, (storage) => storage.getWithOwner(entry.kind, entry.id))) {
            const ahead = (owned?.owner?.version ?? -1) - (owned?.entry.version ?? 0)
            holds(ahead >= 0, 'the owner was read before the entry')
            holds(ahead <= 1 || t.ownerReadLater === true, 'the owner was read after the entry')
          }
        }
      })
    }
  }),
]
