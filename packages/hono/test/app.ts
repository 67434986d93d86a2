import { createServer } from 'node:http'
import { createServer as createServer2 } from 'node:http2'
import { getRequestListener } from '@hono/node-server'
import { adapterFixture, type AdapterOptions, type AdapterServer, listen } from '@sallyport/core/testing'
import { memoryStorage } from '@sallyport/storage-memory'
import { fixedApplication } from './application.ts'

/** A server of the adapter contract on Hono, on Node. */
export function openHono(http2 = false): (options: AdapterOptions) => Promise<AdapterServer> {
  return (options) => {
    const fixture = adapterFixture(memoryStorage(), options)
    const answer = getRequestListener(fixedApplication(fixture, options).fetch)
    return listen(http2 ? createServer2(answer) : createServer(answer), fixture, http2)
  }
}
