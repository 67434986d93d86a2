import { DatabaseSync } from 'node:sqlite'
import BetterSqlite from 'better-sqlite3'
import { CamelCasePlugin, Kysely, PostgresDialect, SqliteDialect } from 'kysely'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { sqlStorage } from '../src/index.ts'
import type { SqlHandle } from '../src/index.ts'
import { freshFile, freshPostgres, postgresUrl } from './databases.ts'

const entry = (id: string) => ({ kind: 'session', id, owner: null, expiresAt: null, version: 1, data: { a_b: 1 } })

/** The application's own table, in its own terms. */
interface Own {
  readonly things: { readonly thingName: string }
}

describe('what the application hands over stays the application’s', () => {
  it.skipIf(!postgresUrl)('Kysely on PostgreSQL: its transaction is rolled back, our entry stays', async () => {
    const { url, drop } = await freshPostgres()
    const pool = new pg.Pool({ connectionString: url }).on('error', () => {})
    const db = new Kysely<Own>({ dialect: new PostgresDialect({ pool }), plugins: [new CamelCasePlugin()] })
    await ownTransaction(db)
    await db.destroy()
    await drop()
  })

  it('Kysely on SQLite: its transaction is rolled back, our entry stays', async () => {
    const { file, drop } = freshFile()
    const dialect = new SqliteDialect({ database: new BetterSqlite(file) })
    const db = new Kysely<Own>({ dialect, plugins: [new CamelCasePlugin()] })
    await ownTransaction(db)
    await db.destroy()
    drop()
  })

  async function ownTransaction(db: Kysely<Own>): Promise<void> {
    const storage = sqlStorage(db)
    await storage.migrate()
    await db.schema.createTable('things').addColumn('thingName', 'text').execute()
    let inserted: Promise<boolean> | undefined
    const transaction = db.transaction().execute(async (own) => {
      await own.insertInto('things').values({ thingName: 'mine' }).execute()
      inserted = storage.insert(entry('kept'), 0)
      await new Promise((resolve) => setTimeout(resolve, 50))
      throw new Error('rolled back')
    })
    await expect(transaction).rejects.toThrow('rolled back')
    expect(await inserted).toBe(true)
    expect(await storage.get('session', 'kept')).toEqual(entry('kept'))
    await storage.close()
    expect(await db.selectFrom('things').selectAll().execute()).toEqual([])
    await db.insertInto('things').values({ thingName: 'still mine' }).execute()
    expect(await db.selectFrom('things').selectAll().execute()).toEqual([{ thingName: 'still mine' }])
  }

  for (const [name, connect] of [
    ['node:sqlite', (file: string) => new DatabaseSync(file, { timeout: 1234 })],
    ['better-sqlite3', (file: string) => new BetterSqlite(file, { timeout: 1234 })],
  ] as const) {
    it(`D1 ${name}: what is consumed while the application’s transaction is open stays consumed`, async () => {
      const { file, drop } = freshFile()
      const db = connect(file)
      const storage = sqlStorage(db)
      await storage.migrate()
      await storage.insert(entry('once'), 0)
      db.exec('create table things (name text); begin; insert into things values (1)')
      const taken = storage.take('session', 'once')
      const counted = storage.increment('attempts', 1000, 1, 0)
      await new Promise((resolve) => setTimeout(resolve, 30))
      db.exec('rollback')
      expect((await taken)?.id).toBe('once')
      expect((await counted).count).toBe(1)
      expect(await storage.take('session', 'once')).toBeUndefined()
      expect(db.prepare('select count(*) as n from things').get()).toMatchObject({ n: 0 })
      db.close()
      drop()
    })

    it(`${name}: a call inside a transaction that never ends is rejected in time`, async () => {
      const { file, drop } = freshFile()
      const db = connect(file)
      const storage = sqlStorage(db, { deadlineMs: 100 })
      await storage.migrate()
      db.exec('begin')
      await expect(storage.get('session', 'x')).rejects.toThrow('in time')
      db.exec('rollback')
      expect(await storage.get('session', 'x')).toBeUndefined()
      db.close()
      drop()
    })

    it(`${name}: the write-ahead log is on, foreign keys hold, and busy_timeout is as it was`, async () => {
      const { file, drop } = freshFile()
      const db = connect(file)
      const storage = sqlStorage(db)
      await storage.migrate()
      await storage.insert(entry('x'), 0)
      expect(db.prepare('pragma busy_timeout').get()).toMatchObject({ timeout: 1234 })
      expect(db.prepare('pragma journal_mode').get()).toMatchObject({ journal_mode: 'wal' })
      expect(db.prepare('pragma foreign_keys').get()).toMatchObject({ foreign_keys: 1 })
      db.close()
      drop()
    })
  }

  it('64-bit integers may be read as bigints', async () => {
    const { file, drop } = freshFile()
    const node = new DatabaseSync(file, { readBigInts: true })
    const better = new BetterSqlite(file).defaultSafeIntegers()
    const stored = { ...entry('big'), expiresAt: 253_402_300_799_999, version: 2 ** 48 - 1 }
    await sqlStorage(node).migrate()
    await sqlStorage(node).insert(stored, 0)
    for (const handle of [node, better]) {
      const storage = sqlStorage(handle)
      expect(await storage.get('session', 'big')).toEqual(stored)
      expect(await storage.increment(handle.constructor.name, 1000, 1, 0)).toEqual({ count: 1, resetAt: 1000 })
    }
    for (const handle of [node, better]) handle.close()
    drop()
  })

  it.skipIf(!postgresUrl)('PostgreSQL: two storages share the connections of one pool', async () => {
    const { url, drop } = await freshPostgres()
    const pool = new pg.Pool({ connectionString: url, max: 1 }).on('error', () => {})
    const storages = [sqlStorage(pool), sqlStorage(pool, { tablePrefix: 'other_' })] as const
    for (const storage of storages) {
      await storage.migrate()
      expect(await storage.insert(entry('same'), 0)).toBe(true)
      expect(await storage.get('session', 'same')).toEqual(entry('same'))
    }
    await storages[0].close()
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
    await pool.end()
    await drop()
  })
})

