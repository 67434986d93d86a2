import { adapterContract } from '@sallyport/core/testing'
import { memoryStorage } from '@sallyport/storage-memory'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { openKoa } from './app.ts'

const runner = { describe, it, beforeAll, afterAll }
for (const version of [2, 3] as const) {
  adapterContract(runner, `Koa ${version}`, openKoa(version), { storage: memoryStorage })
}
adapterContract(runner, 'Koa 3, HTTP/2', openKoa(3, true), { storage: memoryStorage, http2: true })
