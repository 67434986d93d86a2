import type { Storage } from '../storage.ts'
import { type ContractCase, roundsOf, type StorageSubject } from './storage-case.ts'
import { churnCases } from './storage-churn.ts'
import { counterCases } from './storage-counters.ts'
import { entryCases } from './storage-entries.ts'
import { keyCases } from './storage-keys.ts'
import { listCases } from './storage-lists.ts'
import { orderCases } from './storage-orders.ts'
import { ownerCases } from './storage-owners.ts'
import { raceCases } from './storage-races.ts'
import { closeCase, sweepCases } from './storage-sweep.ts'

/** Every rule that a `Storage` must keep. They may share one storage, in this order; the last one closes it. */
export const storageCases: readonly ContractCase[] = [
  ...entryCases,
  ...keyCases,
  ...listCases,
  ...ownerCases,
  ...counterCases,
  ...sweepCases,
  ...raceCases,
  ...churnCases,
  ...orderCases,
  closeCase,
]

/** The functions of a test runner: those of Vitest, Jest or Bun, or of `node:test` with `before` and `after`. */
export interface TestRunner {
  describe(name: string, body: () => void): unknown
  it(title: string, body: () => Promise<void>, timeoutMs?: number): unknown
  beforeAll(body: () => Promise<void>, timeoutMs?: number): unknown
  afterAll(body: () => Promise<void>, timeoutMs?: number): unknown
}

/** A storage opened for the suite: empty or not, but used by nothing else meanwhile. */
export interface OpenStorage extends Pick<StorageSubject, 'peers' | 'now'> {
  readonly storage: Storage
  /** Called at the end, after `storage.close()`. */
  dispose(): Promise<void>
}

/** What may differ between stores, and how long to try. */
export interface StorageContractOptions extends Pick<StorageSubject, 'rounds' | 'expiresByItself' | 'ownerReadLater'> {
  /** For each case: a minute, and two for twenty rounds. */
  readonly timeoutMs?: number | undefined
}

/** Declares one test for each rule of the storage contract, against the storage that `open` gives. */
export function storageContract(
  runner: TestRunner,
  name: string,
  open: () => Promise<OpenStorage>,
  options: StorageContractOptions = {},
): void {
  // Ten times the rounds take ten times as long.
  const { timeoutMs = Math.max(60_000, 6000 * roundsOf(options)), ...rest } = options
  runner.describe(`storage contract: ${name}`, () => {
    let opened: OpenStorage | undefined
    runner.beforeAll(async () => {
      opened = await open()
    }, timeoutMs)
    runner.afterAll(async () => {
      await opened?.dispose()
    }, timeoutMs)
    for (const { title, run } of storageCases) {
      const body = async (): Promise<void> => {
        if (!opened) throw new Error('The storage could not be opened.')
        await run({ ...rest, ...opened })
      }
      runner.it(title, body, timeoutMs)
    }
  })
}
