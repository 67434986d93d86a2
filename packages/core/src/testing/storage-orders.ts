import type { Entry, Storage } from '../storage.ts'
import { contractCase, kindOf, second, type ContractCase, type Tools } from './storage-case.ts'

/** What a store holds under the key: the entry, and whether it has expired. */
type State = { readonly entry: Entry; readonly expired: boolean } | undefined

/** One operation: how to do it, and every answer that the contract allows in a state, with the state after it. */
interface Step {
  readonly name: string
  run(storage: Storage): Promise<unknown>
  allowed(state: State): readonly (readonly [answer: unknown, after: State])[]
}

function insert(entry: Entry, now: number): Step {
  return {
    name: `insert at ${entry.version}`,
    run: (storage) => storage.insert(entry, now),
    allowed: (state) => (state && !state.expired ? [[false, state]] : [[true, { entry, expired: false }]]),
  }
}

function replace(entry: Entry, now: number): Step {
  return {
    name: `replace at ${entry.version}`,
    run: (storage) => storage.replace(entry, now),
    allowed: (state) =>
      state && !state.expired && state.entry.version === entry.version
        ? [[true, { entry: { ...entry, version: entry.version + 1 }, expired: false }]]
        : [[false, state]],
  }
}

/** `take` and `get` may, but need not, see what has expired. */
function read(operation: 'take' | 'get', { kind, id }: Entry): Step {
  return {
    name: operation,
    run: (storage) => storage[operation](kind, id),
    allowed: (state) => {
      const after = operation === 'take' ? undefined : state
      return [
        ...(state ? [[state.entry, after] as const] : []),
        ...(!state || state.expired ? [[undefined, state] as const] : []),
      ]
    },
  }
}

function sweep(now: number): Step {
  return {
    name: 'sweep',
    run: (storage) => storage.sweep(100, now).then(() => 'swept'),
    allowed: (state) =>
      state?.expired
        ? [
            ['swept', state],
            ['swept', undefined],
          ]
        : [['swept', state]],
  }
}

/** Is there an order of the steps in which every answer is allowed, and which leads to what is stored in the end? */
function explained(state: State, steps: readonly Step[], answers: readonly string[], look: Step, end: string): boolean {
  if (steps.length === 0) return look.allowed(state).some(([answer]) => text(answer) === end)
  return steps.some((step, index) =>
    step
      .allowed(state)
      .some(
        ([answer, after]) =>
          text(answer) === answers[index] &&
          explained(after, steps.toSpliced(index, 1), answers.toSpliced(index, 1), look, end),
      ),
  )
}

/** An answer as a text that can be compared: an entry is told by its version and its data. */
function text(answer: unknown): string {
  if (typeof answer !== 'object' || answer === null) return String(answer)
  const { version, data } = answer as Entry
  return `${version} ${JSON.stringify(data)}`
}

async function tryOrders(
  t: Tools,
  kind: string,
  before: 'absent' | 'live' | 'expired',
  six: readonly number[],
): Promise<void> {
  const written = t.at - 10 * second
  const first = t.entry({
    kind,
    version: 1000,
    data: 'first',
    ...(before === 'expired' && { expiresAt: written + second }),
  })
  if (before !== 'absent') await t.put(first, written)
  const choice = [
    insert({ ...t.entry(first), version: 2000, expiresAt: null, data: 'second' }, t.at),
    insert({ ...t.entry(first), version: 3000, expiresAt: null, data: 'third' }, t.at),
    replace({ ...first, expiresAt: null, data: 'replaced' }, t.at),
    replace({ ...first, expiresAt: null, version: 1001, data: 'replaced twice' }, t.at),
    replace({ ...first, expiresAt: null, version: 2000, data: 'second, replaced' }, t.at),
    read('take', first),
    read('take', first),
    read('get', first),
    sweep(t.at),
  ]
  const steps = six.map((index) => choice[index]).filter((step) => step !== undefined)
  const answers = await t.race(steps.length, (storage, index) => steps[index]?.run(storage) ?? Promise.resolve())
  const look = read('get', first)
  const end = text(await look.run(t.storage))
  const state = before === 'absent' ? undefined : { entry: first, expired: before === 'expired' }
  const texts = answers.map(text)
  if (explained(state, steps, texts, look, end)) return
  const told = steps.map((step, index) => `  ${step.name}: ${texts[index]}`).join('\n')
  throw new Error(`no order explains these answers (${before} before):\n${told}\n  in the end: ${end}`)
}

/** Six of nine operations at random, at the same time and on one key. */
export const orderCases: readonly ContractCase[] = (['absent', 'live', 'expired'] as const).map((before) =>
  contractCase(`race: some order explains what concurrent operations on one ${before} key say`, async (t) => {
    for (let round = 0; round < t.rounds * 5; round++) {
      const six = Array.from({ length: 9 }, (_, index) => [Math.random(), index] as const)
        .toSorted(([a], [b]) => a - b)
        .slice(0, 6)
        .map(([, index]) => index)
      await tryOrders(t, kindOf(round), before, six)
    }
  }),
)
