import { adapterContract } from '@sallyport/core/testing'
import { memoryStorage } from '@sallyport/storage-memory'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { openHono } from './app.ts'

const runner = { describe, it, beforeAll, afterAll }
adapterContract(runner, 'Hono on Node', openHono(), { storage: memoryStorage })
adapterContract(runner, 'Hono on Node, HTTP/2', openHono(true), { storage: memoryStorage, http2: true })
