import type { Count, Storage } from '@sallyport/core'
import type { Result } from './driver.ts'
import { isKey } from './keys.ts'
import type { Runner } from './runner.ts'
import { counterStatements } from './statements.ts'

/** Counters, each exact to the one. */
export function counterOperations(runner: Runner): Pick<Storage, 'increment'> {
  const { add, refund, read } = counterStatements(runner.place)
  const { run } = runner

  return {
    async increment(name, windowMs, by, now) {
      if (!isKey(name)) throw new RangeError('The name of a counter must be printable ASCII of at most 255 characters.')
      const until = runner.deadline()
      const values = { name, by, now, resetAt: now + windowMs }
      const none: Count = { count: 0, resetAt: now + windowMs }
      if (by === 0) return countOf(await run(read, values, until)) ?? none

      const result = await run(by > 0 ? add : refund, values, until)
      if (result.changes === 0) return none
      const counted = countOf(result)
      if (counted !== undefined) return counted
      // MySQL: the statement has told its own count, and nothing else. The end of the window is the same for all.
      const { resetAt } = countOf(await run(read, values, until)) ?? none
      return { count: result.insertId ?? 0, resetAt }
    },
  }
}

function countOf({ rows: [row] }: Result): Count | undefined {
  return row && { count: Number(row['count']), resetAt: Number(row['reset_at']) }
}
