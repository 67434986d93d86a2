import { failingStorage } from '@sallyport/core/testing'
import { describe, expect, test } from 'vitest'
import { defaultFactorThrottle, defaultThrottle } from '../src/checked-limits.ts'
import { createThrottle, type Guesser, type GuessLimits } from '../src/throttle.ts'
import { memoryStorage, testClock } from './house.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const stranger: Guesser = { purpose: 'password', account: 'ann', network: '203.0.113.7' }
const elsewhere: Guesser = { ...stranger, network: '198.51.100.1' }
const known: Guesser = { ...elsewhere, device: 'her telephone' }
const only = (by: 'account' | 'pair'): GuessLimits => ({
  account: [],
  network: [],
  [by]: defaultThrottle[by].slice(0, 1),
})

function setUp() {
  const clock = testClock()
  const storage = failingStorage(memoryStorage())
  const throttle = createThrottle(storage, clock, () => {})
  /** `wrong`, `right`, or how long it has to wait, in milliseconds. */
  async function guess(guesser: Guesser, limits: GuessLimits = defaultThrottle, result?: string) {
    return throttle
      .guess(guesser, limits, async () => result)
      .then(
        (found) => found ?? 'wrong',
        (error: { retryAfterMs: number }) => error.retryAfterMs,
      )
  }
  async function fail(times: number, guesser = stranger, limits: GuessLimits = defaultThrottle): Promise<void> {
    for (let i = 0; i < times; i++) expect(await guess(guesser, limits)).toBe('wrong')
  }
  return { clock, storage, throttle, guess, fail }
}

describe('ASVS 6.3.1: what waits, waits longer each time', () => {
  test.each([
    ['account', [15, 30, 60, 60, 60]],
    ['pair', [15, 30, 60, 120, 240, 480, 480]],
  ] as const)('by %s, in minutes: %j', async (by, waits) => {
    const { clock, guess, fail } = setUp()
    const limits: GuessLimits = only(by)
    await fail(10, stranger, limits)
    for (const wait of waits) {
      // Knocking meanwhile makes it no longer.
      for (let i = 0; i < 20; i++) expect(await guess(stranger, limits, 'right')).toBe(wait * minute)
      clock.advance(wait * minute - 1)
      expect(await guess(stranger, limits)).toBe(1000)
      clock.advance(1)
      await fail(1, stranger, limits)
    }
  })

  test('a day after the first failure it is forgotten', async () => {
    const { clock, fail } = setUp()
    await fail(10)
    for (let i = 0; i < 4; i++) {
      clock.advance(8 * hour)
      await fail(1)
    }
    clock.advance(day)
    await fail(10)
  })

  test('five hundred at once: ten are looked at, then one after each wait', async () => {
    const { clock, throttle } = setUp()
    let verified = 0
    const flood = () =>
      Promise.allSettled(
        Array.from({ length: 500 }, (_, i) =>
          throttle.guess({ ...stranger, network: `network-${i % 250}` }, defaultThrottle, async () => {
            verified++
            await new Promise((resolve) => setTimeout(resolve, 1))
            return undefined
          }),
        ),
      )
    for (const expected of [10, 11, 12]) {
      await flood()
      expect(verified).toBe(expected)
      clock.advance(hour)
    }
  })

  test('what is right opens the way again, however many failures there were', async () => {
    const { clock, guess, fail } = setUp()
    await fail(10)
    clock.advance(15 * minute)
    for (let i = 0; i < 50; i++) expect(await guess(stranger, defaultThrottle, 'right')).toBe('right')
    // But the failures are not forgiven: a thief may have made them.
    await fail(1)
    expect(await guess(stranger)).toBe(30 * minute)
  })

  test.each([defaultThrottle, defaultFactorThrottle])(
    'NIST SP 800-63B-4 §3.2.2: however patient and however many, strangers fail a hundred times at most in thirty days',
    async (limits) => {
      const { clock, throttle } = setUp()
      let verified = 0
      for (let at = 0; at < 25 * day; at += 15 * minute) {
        clock.advance(15 * minute)
        const guesser = { ...stranger, network: `network-${at}` }
        await throttle.guess(guesser, limits, async () => void verified++).catch(() => {})
      }
      expect(verified).toBe(100)
    },
  )
})

