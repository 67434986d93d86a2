import { describe, expect, test } from 'vitest'
import { suggest } from '../src/suggest.ts'
import { readDuration, readInstant } from '../src/time.ts'

describe('times', () => {
  test('durations', () => {
    expect(['90s', '15m', '12h', '30d', '2w', '1y'].map((text) => readDuration('within', text) / 1000)).toEqual([
      90, 900, 43_200, 2_592_000, 1_209_600, 31_536_000,
    ])
  })

  test('instants, as a date, a time, and so long from now or ago', () => {
    expect(readInstant('since', '2027-01-31', 'ago')).toBe(Date.UTC(2027, 0, 31))
    expect(readInstant('since', '2027-01-31T12:30+01:00', 'ago')).toBe(Date.UTC(2027, 0, 31, 11, 30))
    expect(Math.abs(readInstant('since', '1h', 'ago') + 3_600_000 - Date.now())).toBeLessThan(1000)
    expect(Math.abs(readInstant('expires', '1h', 'ahead') - 3_600_000 - Date.now())).toBeLessThan(1000)
  })

  test.each(['soon', '2027-13-45', '2027-02-31', '9x', '2027-01-31T12:30', '31.1.2027', '-1d'])(
    '%s is none',
    (text) => {
      expect(() => readInstant('expires', text, 'ahead')).toThrow(`--expires is "${text}".`)
    },
  )
})

test.each([
  ['migrte', 'migrate'],
  ['Doctor', 'doctor'],
  ['sweeep', 'sweep'],
  ['usres', 'users'],
  ['aud', 'audit'],
  ['frobnicate', undefined],
  ['x', undefined],
])('%s was meant to be %s', (typed, meant) => {
  expect(suggest(typed, ['migrate', 'doctor', 'sweep', 'users', 'audit'])).toBe(meant)
})
