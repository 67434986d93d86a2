import type { Storage } from '@sallyport/core'
import { interceptStorage, storageCases, storageContract } from '@sallyport/core/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { memoryStorage } from '../src/index.ts'
import { brokenStorages } from './broken/index.ts'
import { later } from './broken/tools.ts'

/** Answers as a server does: others run before the operation, and before its answer arrives. */
function slow(storage: Storage): Storage {
  return interceptStorage(storage, async (_call, run) => {
    for (let n = Math.floor(Math.random() * 4); n > 0; n--) await later()
    const answer = await run()
    for (let n = Math.floor(Math.random() * 4); n > 0; n--) await later()
    return answer
  })
}

storageContract({ describe, it, beforeAll, afterAll }, 'memory, answering late', async () => {
  const storage = slow(memoryStorage())
  return { storage, dispose: () => storage.close() }
})

describe('the storage contract notices', () => {
  for (const { title, caughtBy, make } of brokenStorages) {
    it(`D1: ${title}`, async () => {
      const cases = storageCases.filter((each) => each.title.includes(caughtBy))
      expect(cases).not.toEqual([])
      const failures = []
      for (const { run } of cases) {
        const sound = memoryStorage()
        const storage = slow({ ...sound, ...make(sound) })
        await run({ storage, rounds: 60 }).catch((error: unknown) => failures.push(error))
      }
      expect(failures.length).toBeGreaterThan(0)
    })
  }
})
