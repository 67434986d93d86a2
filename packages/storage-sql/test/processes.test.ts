import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { DatabaseSync } from 'node:sqlite'
import { createInterface } from 'node:readline'
import { sqlStorage } from '../src/index.ts'
import type { SqlHandle } from '../src/index.ts'
import { createPool } from 'mysql2/promise'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { freshFile, freshMysql, freshPostgres, mysqlUrl, postgresUrl } from './databases.ts'

/** Runs a task in several processes at once. */
async function inProcesses<T>(count: number, driver: string, where: string, task: string, json = '[]'): Promise<T[]> {
  const workers = await Promise.all(
    Array.from({ length: count }, async () => {
      const flags = ['--conditions=@sallyport/source', '--disable-warning=ExperimentalWarning']
      const file = new URL('./worker.ts', import.meta.url).pathname
      const child = spawn(process.execPath, [...flags, file, driver, where, task, json], {
        stdio: ['pipe', 'pipe', 'inherit'],
      })
      const lines = createInterface(child.stdout)
      const [ready] = (await once(lines, 'line')) as [string]
      expect(ready).toBe('ready')
      return { child, lines }
    }),
  )
  return Promise.all(
    workers.map(async ({ child, lines }) => {
      const answer = Promise.race([once(lines, 'line'), once(child, 'exit')])
      child.stdin.end()
      const [line] = (await answer) as [unknown]
      return JSON.parse(String(line)) as T
    }),
  )
}

interface Shared {
  readonly driver: string
  readonly here: boolean
  open(): Promise<{ readonly where: string; readonly handle: SqlHandle; dispose(): Promise<void> }>
}

const shared: readonly Shared[] = [
  {
    driver: 'pg',
    here: postgresUrl !== undefined,
    async open() {
      const { url, drop } = await freshPostgres()
      const handle = new pg.Pool({ connectionString: url }).on('error', () => {})
      return { where: url, handle, dispose: () => handle.end().then(drop) }
    },
  },
  {
    driver: 'mysql2',
    here: mysqlUrl !== undefined,
    async open() {
      const { url, drop } = await freshMysql()
      const handle = createPool(url)
      return { where: url, handle, dispose: () => handle.end().then(drop) }
    },
  },
  ...['node:sqlite', 'better-sqlite3'].map((driver) => ({
    driver,
    here: true,
    async open() {
      const { file, drop } = freshFile()
      const handle = new DatabaseSync(file)
      return { where: file, handle, dispose: async () => (handle.close(), drop()) }
    },
  })),
]

for (const { driver, here, open } of shared) {
  describe.skipIf(!here)(`two processes on one database: ${driver}`, () => {
    it('migrate at the same time, and both find it done', async () => {
      const { where, handle, dispose } = await open()
      const storage = sqlStorage(handle)
      const { pending } = await storage.migrationStatus()
      const statuses = await inProcesses(3, driver, where, 'migrate')
      for (const status of statuses) expect(status).toEqual({ applied: pending, pending: [] })
      expect(await storage.migrationStatus()).toEqual({ applied: pending, pending: [] })
      await dispose()
    }, 30_000)

    it('D1, D10: of both, one takes an entry, one inserts one, and a counter misses no count', async () => {
      const { where, handle, dispose } = await open()
      const storage = sqlStorage(handle)
      await storage.migrate()
      const ids = Array.from({ length: 200 }, (_, n) => `id-${n}`)
      for (const id of ids) {
        await storage.insert({ kind: 'session', id, owner: null, expiresAt: null, version: 1, data: null }, 0)
      }
      type Won = Readonly<Record<'taken' | 'inserted', string[]> & { counts: number[] }>
      const won = await inProcesses<Won>(2, driver, where, 'compete', JSON.stringify(ids))
      expect(won.flatMap(({ taken }) => taken).sort()).toEqual(ids.toSorted())
      expect(won.flatMap(({ inserted }) => inserted).sort()).toEqual(ids.toSorted())
      const counts = won.flatMap((each) => each.counts).toSorted((a, b) => a - b)
      expect(counts).toEqual(Array.from({ length: 2 * ids.length }, (_, n) => n + 1))
      await dispose()
    }, 30_000)
  })
}
