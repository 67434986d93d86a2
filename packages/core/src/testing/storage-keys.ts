import type { Json } from '../storage.ts'
import { contractCase, holds, kinds, same, unlessRejected, type ContractCase } from './storage-case.ts'

const printable = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).join('')

/** Ids that a store might take for one another: case, spaces, separators, wildcards, escapes, names of object members. */
const similar = [
  ...['a', 'A', 'a ', ' a', 'a-', 'a_', '-a', '_a', 'a/', 'a:', 'a|', 'a.', 'a\\', 'a"', "a'", 'a`', 'a%', 'a*', 'a?'],
  ...['a[', 'a]', 'a{', 'a}', 'a\\\\', 'a%20', 'a\\u0000', 'a\\0', 'a+', '0', '00', '1e0', '1', '0x1', 'true', 'null'],
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'undefined', ' ', '  ', "'; --", '{a}', '$1', '?1'],
]

/** Values that a store might not give back as they were. */
const values: Readonly<Record<string, Json>> = {
  null: null,
  true: true,
  false: false,
  zero: 0,
  'a string': 'text',
  'the empty string': '',
  'a string that looks like JSON': '{"a":1}',
  'an empty list': [],
  'an empty object': {},
  'lists in lists': [[], [[]], [null, [false, {}]]],
  'whole numbers': [1, -1, 2 ** 31, 2 ** 32, 2 ** 53 - 1, -(2 ** 53) + 1],
  fractions: [0.1, -1.5, 1e-7, 1e21, 123456789.123],
  'strings that look like something else': ['1', 'null', 'true', '2024-02-30T00:00:00Z', '0001', ' padded '],
  'quotes and escapes': ['"', "'", '\\', '\\"', '`', '\n\r\t\b\f', '\\u0041', '%s', '$1', '?', ':x', "'); DROP TABLE"],
  unicode: [
    'Zoë',
    'Zoe\u0308',
    'ß',
    '日本語',
    '👩‍👩‍👧‍👦',
    '\u{10ffff}',
    '\u2028\u2029',
    '\ufeff',
    '\u200f',
    '\u007f\u0085\u00a0',
  ],
  'names of members': JSON.parse(
    '{"__proto__":{"polluted":true},"constructor":1,"toString":null,"":"empty","a.b":1,"$ref":2,"0":3,"é":4,"a\\"b":5}',
  ) as Json,
  'names that differ in case': { name: 1, Name: 2, NAME: 3, 'name ': 4 },
  'a text of 100 kB': 'ä€x'.repeat(34_000),
  'a list of 100 kB': Array.from({ length: 10_000 }, (_, index) => [index, `i${index}`]),
  'a depth of 50': Array.from({ length: 50 }).reduce<Json>((inner) => ({ inner }), 'core'),
}

