import { createServer } from 'node:http'
import { getRequestListener, type HttpBindings } from '@hono/node-server'
import { adapterContract, adapterFixture, type AdapterOptions, listen, referenceServer } from '@sallyport/core/testing'
import { memoryStorage } from '@sallyport/storage-memory'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { fetchApplication } from './fetch-application.ts'

const runner = { describe, it, beforeAll, afterAll }
const storage = memoryStorage

adapterContract(runner, 'bare node:http', (options) => referenceServer(storage(), options), { storage })
adapterContract(runner, 'bare node:http2', (options) => referenceServer(storage(), options, true), {
  storage,
  http2: true,
})
adapterContract(runner, 'a fetch handler', openFetch, { storage })

function openFetch(options: AdapterOptions) {
  const fixture = adapterFixture(storage(), options)
  const handler = fetchApplication(fixture, options)
  const listener = getRequestListener((request, env) => handler(request, env as HttpBindings))
  return listen(createServer(listener), fixture)
}
