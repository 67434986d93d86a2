import { contractCase, holds, hour, kinds, same, second, type ContractCase, type Tools } from './storage-case.ts'

/** What the clock said when the entries of these cases were written: ten seconds ago. */
const ago = -10 * second

/** Entries and counters that have expired by now, stored while they were live. */
async function expired(t: Tools, count: number, owner: string): Promise<readonly (readonly [string, string])[]> {
  const keys: (readonly [string, string])[] = []
  for (let n = 0; n < count; n++) {
    const kind = kinds[n % kinds.length] ?? 'contract'
    const { id } = await t.put({ kind, owner: n % 2 ? owner : null, expiresAt: t.at + ago + second + n }, t.at + ago)
    keys.push([kind, id])
  }
  return keys
}

/** `sweep` and `close`, one caller at a time. The storage must be this suite's alone. */
export const sweepCases: readonly ContractCase[] = [
  contractCase('sweep: forgets what has expired, at most as much as it is told, until it is done', async (t) => {
    await t.sweepAll()
    const owner = await t.user()
    const keys = await expired(t, 25, owner)
    for (let n = 0; n < 6; n++) await t.storage.increment(t.unique(), second, 1, t.at + ago)
    const total = await t.sweepAll(10)
    if (t.expiresByItself) holds(total <= 31, `31 had expired, ${total} are said to be forgotten`)
    else same(total, 31, 'how many were forgotten')
    same(await t.storage.sweep(10, t.at), 0, 'a sweep after the last')
    if (t.expiresByItself) return
    for (const [kind, id] of keys) same(await t.storage.get(kind, id), undefined, 'an entry that was swept')
    for (const kind of kinds) same(await t.ids(kind, { owner, limit: 50 }), [], 'the owner’s list')
  }),

  contractCase('sweep: what is live stays', async (t) => {
    await t.sweepAll()
    const owner = await t.user()
    const live = []
    for (const kind of kinds) {
      for (const expiresAt of [null, t.at + 30 * second, t.at + hour])
        live.push(await t.put({ kind, owner, expiresAt }))
    }
    const counters = [t.unique(), t.unique()]
    for (const name of counters) await t.storage.increment(name, hour, 3, t.at)
    await expired(t, 12, owner)
    await t.sweepAll(5)
    for (const entry of live) same(await t.storage.get(entry.kind, entry.id), entry, 'a live entry')
    for (const kind of kinds) {
      const ids = live.filter((entry) => entry.kind === kind).map((entry) => entry.id)
      const listed = await t.ids(kind, { owner, limit: 50 })
      same(
        ids.filter((id) => !listed.includes(id)),
        [],
        'live entries that the owner’s list lacks',
      )
    }
    for (const name of counters) same((await t.storage.increment(name, hour, 0, t.at)).count, 3, 'a live counter')
  }),

  contractCase('sweep: goes by the present expiry of an entry, not by a former one', async (t) => {
    const written = t.at + ago
    for (const kind of ['session', 'contract', 'user']) {
      for (const expiresAt of [null, t.at + hour]) {
        const entry = await t.put({ kind, expiresAt: written + second }, written)
        same(await t.storage.replace({ ...entry, expiresAt }, written), true, 'replace')
        await t.sweepAll()
        same((await t.storage.get(kind, entry.id))?.expiresAt, expiresAt, `a prolonged ${kind}`)
      }
      const entry = await t.put({ kind, expiresAt: t.at + hour }, written)
      same(await t.storage.replace({ ...entry, expiresAt: written + second }, written), true, 'replace')
      await t.sweepAll()
      if (!t.expiresByItself) same(await t.storage.get(kind, entry.id), undefined, `a shortened ${kind}`)
    }
  }),

  contractCase('sweep: what took the place of an expired entry or counter stays', async (t) => {
    const written = t.at + ago
    const name = t.unique()
    await t.storage.increment(name, second, 1, written)
    same((await t.storage.increment(name, hour, 1, t.at)).count, 1, 'the counter’s new window')
    const successors = []
    for (const kind of [...kinds, 'user']) {
      const { id } = await t.put({ kind, expiresAt: written + second }, written)
      successors.push(await t.put({ kind, id }))
    }
    await t.sweepAll()
    for (const entry of successors) same(await t.storage.get(entry.kind, entry.id), entry, `a ${entry.kind}`)
    same((await t.storage.increment(name, hour, 0, t.at)).count, 1, 'the counter')
  }),
]

/** The last case: after it the storage is of no more use. */
export const closeCase: ContractCase = contractCase('close: resolves, also when it is called again', async (t) => {
  await t.storage.close()
  await t.storage.close()
})
