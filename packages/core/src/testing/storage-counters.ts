import { contractCase, holds, same, second, type ContractCase, type Tools } from './storage-case.ts'

const windowMs = 60 * second

/** Increments one counter at the given times, and gives back what it said. */
async function course(
  t: Tools,
  name: string,
  steps: readonly (readonly [by: number, after: number])[],
): Promise<readonly number[]> {
  const counts = []
  for (const [by, after] of steps) counts.push((await t.storage.increment(name, windowMs, by, t.at + after)).count)
  return counts
}

/** `increment`, one caller at a time. */
export const counterCases: readonly ContractCase[] = [
  contractCase('increment: counts in a window that the first increment starts', async (t) => {
    const name = t.unique()
    for (const [count, after] of [
      [1, 0],
      [2, 1],
      [3, 30 * second],
      [4, windowMs - 1],
    ] as const) {
      const said = await t.storage.increment(name, windowMs, 1, t.at + after)
      same(said, { count, resetAt: t.at + windowMs }, `increment after ${after} ms`)
    }
  }),

  contractCase('increment: at resetAt a new window starts', async (t) => {
    const name = t.unique()
    await course(t, name, [
      [1, 0],
      [1, 0],
      [1, 0],
    ])
    const said = await t.storage.increment(name, windowMs, 1, t.at + windowMs)
    same(said, { count: 1, resetAt: t.at + 2 * windowMs }, 'the new window')
    same(
      await course(t, name, [
        [1, windowMs + 1],
        [1, 2 * windowMs - 1],
      ]),
      [2, 3],
      'in the new window',
    )
  }),

  contractCase('increment: by other numbers than one', async (t) => {
    const name = t.unique()
    same(
      await course(t, name, [
        [5, 0],
        [3, 1],
        [-2, 2],
        [1000, 3],
        [-1, 4],
      ]),
      [5, 8, 6, 1006, 1005],
      'counts',
    )
  }),

  contractCase('increment: by 0 reads, and starts no window', async (t) => {
    const name = t.unique()
    const read = await t.storage.increment(name, windowMs, 0, t.at)
    same(read.count, 0, 'a counter that is not there')
    holds(Number.isFinite(read.resetAt), 'resetAt is no number')
    const first = await t.storage.increment(name, windowMs, 1, t.at + 10)
    same(first, { count: 1, resetAt: t.at + 10 + windowMs }, 'the first increment')
    same(await t.storage.increment(name, windowMs, 0, t.at + 20), first, 'a read')
    same(
      await course(t, name, [
        [0, 30],
        [1, 40],
        [0, 50],
      ]),
      [1, 2, 2],
      'reads in between',
    )
    same(await course(t, name, [[0, 10 + windowMs]]), [0], 'a read after the window')
    const next = await t.storage.increment(name, windowMs, 1, t.at + 100 + windowMs)
    same(next, { count: 1, resetAt: t.at + 100 + 2 * windowMs }, 'the first increment of the next window')
  }),

  contractCase('increment: by −1 refunds, never below 0, and starts no window', async (t) => {
    const name = t.unique()
    same(
      await course(t, name, [
        [-1, 0],
        [-5, 1],
      ]),
      [0, 0],
      'refunds where there is nothing',
    )
    const first = await t.storage.increment(name, windowMs, 1, t.at + 10)
    same(first, { count: 1, resetAt: t.at + 10 + windowMs }, 'the first increment')
    same(
      await course(t, name, [
        [1, 20],
        [-1, 30],
        [-1, 40],
        [-1, 50],
        [0, 60],
      ]),
      [2, 1, 0, 0, 0],
      'refunds',
    )
    const again = await t.storage.increment(name, windowMs, 1, t.at + 70)
    same(again, { count: 1, resetAt: first.resetAt }, 'an increment in the same window')
    same(
      await course(t, name, [
        [5, 80],
        [-9, 90],
        [0, 100],
      ]),
      [6, 0, 0],
      'a refund of more than there is',
    )
  }),

  contractCase('increment: a refund after the window takes nothing from the next', async (t) => {
    const name = t.unique()
    same(
      await course(t, name, [
        [1, 0],
        [1, 0],
        [-1, windowMs],
        [0, windowMs],
      ]),
      [1, 2, 0, 0],
      'after the window',
    )
    const next = await t.storage.increment(name, windowMs, 1, t.at + windowMs + 5)
    same(next, { count: 1, resetAt: t.at + 2 * windowMs + 5 }, 'the next window')
  }),

  contractCase('increment: clocks that differ by seconds count in the same window', async (t) => {
    const name = t.unique()
    same(
      await course(t, name, [
        [1, 0],
        [1, -5 * second],
        [1, 3 * second],
        [1, -second],
      ]),
      [1, 2, 3, 4],
      'counts',
    )
  }),

  contractCase('increment: windows from a second to a month', async (t) => {
    for (const length of [second, 900 * second, 2_592_000 * second]) {
      const name = t.unique()
      const first = { count: 1, resetAt: t.at + length }
      same(await t.storage.increment(name, length, 1, t.at), first, `a window of ${length} ms`)
      same((await t.storage.increment(name, length, 1, t.at + length - 1)).count, 2, 'at its end')
      same((await t.storage.increment(name, length, 1, t.at + length)).count, 1, 'after its end')
    }
  }),

  contractCase('increment: names that look alike are different counters', async (t) => {
    const stem = t.unique()
    const ends = [
      '',
      'a',
      'A',
      'a ',
      ' a',
      'a:',
      'a%',
      'a_',
      'a*',
      'a\\',
      "a'",
      'a"',
      '{a}',
      '__proto__',
      'constructor',
    ]
    const long = [`${stem.padEnd(254, 'x')}1`, `${stem.padEnd(254, 'x')}2`]
    const names = [...ends.map((end) => stem + end), ...long]
    for (const [index, name] of names.entries()) await t.storage.increment(name, windowMs, index + 1, t.at)
    for (const [index, name] of names.entries()) {
      same((await t.storage.increment(name, windowMs, 0, t.at)).count, index + 1, JSON.stringify(name))
    }
    for (const name of ['__proto__', 'constructor', 'toString']) {
      const { count } = await t.storage.increment(name, second, 1, t.at)
      holds(Number.isInteger(count) && count > 0, `the counter ${name} says ${count}`)
    }
  }),
]
