import express from 'express'
import { expectTypeOf, test } from 'vitest'
import { identify, protect } from '@sallyport/express'

test('a guard leaves the types of path parameters as Express infers them', () => {
  const app = express()
  app.get('/documents/:id', protect('documents:read'), identify(), (req) => {
    expectTypeOf(req.params).toEqualTypeOf<{ id: string }>()
    expectTypeOf(req.auth.user.username).toBeString()
  })
  app.use(protect())
  app.use('/admin', protect('sallyport:admin', { within: 1000 }), express.json())
})
