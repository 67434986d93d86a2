import { describe, expect, test } from 'vitest'
import { pureArgon2Hasher } from '../src/argon2-pure.ts'
import { argon2Hasher } from '../src/factors/password-hash.ts'

const cheap = { memoryCost: 256, timeCost: 2, parallelism: 2 }
const [pure, native] = [pureArgon2Hasher(cheap), argon2Hasher(cheap)]
const password = 'pässwörd 😀 of some length'

describe('argon2id without native code', () => {
  // From the reference implementation (phc-winner-argon2, src/test.c), password `password`, salt `somesalt`.
  test.each([
    '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4',
    '$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc',
    '$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8',
  ])('ASVS 11.2.1: verifies a known answer %#', async (hash) => {
    expect(await pure.verify(hash, 'password')).toBe(true)
    expect(await pure.verify(hash, 'differentpassword')).toBe(false)
  })

  test('its hashes are verified by the native one, and the other way round', async () => {
    for (const [maker, judge] of [
      [pure, native],
      [native, pure],
    ] as const) {
      const hash = await maker.hash(password)
      expect(await judge.verify(hash, password)).toBe(true)
      expect(await judge.verify(hash, `${password}.`)).toBe(false)
      expect(judge.isCurrent(hash)).toBe(true)
    }
  })

  test('ASVS 11.4.2: by default as strong as the native one, to the same parameters', async () => {
    const hash = await pureArgon2Hasher().hash(password)
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/)
    expect(argon2Hasher().isCurrent(hash)).toBe(true)
    expect(await argon2Hasher().verify(hash, password)).toBe(true)
  })

  test('ASVS 6.3.8: nobody’s hash is verified at the cost of a real one', async () => {
    expect(await pure.verify(pure.dummy, password)).toBe(false)
    expect(await native.verify(pure.dummy, password)).toBe(false)
    expect(pure.isCurrent(pure.dummy)).toBe(true)
  })

  test('a salt of its own for every hash', async () => {
    expect(await pure.hash(password)).not.toBe(await pure.hash(password))
  })

  test.each([
    '',
    'plain',
    '$2b$10$abcdefghijklmnopqrstuv',
    '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ',
    '$argon2x$v=19$m=1,t=1,p=1$YQ$YQ',
  ])('rejects for what is no argon2 hash: %j', async (text) => {
    await expect(pure.verify(text, password)).rejects.toThrow('not argon2')
  })
})