/** What may stand in a key, and what may stand in `data`. */
export const keyCases: readonly ContractCase[] = [
  contractCase('keys: ids that look alike are different entries', async (t) => {
    const prefix = t.unique()
    for (const kind of ['session', 'contract', 'user']) {
      const entries = []
      const ids = [prefix, ` ${prefix}`, ...similar.map((end) => prefix + end)]
      for (const id of ids) entries.push(await t.put({ kind, id, data: { id } }))
      for (const entry of entries) same(await t.storage.get(kind, entry.id), entry, JSON.stringify(entry.id))
      for (const [index, entry] of entries.entries()) {
        if (index % 2) same(await t.storage.take(kind, entry.id), entry, `take of ${JSON.stringify(entry.id)}`)
        else same(await t.storage.replace({ ...entry, data: 1 }, t.at), true, `replace of ${JSON.stringify(entry.id)}`)
      }
      for (const [index, { id, version }] of entries.entries()) {
        const left = index % 2 ? undefined : version + 1
        same((await t.storage.get(kind, id))?.version, left, `${JSON.stringify(id)} in the end`)
      }
    }
  }),

  contractCase('keys: an id may be the name of an object’s member, a kind and an owner too', async (t) => {
    for (const name of ['__proto__', 'constructor', 'toString', 'valueOf']) {
      // These keys cannot be made unique: an earlier run may have left something behind.
      for (const kind of ['contract', 'session', 'user', name]) {
        await t.storage.take(kind, name)
        same(await t.storage.get(kind, name), undefined, `${kind} ${name}, absent`)
        const entry = await t.put({ kind, id: name })
        same(await t.storage.get(kind, name), entry, `${kind} ${name}`)
      }
      await t.storage.removeAll('session', name)
      const owned = await t.put({ kind: 'session', owner: name })
      same(await t.ids('session', { owner: name, limit: 10 }), [owned.id], `the entries of ${name}`)
      same((await t.storage.getWithOwner('session', owned.id))?.owner?.id, name, 'the owner')
      await t.storage.take('user', name)
    }
  }),

  contractCase('keys: kinds of 32, ids of 255 and owners of 128 characters count to the last one', async (t) => {
    const base = `${t.unique()}/`
    const [kind, owner] = ['k'.repeat(31), base.padEnd(127, 'o')]
    for (const stem of [base.padEnd(254, 'x'), (base + printable.repeat(3)).slice(0, 254)]) {
      const [first, second] = [await t.user(`${owner}1`), await t.user(`${owner}2`)]
      for (const each of ['session', `${kind}1`, `${kind}2`]) {
        const one = await t.put({ kind: each, id: `${stem}1`, owner: first })
        const two = await t.put({ kind: each, id: `${stem}2`, owner: second })
        same(await t.storage.get(each, one.id), one, 'the first')
        same(await t.storage.get(each, two.id), two, 'the second')
        same(await t.ids(each, { owner: first, limit: 10 }), [one.id], 'the first owner’s')
        same(await t.ids(each, { prefix: stem, limit: 10 }), [one.id, two.id], 'those with the long prefix')
        same(await t.storage.removeAll(each, second), 1, 'removeAll')
        same(await t.storage.take(each, one.id), one, 'take')
      }
      for (const id of [first, second]) await t.storage.take('user', id)
    }
  }),

  contractCase('keys: kind and id do not run together, and a counter is no entry', async (t) => {
    const end = t.unique()
    const keys = ['', ...':/|. -_\\,#'].flatMap((separator) => [
      [`a${separator}b`, `c${end}`],
      ['a', `b${separator}c${end}`],
      [`a${separator}`, `b${separator}c${end}`],
    ]) as [string, string][]
    const all = new Map(keys.map(([kind, id]) => [JSON.stringify([kind, id]), t.entry({ kind, id })]))
    for (const entry of all.values()) same(await t.storage.insert(entry, t.at), true, JSON.stringify(entry))
    for (const { kind, id } of all.values()) {
      await t.storage.increment(`${kind}:${id}`, 1000, 1, t.at)
      await t.storage.increment(id, 1000, 1, t.at)
    }
    for (const entry of all.values()) same(await t.storage.get(entry.kind, entry.id), entry, 'each entry')
    for (const entry of all.values()) same(await t.storage.take(entry.kind, entry.id), entry, 'each entry, taken')
  }),

  contractCase('keys: what no id can be finds nothing', async (t) => {
    const stem = t.unique()
    const letters = await t.put({ id: `${stem}akss` })
    const long = await t.put({ id: stem.padEnd(255, 'x') })
    const never = [
      `${stem}äkss`,
      `${stem}ａkss`,
      `${stem}a\u212ass`,
      `${stem}akß`,
      `${stem}akss\0`,
      `${stem}akss\u00a0`,
      `${stem}ak\ud800`,
    ]
    for (const id of [...never, `${stem}akss\n`, `${stem}a\u200bkss`, `${long.id}x`, 'x'.repeat(10_000), '']) {
      const what = JSON.stringify(id.slice(0, 300))
      same(await unlessRejected(t.storage.get('contract', id)), undefined, `get of ${what}`)
      same(await unlessRejected(t.storage.getWithOwner('contract', id)), undefined, `getWithOwner of ${what}`)
      same(await unlessRejected(t.storage.take('contract', id)), undefined, `take of ${what}`)
    }
    for (const entry of [letters, long]) same(await t.storage.get('contract', entry.id), entry, 'what is stored')
  }),

  contractCase('data: every JSON value comes back as it was', async (t) => {
    const owner = await t.user()
    for (const [what, data] of Object.entries(values)) {
      for (const kind of ['session', 'contract', 'user']) {
        const entry = await t.put({ kind, owner: kind === 'user' ? null : owner, data })
        same((await t.storage.get(kind, entry.id))?.data, data, `${what}, inserted`)
        const read = await t.storage.getWithOwner(kind, entry.id)
        same(read?.entry.data, data, `${what}, read with the owner`)
        if (kind !== 'user') same(read?.owner?.data, { name: 'Ada' }, 'the owner’s data')
        const replaced = await t.put({ kind, data: { other: 1 } })
        same(await t.storage.replace({ ...replaced, data }, t.at), true, 'replace')
        same((await t.storage.list(kind, { prefix: replaced.id, limit: 1 })).items[0]?.data, data, `${what}, listed`)
        same((await t.storage.take(kind, replaced.id))?.data, data, `${what}, replaced and taken`)
      }
    }
    holds(!('polluted' in {}), 'a prototype was changed')
  }),

  contractCase('data: members that are undefined are dropped', async (t) => {
    for (const kind of kinds) {
      const { id } = await t.put({ kind, data: { a: undefined, b: { c: undefined, d: 1 }, e: [{ f: undefined }] } })
      same((await t.storage.get(kind, id))?.data, { b: { d: 1 }, e: [{}] }, 'data')
    }
  }),

  contractCase('data: U+0000 and lone surrogates come back as they were, or are refused', async (t) => {
    for (const text of ['a\0b', '\0', '\ud800', 'x\udc00y']) {
      for (const data of [text, { text }, { [text]: 1 }]) {
        const entry = t.entry({ data })
        const inserted = await unlessRejected(t.storage.insert(entry, t.at))
        const stored = await t.storage.get(entry.kind, entry.id)
        same(stored, inserted ? entry : undefined, `data with ${JSON.stringify(text)}`)
      }
    }
  }),
]
