import { readFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { type AuthEvent, createAuth, type UserDirectory } from '@sallyport/core'
import { sqlStorage, type SqlStorage } from '@sallyport/storage-sql'
import { createPool } from 'mysql2/promise'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { root } from '../scripts/run.ts'
import { dropDatabase } from '../scripts/servers/drop-database.ts'
import { serverUrl } from '../scripts/servers/server-url.ts'
import { ways } from './flows/application.ts'
import { browser, program } from './flows/client.ts'
import { cheapHasher, goodPassword, origin, testSecret } from './flows/house.ts'
import { people as peopleInMysql } from './own-users/mysql.ts'
import { people as peopleInPostgres } from './own-users/postgres.ts'
import { people as peopleInSqlite } from './own-users/sqlite.ts'

/** The application's database, with a table of people that is not ours. */
interface Shop {
  readonly storage: SqlStorage
  readonly users: UserDirectory
  readonly table: string
  query(sql: string): Promise<unknown>
  close(): Promise<void>
}

const name = `shop_${Date.now().toString(36)}`
const postgresUrl = await serverUrl('postgres')
const mysqlUrl = await serverUrl('mysql')

async function inPostgres(): Promise<Shop> {
  const admin = new pg.Pool({ connectionString: postgresUrl, max: 1 })
  await admin.query(`create database ${name}`)
  const url = new URL(postgresUrl ?? '')
  url.pathname = name
  const pool = new pg.Pool({ connectionString: url.href, query_timeout: 2000 })
  await pool.query(`create schema shop; create table shop.people (
    person_id bigint primary key, mail text not null, full_name text, staff boolean not null, active boolean not null)`)
  return {
    storage: sqlStorage(pool),
    users: peopleInPostgres(pool),
    table: 'shop.people',
    query: (sql) => pool.query(sql),
    async close() {
      await pool.end()
      await dropDatabase((sql) => admin.query(sql), name)
      await admin.end()
    },
  }
}

async function inMysql(): Promise<Shop> {
  const admin = createPool({ uri: mysqlUrl ?? '', connectionLimit: 1 })
  await admin.query(`create database ${name} character set utf8mb4`)
  const url = new URL(mysqlUrl ?? '')
  url.pathname = name
  const pool = createPool(url.href)
  await pool.query(`create table people (
    person_id bigint primary key, mail varchar(200) not null, full_name text, staff boolean not null, active boolean not null)`)
  return {
    storage: sqlStorage(pool),
    users: peopleInMysql(pool),
    table: 'people',
    query: (sql) => pool.query(sql),
    async close() {
      await pool.end()
      await admin.query(`drop database ${name}`)
      await admin.end()
    },
  }
}

async function inSqlite(): Promise<Shop> {
  const database = new DatabaseSync(':memory:')
  database.exec(`create table people (
    person_id integer primary key, mail text not null, full_name text, staff integer not null, active integer not null)`)
  return {
    storage: sqlStorage(database),
    users: peopleInSqlite(database),
    table: 'people',
    query: async (sql) => database.exec(sql),
    close: async () => database.close(),
  }
}

describe.each([
  { database: 'PostgreSQL', here: postgresUrl !== undefined, file: 'postgres.ts', open: inPostgres },
  { database: 'MariaDB', here: mysqlUrl !== undefined, file: 'mysql.ts', open: inMysql },
  { database: 'SQLite', here: true, file: 'sqlite.ts', open: inSqlite },
])('the application’s own users, in a table of $database', ({ here, file, open }) => {
  let shop: Shop
  beforeAll(async () => {
    if (!here) return
    shop = await open()
    await shop.storage.migrate()
  })
  afterAll(() => shop?.close())

  async function enter(id: number, staff = true) {
    const username = `nora.${id}@example.com`
    await shop.query(`insert into ${shop.table} values (${id}, 'Nora.${id}@example.com', 'Nora', ${staff}, true)`)
    const events: AuthEvent[] = []
    const auth = createAuth({
      origin,
      secret: testSecret,
      storage: shop.storage,
      users: shop.users,
      permissions: ({ roles }) => (roles.includes('admin') ? ['documents:read'] : []),
      password: { hasher: cheapHasher },
      onEvent: (event) => void events.push(event),
      onError: () => {},
    })
    await auth.passwords.set(String(id), goodPassword)
    const send = await ways['Express 5'](auth)
    const page = browser(send)
    const answer = await page.logIn({ username })
    return { auth, events, send, page, username, answer }
  }

  test('the README shows this very directory', () => {
    const readme = readFileSync(`${root}/packages/storage-sql/README.md`, 'utf8')
    expect(readme).toContain(readFileSync(`${root}/test/own-users/${file}`, 'utf8'))
  })

  test.skipIf(!here)(
    'somebody logs in, has a session and an API token, and a changed role with the next request',
    async () => {
      const { answer, page, send } = await enter(1)
      expect([answer.status, answer.json['user']]).toEqual([
        200,
        expect.objectContaining({ id: '1', username: 'nora.1@example.com', displayName: 'Nora', roles: ['admin'] }),
      ])
      // Whatever the directory gives goes to the browser: no column of the table comes along.
      expect(answer.json['user']).not.toHaveProperty('role')
      const made = await page.send('POST', '/auth/api-tokens', { name: 'ci' })
      const api = Object.assign(program(send), { token: String(made.json['token']) })
      expect((await page.send('GET', '/documents/1')).json).toEqual({ id: '1', by: 'nora.1@example.com' })
      expect((await api.send('GET', '/documents/1')).status).toBe(200)
      await shop.query(`update ${shop.table} set staff = false where person_id = 1`)
      for (const client of [page, api]) expect((await client.send('GET', '/documents/1')).status).toBe(403)
    },
  )

  test.skipIf(!here)('ASVS 7.4.2: who is disabled in the table is refused with the next request', async () => {
    const { page, send, username } = await enter(2)
    const made = await page.send('POST', '/auth/api-tokens', { name: 'ci' })
    const api = Object.assign(program(send), { token: String(made.json['token']) })
    await shop.query(`update ${shop.table} set active = false where person_id = 2`)
    for (const client of [page, api]) expect((await client.send('GET', '/documents/1')).status).toBe(401)
    const again = await browser(send).logIn({ username })
    expect([again.status, again.json['code']]).toEqual([401, 'invalid_credentials'])
  })

  test.skipIf(!here)('D21: whoever gets the id of somebody deleted inherits nothing', async () => {
    const { auth, page, send, username } = await enter(3)
    const made = await page.send('POST', '/auth/api-tokens', { name: 'ci' })
    const api = Object.assign(program(send), { token: String(made.json['token']) })
    await shop.query(`delete from ${shop.table} where person_id = 3`)
    await auth.users.deleted('3')
    await shop.query(`insert into ${shop.table} values (3, 'olga@example.com', 'Olga', true, true)`)
    for (const client of [page, api]) expect((await client.send('GET', '/documents/1')).status).toBe(401)
    expect((await browser(send).logIn({ username })).status).toBe(401)
    expect((await browser(send).logIn({ username: 'olga@example.com' })).status).toBe(401)
    expect([(await auth.sessions.list('3')).items, (await auth.apiTokens.list('3')).items]).toEqual([[], []])
    await auth.passwords.set('3', 'olga has a passphrase of her own')
    const olga = await browser(send).logIn({
      username: 'olga@example.com',
      password: 'olga has a passphrase of her own',
    })
    expect(olga.status).toBe(200)
  })

  test.skipIf(!here)('D4: while the table can’t be read all is 503, and no failure is counted', async () => {
    const { page, send, username, events } = await enter(4)
    await shop.query(`alter table ${shop.table} rename to gone`)
    const answers = [await page.send('GET', '/documents/1')]
    for (let i = 0; i < 12; i++) answers.push(await browser(send).logIn({ username }))
    await shop.query(`alter table ${shop.table.replace('people', 'gone')} rename to people`)
    for (const { status, headers, cookies } of answers) {
      expect([status, headers.get('retry-after') !== null, cookies]).toEqual([503, true, []])
    }
    expect((await page.send('GET', '/documents/1')).status).toBe(200)
    expect((await browser(send).logIn({ username })).status).toBe(200)
    const wrong = ['password.failed', 'token.refused', 'attempts.throttled']
    expect(events.filter(({ type }) => wrong.includes(type))).toEqual([])
  })

  test.skipIf(!here)('ids and names that are none', async () => {
    for (const id of ['0', '2x', 'x', '9'.repeat(18), "1' or '1'='1"]) expect(await shop.users.find(id)).toBeUndefined()
    for (const login of ['', '%', "' or 1=1 --", 'nobody']) expect(await shop.users.findByLogin(login)).toBeUndefined()
  })
})
