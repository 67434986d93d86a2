import { storageContract } from '@sallyport/core/testing'
import { sqlStorage } from '../src/index.ts'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { otherSubjects, subjects } from './databases.ts'

for (const { name, here, open } of [...subjects, ...otherSubjects]) {
  const runner = { describe: describe.skipIf(!here), it, beforeAll, afterAll }
  storageContract(runner, name, async () => {
    const { handle, peer, dispose } = await open()
    const storage = sqlStorage(handle)
    await storage.migrate()
    return { storage, ...(peer && { peers: [sqlStorage(peer)] }), dispose }
  })
}
