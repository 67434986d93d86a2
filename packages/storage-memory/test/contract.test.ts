import { storageContract } from '@sallyport/core/testing'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { memoryStorage } from '../src/index.ts'

storageContract({ describe, it, beforeAll, afterAll }, 'memory', async () => {
  const storage = memoryStorage()
  return { storage, dispose: () => storage.close() }
})
