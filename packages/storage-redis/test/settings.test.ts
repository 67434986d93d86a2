import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Cluster, Redis } from 'ioredis'
import { createClient, createClientPool } from 'redis'
import { describe, expect, it } from 'vitest'
import { freePort, freshDirectory } from '../../../scripts/servers/process.ts'
import { startRedis } from '../../../scripts/servers/redis.ts'
import { serverUrl } from '../../../scripts/servers/server-url.ts'
import { redisStorage, type RedisClient } from '../src/index.ts'
import { intercept, openIoredis, openNodeRedis } from './clients.ts'
import { keysOf, session } from './steps.ts'

const url = await serverUrl('redis')

/** Writes and reads something with every operation. */
async function smoke(client: RedisClient, prefix = `${randomUUID()}:`): Promise<void> {
  const storage = redisStorage(client, { prefix })
  await storage.check()
  const now = Date.now()
  const [ada, mine, other] = [session({ kind: 'user', id: 'ada', owner: null }), session(), session()]
  for (const entry of [ada, mine, other]) expect(await storage.insert(entry, now)).toBe(true)
  for (const _ of [1, 2]) {
    expect(await storage.getWithOwner('session', mine.id)).toEqual({ entry: mine, owner: ada })
  }
  expect(await storage.replace({ ...mine, data: { n: [] } }, now)).toBe(true)
  expect(await storage.get('session', mine.id)).toEqual({ ...mine, data: { n: [] }, version: mine.version + 1 })
  expect((await storage.list('session', { owner: 'ada', limit: 5 })).items).toHaveLength(2)
  expect(await storage.take('session', mine.id)).toMatchObject({ id: mine.id })
  expect(await storage.removeAll('session', 'ada')).toBe(1)
  expect(await storage.increment('name', 1000, 2, now)).toEqual({ count: 2, resetAt: now + 1000 })
  expect(await storage.sweep(10, now)).toBe(0)
  await storage.close()
}

