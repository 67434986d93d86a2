import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { serverUrl } from '../../../scripts/servers/server-url.ts'
import { redisStorage } from '../src/index.ts'
import { openNodeRedis } from './clients.ts'
import { session } from './steps.ts'

const url = await serverUrl('redis')
const rounds = 200

describe.skipIf(!url)('several processes on one server', () => {
  it(`D1: of ${rounds} entries each is taken, inserted and replaced by one process alone`, async () => {
    const prefix = `${randomUUID()}:`
    const client = await openNodeRedis(url ?? '')
    const storage = redisStorage(client, { prefix })
    for (let n = 0; n < rounds; n++) {
      for (const use of ['take', 'replace']) await storage.insert(session({ id: `${use}-${n}` }), Date.now())
    }
    const flags = ['--conditions=@sallyport/source', fileURLToPath(new URL('./contender.ts', import.meta.url))]
    const args = [...flags, url ?? '', prefix, String(rounds), String(Date.now() + 1500)]
    const contenders = [1, 2, 3].map(() => promisify(execFile)(process.execPath, args))
    const won = (await Promise.all(contenders)).map(({ stdout }) => JSON.parse(stdout) as boolean[][])
    for (let n = 0; n < rounds; n++) {
      for (const use of [0, 1, 2]) expect(won.filter((each) => each[n]?.[use])).toHaveLength(1)
    }
    client.destroy()
  }, 30_000)
})
