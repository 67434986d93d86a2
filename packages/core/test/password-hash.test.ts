import { describe, expect, test } from 'vitest'
import { argon2Hasher } from '../src/factors/password-hash.ts'
import { cheapHasher } from './house.ts'

describe('argon2id', () => {
  // From the reference implementation (phc-winner-argon2, src/test.c), password `password`, salt `somesalt`.
  test.each([
    '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4',
    '$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc',
    '$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8',
  ])('ASVS 11.2.1: verifies a known answer %#', async (hash) => {
    expect(await cheapHasher.verify(hash, 'password')).toBe(true)
    expect(await cheapHasher.verify(hash, 'differentpassword')).toBe(false)
  })

  test('ASVS 6.2.8: a password in any script, with four lanes, as OpenSSL hashes it', async () => {
    const hash = '$argon2id$v=19$m=256,t=2,p=4$AAECAwQFBgcICQoLDA0ODw$hwFrsS6Bf+Iw3HzSFA+8d7nCS3hfGF+Z9lkoNERaFqQ'
    expect(await cheapHasher.verify(hash, 'пароль 😀')).toBe(true)
  })

  test('ASVS 11.4.2: the default parameters are those of appendix C, and stand in the hash', async () => {
    const hasher = argon2Hasher()
    const hash = await hasher.hash('correct horse battery staple')
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22,}\$[\w+/]{43}$/)
    expect(hasher.isCurrent(hash)).toBe(true)
    expect(cheapHasher.isCurrent(hash)).toBe(false)
  })

  test('ASVS 6.2.8: every character counts, however long the password is', async () => {
    const long = 'x'.repeat(1000)
    const hash = await cheapHasher.hash(`${long}a`)
    expect(await cheapHasher.verify(hash, `${long}a`)).toBe(true)
    for (const other of [`${long}b`, long, `${long}A`, `${long}a `, ` ${long}a`]) {
      expect(await cheapHasher.verify(hash, other)).toBe(false)
    }
  })

  test('a salt of its own for every hash', async () => {
    const hashes = await Promise.all(Array.from({ length: 50 }, () => cheapHasher.hash('same')))
    expect(new Set(hashes.map((hash) => hash.split('$')[4])).size).toBe(50)
  })

  test('the dummy has the same parameters as a real hash, and no password', async () => {
    const real = await cheapHasher.hash('x')
    const shape = (hash: string) => hash.replace(/\$[\w+/]+\$[\w+/]+$/, '').concat(String(hash.length))
    expect(shape(cheapHasher.dummy)).toBe(shape(real))
    expect(await cheapHasher.verify(cheapHasher.dummy, '')).toBe(false)
  })

  test.each(['', 'x', '$argon2id$', '$2b$10$abcdefghijklmnopqrstuv'])(
    'ASVS 11.2.5: %j is no hash: an error, never a match',
    async (hash) => {
      await expect(cheapHasher.verify(hash, '')).rejects.toBeInstanceOf(Error)
    },
  )
})
