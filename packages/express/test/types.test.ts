import type { Auth, Principal } from '@sallyport/core'
import express from 'express'
import { expectTypeOf, test } from 'vitest'
import { identify, principalOf, protect, sallyport } from '@sallyport/express'

test('a guard leaves the types of path parameters as Express infers them', () => {
  const app = express()
  app.get('/documents/:id', protect('documents:read'), identify(), (req) => {
    expectTypeOf(req.params).toEqualTypeOf<{ id: string }>()
    expectTypeOf(principalOf(req)).toEqualTypeOf<Principal>()
  })
  app.use(protect())
  app.use('/admin', protect('sallyport:admin', { within: 1000 }), express.json())
})

test('a route without a guard cannot take it for granted that there is somebody', () => {
  const app = express()
  app.get('/public', (req) => {
    expectTypeOf(req.auth).toEqualTypeOf<Principal | undefined>()
    // @ts-expect-error: nothing has made sure of it
    void (() => req.auth.user.username)
  })
})

test('what the adapter makes stands wherever a handler may', () => {
  const application = (auth: Auth) => {
    const router = express.Router()
    router.use(protect(), express.json())
    router.delete('/documents/:id', protect('documents:delete', { within: 1000 }), (_req, res) => res.sendStatus(204))
    return express().use(sallyport(auth), express.json()).use('/api', router)
  }
  expectTypeOf(application).returns.toEqualTypeOf<express.Express>()
})
