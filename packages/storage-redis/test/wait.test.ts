import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Server } from '../../../scripts/servers/process.ts'
import { startRedis } from '../../../scripts/servers/redis.ts'
import { serverUrl } from '../../../scripts/servers/server-url.ts'
import { redisStorage } from '../src/index.ts'
import { clusterClients, openNodeRedis, type Opened, singleClients } from './clients.ts'
import { session, until } from './steps.ts'

const run = promisify(execFile)
async function cli(url: string, ...command: readonly string[]): Promise<string> {
  return (await run('redis-cli', ['-u', url, ...command])).stdout
}

const shared = await serverUrl('redis')

/** Every write that waits, tried on a storage. */
async function writes(opened: Opened): Promise<void> {
  const options = { prefix: `${randomUUID()}:`, wait: { replicas: 1, timeoutMs: 1000 } }
  const storage = redisStorage(opened.client, options)
  for (let n = 0; n < 20; n++) {
    const entry = session()
    expect(await storage.insert(entry, Date.now())).toBe(true)
    expect(await storage.insert(entry, Date.now())).toBe(false)
    expect(await storage.replace({ ...entry, data: n }, Date.now())).toBe(true)
    expect(await storage.replace(entry, Date.now())).toBe(false)
    expect(await storage.take('session', entry.id)).toEqual({ ...entry, data: n, version: entry.version + 1 })
    expect(await storage.take('session', entry.id)).toBeUndefined()
  }
}

describe.skipIf(!shared)('wait', { timeout: 30_000 }, () => {
  let master: Server
  let replica: Server
  beforeAll(async () => {
    master = await startRedis()
    replica = await startRedis(['--replicaof', '127.0.0.1', new URL(master.url).port])
    const client = await openNodeRedis(master.url)
    await until(async () => (await client.info('replication')).includes('state=online'))
    client.destroy()
  }, 20_000)
  afterAll(async () => {
    await replica.stop()
    await master.stop()
  })

  describe.each(Object.entries(singleClients))('%s', (_name, connect) => {
    let opened: Opened
    beforeAll(async () => {
      opened = await connect(master.url)
    })
    afterAll(() => opened.close())

    it('answers once the replica has the write', async () => {
      await writes(opened)
      const reader = await openNodeRedis(replica.url)
      const prefix = `${randomUUID()}:`
      const storage = redisStorage(opened.client, { prefix, wait: { replicas: 1, timeoutMs: 1000 } })
      for (let n = 0; n < 50; n++) {
        const entry = session()
        await storage.insert(entry, Date.now())
        expect(await reader.exists(`${prefix}e:session:${entry.id}`)).toBe(1)
        await storage.take('session', entry.id)
        expect(await reader.exists(`${prefix}e:session:${entry.id}`)).toBe(0)
      }
      reader.destroy()
    })

    it('rejects when the replica does not have it in time, and never says that the write did not happen', async () => {
      const prefix = `${randomUUID()}:`
      const plain = redisStorage(opened.client, { prefix })
      const storage = redisStorage(opened.client, { prefix, wait: { replicas: 1, timeoutMs: 100 } })
      const entry = session()
      await storage.insert(entry, Date.now())
      process.kill(replica.pid, 'SIGSTOP')
      const refusal = 'Of 1 replicas 0 had the write after 100 ms'
      await expect(storage.replace({ ...entry, data: 1 }, Date.now())).rejects.toThrow(refusal)
      expect(await plain.get('session', entry.id)).toMatchObject({ data: 1 })
      await expect(storage.take('session', entry.id)).rejects.toThrow(refusal)
      await expect(storage.insert(session(), Date.now())).rejects.toThrow(refusal)
      // Counters and clean-up do not wait.
      expect(await storage.increment('x', 1000, 1, Date.now())).toMatchObject({ count: 1 })
      expect(await storage.removeAll('session', 'ada')).toBe(1)
      process.kill(replica.pid, 'SIGCONT')
      await expect.poll(() => storage.insert(session(), Date.now()).catch(() => false), { timeout: 5000 }).toBe(true)
    })

    it('sends a script again that the server has forgotten', async () => {
      const admin = await openNodeRedis(master.url)
      await admin.scriptFlush()
      await writes(opened)
      admin.destroy()
    })
  })
})

describe.skipIf(!shared)('wait, on a cluster with replicas', { timeout: 30_000 }, () => {
  const nodes: Server[] = []
  beforeAll(async () => {
    const settings = ['--cluster-enabled', 'yes', '--cluster-config-file', 'nodes.conf']
    for (let n = 0; n < 6; n++) nodes.push(await startRedis(settings, 55_536))
    const addresses = nodes.map((node) => new URL(node.url).host)
    await run('redis-cli', ['--cluster', 'create', ...addresses, '--cluster-replicas', '1', '--cluster-yes'])
    for (const { url } of nodes) {
      await until(async () => (await cli(url, 'cluster', 'info')).includes('cluster_state:ok'))
      await until(async () => /state=online|master_link_status:up/.test(await cli(url, 'info', 'replication')))
    }
  }, 60_000)
  afterAll(async () => void (await Promise.all(nodes.map((node) => node.stop()))))

  it.each(Object.entries(clusterClients))('%s', async (_name, connect) => {
    const opened = await connect(nodes[0]?.url ?? '')
    await writes(opened)
    opened.close()
  })

  it('finds the way to a master that has moved', async () => {
    const opened = await Promise.all(Object.values(clusterClients).map((connect) => connect(nodes[0]?.url ?? '')))
    await Promise.all(opened.map(writes))
    for (const { url } of nodes) {
      const isMaster = async () => (await cli(url, 'role')).startsWith('master')
      // A node that is busy may let the wish pass.
      for (let i = 0; i < 5 && !(await isMaster()); i++) {
        await cli(url, 'cluster', 'failover')
        await until(isMaster, 5000).catch(() => {})
      }
      expect(await isMaster()).toBe(true)
    }
    for (const each of opened) await until(() => writes(each).then(...settled))
    for (const each of opened) each.close()
  }, 60_000)
})

const settled = [() => true, () => false] as const
