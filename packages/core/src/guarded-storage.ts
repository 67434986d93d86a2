import { createDeadline, started } from './deadline.ts'
import { isWatched, watched } from './diagnostics.ts'
import { AuthError } from './errors.ts'
import type { Storage } from './storage.ts'

/** A store of ours gives up by itself, and sooner. */
const patienceMs = 10_000

/**
 * The same store, where a rejection becomes `unavailable`: an outage is never taken for an answer. What is not answered
 * within ten seconds is one; clean-up alone may take as long as it does.
 */
export function guardStorage(storage: Storage): Storage {
  const inTime = createDeadline(
    patienceMs,
    () => new Error('The storage has not answered within ten seconds.'),
    unavailable,
  )
  const patiently = <Result>(work: Promise<Result>): Promise<Result> =>
    work.catch((cause: unknown) => Promise.reject(unavailable(cause) as Error))
  /** Ids and the names of counters are told to nobody. */
  const told = <Result>(operation: string, kind: string | undefined, run: () => Promise<Result>): Promise<Result> =>
    isWatched('storage') ? watched('storage', { operation, kind }, run) : run()
  const guarded = <Result>(operation: string, kind: string | undefined, run: () => Promise<Result>): Promise<Result> =>
    told(operation, kind, () => inTime(started(run)))
  return {
    get: (kind, id) => guarded('get', kind, () => storage.get(kind, id)),
    getWithOwner: (kind, id) => guarded('getWithOwner', kind, () => storage.getWithOwner(kind, id)),
    list: (kind, query) =>
      guarded('list', kind, () =>
        storage.list(kind, query).catch((cause: unknown) => {
          // Cursors come back from clients: one that can't be read is no outage.
          if (!(cause instanceof RangeError) || query.cursor === undefined) throw cause
          throw new AuthError('invalid_request', { detail: '`cursor` is none that a page ended with.', cause })
        }),
      ),
    insert: (entry, now) => guarded('insert', entry.kind, () => storage.insert(entry, now)),
    replace: (entry, now) => guarded('replace', entry.kind, () => storage.replace(entry, now)),
    take: (kind, id) => guarded('take', kind, () => storage.take(kind, id)),
    removeAll: (kind, owner, except) =>
      told('removeAll', kind, () => patiently(started(() => storage.removeAll(kind, owner, except)))),
    increment: (name, windowMs, by, now) =>
      guarded('increment', undefined, () => storage.increment(name, windowMs, by, now)),
    sweep: (limit, now) => told('sweep', undefined, () => patiently(started(() => storage.sweep(limit, now)))),
    close: () => storage.close(),
  }
}

function unavailable(cause: unknown): unknown {
  if (cause instanceof AuthError) return cause
  return new AuthError('unavailable', { retryAfterMs: 2000, hint: mendOf(cause), cause })
}

/** What a store says of itself that does not mend itself, as tables that nobody has made. */
function mendOf(cause: unknown): string | undefined {
  return cause instanceof Error && 'code' in cause && cause.code === 'SALLYPORT_NOT_READY' ? cause.message : undefined
}
