import { failingStorage } from '@sallyport/core/testing'
import { describe, expect, test } from 'vitest'
import { createThrottle, type Guesser, type GuessLimits } from '../src/throttle.ts'
import { eventLog, memoryStorage, testClock } from './house.ts'

const minute = 60_000
const limits: GuessLimits = {
  account: [{ limit: 10, windowMs: 15 * minute }],
  network: [{ limit: 100, windowMs: 15 * minute }],
}
const ann: Guesser = { purpose: 'password', account: 'ann', network: '203.0.113.7' }
const wrong = async () => undefined
const right = async () => 'right'
const outage = async () => {
  throw new Error('away')
}

function setUp() {
  const clock = testClock()
  const storage = failingStorage(memoryStorage())
  const log = eventLog()
  const emit = (type: string, details: object) => log.listener({ type, at: clock(), ...details } as never)
  return { clock, storage, log, throttle: createThrottle(storage, clock, emit) }
}

async function times(count: number, act: (i: number) => Promise<unknown>): Promise<void> {
  for (let i = 0; i < count; i++) await act(i)
}

describe('D10: guesses', () => {
  test('ten failures for an account, then 429 until the window ends, right or wrong', async () => {
    const { throttle, clock, log } = setUp()
    await times(10, () => throttle.guess(ann, limits, wrong))
    clock.advance(5 * minute)
    await expect(throttle.guess(ann, limits, right)).rejects.toMatchObject({
      code: 'too_many_attempts',
      status: 429,
      retryAfterMs: 10 * minute,
    })
    expect(log.of('attempts.throttled')).toMatchObject([{ purpose: 'password', by: 'account' }])
    clock.advance(10 * minute)
    expect(await throttle.guess(ann, limits, right)).toBe('right')
  })

  test('the window does not move on while it is knocked at', async () => {
    const { throttle, clock } = setUp()
    await times(10, () => throttle.guess(ann, limits, wrong))
    await times(20, async () => {
      clock.advance(minute / 2)
      await throttle.guess(ann, limits, wrong).catch(() => {})
    })
    clock.advance(5 * minute)
    expect(await throttle.guess(ann, limits, right)).toBe('right')
  })

  test('five hundred at once: ten are verified', async () => {
    const { throttle } = setUp()
    let verified = 0
    const slowly = async () => {
      verified++
      await new Promise((resolve) => setTimeout(resolve, 1))
      return undefined
    }
    await Promise.allSettled(
      Array.from({ length: 500 }, (_, i) => throttle.guess({ ...ann, network: `network-${i}` }, limits, slowly)),
    )
    expect(verified).toBe(10)
  })

  test('a hundred failures for a network, whatever the accounts; it is refused before it waits for anything', async () => {
    const { throttle } = setUp()
    await times(100, (i) => throttle.guess({ ...ann, account: `user-${i}` }, limits, wrong))
    const never = () => expect.fail('was admitted')
    await expect(throttle.guess({ ...ann, account: 'bob' }, limits, right, never)).rejects.toMatchObject({
      status: 429,
    })
    expect(await throttle.guess({ ...ann, network: '203.0.113.8' }, limits, right)).toBe('right')
  })

  test('what is right is refunded, for that guesser and for nobody else', async () => {
    const { throttle } = setUp()
    const bob = { ...ann, account: 'bob' }
    await times(9, () => throttle.guess(ann, limits, wrong))
    await times(300, () => throttle.guess(bob, limits, right))
    await times(5, () => throttle.guess(ann, limits, right))
    await throttle.guess(ann, limits, wrong)
    await expect(throttle.guess(ann, limits, right)).rejects.toMatchObject({ code: 'too_many_attempts' })
  })

  test('one account is one account whatever the network, one purpose is not another', async () => {
    const { throttle } = setUp()
    await times(10, (i) => throttle.guess({ ...ann, network: `network-${i}` }, limits, wrong))
    await expect(throttle.guess({ ...ann, network: undefined }, limits, right)).rejects.toMatchObject({ status: 429 })
    expect(await throttle.guess({ ...ann, purpose: 'factor' }, limits, right)).toBe('right')
  })

  test('a longer window beside the shorter one', async () => {
    const { throttle, clock } = setUp()
    const both = { account: [...limits.account, { limit: 25, windowMs: 30 * 24 * 60 * minute }], network: [] }
    let verified = 0
    await times(100, async () => {
      await throttle
        .guess(ann, both, async () => {
          verified++
          return undefined
        })
        .catch(() => {})
      clock.advance(2 * minute)
    })
    expect(verified).toBe(25)
  })
})

describe('D4: an outage is no failure', () => {
  test('of what verifies', async () => {
    const { throttle } = setUp()
    await times(50, () => throttle.guess(ann, limits, outage).catch(() => {}))
    expect(await throttle.guess(ann, limits, right)).toBe('right')
  })

  test.each(['account', 'network'])('of the counter of the %s, while the other one answers', async (by) => {
    const { throttle, storage } = setUp()
    storage.fail('reject', ({ key, writes }) => writes && key?.includes(`:${by}:`) === true)
    await times(150, () => expect(throttle.guess(ann, limits, right)).rejects.toThrow('does not answer'))
    storage.heal()
    expect(await throttle.guess(ann, limits, right)).toBe('right')
  })

  test('a refund that is lost does not make an error of what was right', async () => {
    const { throttle, storage } = setUp()
    const breaking = async () => {
      storage.fail('reject')
      return 'right'
    }
    expect(await throttle.guess(ann, limits, breaking)).toBe('right')
  })
})

describe('admission', () => {
  test('the place is given back whatever happens, once', async () => {
    const { throttle, storage } = setUp()
    let places = 0
    const admit = async () => {
      places++
      return () => void places--
    }
    await throttle.guess(ann, limits, right, admit)
    await throttle.guess(ann, limits, wrong, admit)
    await throttle.guess(ann, limits, outage, admit).catch(() => {})
    await times(20, () => throttle.guess(ann, limits, wrong, admit).catch(() => {}))
    storage.fail('reject', ({ writes }) => writes)
    await throttle.guess({ ...ann, account: 'bob' }, limits, right, admit).catch(() => {})
    expect(places).toBe(0)
  })

  test('what was not admitted is not counted', async () => {
    const { throttle } = setUp()
    const full = async (): Promise<never> => {
      throw new Error('full')
    }
    await times(50, () => throttle.guess(ann, limits, wrong, full).catch(() => {}))
    expect(await throttle.guess(ann, limits, right)).toBe('right')
  })
})

test('ASVS 16.2.5: counters are not named by what was typed', async () => {
  const { throttle, storage } = setUp()
  const names: string[] = []
  storage.fail('hang', ({ key = '' }) => {
    names.push(key)
    return false
  })
  await throttle.guess({ ...ann, account: 'пароль как имя \u0000' }, limits, wrong)
  expect(names.length).toBeGreaterThan(2)
  for (const name of names) expect(name).toMatch(/^password:(account:900000|network:900000|forgotten):[\w-]{43}$/)
})
