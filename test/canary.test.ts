import { AuthError } from '@sallyport/core'
import { describe, expect, test } from 'vitest'
import { takeFound } from '../scripts/canary/watch.ts'
import { goodPassword, house, testSecret } from './flows/house.ts'

const token = `sp_s_${'x'.repeat(22)}.${'y'.repeat(56)}`

describe('ASVS 16.2.5: every suite fails that shows a secret', () => {
  const secrets = [token, goodPassword, testSecret, '$argon2id$v=19$m=8,t=1,p=1$x', 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP']

  test.each<[string, (secret: string) => unknown]>([
    ['in an error', (secret) => new AuthError('invalid_request', { detail: secret })],
    ['behind an error', (secret) => new AuthError('unavailable', { cause: new Error('x', { cause: { secret } }) })],
    ['in the members of an error', (secret) => new AuthError('forbidden', { members: { secret } })],
  ])('%s', (_, show) => {
    for (const secret of secrets) {
      show(secret)
      expect(takeFound()).toHaveLength(1)
    }
    show('nothing to hide')
    expect(takeFound()).toEqual([])
  })

  test('in an event, in a fault that is reported, and a password that only this suite knows', async () => {
    const { auth } = await house({ onError: () => {} })
    await auth.users.create({ username: 'zoe', password: 'never seen before 4711' })
    expect(takeFound()).toEqual([])
    auth.events.on(() => {
      throw new Error(token)
    })
    await auth.users.create({ username: 'yan', password: goodPassword })
    expect(takeFound().length).toBeGreaterThan(0)
    console.debug('never seen before 4711')
    expect(takeFound()).toHaveLength(1)
  })
})
