import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createConnection } from 'mysql2/promise'
import pg from 'pg'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { startRedis } from '../../scripts/servers/redis.ts'
import { serverUrl } from '../../scripts/servers/server-url.ts'
import { browser, loggedIn, send } from './client.ts'
import { frameworks, startExample } from './start-example.ts'

vi.setConfig({ testTimeout: 60_000 })

const redis = await serverUrl('redis')
const cluster = await serverUrl('redis-cluster')
const postgres = await serverUrl('postgres')
const mysql = await serverUrl('mysql')

const folder = mkdtempSync(join(tmpdir(), 'sallyport-storage-'))
afterAll(() => rmSync(folder, { recursive: true }))

function freshName(): string {
  return `x${randomBytes(6).toString('hex')}`
}

/** An empty place of each kind that keeps things, as STORAGE names it. */
const places: Readonly<Record<string, readonly [here: boolean, make: () => Promise<string>]>> = {
  'sqlite:': [true, async () => `sqlite:${join(folder, freshName())}.sqlite`],
  'postgres://': [postgres !== undefined, () => freshPostgres(postgres ?? '')],
  'mysql://': [mysql !== undefined, () => freshMysql(mysql ?? '')],
  'redis://': [redis !== undefined, async () => `${redis}/9`],
  'redis-cluster://': [cluster !== undefined, async () => (cluster ?? '').replace('redis://', 'redis-cluster://')],
}

async function freshPostgres(url: string): Promise<string> {
  const name = freshName()
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(`create database ${name}`)
  await client.end()
  return Object.assign(new URL(url), { pathname: `/${name}` }).href
}

async function freshMysql(url: string): Promise<string> {
  const name = freshName()
  const connection = await createConnection(url)
  await connection.query(`create database ${name}`)
  await connection.end()
  return Object.assign(new URL(url), { pathname: `/${name}` }).href
}

describe.concurrent.each(Object.entries(places))('STORAGE=%s', (_scheme, [here, make]) => {
  test.skipIf(!here)('keeps users, sessions and API tokens over restarts, from one framework to the next', async () => {
    const STORAGE = await make()
    const user = { username: freshName(), password: 'as the operator says', roles: ['reader'] }
    const variables = { STORAGE, USERS: JSON.stringify([user]) }
    const [first, ...others] = frameworks

    const example = await startExample(first, variables)
    const client = await loggedIn(example.url, user)
    const headers = { cookie: client.cookie ?? '' }
    const { token } = (await client.send('POST', '/auth/api-tokens', { body: { name: 'program' } })).json
    const { id } = (await client.send('GET', '/auth/session')).json.user
    expect(await example.stop()).toBe(0)

    for (const [restarts, framework] of [...others, first].entries()) {
      await using next = await startExample(framework, variables)
      const session = await send(next.url, 'GET', '/auth/session', { headers })
      expect(session.json).toMatchObject({ status: 'unlocked', user: { id, username: user.username } })
      expect((await send(next.url, 'GET', `/api/v1/documents/1?token=${token}`)).status).toBe(200)
      const again = await loggedIn(next.url, user)
      expect((await again.send('GET', '/auth/session')).json.user.id).toBe(id)
      expect((await again.send('GET', '/auth/sessions')).json.items).toHaveLength(restarts + 2)
      expect(await next.stop()).toBe(0)
    }
  })

  test.skipIf(!here)(
    'D21: what one process ends is ended in another; both may start at once and create the same user',
    async () => {
      const STORAGE = await make()
      const user = { username: freshName(), password: 'as the operator says', roles: ['reader'] }
      const variables = { STORAGE, USERS: JSON.stringify([user]) }
      const examples = await Promise.all([startExample('express', variables), startExample('express', variables)])
      const [one, other] = examples
      try {
        const client = await loggedIn(one.url, user)
        const elsewhere = { headers: { cookie: client.cookie ?? '' } }
        expect((await send(other.url, 'GET', '/auth/session', elsewhere)).json.status).toBe('unlocked')
        expect((await client.send('POST', '/auth/logout')).status).toBe(204)
        expect((await send(other.url, 'GET', '/auth/session', elsewhere)).json.code).toBe('invalid_token')
        const ids = await Promise.all(
          [one, other].map(
            async ({ url }) => (await (await loggedIn(url, user)).send('GET', '/auth/session')).json.user.id,
          ),
        )
        expect(ids[0]).toBe(ids[1])
      } finally {
        for (const example of examples) expect(await example.stop()).toBe(0)
      }
    },
  )
})

