import { describe, expect, test } from 'vitest'
import { createLookUpLimit } from '../src/look-up-limit.ts'
import { testClock } from './house.ts'

const count = (limit: ReturnType<typeof createLookUpLimit>, address: string | undefined, times: number) =>
  Array.from({ length: times }, () => limit.take(address)).filter(Boolean).length

describe('D4: look-ups of tokens under a key that is not ours', () => {
  test('sixty a minute and network', () => {
    const clock = testClock()
    const limit = createLookUpLimit(clock)
    expect(count(limit, '203.0.113.7', 200)).toBe(60)
    expect(count(limit, '203.0.113.8', 200)).toBe(60)
    clock.advance(60_000)
    expect(count(limit, '203.0.113.7', 200)).toBe(60)
  })

  test('addresses of one /64 share it, and so do those that are not known', () => {
    const limit = createLookUpLimit(testClock())
    expect(count(limit, '2001:db8::1', 40) + count(limit, '2001:db8::2', 40)).toBe(60)
    expect(count(limit, undefined, 40) + count(limit, 'nonsense', 40)).toBe(60)
  })

  test('what has found something does not count', () => {
    const limit = createLookUpLimit(testClock())
    for (let i = 0; i < 500; i++) {
      expect(limit.take('203.0.113.7')).toBe(true)
      limit.giveBack('203.0.113.7')
    }
    expect(count(limit, '203.0.113.7', 200)).toBe(60)
    for (let i = 0; i < 500; i++) limit.giveBack('203.0.113.8')
    expect(count(limit, '203.0.113.8', 200)).toBe(60)
  })

  test('a flood of networks is not remembered without bound', () => {
    const limit = createLookUpLimit(testClock())
    for (let i = 0; i < 10_000; i++) limit.take(`10.1.${i >> 8}.${i & 255}`)
    expect(limit.take('203.0.113.7')).toBe(false)
    expect(limit.take('10.1.0.1')).toBe(true)
  })
})
