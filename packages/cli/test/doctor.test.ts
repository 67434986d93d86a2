import { execFileSync } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAuth } from '@sallyport/core'
import { visitNode } from '@sallyport/core/node'
import { memoryStorage } from '@sallyport/storage-memory'
import { afterAll, describe, expect, test } from 'vitest'
import { serverUrl } from '../../../scripts/servers/server-url.ts'
import { running } from './application.ts'
import { type Outcome, type Place, place, sqliteAuth, testSecret } from './sallyport.ts'

const redis = await serverUrl('redis')

interface Finding {
  readonly severity: 'ok' | 'advice' | 'warning' | 'error'
  readonly area: string
  readonly message: string
  readonly mend?: string
}

async function doctor(where: Place, env: NodeJS.ProcessEnv = {}, options = '--offline'): Promise<Diagnosis> {
  const outcome = await where.run(`doctor --json ${options}`, { env: { SALLYPORT_SECRET: testSecret, ...env } })
  const { findings } = outcome.json<{ findings: readonly Finding[] }>()
  const of = (severity: Finding['severity'], area?: string) =>
    findings.filter((finding) => finding.severity === severity && (area === undefined || finding.area === area))
  return { ...outcome, findings, of }
}

interface Diagnosis extends Outcome {
  readonly findings: readonly Finding[]
  of(severity: Finding['severity'], area?: string): readonly Finding[]
}

describe('the doctor', () => {
  test('finds a sound application sound, and every advice has its mend', async () => {
    const app = await running()
    chmodSync(`${app.folder}/.env`, 0o600)
    const { code, findings, of } = await doctor(app)
    expect(of('error')).toEqual([])
    expect(code).toBe(0)
    expect(of('ok').map(({ area }) => area)).toEqual(
      expect.arrayContaining(['settings', 'secrets', 'store', 'cookies']),
    )
    expect(of('ok', 'cookies')[0]?.message).toBe('sallyport: Path=/; HttpOnly; SameSite=Lax, as it is set.')
    for (const { severity, mend } of findings) expect(mend === undefined).toBe(severity === 'ok')
    const text = await app.run('doctor --offline --quiet', { env: { SALLYPORT_SECRET: testSecret } })
    expect(text.stdout).toMatch(/^advice +settings +There are no second factors/m)
    expect(text.stdout).toMatch(/\n0 errors, \d warnings?, \d suggestions?\.\n$/)
  })

  test('names the migration that is missing', async () => {
    const { code, of } = await doctor(place({ 'auth.ts': sqliteAuth() }))
    expect(code).toBe(1)
    expect(of('error')).toMatchObject([
      { area: 'store', message: 'The tables lack 0001_tables.', mend: 'sallyport migrate' },
    ])
  })

  test('says what `createAuth` refuses', async () => {
    const { code, of } = await doctor(place({ 'auth.ts': sqliteAuth(`query: 'sometimes' as never,`) }))
    expect([code, of('error').length]).toEqual([1, 1])
    expect(of('error')[0]?.message).toContain('`query` is "sometimes"')
  })

  test('judges what is allowed, and is not wise', async () => {
    const unwise = `import { createAuth } from '@sallyport/core'
      import { memoryStorage } from '@sallyport/storage-memory'
      export const storage = memoryStorage({ inProduction: true })
      export const auth = createAuth({ origin: 'http://localhost:3000', secret: ['${testSecret}', '${testSecret}x'], storage,
        mfa: 'off', enrolWithFirstFactor: true, clock: () => Date.now() + 3_600_000 })`
    const { of } = await doctor(place({ 'auth.ts': unwise }), { NODE_ENV: 'production' }, '')
    const errors = of('error')
      .map(({ area, message }) => `${area}: ${message}`)
      .join('\n')
    expect(errors).toContain('settings: `origin` is plain http')
    expect(errors).toContain('store: The storage is in memory')
    expect(errors).toMatch(/clock: The setting `clock` is 36\d{5} ms ahead/)
    const rest = [...of('warning'), ...of('advice')].map(({ message }) => message).join('\n')
    for (const named of ['`permissions`', '`mfa`', '`enrolWithFirstFactor`', '2 values', '?token='])
      expect(rest).toContain(named)
  })

  test('a secret that is in the repository is an error', async () => {
    const where = place({ 'auth.ts': sqliteAuth(), '.env': `SALLYPORT_SECRET=${testSecret}\n` })
    const git = (...args: string[]) => execFileSync('git', args, { cwd: where.folder, stdio: 'ignore' })
    git('init')
    expect((await doctor(where)).of('warning', 'secrets').map(({ mend }) => mend)).toContain(
      'write .env into .gitignore',
    )
    git('add', '-f', '.env')
    expect((await doctor(where)).of('error', 'secrets').map(({ message }) => message)).toEqual([
      '.env is in the repository, and with it the secret.',
    ])
  })

  test('asks every provider, and recommends `maxSinceLoginMs`', async () => {
    const app = await running()
    app.write(
      'auth.ts',
      `import { oidc } from '@sallyport/oidc'\n${sqliteAuth(`providers: [
      oidc({ id: 'away', label: 'Away', issuer: 'http://localhost:1', network: 'localhost', clientId: 'x', clientSecret: 'y' }),
    ],`)}`,
    )
    const { code, of } = await doctor(app)
    expect(code).toBe(1)
    expect(of('error', 'providers')[0]?.message).toMatch(/^away: discovery: /)
    expect(of('advice', 'providers')).toMatchObject([{ mend: expect.stringContaining('maxSinceLoginMs') }])
  })

  test('a proxy that forwards without being listed is found in the trail', async () => {
    const app = await running()
    const headers = { 'x-forwarded-for': '203.0.113.9' }
    await app.auth.handle(new Request('http://localhost:3000/auth/login', { method: 'POST', headers }), {
      address: '10.0.0.5',
    })
    await expect
      .poll(async () => (await app.auth.events.list()).items.map(({ type }) => type))
      .toContain('proxy.unlisted')
    const { of } = await doctor(app)
    expect(of('error', 'proxies')).toMatchObject([{ mend: 'trustedProxies: ["10.0.0.5"], if it is a proxy of yours' }])
  })

  test.skipIf(!redis)('looks at Redis, and at a Redis that is away', async () => {
    const onRedis = (url: string) => `import { createAuth } from '@sallyport/core'
      import { redisStorage } from '@sallyport/storage-redis'
      import { createClient } from 'redis'
      const client = createClient({ url: '${url}' }).on('error', () => {})
      client.connect().catch(() => {})
      export const storage = redisStorage(client, { prefix: 'cli-${process.pid}:', deadlineMs: 1000 })
      export const auth = createAuth({ origin: 'https://app.example.com', secret: process.env.SALLYPORT_SECRET, storage })`
    const [there, away] = await Promise.all(
      [redis ?? '', 'redis://localhost:1'].map((url) => doctor(place({ 'auth.ts': onRedis(url) }))),
    )
    expect(there?.of('error')).toEqual([])
    expect(there?.of('ok', 'cookies')[0]?.message).toContain('__Host-sallyport: Path=/; HttpOnly; Secure; SameSite=Lax')
    expect(away?.of('error')).toMatchObject([{ area: 'store' }])
  })
})

