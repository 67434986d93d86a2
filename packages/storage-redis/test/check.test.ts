import { createClient } from 'redis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { serverUrl } from '../../../scripts/servers/server-url.ts'
import { startRedis } from '../../../scripts/servers/redis.ts'
import type { Server } from '../../../scripts/servers/process.ts'
import { checkServer } from '../src/check.ts'
import { redisStorage } from '../src/index.ts'
import { openIoredis, openNodeRedis, type Opened, singleClients } from './clients.ts'
import { session } from './steps.ts'

const shared = await serverUrl('redis')
const cluster = await serverUrl('redis-cluster')

describe.skipIf(!shared)('check', () => {
  let server: Server
  let admin: Awaited<ReturnType<typeof openNodeRedis>>
  beforeAll(async () => {
    server = await startRedis()
    admin = await openNodeRedis(server.url)
  })
  afterAll(async () => {
    admin.destroy()
    await server.stop()
  })
  const setPolicy = (policy: string) => admin.configSet('maxmemory-policy', policy)

  describe.each(Object.entries(singleClients))('%s', (_name, connect) => {
    let opened: Opened
    beforeAll(async () => {
      opened = await connect(server.url)
    })
    afterAll(() => opened.close())

    it.each(['allkeys-lru', 'allkeys-lfu', 'allkeys-random', 'volatile-lru', 'volatile-lfu', 'volatile-ttl'])(
      'refuses %s, at the start and at the first write, until it is mended',
      async (policy) => {
        const storage = redisStorage(opened.client)
        await setPolicy(policy)
        const refusal = new RegExp(`${policy}.*CONFIG SET maxmemory-policy noeviction`)
        await expect(storage.check()).rejects.toThrow(refusal)
        await expect(storage.insert(session(), Date.now())).rejects.toThrow(refusal)
        await expect(storage.increment('x', 1000, 1, Date.now())).rejects.toThrow(refusal)
        // What is there may be read.
        expect(await storage.get('session', 'x')).toBeUndefined()
        await setPolicy('noeviction')
        await storage.check()
        expect(await storage.insert(session(), Date.now())).toBe(true)
      },
    )
  })

  it('needs no right to read the configuration', async () => {
    await setPolicy('allkeys-lru')
    await admin.aclSetUser('managed', ['on', '>secret', '~*', '+@all', '-config'])
    const client = await createClient({ url: server.url, username: 'managed', password: 'secret' }).connect()
    await expect(client.configGet('maxmemory-policy')).rejects.toThrow('NOPERM')
    await expect(redisStorage(client).check()).rejects.toThrow('allkeys-lru')
    await setPolicy('noeviction')
    await redisStorage(client).check()
    client.destroy()
  })

  it('names the right that it needs', async () => {
    await admin.aclSetUser('narrow', ['on', '>secret', '~*', '+@all', '-@dangerous'])
    const client = await createClient({ url: server.url, username: 'narrow', password: 'secret' }).connect()
    await expect(redisStorage(client).check()).rejects.toThrow("'info'")
    await admin.aclSetUser('narrow', ['+info'])
    const storage = redisStorage(client)
    await storage.check()
    expect(await storage.insert(session(), Date.now())).toBe(true)
    client.destroy()
  })

  it('refuses a replica', async () => {
    const { port } = new URL(server.url)
    const replica = await startRedis(['--replicaof', '127.0.0.1', port])
    const client = openIoredis(replica.url)
    await expect(redisStorage(client).check()).rejects.toThrow('is a replica')
    client.disconnect()
    await replica.stop()
  })

  it.skipIf(!cluster)('refuses a client of one node of a cluster', async () => {
    const client = openIoredis(cluster ?? '')
    await expect(redisStorage(client).check()).rejects.toThrow('hand over a cluster client')
    client.disconnect()
  })
})

describe('checkServer', () => {
  const info = (version: string) => `redis_version:${version}\r\nrole:master\r\nmaxmemory_policy:noeviction\r\n`

  it('wants Redis 6.2', () => {
    for (const version of ['2.8.24', '5.0.14', '6.0.20'])
      expect(() => checkServer(info(version), false)).toThrow(version)
    for (const version of ['6.2.0', '7.0.15', '7.2.4', '8.2.1', '10.0.0']) checkServer(info(version), false)
  })

  it('does not take an unknown policy for a good one', () => {
    expect(() => checkServer('redis_version:7.0.0\r\n', false)).toThrow('(unknown)')
  })
})
