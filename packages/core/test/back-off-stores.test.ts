import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { defaultThrottle } from '../src/checked-limits.ts'
import { createThrottle } from '../src/throttle.ts'
import { testClock } from './house.ts'
import { type OpenStore, stores } from './mfa/stores.ts'

const minute = 60_000
const servers = stores.filter(({ name }) => /^(memory|Redis \(|PostgreSQL \(pg\)|MySQL)/.test(name))

for (const { name, here, open } of servers) {
  describe.skipIf(!here)(`guesses at the same time, on ${name}`, () => {
    let store: OpenStore
    beforeAll(async () => {
      store = await open()
    }, 60_000)
    afterAll(() => store.dispose())

    test('ASVS 6.3.1, 15.4.2: of two hundred by two processes ten are looked at, then one after each wait', async () => {
      // Redis lets go of entries by a clock of its own.
      const clock = testClock(Date.now())
      const processes = [1, 2].map(() => createThrottle(store.storage, clock, () => {}))
      let verified = 0
      const flood = () =>
        Promise.allSettled(
          Array.from({ length: 200 }, (_, i) =>
            processes[i % 2]?.guess(
              { purpose: 'password', account: 'ann', network: `network-${i % 50}` },
              defaultThrottle,
              async () => {
                verified++
                await new Promise((resolve) => setTimeout(resolve, 5))
                return undefined
              },
            ),
          ),
        )
      const codes = async () =>
        new Set(
          (await flood()).flatMap((one) => (one.status === 'rejected' ? [(one.reason as { code: string }).code] : [])),
        )
      for (const [expected, wait] of [
        [10, 15],
        [11, 30],
        [12, 60],
      ] as const) {
        expect(await codes()).toEqual(new Set(['too_many_attempts']))
        expect(verified).toBe(expected)
        clock.advance(wait * minute)
      }
    })

    test('a success opens the way again for whoever comes next, and the wait after a failure is a whole one', async () => {
      const clock = testClock(Date.now())
      const throttle = createThrottle(store.storage, clock, () => {})
      const bob = { purpose: 'password', account: 'bob', network: '203.0.113.7' }
      const guess = (result?: string) =>
        throttle
          .guess(bob, defaultThrottle, async () => result)
          .then(
            (found) => found ?? 'wrong',
            ({ retryAfterMs }: { retryAfterMs: number }) => retryAfterMs,
          )
      for (let i = 0; i < 10; i++) expect(await guess()).toBe('wrong')
      clock.advance(15 * minute)
      expect(await guess('right')).toBe('right')
      clock.advance(20 * minute)
      expect(await guess('right')).toBe('right')
      expect(await guess()).toBe('wrong')
      expect(await guess('right')).toBe(30 * minute)
    })
  })
}
