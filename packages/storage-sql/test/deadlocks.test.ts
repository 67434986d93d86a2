import { createPool } from 'mysql2/promise'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { sqlStorage } from '../src/index.ts'
import type { SqlHandle } from '../src/index.ts'
import { freshMysql, freshPostgres, mysqlUrl, postgresUrl } from './databases.ts'

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** The application's side of a deadlock: one connection. */
interface Rival {
  query(sql: string): Promise<unknown>
  release(): void
}

describe('ASVS 15.4.3: a deadlock that we lose is tried again, with the same conditions', () => {
  it.skipIf(!postgresUrl)('PostgreSQL', async () => {
    const { url, drop } = await freshPostgres()
    const pool = new pg.Pool({ connectionString: url }).on('error', () => {})
    await collide(pool, await pool.connect())
    await pool.end()
    await drop()
  })

  it.skipIf(!mysqlUrl)('MariaDB', async () => {
    const { url, drop } = await freshMysql()
    const pool = createPool(url)
    await collide(pool, await pool.getConnection())
    await pool.end()
    await drop()
  })

  async function collide(handle: SqlHandle, rival: Rival): Promise<void> {
    const storage = sqlStorage(handle, { deadlineMs: 8000 })
    await storage.migrate()
    const put = (kind: string, id: string, owner: string | null) =>
      storage.insert({ kind, id, owner, expiresAt: null, version: 1, data: null }, 0)
    await put('user', 'ada', null)
    for (let n = 0; n < 100; n++) await put('session', `s${String(n).padStart(3, '0')}`, 'ada')
    for (let n = 0; n < 300; n++) await put('whatever', `heavy ${n}`, null)

    await rival.query('begin')
    // MySQL gives up on whoever has changed less.
    await rival.query(`update sallyport_entries set version = version + 1`)
    await rival.query(`update sallyport_sessions set version = 2 where id = 's099'`)
    const removed = storage.removeAll('session', 'ada')
    await sleep(100)
    // It now holds the first 99 and waits for the last; PostgreSQL gives up on who has waited longest.
    await rival.query(`update sallyport_sessions set version = 2 where id = 's000'`)
    await rival.query('commit')
    rival.release()
    expect(await removed).toBe(100)
  }
})
