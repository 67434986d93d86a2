import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalName, isUserId, nameToId } from '../src/identifier.ts'

const anyText = fc.string({ unit: 'binary', maxLength: 200 })
const names = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme-composite' }), anyText)

describe('D8: one canonical form', () => {
  test('is its own canonical form, whatever went in', () => {
    const isIdempotent = (text: string) => {
      const name = canonicalName(text)
      return name === undefined || canonicalName(name) === name
    }
    fc.assert(fc.property(names, isIdempotent), { numRuns: 500 })
    for (let code = 0; code <= 0x10ffff; code++) {
      const text = String.fromCodePoint(code)
      if (!isIdempotent(text) || !isIdempotent(`a${text}b`)) expect.fail(`U+${code.toString(16)}`)
    }
  })

  test('is the same for every way to write a name', () => {
    fc.assert(
      fc.property(names, (text) => {
        const name = canonicalName(text)
        for (const form of ['NFC', 'NFD', 'NFKC', 'NFKD'] as const) {
          expect(canonicalName(text.normalize(form))).toBe(name)
        }
        expect(canonicalName(` ${text}\t`)).toBe(name)
      }),
    )
  })

  test.each([
    ['Ann', 'ann'],
    ['  ann ', 'ann'],
    ['ＡＮＮ', 'ann'],
    ['ﬁona', 'fiona'],
    ['Å', 'å'],
    ['A\u030a', 'å'],
    ['\u212b', 'å'],
    ['İ', 'i̇'],
    ['ΣΑΣ', 'σας'],
    ['ann@Example.COM', 'ann@example.com'],
    ['\u00a0ann\u3000', 'ann'],
    ['ann smith', 'ann smith'],
  ])('%j is %j', (text, name) => {
    expect(canonicalName(text)).toBe(name)
  })

  test.each([
    ['the empty text', ''],
    ['spaces', ' \t\u3000'],
    ['NUL', 'a\0b'],
    ['a line feed within', 'a\nb'],
    ['zero width', 'a\u200bb'],
    ['zero width joiner', 'a\u200db'],
    ['right to left override', 'a\u202eb'],
    ['soft hyphen', 'a\u00adb'],
    ['byte order mark within', 'a\ufeffb'],
    ['half a surrogate pair', 'a\ud800b'],
    ['a line separator', 'a\u2028b'],
    ['an unassigned character', 'a\u0378b'],
    ['129 characters', 'a'.repeat(129)],
    ['a name whose id is too long', 'ж'.repeat(128)],
    ['what NFKC makes too long', '\ufdfa'.repeat(20)],
  ])('%s is no name', (_, text) => {
    expect(canonicalName(text)).toBeUndefined()
  })

  test('128 characters, and those outside the first plane, are a name', () => {
    expect(canonicalName('a'.repeat(128))).toBe('a'.repeat(128))
    expect(canonicalName('😀'.repeat(20))).toBe('😀'.repeat(20))
  })
})

describe('the id of a name', () => {
  test('is printable ASCII within the bounds of storage, and two names never share one', () => {
    fc.assert(
      fc.property(names, names, (one, other) => {
        const [first, second] = [canonicalName(one), canonicalName(other)]
        if (first === undefined || second === undefined) return
        expect(nameToId(first)).toMatch(/^[\x21-\x7e]{1,255}$/)
        expect(nameToId(first) === nameToId(second)).toBe(first === second)
      }),
    )
  })

  test('a prefix of the name gives a prefix of the id', () => {
    expect(nameToId('ann smith@ü')).toSatisfy((id: string) => id.startsWith(nameToId('ann s')))
  })
})

test.each([
  ['a', true],
  ['A-1_.~!', true],
  ['x'.repeat(128), true],
  ['', false],
  ['x'.repeat(129), false],
  ['a b', false],
  ['a\n', false],
  ['é', false],
  [7, false],
  [undefined, false],
  [['a'], false],
])('isUserId(%j) is %s', (id, is) => {
  expect(isUserId(id)).toBe(is)
})
