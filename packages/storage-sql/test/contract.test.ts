import { storageContract } from '@sallyport/core/testing'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { sqlStorage } from '../src/index.ts'
import { otherSubjects, subjects } from './databases.ts'

const runner = { describe, it, beforeAll, afterAll }

for (const { name, here, open } of [...subjects, ...otherSubjects]) {
  describe.skipIf(!here)(`on ${name}`, () => {
    storageContract(runner, name, async () => {
      const { handle, peer, dispose } = await open()
      const storage = sqlStorage(handle)
      await storage.migrate()
      return { storage, ...(peer && { peers: [sqlStorage(peer)] }), dispose }
    })
  })
}