test('STORAGE=memory forgets everything with the process', async () => {
  const first = await startExample('express')
  const client = await loggedIn(first.url, { username: 'ada', password: 'pw' })
  await first.stop()
  await using second = await startExample('express')
  const headers = { cookie: client.cookie ?? '' }
  expect((await send(second.url, 'GET', '/auth/session', { headers })).json.code).toBe('invalid_token')
})

test('documents in SQLite are kept as well', async () => {
  const variables = { STORAGE: `sqlite:${join(folder, 'documents.sqlite')}` }
  const first = await startExample('express', variables)
  const client = await loggedIn(first.url, { username: 'ada', password: 'pw' })
  await client.send('PUT', '/api/v1/documents/1', { body: { title: 'Changed' } })
  await client.send('DELETE', '/api/v1/documents/2')
  await first.stop()
  await using second = await startExample('express', variables)
  const again = await loggedIn(second.url, { username: 'ada', password: 'pw' })
  const { items } = (await again.send('GET', '/api/v1/documents')).json
  expect(items.map(({ id }) => id)).toEqual(['1', '3', '4', '5', '6', '7', '8'])
  expect(items[0]?.title).toBe('Changed')
})

describe('without any settings', () => {
  test('the data folder has the secret, for this user alone, and a database', async () => {
    const variables = { DATA: join(folder, 'data'), STORAGE: '', SALLYPORT_SECRET: '', USERS: '' }
    const grace = { username: 'grace', password: 'a moth in the relay' }
    const first = await startExample('express', variables)
    const client = await loggedIn(first.url, grace)
    await first.stop()
    expect(readdirSync(variables.DATA).filter((name) => !/-(wal|shm)$/.test(name))).toEqual(['demo.sqlite', 'secret'])
    expect(statSync(join(variables.DATA, 'secret')).mode & 0o777).toBe(0o600)
    await using second = await startExample('express', variables)
    const headers = { cookie: client.cookie ?? '' }
    expect((await send(second.url, 'GET', '/auth/session', { headers })).json.status).toBe('unlocked')
  })

  test('ASVS 6.3.2: whoever goes on to users of their own does not inherit the demo’s', async () => {
    const variables = { DATA: join(folder, 'data'), STORAGE: '', SALLYPORT_SECRET: '' }
    await using example = await startExample('express', variables)
    const body = { username: 'grace', password: 'a moth in the relay' }
    expect((await send(example.url, 'POST', '/auth/login', { body })).status).toBe(200)
    const demo = { username: 'ada', password: 'a brass engine counts' }
    expect((await send(example.url, 'POST', '/auth/login', { body: demo })).status).toBe(401)
  })
})

describe.skipIf(redis === undefined)('D4: while the storage is away', () => {
  test.concurrent.each(frameworks)(
    '%s answers 503 with Retry-After, and is back with it',
    async (framework) => {
      const server = await startRedis()
      await using example = await startExample(framework, { STORAGE: server.url })
      const client = await loggedIn(example.url, { username: 'alan', password: 'an oracle never halts' })
      process.kill(server.pid, 'SIGSTOP')
      try {
        const requests = [
          ['GET', '/api/v1/documents/1', undefined],
          ['GET', '/auth/session', undefined],
          ['POST', '/auth/login', { username: 'alan', password: 'wrong' }],
        ] as const
        await Promise.all(
          requests.map(async ([method, path, body]) => {
            const sender = method === 'GET' ? client : browser(example.url)
            const answer = await sender.send(method, path, { body })
            expect([path, answer.status, answer.json.code]).toEqual([path, 503, 'unavailable'])
            expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
          }),
        )
        expect((await send(example.url, 'GET', '/public')).status).toBe(200)
      } finally {
        process.kill(server.pid, 'SIGCONT')
      }
      expect((await client.send('GET', '/api/v1/documents/1')).status).toBe(200)
      await example.stop()
      await server.stop()
    },
    30_000,
  )
})