describe('ASVS 6.1.1: nobody is locked out by somebody else', () => {
  test('one network that never gives up leaves an account open to all others for most of the time', async () => {
    const { clock, guess } = setUp()
    let open = 0
    for (let i = 0; i < 2 * 24 * 12; i++) {
      clock.advance(5 * minute)
      await guess(stranger)
      if ((await guess(elsewhere, defaultThrottle, 'right')) === 'right') open++
    }
    expect(open / (2 * 24 * 12)).toBeGreaterThan(0.6)
  })

  test('a known device does not wait for what strangers have done, on its network or anywhere', async () => {
    const { guess, fail } = setUp()
    await fail(10)
    expect(await guess(elsewhere, defaultThrottle, 'right')).toBe(15 * minute)
    expect(await guess(known, defaultThrottle, 'right')).toBe('right')
    for (let i = 0; i < 100; i++) await guess({ ...elsewhere, account: `user-${i}` })
    expect(await guess({ ...elsewhere, account: 'bob' })).toBe(15 * minute)
    expect(await guess(known, defaultThrottle, 'right')).toBe('right')
  })

  test('nor a stranger for what a known device has done; what it does itself it waits for, and a success ends that', async () => {
    const { clock, guess, fail } = setUp()
    await fail(10, known)
    expect(await guess(known, defaultThrottle, 'right')).toBe(15 * minute)
    expect(await guess({ ...known, device: 'her other one' }, defaultThrottle, 'right')).toBe('right')
    expect(await guess(elsewhere, defaultThrottle, 'right')).toBe('right')
    clock.advance(15 * minute)
    expect(await guess(known, defaultThrottle, 'right')).toBe('right')
    await fail(10, known)
    expect(await guess(known)).toBe(15 * minute)
  })

  test('a device that fails twenty times in a row is a stranger’s', async () => {
    const { clock, guess, fail } = setUp()
    await fail(10, known)
    for (let i = 0; i < 10; i++) {
      clock.advance(8 * hour)
      await fail(1, known)
    }
    await fail(10, known)
    expect(await guess(elsewhere)).toBe(15 * minute)
  })

  test('the hundred are a hundred in a row: the user’s success on a known device ends it, for passwords alone', async () => {
    for (const [limits, after] of [
      [defaultThrottle, 'wrong'],
      [defaultFactorThrottle, 'waits'],
    ] as const) {
      const { clock, guess } = setUp()
      for (let i = 0; i < 100; i++) {
        expect(await guess({ ...stranger, network: `network-${i}` }, limits)).toBe('wrong')
        if (i >= 9) clock.advance(hour)
      }
      clock.advance(day)
      expect(await guess(elsewhere, limits)).toBeGreaterThan(20 * day)
      expect(await guess(known, limits, 'right')).toBe('right')
      expect(await guess(elsewhere, limits)).toEqual(after === 'wrong' ? after : expect.any(Number))
    }
  })

  test('what is forgotten is forgotten for everybody and every counter of the account', async () => {
    const { throttle, guess, fail } = setUp()
    await fail(10)
    await fail(10, known)
    await throttle.forget(stranger, defaultThrottle)
    await fail(10)
    await fail(10, known)
    expect(await guess(stranger)).toBe(15 * minute)
    await throttle.forget(stranger, defaultThrottle)
    expect(await guess(stranger, defaultThrottle, 'right')).toBe('right')
    const plain: GuessLimits = { account: [{ limit: 2, windowMs: day }], network: [] }
    await fail(2, stranger, plain)
    expect(await guess(stranger, plain)).toBe(day)
    await throttle.forget(stranger, plain)
    await fail(2, stranger, plain)
  })
})

describe('D4: an outage', () => {
  test.each(['wait', ':forgotten:', ':pair:', ':account:'])('of %s costs nobody an attempt', async (part) => {
    const { storage, guess, fail } = setUp()
    await fail(9)
    storage.fail('reject', ({ kind, key }) => kind === part || key?.includes(part) === true)
    for (let i = 0; i < 20; i++) expect(await guess(stranger, defaultThrottle, 'right')).not.toBe('right')
    storage.heal()
    await fail(1)
    expect(await guess(stranger)).toBe(15 * minute)
  })

  test('of what is asked: the next one does not wait', async () => {
    const { clock, throttle, guess, fail } = setUp()
    await fail(10)
    clock.advance(15 * minute)
    const away = throttle.guess(stranger, defaultThrottle, () => Promise.reject(new Error('away')))
    await expect(away).rejects.toThrow('away')
    expect(await guess(stranger, defaultThrottle, 'right')).toBe('right')
  })

  test('of the application: another process goes on where it has ended, with guesses that it was at', async () => {
    const { clock, storage, throttle, fail } = setUp()
    await fail(9)
    void throttle.guess(stranger, defaultThrottle, () => new Promise(() => {}))
    await new Promise((resolve) => setTimeout(resolve, 5))
    const other = createThrottle(storage, clock, () => {})
    await expect(other.guess(stranger, defaultThrottle, async () => 'right')).rejects.toMatchObject({
      code: 'too_many_attempts',
    })
  })
})
