import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Entry, ListQuery, Page, Storage } from '@sallyport/core'
import { cursorAfter, endOfPrefix, idOfCursor, isKey, noKey } from './keys.ts'
import { entryOf } from './rows.ts'
import type { Runner, Values } from './runner.ts'
import { pageSizes, removalSizes, sweepStatements } from './statements.ts'
import type { EntryStatements } from './statements.ts'
import { entryTables } from './tables.ts'

type BulkOperations = Pick<Storage, 'list' | 'removeAll' | 'sweep'>

/** What is done to many entries at a time, in batches. Here the deadline holds for each batch. */
export function bulkOperations(runner: Runner, statementsOf: (kind: string) => EntryStatements): BulkOperations {
  const { run, place } = runner
  // Owners last: what is theirs goes with them.
  const sweeps = ['counters', ...entryTables].reverse().map((table) => sweepStatements(place, table))

  return {
    async list(kind: string, query: ListQuery): Promise<Page<Entry>> {
      const { limit, cursor } = query
      // One more than asked for says whether there is a next page.
      const size = pageSizes.find((rows) => rows > limit)
      if (!Number.isInteger(limit) || limit < 1 || size === undefined) throw new RangeError('`limit` is 1 to 1000.')
      const after = cursor === undefined ? '' : idOfCursor(cursor)
      const [statements, of, values] =
        'owner' in query
          ? [statementsOf(kind).listByOwner, query.owner, { owner: query.owner }]
          : [statementsOf(kind).listByPrefix, query.prefix, { from: query.prefix, to: endOfPrefix(query.prefix) }]
      const statement = statements[size]
      if (statement === undefined || (of !== '' && !isKey(of))) return { items: [] }

      const { rows } = await run(statement, { ...(values as Values), kind, after }, runner.deadline())
      const items = rows.slice(0, limit).map((row) => entryOf(kind, row['id'] as string, row))
      const last = items.at(-1)
      return rows.length > limit && last ? { items, next: cursorAfter(last.id) } : { items }
    },

    async removeAll(kind, owner, except = noKey) {
      if (!isKey(owner, 128)) return 0
      for (let removed = 0; ; await nextTurn()) {
        const { changes } = await run(statementsOf(kind).removeBatch, { kind, owner, except }, runner.deadline())
        removed += changes
        if (changes < removalSizes[0]) return removed
      }
    },

    async sweep(limit, now) {
      let removed = 0
      for (const statements of sweeps) {
        for (;;) {
          const size = removalSizes.find((rows) => rows <= limit - removed)
          const statement = size && statements[size]
          if (!statement) return removed
          const { changes } = await run(statement, { now }, runner.deadline())
          removed += changes
          if (changes < size) break
          // SQLite answers at once: others get their turn.
          await nextTurn()
        }
      }
      return removed
    },
  }
}
