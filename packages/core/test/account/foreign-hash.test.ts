import { pbkdf2Sync, scryptSync } from 'node:crypto'
import { hashSync } from 'bcryptjs'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { isForeignHash } from '../../src/foreign-hash.ts'
import { house, settled } from '../auth-house.ts'

const password = 'Pässword of an older system'
const salt = Buffer.from('sixteen bytes ok')
const base64 = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '')
const adapted = (bytes: Buffer) => base64(bytes).replaceAll('+', '.')
const scrypted = scryptSync(password, salt, 32, { cost: 1024, blockSize: 8, parallelization: 1 })
const derived = (digest: string, by: string | Uint8Array, length: number) =>
  pbkdf2Sync(password, by, 1000, length, digest)

const hashes: Readonly<Record<string, string>> = {
  'bcrypt $2b$': hashSync(password, 4),
  'bcrypt $2a$': hashSync(password, 4).replace('$2b$', '$2a$'),
  'bcrypt $2y$': hashSync(password, 4).replace('$2b$', '$2y$'),
  scrypt: `$scrypt$ln=10,r=8,p=1$${base64(salt)}$${base64(scrypted)}`,
  'scrypt in NFKC': `$scrypt-nfkc$ln=10,r=8,p=1$${base64(salt)}$${base64(scrypted)}`,
  'PBKDF2 in PHC': `$pbkdf2-sha256$i=1000,l=32$${base64(salt)}$${base64(derived('sha256', salt, 32))}`,
  'PBKDF2 of passlib': `$pbkdf2-sha512$1000$${adapted(salt)}$${adapted(derived('sha512', salt, 64))}`,
  'PBKDF2 of Django': `pbkdf2_sha256$1000$saltsalt$${derived('sha256', 'saltsalt', 32).toString('base64')}`,
  'argon2id with other parameters':
    '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4',
}
const passwordOf = (name: string) => (name.startsWith('argon2') ? 'password' : password)

const hex = (text: string) => base64(Buffer.from(text, 'hex'))
const rfc7914 =
  '7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887'
const rfc6070 = '3d2eec4fe41c849b80c8d83662c0e44a8b291a964cf2f07038'

// Made by others: RFC 7914 §12, RFC 6070 §2, and the tests of crypt_blowfish.
const vectors: readonly (readonly [hash: string, password: string])[] = [
  [`$scrypt$ln=14,r=8,p=1$${base64(Buffer.from('SodiumChloride'))}$${hex(rfc7914)}`, 'pleaseletmein'],
  [
    `$pbkdf2-sha1$i=4096,l=25$${base64(Buffer.from('saltSALTsaltSALTsaltSALTsaltSALTsalt'))}$${hex(rfc6070)}`,
    'passwordPASSWORDpassword',
  ],
  ['$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW', 'U*U'],
  ['$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK', 'U*U*'],
]

describe.each(Object.keys(hashes))('a password under %s', (name) => {
  test('works as it was, and becomes one of ours at the first log-in', async () => {
    const { auth, log } = await house()
    const old = await auth.users.create({ username: 'old', passwordHash: hashes[name] })
    const credentials = { username: 'old', password: passwordOf(name) }
    const wrong = { ...credentials, password: `${credentials.password} ` }
    await expect(auth.logIn(wrong)).rejects.toMatchObject({ code: 'invalid_credentials' })
    await settled()
    expect(log.of('password.rehashed')).toEqual([])
    for (let i = 0; i < 2; i++) {
      expect((await auth.logIn(credentials)).status).toBe('unlocked')
      await settled()
    }
    expect(log.of('password.rehashed')).toMatchObject([{ userId: old.id }])
    await expect(auth.logIn(wrong)).rejects.toMatchObject({ code: 'invalid_credentials' })
  })
})

test.each(vectors)('the published vector %s', async (passwordHash, given) => {
  const { auth } = await house()
  await auth.users.create({ username: 'old', passwordHash })
  expect((await auth.logIn({ username: 'old', password: given })).status).toBe('unlocked')
})

test('the same password in another Unicode form has the hash where it was made in NFKC, and there alone', async () => {
  const { auth } = await house()
  const decomposed = { password: password.normalize('NFD') }
  await auth.users.create({ username: 'normalised', passwordHash: hashes['scrypt in NFKC'] })
  await auth.users.create({ username: 'as-it-was', passwordHash: hashes['scrypt'] })
  expect((await auth.logIn({ username: 'normalised', ...decomposed })).status).toBe('unlocked')
  const other = auth.logIn({ username: 'as-it-was', ...decomposed })
  await expect(other).rejects.toMatchObject({ code: 'invalid_credentials' })
})

describe('what costs too much or is no hash is refused when it comes', () => {
  test.each([
    '$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW',
    '$2x$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW',
    '$2b$05$CCCC',
    `$scrypt$ln=24,r=8,p=1$${base64(salt)}$${base64(scrypted)}`,
    `$scrypt$ln=10,r=0,p=1$${base64(salt)}$${base64(scrypted)}`,
    `$scrypt$ln=10,r=8,p=1$${base64(salt)}$`,
    `$pbkdf2-sha256$99999999$${base64(salt)}$${base64(scrypted)}`,
    `$pbkdf2-md5$1000$${base64(salt)}$${base64(scrypted)}`,
    `$pbkdf2-sha256$0$${base64(salt)}$${base64(scrypted)}`,
    'md5$salt$5f4dcc3b5aa765d61d8327deb882cf99',
    `$argon2id$v=19$m=4294967295,t=1,p=1$${base64(salt)}$${base64(scrypted)}`,
    `$argon2id$v=19$m=65536,t=4294967295,p=1$${base64(salt)}$${base64(scrypted)}`,
    `$argon2id$v=19$m=65536,t=0,p=1$${base64(salt)}$${base64(scrypted)}`,
    `$argon2id$v=19$m=65536,t=1,p=0$${base64(salt)}$${base64(scrypted)}`,
    `$argon2id$v=19$m=8,t=1,p=2$${base64(salt)}$${base64(scrypted)}`,
  ])('%s', async (passwordHash) => {
    expect(isForeignHash(passwordHash)).toBe(false)
    const { auth } = await house()
    await expect(auth.users.create({ username: 'old', passwordHash })).rejects.toMatchObject({
      code: 'invalid_request',
    })
  })
})

test('a bcrypt hash is refused when it comes, with what to install, where bcryptjs is not there', async () => {
  vi.doMock('bcryptjs', () => {
    throw new Error('a stand-in for a package that is not installed')
  })
  onTestFinished(() => {
    vi.doUnmock('bcryptjs')
  })
  const { auth } = await house()
  const user = { username: 'old', passwordHash: hashes['bcrypt $2b$'] }
  await expect(auth.users.create(user)).rejects.toMatchObject({
    code: 'invalid_setting',
    detail: expect.stringContaining('bcryptjs') as unknown,
  })
  // Nobody was made of it, and every other kind can do without.
  expect((await auth.users.create({ ...user, passwordHash: hashes['scrypt'] })).username).toBe('old')
})
