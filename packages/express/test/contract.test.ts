import { adapterContract } from '@sallyport/core/testing'
import { memoryStorage } from '@sallyport/storage-memory'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { openExpress } from './app.ts'

for (const version of [4, 5] as const) {
  const runner = { describe, it, beforeAll, afterAll }
  adapterContract(runner, `Express ${version}`, openExpress(version), { storage: memoryStorage })
}
