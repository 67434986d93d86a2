import type { Entry, Storage } from '@sallyport/core'
import { encodeData } from './data.ts'
import { failureOf } from './failure.ts'
import { isKey } from './keys.ts'
import { entryOf, ownedOf } from './rows.ts'
import type { Runner } from './runner.ts'
import { stored } from './statements.ts'
import type { EntryStatements } from './statements.ts'

type EntryOperations = Pick<Storage, 'get' | 'getWithOwner' | 'insert' | 'replace' | 'take'>

/** What is done to single entries. Each is one statement, but for `take` on MySQL. */
export function entryOperations(runner: Runner, statementsOf: (kind: string) => EntryStatements): EntryOperations {
  const { run } = runner

  async function get(kind: string, id: string, until = runner.deadline()): Promise<Entry | undefined> {
    if (!isKey(id)) return undefined
    const { rows } = await run(statementsOf(kind).get, { kind, id }, until)
    return rows[0] && entryOf(kind, id, rows[0])
  }

  return {
    get: (kind, id) => get(kind, id),

    async getWithOwner(kind, id) {
      if (!isKey(id)) return undefined
      const { rows } = await run(statementsOf(kind).getWithOwner, { kind, id }, runner.deadline())
      return rows[0] && ownedOf(kind, id, rows[0])
    },

    async insert({ kind, id, owner, expiresAt, version, data }, now) {
      if (!isKey(kind, 32) || !isKey(id) || (owner !== null && !isKey(owner, 128))) {
        throw new RangeError('Kind, id and owner must be printable ASCII of at most 32, 255 and 128 characters.')
      }
      const values = { kind, id, owner, expiresAt, version, data: encodeData(data), now }
      try {
        const { changes, insertId } = await run(statementsOf(kind).insert, values, runner.deadline())
        return runner.place.dialect === 'mysql' ? insertId === stored : changes > 0
      } catch (error) {
        if (failureOf(error) === 'no-owner') return false
        throw error
      }
    },

    async replace({ kind, id, expiresAt, version, data }, now) {
      const values = { kind, id, expiresAt, version, data: encodeData(data), now }
      if (!isKey(id)) return false
      return (await run(statementsOf(kind).replace, values, runner.deadline())).changes > 0
    },

    async take(kind, id) {
      if (!isKey(id)) return undefined
      const { take, takeVersion } = statementsOf(kind)
      const until = runner.deadline()
      if (take !== undefined) {
        const { rows } = await run(take, { kind, id }, until)
        return rows[0] && entryOf(kind, id, rows[0])
      }
      for (;;) {
        const entry = await get(kind, id, until)
        if (entry === undefined) return undefined
        const { changes } = await run(takeVersion, { kind, id, version: entry.version }, until)
        if (changes > 0) return entry
      }
    },
  }
}
