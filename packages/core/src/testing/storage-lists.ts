import type { ListQuery } from '../storage.ts'
import { contractCase, holds, kinds, same, type ContractCase, type Tools } from './storage-case.ts'

/** Every printable character but letters and digits, and some of those: their order differs between collations. */
const marks = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).filter(
  (c) => !/[c-zC-Z2-9]/.test(c),
)

/** Entries under both a prefix and an owner of their own, made in an order unlike that of their ids. */
async function shelf(
  t: Tools,
  kind: string,
  ends: readonly string[],
): Promise<readonly [ListQuery[], string[], string]> {
  const [owner, prefix] = [await t.user(), `${t.unique()}/`]
  for (const end of ends.toReversed()) await t.put({ kind, owner, id: prefix + end, data: { end } })
  return [
    [
      { owner, limit: 7 },
      { prefix, limit: 7 },
    ],
    ends.map((end) => prefix + end).sort(),
    prefix,
  ]
}

/** `list`, while nothing else goes on. */
export const listCases: readonly ContractCase[] = [
  contractCase('list: by owner and by prefix, ordered by code unit, every entry once', async (t) => {
    for (const kind of kinds) {
      const [queries, expected] = await shelf(t, kind, [...marks, 'aa', 'aA', 'AA', 'a a', 'a-a', 'ab', 'a~', '~~', ''])
      for (const query of queries) {
        for (const limit of [1, 7, 1000]) same(await t.ids(kind, { ...query, limit }), expected, `pages of ${limit}`)
      }
    }
  }),

  contractCase('list: gives whole entries', async (t) => {
    const owner = await t.user()
    for (const kind of kinds) {
      const entry = await t.put({ kind, owner, expiresAt: null, data: { a: [1] } })
      same((await t.storage.list(kind, { owner, limit: 5 })).items, [entry], 'by owner')
      same((await t.storage.list(kind, { prefix: entry.id, limit: 5 })).items, [entry], 'by prefix')
    }
    const user = await t.put({ kind: 'user', expiresAt: null })
    same((await t.storage.list('user', { prefix: user.id, limit: 5 })).items, [user], 'a user')
  }),

  contractCase('list: the last page, and no other, has no cursor', async (t) => {
    for (const kind of ['session', 'contract']) {
      const [queries] = await shelf(t, kind, [...'abcdef'])
      for (const query of queries) {
        for (const [limit, sizes] of [
          [2, [2, 2, 2]],
          [3, [3, 3]],
          [4, [4, 2]],
          [6, [6]],
          [7, [6]],
        ] as const) {
          const seen: number[] = []
          for (let cursor: string | undefined; ; ) {
            const page = await t.storage.list(kind, { ...query, limit, cursor })
            seen.push(page.items.length)
            cursor = page.next
            if (cursor === undefined) break
          }
          same(seen, sizes, `the sizes of pages of ${limit}`)
        }
      }
    }
  }),

  contractCase('list: a thousand fit on a page', async (t) => {
    for (const kind of ['session', 'contract']) {
      const [owner, prefix] = [await t.user(), `${t.unique()}/`]
      const expected = Array.from({ length: 1005 }, (_, index) => prefix + String(index).padStart(4, '0'))
      for (let start = 0; start < expected.length; start += 67) {
        await Promise.all(expected.slice(start, start + 67).map((id) => t.put({ kind, owner, id })))
      }
      for (const query of [{ owner }, { prefix }]) {
        same(await t.ids(kind, { ...query, limit: 1000 }), expected, Object.keys(query)[0] ?? '')
      }
      same(await t.storage.removeAll(kind, owner), 1005, 'removeAll')
    }
  }),

  contractCase('list: of one kind and one owner, and nothing of those that look alike', async (t) => {
    const stem = t.unique()
    const owners = ['a', 'A', 'a ', 'a_', 'a%', 'ab', '_', '%', '*', 'a\\'].map((end) => stem + end)
    for (const owner of owners) await t.user(owner)
    for (const kind of ['session', 'api-token', 'contract', 'contract2']) {
      const mine = new Map<string, string>()
      for (const owner of owners) mine.set(owner, (await t.put({ kind, owner })).id)
      for (const owner of owners) same(await t.ids(kind, { owner, limit: 50 }), [mine.get(owner)], `those of ${owner}`)
      await t.put({ kind, owner: null, id: `${stem}/${kind}` })
      same(await t.ids(kind, { prefix: `${stem}/`, limit: 50 }), [`${stem}/${kind}`], 'those of no owner')
    }
  }),

  contractCase('list: a prefix is taken literally, and by case', async (t) => {
    const stem = t.unique()
    const parts = [
      '%',
      '_',
      '*',
      '?',
      '[',
      ']',
      '\\',
      '\\\\',
      '^',
      '"',
      "'",
      '`',
      '{',
      '}',
      '~',
      '~~',
      ' ',
      '-',
      '[a-z]',
      '\\%',
      '%%',
    ]
    for (const kind of ['session', 'contract', 'user']) {
      const ends = parts.flatMap((part) => [part, `${part}a`, `${part}~`])
      const all = [...new Set(['', 'a', 'A', 'aa', 'Aa', 'z', ...ends])]
      for (const end of all) await t.put({ kind, id: stem + end })
      for (const prefix of [...all, 'b', 'AA', 'a%', 'a_', '%_', '[a]', '\\_', '~~~']) {
        const expected = all
          .filter((end) => end.startsWith(prefix))
          .map((end) => stem + end)
          .sort()
        same(await t.ids(kind, { prefix: stem + prefix, limit: 9 }), expected, `prefix ${JSON.stringify(prefix)}`)
      }
    }
  }),

  contractCase('list: the empty prefix lists the whole kind', async (t) => {
    const kind = t.unique()
    const ids = []
    for (const id of [' ', '!', '0', 'A', 'Z', '_', 'a', 'z', '~']) ids.push((await t.put({ kind, id })).id)
    same(await t.ids(kind, { prefix: '', limit: 4 }), ids, 'all of a kind')
  }),

  contractCase('list: goes on where it was when the entry at the cursor is gone, or replaced', async (t) => {
    for (const kind of ['session', 'contract']) {
      const [queries, expected] = await shelf(t, kind, [...'abcdefgh'])
      for (const query of queries) {
        const first = await t.storage.list(kind, { ...query, limit: 3 })
        const [, second, third] = first.items
        holds(!!second && !!third && first.next !== undefined, 'the first page')
        if (!second || !third) return
        await t.storage.replace({ ...second, expiresAt: null }, t.at)
        await t.storage.take(kind, third.id)
        same(await t.ids(kind, { ...query, limit: 3, cursor: first.next }), expected.slice(3), 'what follows')
        await t.put({ ...third })
      }
    }
  }),

  contractCase('list: a cursor from elsewhere is refused, or lists nothing but what the query asks for', async (t) => {
    for (const kind of ['session', 'contract']) {
      const [[byOwner, byPrefix], mine] = await shelf(t, kind, [...'abcdefgh'])
      const [others, theirs] = await shelf(t, kind, [...'abcdefgh'])
      const cursors = [
        '',
        '0',
        '-1',
        'garbage',
        '\0',
        '%',
        "' OR 1=1 --",
        '{"owner":"x"}',
        'null',
        'é',
        '\ud800',
        '~'.repeat(5000),
      ]
      for (const query of others) {
        const { next } = await t.storage.list(kind, query)
        if (next !== undefined) cursors.push(next, `${next}x`, next.slice(1), encodeURIComponent(next))
      }
      for (const query of [byOwner, byPrefix]) {
        if (!query) continue
        for (const cursor of [...cursors, ...theirs]) {
          const page = await t.storage.list(kind, { ...query, cursor }).catch(() => ({ items: [] }))
          const strangers = page.items.filter((item) => !mine.includes(item.id)).map((item) => item.id)
          same(strangers, [], `strangers after the cursor ${JSON.stringify(cursor.slice(0, 100))}`)
        }
      }
    }
  }),
]
