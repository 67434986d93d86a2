import { contractCase, hour, kinds, same, second, type ContractCase } from './storage-case.ts'

/** `insert`, `get`, `replace` and `take`, one caller at a time. */
export const entryCases: readonly ContractCase[] = [
  contractCase('insert, get: an entry of any kind comes back as it was stored', async (t) => {
    const owner = await t.user()
    for (const kind of [...kinds, 'user']) {
      for (const fields of kind === 'user' ? [{ owner: null }] : [{ owner: null }, { owner }]) {
        const entry = await t.put({ kind, ...fields, data: { name: 'Ada', list: [1, { deep: null }], yes: true } })
        same(await t.storage.get(kind, entry.id), entry, `a ${kind}`)
        same((await t.storage.getWithOwner(kind, entry.id))?.entry, entry, `a ${kind}, read with its owner`)
        same(await t.storage.take(kind, entry.id), entry, `a ${kind}, taken`)
      }
    }
  }),

  contractCase('absence is a value: undefined, false, 0 or an empty page', async (t) => {
    for (const kind of ['session', 'contract', 'user', 'never-heard-of']) {
      const entry = t.entry({ kind })
      same(await t.storage.get(kind, entry.id), undefined, 'get')
      same(await t.storage.getWithOwner(kind, entry.id), undefined, 'getWithOwner')
      same(await t.storage.take(kind, entry.id), undefined, 'take')
      same(await t.storage.replace(entry, t.at), false, 'replace')
      same(await t.storage.get(kind, entry.id), undefined, 'get after a replace that had nothing to replace')
      same(await t.storage.removeAll(kind, t.unique()), 0, 'removeAll')
      for (const query of [{ owner: t.unique() }, { prefix: t.unique() }]) {
        const page = await t.storage.list(kind, { ...query, limit: 10 })
        same([page.items, page.next], [[], undefined], `list by ${Object.keys(query)[0]}`)
      }
    }
  }),

  contractCase('insert: a live entry is never overwritten', async (t) => {
    for (const kind of ['session', 'contract', 'user']) {
      const entry = await t.put({ kind })
      same(await t.storage.insert(t.entry({ kind, id: entry.id, data: 'other' }), t.at), false, 'a second insert')
      same(await t.storage.insert(entry, t.at), false, 'the same insert again')
      same(await t.storage.get(kind, entry.id), entry, 'what is stored')
    }
  }),

  contractCase(
    'insert: at expiresAt, by the caller’s clock, an entry is absent; a millisecond before it is live',
    async (t) => {
      for (const kind of ['session', 'contract', 'user']) {
        const expiresAt = t.at + 30 * second
        const { id } = await t.put({ kind, expiresAt })
        const next = t.entry({ kind, id, data: 'next' })
        same(await t.storage.insert(next, expiresAt - 1), false, `insert over a live ${kind}`)
        same(await t.storage.insert(next, expiresAt), true, `insert over an expired ${kind}`)
        same(await t.storage.get(kind, id), next, 'what is stored')
        same(await t.storage.insert(t.entry({ kind, id }), expiresAt), false, 'insert over its successor')
      }
    },
  ),

  contractCase('insert: of an expired entry nothing is left, neither under its owner nor in its version', async (t) => {
    const [before, after] = [await t.user(), await t.user()]
    for (const kind of kinds) {
      const old = await t.put({ kind, owner: before, expiresAt: t.at + second, data: { old: true } })
      const next = t.entry({ kind, id: old.id, owner: after, expiresAt: null, data: { next: true } })
      same(await t.storage.insert(next, t.at + 2 * second), true, 'insert')
      same(await t.storage.get(kind, old.id), next, 'what is stored')
      same(await t.ids(kind, { owner: before, limit: 10 }), [], `the ${kind} entries of the former owner`)
      same(await t.ids(kind, { owner: after, limit: 10 }), [old.id], `the ${kind} entries of the present owner`)
      same(await t.storage.replace({ ...old, expiresAt: null }, t.at), false, 'replace at the former version')
      same(await t.storage.removeAll(kind, before), 0, 'removeAll for the former owner')
      same(await t.storage.get(kind, old.id), next, 'what is stored after it')
    }
  }),

  contractCase('insert: keeps the version that it is given, up to 48 bits', async (t) => {
    for (const version of [0, 1, 2 ** 31, 2 ** 32 + 1, 2 ** 48 - 1]) {
      const entry = await t.put({ version })
      same(await t.storage.get(entry.kind, entry.id), entry, `version ${version}`)
      same(await t.storage.replace(entry, t.at), true, `replace at ${version}`)
      same((await t.storage.get(entry.kind, entry.id))?.version, version + 1, 'the version after it')
    }
  }),

  contractCase('replace: stores data and expiry under the next version', async (t) => {
    for (const kind of [...kinds, 'user']) {
      const first = await t.put({ kind })
      const changes = [{ expiresAt: t.at + 2 * hour }, { expiresAt: null }, { expiresAt: t.at + second, data: null }]
      let stored = first
      for (const change of changes) {
        const written = { ...stored, data: { changed: [stored.version] }, ...change }
        same(await t.storage.replace(written, t.at), true, `replace of a ${kind}`)
        stored = { ...written, version: stored.version + 1 }
        same(await t.storage.get(kind, first.id), stored, 'what is stored')
      }
      same(await t.storage.insert(t.entry({ kind, id: first.id }), t.at + second), true, 'insert at the new expiry')
    }
  }),

  contractCase('replace: only at exactly the stored version, and else nothing changes', async (t) => {
    for (const kind of ['session', 'contract', 'user']) {
      const entry = await t.put({ kind, version: 7000 })
      for (const version of [6999, 7001, 0, 7000 + 2 ** 32]) {
        same(await t.storage.replace({ ...entry, version, data: 'wrong' }, t.at), false, `replace at ${version}`)
      }
      same(await t.storage.replace({ ...entry, data: 'right' }, t.at), true, 'replace at the stored version')
      same(await t.storage.replace({ ...entry, data: 'again' }, t.at), false, 'the same replace again')
      same(await t.storage.get(kind, entry.id), { ...entry, version: 7001, data: 'right' }, 'what is stored')
    }
  }),

  contractCase(
    'replace: at expiresAt, by the caller’s clock, an entry is absent; a millisecond before it is live',
    async (t) => {
      for (const kind of ['session', 'contract', 'user']) {
        const expiresAt = t.at + 30 * second
        const entry = await t.put({ kind, expiresAt })
        const renewed = { ...entry, expiresAt: t.at + hour }
        same(await t.storage.replace(renewed, expiresAt), false, `replace of an expired ${kind}`)
        same(await t.storage.replace(renewed, expiresAt - 1), true, `replace of a live ${kind}`)
      }
    },
  ),

  contractCase('replace: kind, id and owner stay as they were', async (t) => {
    const [owner, other] = [await t.user(), await t.user()]
    for (const kind of kinds) {
      const entry = await t.put({ kind, owner })
      for (const [step, claimed] of [other, null].entries()) {
        const replacement = { ...entry, version: entry.version + step, owner: claimed }
        same(await t.storage.replace(replacement, t.at), true, 'replace that names another owner')
        same((await t.storage.get(kind, entry.id))?.owner, owner, `the owner of a ${kind}`)
      }
      same(await t.ids(kind, { owner, limit: 10 }), [entry.id], 'the owner’s list')
      same(await t.ids(kind, { owner: other, limit: 10 }), [], 'the other’s list')
    }
  }),

  contractCase('replace: a late one does not match the successor of what it read', async (t) => {
    const read = await t.put()
    await t.storage.take(read.kind, read.id)
    const successor = await t.put({ id: read.id, version: read.version + 2 ** 20, data: 'successor' })
    same(await t.storage.replace({ ...read, data: 'late' }, t.at), false, 'the late replace')
    same(await t.storage.get(read.kind, read.id), successor, 'what is stored')
  }),

  contractCase('take: removes the entry, from its owner’s list too, and its key is free again', async (t) => {
    const owner = await t.user()
    for (const kind of kinds) {
      const entry = await t.put({ kind, owner })
      same(await t.storage.take(kind, entry.id), entry, `take of a ${kind}`)
      same(await t.storage.take(kind, entry.id), undefined, 'a second take')
      same(await t.storage.get(kind, entry.id), undefined, 'get')
      same(await t.ids(kind, { owner, limit: 10 }), [], 'the owner’s list')
      same(await t.storage.replace(entry, t.at), false, 'replace')
      const again = await t.put({ kind, owner, id: entry.id, data: 'again' })
      same(await t.storage.take(kind, entry.id), again, 'take of its successor')
    }
  }),

  contractCase('expiry: the store’s own clock forgets nothing before a minute has gone by', async (t) => {
    // The clock of this caller is 50 s behind; for it, the entries live another ten.
    const late = t.at - 50 * second
    const owner = await t.user()
    for (const kind of ['session', 'contract', 'user']) {
      const entry = await t.put({ kind, owner: kind === 'user' ? null : owner, expiresAt: late + 10 * second }, late)
      same(await t.storage.get(kind, entry.id), entry, `a ${kind}`)
      same(await t.storage.insert(t.entry({ kind, id: entry.id }), late), false, 'insert')
      same(await t.storage.replace({ ...entry, data: 'renewed' }, late), true, 'replace')
      if (kind !== 'user') same(await t.ids(kind, { owner, limit: 10 }), [entry.id], 'the owner’s list')
      same((await t.storage.take(kind, entry.id))?.data, 'renewed', 'take')
    }
    const name = t.unique()
    await t.storage.increment(name, 10 * second, 1, late)
    same((await t.storage.increment(name, 10 * second, 1, late)).count, 2, 'a counter')
  }),

  contractCase('expiry: null is never, and instants are exact to the year 9999', async (t) => {
    const end = 253_402_300_799_999
    for (const expiresAt of [null, 2 ** 31 * second + 1, 2 ** 32 * second + 1, end]) {
      const entry = await t.put({ expiresAt })
      same(await t.storage.get(entry.kind, entry.id), entry, `expiresAt ${expiresAt}`)
      const now = expiresAt === null ? end : expiresAt - 1
      same(await t.storage.insert(t.entry({ id: entry.id }), now), false, 'insert at the last moment')
    }
  }),

  contractCase('isolation: what the caller does to its objects afterwards reaches nothing', async (t) => {
    const data = { list: [1, 2], nested: { name: 'Ada' } }
    const entry = await t.put({ data })
    data.list.push(3)
    data.nested.name = 'Eve'
    const stored = { ...entry, data: { list: [1, 2], nested: { name: 'Ada' } } }
    same(await t.storage.get(entry.kind, entry.id), stored, 'what was inserted')

    const next = { nested: { name: 'Ada' } }
    same(await t.storage.replace({ ...entry, data: next }, t.at), true, 'replace')
    next.nested.name = 'Mallory'
    same((await t.storage.get(entry.kind, entry.id))?.data, { nested: { name: 'Ada' } }, 'what was replaced')
  }),

  contractCase('isolation: what was read stays as it was read', async (t) => {
    const entry = await t.put({ data: { nested: { n: 1 } } })
    const read = await t.storage.get(entry.kind, entry.id)
    await t.storage.replace({ ...entry, data: { nested: { n: 2 } } }, t.at)
    same(read, entry, 'what was read before')
    await t.storage.take(entry.kind, entry.id)
    same(read, entry, 'what was read before')
  }),
]