describe('settings that cannot work are refused at once', () => {
  const memory = new DatabaseSync(':memory:')
  it.each([
    ['a handle that is none', () => sqlStorage({} as SqlHandle), /takes a Pool of pg/],
    ['a schema on SQLite', () => sqlStorage(memory, { schema: 'main' }), /`schema`/],
    ['a schema that is no name', () => sqlStorage(memory, { schema: 'a"; drop' }), /`schema`/],
    ['no prefix', () => sqlStorage(memory, { tablePrefix: '' }), /`tablePrefix`/],
    ['a prefix that is no name', () => sqlStorage(memory, { tablePrefix: 'a-b' }), /`tablePrefix`/],
    ['an unknown option', () => sqlStorage(memory, { prefix: 'x_' } as never), /`prefix` is no option/],
    ['no deadline', () => sqlStorage(memory, { deadlineMs: Number.POSITIVE_INFINITY }), /`deadlineMs`/],
  ])('%s', (_, make, message) => {
    expect(make).toThrow(message)
  })

  it('a key that cannot be one is not stored, and a counter has a name', async () => {
    const storage = sqlStorage(memory)
    await storage.migrate()
    for (const wrong of [{ id: '' }, { id: 'é' }, { kind: 'k'.repeat(33) }, { owner: 'o'.repeat(129) }]) {
      await expect(storage.insert({ ...entry('x'), ...wrong }, 0)).rejects.toThrow(RangeError)
    }
    await expect(storage.increment('é', 1000, 1, 0)).rejects.toThrow(RangeError)
    await expect(storage.list('session', { prefix: '', limit: 1001 })).rejects.toThrow(RangeError)
  })
})
