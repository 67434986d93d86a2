import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Storage } from '@sallyport/core'
import { median, report, section } from './measure.ts'
import { idOf, type Scaled, scaledStores, sessionOf, sessionsEach, userOf } from './scale-stores.ts'

const sizes = [1000, 100_000, 1_000_000] as const
const rounds = 15
const swept = 2000

interface Cost {
  readonly validation: number[]
  readonly list: number[]
  readonly revokeAll: number[]
  readonly sweep: number[]
  readonly alone: number[]
  readonly whileSwept: number[]
}

/** What validation, lists, revocation and sweeping cost with ever more sessions in the store. */
export async function soakScale(): Promise<boolean> {
  let reached = true
  for (const { name, open } of scaledStores) {
    const stores: { readonly scaled: Scaled; readonly cost: Cost }[] = []
    for (const sessions of sizes) {
      const scaled = await open(sessions)
      stores.push({
        scaled,
        cost: { validation: [], list: [], revokeAll: [], sweep: [], alone: [], whileSwept: [] },
      })
    }
    for (let round = 0; round <= rounds; round++) {
      for (const { scaled, cost } of stores) await measure(scaled, cost, round)
    }
    section(`Scale: ${name}, a thousand, a hundred thousand and a million sessions`)
    reached = tell(stores.map(({ cost }) => cost)) && reached
    for (const { scaled } of stores.toReversed()) await scaled.close()
  }
  return reached
}

async function measure({ storage, sessions }: Scaled, cost: Cost, round: number): Promise<void> {
  const anywhere = () => Math.floor(Math.random() * sessions)
  const users = sessions / sessionsEach
  const validate = () => storage.getWithOwner('session', idOf(anywhere()))
  const entries: [Exclude<keyof Cost, 'sweep' | 'alone' | 'whileSwept'>, number, () => Promise<unknown>][] = [
    ['validation', 400, validate],
    ['list', 100, () => storage.list('session', { owner: userOf(Math.floor(Math.random() * users)), limit: 50 })],
    ['revokeAll', 6, () => revokeAll(storage, Math.floor(Math.random() * users))],
  ]
  for (const [what, calls, run] of entries) {
    // What was removed is put back, so that every round finds the same.
    const restore: (() => Promise<unknown>)[] = []
    let elapsed = 0
    for (let i = 0; i < calls; i++) {
      const start = performance.now()
      const undo = await run()
      elapsed += performance.now() - start
      if (typeof undo === 'function') restore.push(undo as () => Promise<unknown>)
    }
    // The first round makes everything warm.
    if (round > 0) cost[what].push((elapsed * 1000) / calls)
    for (const undo of restore) await undo()
  }
  cost.alone.push(...(await latencies(validate, sleepless(300))))
  await seedExpired(storage, sessions)
  const start = performance.now()
  let isOver = false
  const sweeping = sweepAll(storage).finally(() => (isOver = true))
  cost.whileSwept.push(...(await latencies(validate, () => !isOver)))
  await sweeping
  if (round > 0) cost.sweep.push(((performance.now() - start) * 1000) / swept)
}

/** Signs a user out everywhere as core does; returns how to undo it. */
async function revokeAll(storage: Storage, user: number): Promise<() => Promise<void>> {
  const owner = userOf(user)
  const entry = await storage.get('user', owner)
  if (entry === undefined) throw new Error('There is no such user.')
  await storage.replace(entry, Date.now())
  await storage.removeAll('session', owner)
  return async () => {
    for (let i = 0; i < sessionsEach; i++) {
      await storage.insert(sessionOf(user * sessionsEach + i), Date.now())
    }
  }
}

function sleepless(calls: number): () => boolean {
  return () => calls-- > 0
}

async function latencies(run: () => Promise<unknown>, goesOn: () => boolean): Promise<number[]> {
  const found: number[] = []
  while (goesOn()) {
    const start = performance.now()
    await run()
    found.push((performance.now() - start) * 1000)
    await nextTurn()
  }
  return found
}

async function seedExpired(storage: Storage, sessions: number): Promise<void> {
  const then = Date.now() - 3_600_000
  const base = sessions * 10
  for (let i = 0; i < swept; i += 100) {
    await Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        storage.insert({ ...sessionOf(base + i + n, userOf(0)), expiresAt: then + 1 }, then),
      ),
    )
  }
}

async function sweepAll(storage: Storage): Promise<void> {
  for (;;) if ((await storage.sweep(1000, Date.now() - 60_000)) < 1000) return
}

function tell(costs: readonly Cost[]): boolean {
  let reached = true
  for (const what of ['validation', 'list', 'revokeAll', 'sweep'] as const) {
    const [least = 0, , most = 0] = costs.map((cost) => median(cost[what]))
    const figures = costs.map((cost) => median(cost[what]).toFixed(1)).join(', ')
    report(`${what}: ${figures} µs${what === 'sweep' ? ' an entry' : ''}`, most / least, 'times', ['at most', 2])
    reached &&= most <= 2 * least
  }
  const p99 = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length * 0.99)] ?? 0
  const [alone, during] = [costs.map((cost) => p99(cost.alone)), costs.map((cost) => p99(cost.whileSwept))]
  const figures = alone.map((each, i) => `${each.toFixed(0)} → ${during[i]?.toFixed(0)}`).join(', ')
  report(`p99 of validation alone → while swept: ${figures} µs`, (during[2] ?? 0) / 1000, 'ms at a million')
  return reached
}
