import { expect, test } from 'vitest'
import { accountHouse } from '../account/account-house.ts'
import { nextCode } from './mfa-house.ts'

const day = 24 * 60 * 60_000

test('ASVS 6.3.5: whoever fails at the second factor with the right password is told of to the user, once a day', async () => {
  const { auth, clock, enter, enrolTotp, locked, log, outbox, principal } = await accountHouse()
  const authenticator = await enrolTotp(await principal(await enter('eve')))
  const fail = async (times: number) => {
    for (let i = 0; i < times; i++) {
      const { token } = await locked('eve')
      const from = { address: '203.0.113.66', userAgent: 'curl' }
      await auth.unlock(token.reveal(), { factor: 'totp', code: '000000' }, from).catch(() => {})
    }
    return (await outbox()).filter((message) => message.type === 'notice' && message.notice === 'second_factor_failed')
  }
  expect(await fail(2)).toEqual([])
  expect(await fail(1)).toMatchObject([{ to: 'eve@example.com', client: { address: '203.0.113.66' } }])
  expect(await fail(3)).toHaveLength(1)
  expect(log.of('unlock.failed')).toHaveLength(6)
  clock.advance(day)
  expect(await fail(3)).toHaveLength(2)
  clock.advance(day)
  expect(
    await auth.unlock((await locked('eve')).token.reveal(), { factor: 'totp', code: nextCode(clock, authenticator) }),
  ).toMatchObject({ status: 'unlocked' })
})
