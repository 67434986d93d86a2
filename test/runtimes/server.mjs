import { argon2Hasher } from '@sallyport/core'
import { pureArgon2Hasher } from '@sallyport/core/argon2-pure'
import { adapterFixture } from '@sallyport/core/testing'
import { memoryStorage } from '@sallyport/storage-memory'
import { Hono } from 'hono'
import { fixedApplication } from './application.ts'

/** What is served on every runtime: the fixed application of the adapter contract, and the password hashes. */
export function serverOn(options, address, runtime) {
  const hashers = { default: argon2Hasher(), pure: pureArgon2Hasher() }
  const app = new Hono()
  app.onError((error, c) => c.text(error.message, 500))
  app.post('/argon2/:hasher/hash', async (c) => c.text(await hashers[c.req.param('hasher')].hash(await c.req.text())))
  app.post('/argon2/:hasher/verify', async (c) => {
    const { hash, password } = await c.req.json()
    return c.json(await hashers[c.req.param('hasher')].verify(hash, password))
  })
  return app.route('/', fixedApplication(adapterFixture(memoryStorage(), options, runtime), options, address))
}
