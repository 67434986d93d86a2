import { describe, expect, test } from 'vitest'
import { matchStep, stepAt, totpCode } from '../../src/factors/totp-code.ts'

const seed = (length: number) => Buffer.from('1234567890'.repeat(7).slice(0, length))

describe('RFC 4226 appendix D: HOTP of the counters 0 to 9', () => {
  const codes = '755224 287082 359152 969429 338314 254676 287922 162583 399871 520489'.split(' ')

  test.each(codes.map((code, counter) => [counter, code] as const))('%i: %s', (counter, code) => {
    expect(totpCode(seed(20), counter)).toBe(code)
  })
})

describe('RFC 6238 appendix B', () => {
  const seeds = { sha1: seed(20), sha256: seed(32), sha512: seed(64) }
  const vectors = [
    [59, '94287082', '46119246', '90693936'],
    [1111111109, '07081804', '68084774', '25091201'],
    [1111111111, '14050471', '67062674', '99943326'],
    [1234567890, '89005924', '91819424', '93441116'],
    [2000000000, '69279037', '90698825', '38618901'],
    [20000000000, '65353130', '77737706', '47863826'],
  ] as const

  test.each(vectors)('at %i seconds', (seconds, ...codes) => {
    const step = stepAt(seconds * 1000)
    const made = Object.entries(seeds).map(([algorithm, secret]) =>
      totpCode(secret, step, { algorithm: algorithm as keyof typeof seeds, digits: 8 }),
    )
    expect(made).toEqual(codes)
  })
})

describe('RFC 6238 §5.2: the window', () => {
  const secret = seed(20)
  const now = 1_800_000_015_000
  const present = stepAt(now)
  const at = (steps: number, window: number) => matchStep(secret, totpCode(secret, present + steps), now, window)

  test('one step before and after, and none beyond', () => {
    expect([-2, -1, 0, 1, 2].map((steps) => at(steps, 1))).toEqual([
      undefined,
      present - 1,
      present,
      present + 1,
      undefined,
    ])
  })

  test('ASVS 6.5.5: strict, the present step alone', () => {
    expect([-1, 0, 1].map((steps) => at(steps, 0))).toEqual([undefined, present, undefined])
  })

  test.each(['', '12345', '1234567', 'abcdef', '１２３４５６', '12345٣'])('D7: no code: %s', (code) => {
    expect(matchStep(secret, code, now, 1)).toBeUndefined()
  })

  test('blanks, as people type them, are no matter', () => {
    const code = totpCode(secret, present)
    expect(matchStep(secret, ` ${code.slice(0, 3)} ${code.slice(3)}`, now, 0)).toBe(present)
  })
})
