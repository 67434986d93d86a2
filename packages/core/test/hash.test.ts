import { createHash, createHmac, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { equalTexts, hmacKey, hmacSha256, sha256 } from '../src/hash.ts'

describe('HMAC-SHA-256', () => {
  // RFC 4231, the cases whose key fits a block and whose text is ASCII.
  test.each([
    [Buffer.alloc(20, 0x0b), 'Hi There', 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7'],
    [
      Buffer.from('Jefe'),
      'what do ya want for nothing?',
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    ],
  ])('RFC 4231 case %#', (key, text, digest) => {
    expect(hmacSha256(hmacKey(key), text)).toBe(Buffer.from(digest, 'hex').toString('base64url'))
  })

  test('agrees with Node for every text of ASCII, whatever was hashed before', () => {
    const bytes = randomBytes(32)
    const key = hmacKey(bytes)
    const ascii = fc.string({ unit: 'grapheme-ascii', maxLength: 192 })
    fc.assert(
      fc.property(ascii, (text) => {
        expect(hmacSha256(key, text)).toBe(createHmac('sha256', bytes).update(text).digest('base64url'))
      }),
    )
  })

  test('a text that is too long is an error, never cut', () => {
    expect(() => hmacSha256(hmacKey(randomBytes(32)), 'x'.repeat(193))).toThrow(RangeError)
  })
})

test('SHA-256 in base64url', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(sha256(text)).toBe(createHash('sha256').update(text).digest('base64url'))
    }),
  )
})

describe('equalTexts', () => {
  test('ASVS 11.2.4: says what === says, for texts of ASCII up to 64 characters', () => {
    const ascii = fc.string({ unit: 'grapheme-ascii', maxLength: 64 })
    fc.assert(fc.property(ascii, ascii, (one, other) => equalTexts(one, other) === (one === other)))
    fc.assert(fc.property(ascii, (text) => equalTexts(text, text)))
  })

  test('is false for what is longer, though all that is compared is equal', () => {
    expect(equalTexts('x'.repeat(65), 'x'.repeat(65))).toBe(false)
    expect(equalTexts('abc', 'abc\0')).toBe(false)
    expect(equalTexts('', '\0')).toBe(false)
  })
})
