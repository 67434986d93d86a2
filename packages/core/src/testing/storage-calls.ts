import type { Storage } from '../storage.ts'

/** One call of a storage's operation, on the entries of a kind or on a counter. */
export interface StorageCall {
  readonly operation: keyof Storage
  readonly kind?: string
  /** The id of the entry, the owner for `removeAll`, or the name of the counter. */
  readonly key?: string
  readonly writes: boolean
}

/** A storage whose calls all go through `around`, which may do as it likes with them. */
export function interceptStorage(
  storage: Storage,
  around: <T>(call: StorageCall, run: () => Promise<T>) => Promise<T>,
): Storage {
  const call = (operation: keyof Storage, writes: boolean, key?: string, kind?: string): StorageCall => ({
    operation,
    writes,
    ...(key !== undefined && { key }),
    ...(kind !== undefined && { kind }),
  })
  return {
    get: (kind, id) => around(call('get', false, id, kind), () => storage.get(kind, id)),
    getWithOwner: (kind, id) => around(call('getWithOwner', false, id, kind), () => storage.getWithOwner(kind, id)),
    list: (kind, query) => around(call('list', false, undefined, kind), () => storage.list(kind, query)),
    insert: (entry, now) => around(call('insert', true, entry.id, entry.kind), () => storage.insert(entry, now)),
    replace: (entry, now) => around(call('replace', true, entry.id, entry.kind), () => storage.replace(entry, now)),
    take: (kind, id) => around(call('take', true, id, kind), () => storage.take(kind, id)),
    removeAll: (kind, owner, except) =>
      around(call('removeAll', true, owner, kind), () => storage.removeAll(kind, owner, except)),
    increment: (name, windowMs, by, now) =>
      around(call('increment', by !== 0, name), () => storage.increment(name, windowMs, by, now)),
    sweep: (limit, now) => around(call('sweep', true), () => storage.sweep(limit, now)),
    close: () => around(call('close', false), () => storage.close()),
  }
}

/** A storage that counts what it is asked. Each call is one round trip. */
export interface CountingStorage extends Storage {
  readonly calls: readonly StorageCall[]
  readonly reads: number
  readonly writes: number
  /** Starts again from nothing. */
  reset(): void
}

/** Counts the calls of a storage, and tells those that write from those that read. */
export function countingStorage(storage: Storage): CountingStorage {
  let calls: StorageCall[] = []
  const counted = interceptStorage(storage, (call, run) => {
    calls.push(call)
    return run()
  })
  return {
    ...counted,
    get calls() {
      return calls
    },
    get reads() {
      return calls.filter((call) => !call.writes).length
    },
    get writes() {
      return calls.filter((call) => call.writes).length
    },
    reset: () => {
      calls = []
    },
  }
}

/** How a call fails: at once, never answering, or (for what writes) after it was done. */
export type StorageFailure = 'reject' | 'hang' | 'reject-after-write'

/** A storage that can be made to fail. */
export interface FailingStorage extends Storage {
  /** From now on the calls for which `filter` holds, or all, fail in this way. */
  fail(failure: StorageFailure, filter?: (call: StorageCall) => boolean): void
  /** From now on nothing fails; calls that hang are rejected. */
  heal(): void
}

/** Puts a switch before a storage, by which it fails as a real one does when its network or its server does. */
export function failingStorage(storage: Storage): FailingStorage {
  let failure: StorageFailure | undefined
  let matches = (_call: StorageCall): boolean => true
  let hanging: (() => void)[] = []
  const refusal = ({ operation }: StorageCall): Error => new Error(`The storage does not answer (${operation}).`)
  const intercepted = interceptStorage(storage, async (call, run) => {
    const present = failure
    if (!present || !matches(call)) return run()
    if (present === 'reject') throw refusal(call)
    if (present === 'hang') await new Promise<void>((resolve) => hanging.push(resolve))
    else if (!call.writes) return run()
    else await run()
    throw refusal(call)
  })
  return {
    ...intercepted,
    fail: (next, filter = () => true) => {
      failure = next
      matches = filter
    },
    heal: () => {
      failure = undefined
      for (const release of hanging) release()
      hanging = []
    },
  }
}