describe.skipIf(!url)('clients', { timeout: 30_000 }, () => {
  it('every key starts with the prefix, and storages with different prefixes know nothing of each other', async () => {
    const server = await startRedis()
    const alone = await openNodeRedis(server.url)
    const [a, b] = [redisStorage(alone), redisStorage(alone, { prefix: '{b}/' })]
    const entry = session()
    expect(await a.insert(entry, Date.now())).toBe(true)
    expect(await b.get('session', entry.id)).toBeUndefined()
    expect(await b.insert({ ...entry, data: 'b' }, Date.now())).toBe(true)
    await a.increment('x', 1000, 5, Date.now())
    expect(await b.increment('x', 1000, 0, Date.now())).toMatchObject({ count: 0 })
    const [former, keys] = [await keysOf(alone, 'sallyport:'), await keysOf(alone, '')]
    expect(keys.filter((key) => !former.includes(key) && !key.startsWith('{b}/'))).toEqual([])
    expect(await b.take('session', entry.id)).toMatchObject({ data: 'b' })
    await expect.poll(() => keysOf(alone, '')).toEqual(former)
    expect(await a.get('session', entry.id)).toEqual(entry)
    alone.destroy()
    await server.stop()
  })

  it('a pool of node-redis', async () => {
    const pool = await createClientPool({ url: url ?? '' }, { minimum: 2 }).connect()
    if (pool) await smoke(pool)
    pool?.destroy()
  })

  it('clients that map replies to other types, or put a prefix of their own before keys', async () => {
    const mapped = await createClient({
      url: url ?? '',
      commandOptions: { typeMapping: { 36: Buffer, 43: Buffer } },
    }).connect()
    await smoke(mapped)
    mapped.destroy()
    const old = await createClient({ url: url ?? '', RESP: 2 }).connect()
    await smoke(old)
    old.destroy()
    const prefixed = new Redis(url ?? '', { keyPrefix: `${randomUUID()}:`, stringNumbers: true })
    await smoke(prefixed)
    prefixed.disconnect()
    const pipelining = new Redis(url ?? '', { enableAutoPipelining: true, lazyConnect: true })
    await smoke(pipelining)
    pipelining.disconnect()
  })

  it('TLS', async () => {
    const directory = freshDirectory('certificate')
    const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')]
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
    const request = [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-days',
      '2',
    ]
    execFileSync('openssl', [...request, ...subject, '-keyout', key, '-out', cert], { stdio: 'pipe' })
    const port = String(await freePort())
    const files = [
      '--tls-cert-file',
      cert,
      '--tls-key-file',
      key,
      '--tls-ca-cert-file',
      cert,
      '--tls-auth-clients',
      'no',
    ]
    const server = await startRedis(['--port', '0', '--tls-port', port, ...files])
    const ca = readFileSync(cert)
    const address = `rediss://localhost:${port}`
    const node = await createClient({ url: address, socket: { tls: true, ca } }).connect()
    await smoke(node)
    node.destroy()
    const io = new Redis(address, { tls: { ca } })
    await smoke(io)
    io.disconnect()
    await server.stop()
    rmSync(directory, { recursive: true })
  })

  it('servers and callers whose clocks differ by more than the deadline', async () => {
    const client = await openNodeRedis(url ?? '')
    let behind = false
    const sent: string[] = []
    const slow = intercept(client, async (command) => {
      sent.push(command[0] ?? '')
      if (!behind || command[0] !== 'EVALSHA') return
      // As if this machine's clock were a minute behind: to the server, the deadline has passed.
      behind = false
      ;(command as string[])[4] = String(Date.now() - 60_000)
    })
    const storage = redisStorage(slow, { prefix: `${randomUUID()}:` })
    const [first, second] = [session(), session()]
    for (const entry of [first, second]) expect(await storage.insert(entry, Date.now())).toBe(true)
    expect(await storage.take('session', first.id)).toEqual(first)
    behind = true
    sent.length = 0
    expect(await storage.take('session', second.id)).toEqual(second)
    expect(sent.filter((name) => name !== 'ZREM')).toEqual(['EVALSHA', 'EVALSHA'])
    client.destroy()
  })

  it('after close every call is refused, and the client goes on and has no listener of ours', async () => {
    const io = openIoredis(url ?? '')
    const listeners = io.listenerCount('close')
    const storage = redisStorage(io)
    await storage.check()
    await storage.close()
    expect(io.listenerCount('close')).toBe(listeners)
    await expect(storage.get('session', 'x')).rejects.toThrow('closed')
    await expect(storage.insert(session(), Date.now())).rejects.toThrow('closed')
    expect(await io.ping()).toBe('PONG')
    io.disconnect()
  })
})

describe('settings', () => {
  it('refuses what is no client, and settings that can not work', () => {
    for (const client of [undefined, null, 'redis://x', {}, () => {}, { get() {} }, { sendCommand() {} }]) {
      expect(() => redisStorage(client as never)).toThrow('must be one of node-redis or ioredis')
    }
    const client = createClient()
    for (const deadlineMs of [0, -1, Number.NaN, Infinity])
      expect(() => redisStorage(client, { deadlineMs })).toThrow('deadlineMs')
    for (const replicas of [0, 1.5])
      expect(() => redisStorage(client, { wait: { replicas, timeoutMs: 9 } })).toThrow('replicas')
    for (const timeoutMs of [0, 2000])
      expect(() => redisStorage(client, { wait: { replicas: 1, timeoutMs } })).toThrow('timeoutMs')
  })

  it('refuses to read from replicas', () => {
    const cluster = new Cluster(['redis://127.0.0.1:1'], { scaleReads: 'slave', lazyConnect: true })
    expect(() => redisStorage(cluster)).toThrow('scaleReads')
    cluster.disconnect()
  })

  it('rejects when the application has not connected its client', async () => {
    await expect(redisStorage(createClient()).get('session', 'x')).rejects.toThrow('closed')
  })
})

it('an option that there is not is refused', () => {
  expect(() => redisStorage({} as never, { tablePrefix: 'x' } as never)).toThrow('`tablePrefix` is no option')
})
