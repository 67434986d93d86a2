import { contractCase, holds, kinds, same, type ContractCase } from './storage-case.ts'

/** `getWithOwner` and `removeAll`. */
export const ownerCases: readonly ContractCase[] = [
  contractCase('getWithOwner: the entry and the user entry of its owner', async (t) => {
    const owner = t.entry({ kind: 'user', expiresAt: null, data: { epoch: 'x' } })
    same(await t.storage.insert(owner, t.at), true, 'insert of the owner')
    for (const kind of kinds) {
      const entry = await t.put({ kind, owner: owner.id })
      await t.put({ kind, id: owner.id, data: 'not a user' })
      same(await t.storage.getWithOwner(kind, entry.id), { entry, owner }, `a ${kind}`)
    }
  }),

  contractCase('getWithOwner: shows the owner as it is now', async (t) => {
    const owner = await t.user()
    const session = await t.put({ kind: 'session', owner })
    const read = await t.storage.get('user', owner)
    if (!read) throw new Error('the owner is absent')
    for (const step of [0, 1, 2]) {
      const version = read.version + step
      same(await t.storage.replace({ ...read, version, data: { epoch: step } }, t.at), true, 'replace of the owner')
      const owned = await t.storage.getWithOwner('session', session.id)
      same(owned?.owner, { ...read, version: version + 1, data: { epoch: step } }, 'the owner')
      same(owned?.entry, session, 'the entry')
    }
  }),

  contractCase('getWithOwner: no owner is undefined', async (t) => {
    for (const kind of [...kinds, 'user']) {
      const entry = await t.put({ kind })
      const owned = await t.storage.getWithOwner(kind, entry.id)
      same([owned?.entry, owned?.owner], [entry, undefined], `a ${kind} without an owner`)
    }
  }),

  contractCase('getWithOwner: an owner that was removed is undefined, or has taken the entry along', async (t) => {
    for (const kind of kinds) {
      const owner = await t.user()
      const entry = await t.put({ kind, owner })
      holds((await t.storage.take('user', owner)) !== undefined, 'take of the owner')
      const owned = await t.storage.getWithOwner(kind, entry.id)
      same(owned?.owner, undefined, `the owner of a ${kind}`)
      same(owned?.entry, (await t.storage.get(kind, entry.id)) && entry, 'the entry')
      const listed = await t.ids(kind, { owner, limit: 5 })
      same(listed, owned ? [entry.id] : [], 'the former owner’s list')
    }
  }),

  contractCase('removeAll: the owner’s entries of one kind, and how many', async (t) => {
    const [owner, other] = [await t.user(), await t.user()]
    const kept = await t.put({ kind: 'session', owner: other })
    const free = await t.put({ kind: 'session' })
    for (const kind of kinds)
      for (let n = 0; n < 12; n++) await t.put({ kind, owner, expiresAt: n % 2 ? null : t.at + 60_000 })
    for (const [index, kind] of kinds.entries()) {
      same(await t.storage.removeAll(kind, owner), 12, `removeAll of ${kind}`)
      same(await t.storage.removeAll(kind, owner), 0, 'removeAll again')
      same(await t.ids(kind, { owner, limit: 100 }), [], 'the owner’s list')
      const next = kinds[index + 1]
      if (next) same((await t.ids(next, { owner, limit: 100 })).length, 12, 'the next kind')
    }
    for (const entry of [kept, free]) same(await t.storage.get('session', entry.id), entry, 'a stranger’s entry')
    same((await t.storage.get('user', owner))?.id, owner, 'the owner')
  }),

  contractCase('removeAll: spares the id that it is told to', async (t) => {
    for (const kind of kinds) {
      const owner = await t.user()
      const entries = []
      for (let n = 0; n < 5; n++) entries.push(await t.put({ kind, owner }))
      const [spared] = entries
      if (!spared) return
      same(await t.storage.removeAll(kind, owner, spared.id), 4, 'removeAll but for one')
      same(await t.storage.get(kind, spared.id), spared, 'the spared one')
      same(await t.ids(kind, { owner, limit: 10 }), [spared.id], 'the owner’s list')
      same(await t.storage.removeAll(kind, owner, spared.id), 0, 'removeAll again')
      same(await t.storage.removeAll(kind, owner, t.unique()), 1, 'removeAll but for one that is not there')
    }
  }),

  contractCase('removeAll: leaves the keys free, and the owner able to own', async (t) => {
    for (const kind of kinds) {
      const owner = await t.user()
      const { id } = await t.put({ kind, owner })
      await t.storage.removeAll(kind, owner)
      same(await t.storage.get(kind, id), undefined, 'get')
      await t.put({ kind, owner, id })
      same(await t.ids(kind, { owner, limit: 10 }), [id], 'the owner’s list')
    }
  }),
]
