import type { Entry } from '../storage.ts'
import {
  contractCase,
  crowd,
  holds,
  hour,
  kindOf,
  same,
  second,
  type ContractCase,
  type Tools,
} from './storage-case.ts'

/** Checks that exactly one of the crowd won, and says which. */
function onlyWinner(won: readonly boolean[], what: string): number {
  same(won.filter(Boolean).length, 1, `winners of ${won.length} concurrent ${what}`)
  return won.indexOf(true)
}

async function replaceUntilStored(t: Tools, { kind, id }: Entry): Promise<void> {
  for (let attempts = 0; attempts < 2 * crowd; attempts++) {
    const read = await t.storage.get(kind, id)
    if (!read) throw new Error('the entry went away')
    const { n } = read.data as { n: number }
    if (await t.storage.replace({ ...read, data: { n: n + 1 } }, t.at)) return
  }
  throw new Error('a replace loses although nobody wins')
}

/** One key or counter, many callers at the same time: who won is beyond doubt. */
export const raceCases: readonly ContractCase[] = [
  contractCase(`race: one of ${crowd} takes gets the entry`, async (t) => {
    for (let round = 0; round < t.rounds; round++) {
      const entry = await t.put({ kind: kindOf(round) })
      const taken = await t.race(crowd, (storage) => storage.take(entry.kind, entry.id))
      same(
        taken[
          onlyWinner(
            taken.map((each) => each !== undefined),
            'takes',
          )
        ],
        entry,
        'what was taken',
      )
      same(await t.storage.get(entry.kind, entry.id), undefined, 'what is left')
    }
  }),

  contractCase(`race: one of ${crowd} inserts stores its entry`, async (t) => {
    for (let round = 0; round < t.rounds; round++) {
      const [kind, id] = [kindOf(round), t.unique()]
      const entries = Array.from({ length: crowd }, (_, n) => t.entry({ kind, id, data: { n } }))
      const won = await t.race(crowd, (storage, n) => storage.insert(entries[n] ?? t.entry(), t.at))
      same(await t.storage.get(kind, id), entries[onlyWinner(won, 'inserts')], 'what is stored')
    }
  }),

  contractCase(
    `race: one of ${crowd} inserts over an expired entry stores its entry, though it is being swept`,
    async (t) => {
      for (let round = 0; round < t.rounds; round++) {
        const written = t.at - 10 * second
        const { kind, id } = await t.put({ kind: kindOf(round), expiresAt: written + second }, written)
        const entries = Array.from({ length: crowd }, (_, n) => t.entry({ kind, id, data: { n } }))
        const [won] = await Promise.all([
          t.race(crowd, (storage, n) => storage.insert(entries[n] ?? t.entry(), t.at)),
          t.race(5, (storage) => storage.sweep(10, t.at)),
        ])
        same(await t.storage.get(kind, id), entries[onlyWinner(won, 'inserts')], 'what is stored')
      }
    },
  ),

  contractCase(`race: one of ${crowd} replaces at one version stores its entry`, async (t) => {
    for (let round = 0; round < t.rounds; round++) {
      const entry = await t.put({ kind: kindOf(round) })
      const entries = Array.from({ length: crowd }, (_, n) => ({ ...entry, data: { n: n + 1 } }))
      const won = await t.race(crowd, (storage, n) => storage.replace(entries[n] ?? entry, t.at))
      const stored = { ...entries[onlyWinner(won, 'replaces')], version: entry.version + 1 }
      same(await t.storage.get(entry.kind, entry.id), stored, 'what is stored')
    }
  }),

  contractCase(`race: ${crowd} callers that read and replace until they win lose no step`, async (t) => {
    for (let round = 0; round < Math.ceil(t.rounds / 10); round++) {
      const entry = await t.put({ kind: kindOf(round), data: { n: 0 } })
      await t.race(crowd, (storage) => replaceUntilStored({ ...t, storage }, entry))
      const stored = { ...entry, version: entry.version + crowd, data: { n: crowd } }
      same(await t.storage.get(entry.kind, entry.id), stored, 'what is stored')
    }
  }),

  contractCase(
    'race: an entry is not taken as it was before a replace that won, nor replaced once it is gone',
    async (t) => {
      for (let round = 0; round < t.rounds; round++) {
        const entry = await t.put({ kind: kindOf(round), owner: await t.user() })
        const answers = await t.race<Entry | string | undefined>(20, (storage, n) =>
          (n + round) % 2
            ? storage.take(entry.kind, entry.id)
            : storage.replace({ ...entry, data: n }, t.at).then((won) => (won ? 'won' : 'lost')),
        )
        const won = answers.filter((answer) => answer === 'won').length
        const taken = answers.filter((answer) => typeof answer === 'object')
        holds(won <= 1, `${won} replaces at one version won`)
        same(taken.length, 1, 'winners of 10 concurrent takes')
        const [got] = taken
        same(got?.version, entry.version + won, 'the version that was taken')
        same(await t.storage.get(entry.kind, entry.id), undefined, 'what is left')
        same(await t.ids(entry.kind, { owner: entry.owner ?? '', limit: 5 }), [], 'the owner’s list')
      }
    },
  ),

  contractCase('race: each of many inserts of one key that won is taken once, or is there in the end', async (t) => {
    for (let round = 0; round < t.rounds; round++) {
      const first = await t.put({ kind: kindOf(round), owner: await t.user() })
      const entries = Array.from({ length: 20 }, (_, n) => t.entry({ ...first, version: first.version + 10 * (n + 1) }))
      const answers = await t.race<Entry | boolean | undefined>(40, (storage, n) =>
        n % 2 ? storage.take(first.kind, first.id) : storage.insert(entries[n / 2] ?? first, t.at),
      )
      const won = entries.filter((_, n) => answers[2 * n] === true)
      const taken = answers.filter((answer) => typeof answer === 'object')
      const left = await t.storage.get(first.kind, first.id)
      const stored = [first, ...won].map((each) => each.version)
      const found = [...taken, ...(left ? [left] : [])].map((each) => each.version)
      same(
        found.toSorted((a, b) => a - b),
        stored.toSorted((a, b) => a - b),
        'what was taken or is left',
      )
      const listed = await t.ids(first.kind, { owner: first.owner ?? '', limit: 5 })
      same(listed, left ? [first.id] : [], 'the owner’s list')
    }
  }),

  contractCase('race: an entry that was prolonged in time is not swept', async (t) => {
    for (let round = 0; round < t.rounds; round++) {
      const written = t.at - 10 * second
      const entries: Entry[] = []
      for (let n = 0; n < 10; n++) entries.push(await t.put({ kind: kindOf(round), expiresAt: t.at - second }, written))
      const [won] = await Promise.all([
        Promise.all(entries.map((entry) => t.storage.replace({ ...entry, expiresAt: t.at + hour }, written))),
        t.race(5, (storage) => storage.sweep(10, t.at)),
      ])
      for (const [n, { kind, id }] of entries.entries()) {
        const left = await t.storage.get(kind, id)
        same(left?.expiresAt === t.at + hour, won[n], 'whether the prolonged entry is there')
      }
    }
  }),

  contractCase(`race: ${crowd} increments are counted one by one, in one window`, async (t) => {
    for (let round = 0; round < t.rounds; round++) {
      const name = t.unique()
      for (const [now, windowMs] of [
        [t.at, second],
        [t.at + second, hour],
      ] as const) {
        const said = await t.race(crowd, (storage) => storage.increment(name, windowMs, 1, now))
        const counts = said.map((each) => each.count).toSorted((a, b) => a - b)
        same(
          counts,
          Array.from({ length: crowd }, (_, n) => n + 1),
          'what the increments said',
        )
        same(new Set(said.map((each) => each.resetAt)), new Set([now + windowMs]), 'their windows')
      }
      same((await t.storage.increment(name, hour, 0, t.at + second)).count, crowd, 'the count in the end')
    }
  }),

  contractCase('race: refunds lose nothing, and never lead below 0', async (t) => {
    for (let round = 0; round < t.rounds; round++) {
      const [mixed, scarce] = [t.unique(), t.unique()]
      await t.storage.increment(mixed, hour, crowd, t.at)
      await t.race(crowd, (storage, n) => storage.increment(mixed, hour, n % 2 ? 1 : -1, t.at))
      same((await t.storage.increment(mixed, hour, 0, t.at)).count, crowd, 'as many refunds as increments')
      await t.storage.increment(scarce, hour, 10, t.at)
      const said = await t.race(20, (storage) => storage.increment(scarce, hour, -1, t.at))
      holds(
        said.every((each) => each.count >= 0),
        'a count below 0',
      )
      same((await t.storage.increment(scarce, hour, 1, t.at)).count, 1, 'an increment after too many refunds')
    }
  }),
]
