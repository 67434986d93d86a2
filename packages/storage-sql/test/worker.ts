// Another process on the same database. Run as: worker.ts <handle> <where> <task> [arguments as JSON]
import { DatabaseSync } from 'node:sqlite'
import { setTimeout } from 'node:timers/promises'
import BetterSqlite from 'better-sqlite3'
import { createPool } from 'mysql2/promise'
import pg from 'pg'
import { sqlStorage } from '../src/index.ts'
import type { SqlHandle, SqlStorage } from '../src/index.ts'

const [driver = '', where = '', task = '', json = '[]'] = process.argv.slice(2)

const handles: Readonly<Record<string, () => SqlHandle>> = {
  pg: () => new pg.Pool({ connectionString: where }),
  mysql2: () => createPool(where),
  'node:sqlite': () => new DatabaseSync(where),
  'better-sqlite3': () => new BetterSqlite(where),
}

const tasks: Readonly<Record<string, (storage: SqlStorage) => Promise<unknown>>> = {
  migrate: (storage) => storage.migrate(),

  /** Takes every id that is still there; says which it got, and how far its own counting of a shared counter came. */
  async compete(storage) {
    const ids = JSON.parse(json) as readonly string[]
    const at = 1_700_000_000_000
    const [taken, inserted, counts]: [string[], string[], number[]] = [[], [], []]
    const compete = async (id: string): Promise<void> => {
      if (await storage.take('session', id)) taken.push(id)
      const entry = { kind: 'contract', id, owner: null, expiresAt: null, version: 1, data: null }
      if (await storage.insert(entry, at)) inserted.push(id)
      counts.push((await storage.increment('shared', 60_000, 1, at)).count)
    }
    for (let start = 0; start < ids.length; start += 10) {
      await Promise.all(ids.slice(start, start + 10).map(compete))
      // As a server does between requests; a process that writes without end shuts others out of SQLite.
      await setTimeout(2)
    }
    return { taken, inserted, counts }
  },
}

// All workers of a test start together: when their stdin is closed.
process.stdout.write('ready\n')
for await (const _ of process.stdin);
const result = await tasks[task]?.(sqlStorage(handles[driver]?.() as SqlHandle, { deadlineMs: 10_000 }))
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit())