function addressOf(server: Server): string {
  return `http://localhost:${(server.address() as AddressInfo).port}`
}

describe('the server as it is reached', () => {
  const config = sqliteAuth().replace(`'http://localhost:3000'`, 'process.env.ORIGIN')
  /** What something in front makes of the headers of an answer. */
  type Front = (headers: Headers) => void

  async function reachedThrough(front: Front): Promise<Diagnosis> {
    const [inner, outer] = [createServer(), createServer()].map((server) => server.listen(0)) as [Server, Server]
    afterAll(() => [inner, outer].forEach((server) => server.close()))
    const origin = addressOf(outer)
    const auth = createAuth({ origin, secret: testSecret, storage: memoryStorage() })
    inner.on('request', async (request, response) => {
      if (await visitNode(auth, request, response)) response.writeHead(404).end()
    })
    outer.on('request', async ({ url = '', method = '', headers }, response) => {
      const forwarded = headers.origin === undefined ? {} : { origin: headers.origin }
      const answer = await fetch(addressOf(inner) + url, { method, headers: forwarded })
      const changed = new Headers(answer.headers)
      front(changed)
      response
        .setHeaders(changed)
        .writeHead(answer.status)
        .end(await answer.text())
    })
    return doctor(place({ 'auth.ts': config }), { ORIGIN: origin }, '')
  }

  test('by itself is sound', async () => {
    const { of } = await reachedThrough(() => {})
    expect(of('ok').map(({ area }) => area)).toEqual(expect.arrayContaining(['server', 'clock', 'cookies']))
    expect(of('ok', 'cookies').map(({ message }) => message)).toContain(
      'sallyport: Path=/; HttpOnly; SameSite=Lax, as it arrives.',
    )
    expect(of('error').map(({ area }) => area)).toEqual(['store'])
  })

  test.each<[string, Front, string, RegExp]>([
    ['weakens cookies', (h) => h.set('set-cookie', 'sallyport=; Path=/; SameSite=Lax'), 'cookies', /without HttpOnly/],
    [
      'widens cookies',
      (h) => h.set('set-cookie', 'sallyport=; Path=/; HttpOnly; SameSite=Lax; Domain=localhost'),
      'cookies',
      /with a Domain/,
    ],
    ['renames cookies', (h) => h.set('set-cookie', 'other=; Path=/'), 'cookies', /there is other/],
    ['caches', (h) => h.set('cache-control', 'public, max-age=60'), 'server', /kept in a cache/],
    [
      'has another time',
      (h) => h.set('date', new Date(Date.now() - 90_000).toUTCString()),
      'clock',
      /(89|90|91) s behind/,
    ],
  ])('behind something that %s is not', async (_, front, area, says) => {
    const { code, of } = await reachedThrough(front)
    expect(of('error', area)[0]?.message).toMatch(says)
    expect(code).toBe(1)
  })
})
