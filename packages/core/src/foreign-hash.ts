import { pbkdf2, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { AuthError } from './errors.ts'
import type { PasswordHasher } from './factors/password-hash.ts'

/** Hashes of one kind that were made elsewhere: they are verified once, and ours takes their place. */
export interface ForeignHash {
  /** Whether a text is a hash of this kind, with parameters that can be afforded. */
  reads(hash: string): boolean
  /** Whether the password, exactly as it was sent, has this hash. */
  verify(hash: string, password: string): Promise<boolean>
  /** What can't be verified without it. Rejects with `invalid_setting` when it is not there. */
  readonly load?: () => Promise<unknown>
}

const maxMemory = 256 * 1024 * 1024
const maxIterations = 10_000_000
const deriveScrypt = promisify<string, Buffer, number, object, Buffer>(scrypt)
const derivePbkdf2 = promisify(pbkdf2)

/** `$2b$10$…`: what is longer than 72 bytes was cut where it was made. Needs `bcryptjs`. */
const bcrypt: ForeignHash = {
  reads: (hash) => /^\$2[aby]\$(?:0[4-9]|1[0-6])\$[./A-Za-z\d]{53}$/.test(hash),

  async verify(hash, password) {
    const { compare } = await loadBcrypt()
    return compare(password, hash)
  },

  load: loadBcrypt,
}

const scryptShape =
  /^\$scrypt(?:-nfkc)?\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z\d+/]{11,})\$([A-Za-z\d+/]{22,})$/

/** PHC: `$scrypt$ln=15,r=8,p=1$salt$hash`; `$scrypt-nfkc$…` where the password was brought to NFKC before, as better-auth does. */
const scryptHash: ForeignHash = {
  reads(hash) {
    const [, ln, r, p] = scryptShape.exec(hash)?.map(Number) ?? []
    if (ln === undefined || r === undefined || p === undefined || r === 0 || p === 0) return false
    return ln > 0 && memoryOf(ln, r, p) <= maxMemory
  },

  async verify(hash, password) {
    const [, ln = '', r = '', p = '', salt = '', tag = ''] = scryptShape.exec(hash) ?? []
    const expected = Buffer.from(tag, 'base64')
    const [cost, blockSize, parallelization] = [2 ** Number(ln), Number(r), Number(p)]
    // Twice: what is counted here is not all that OpenSSL counts.
    const options = { cost, blockSize, parallelization, maxmem: 2 * maxMemory }
    const text = hash.startsWith('$scrypt-nfkc') ? password.normalize('NFKC') : password
    return isSame(await deriveScrypt(text, Buffer.from(salt, 'base64'), expected.length, options), expected)
  },
}

// PHC (`i=…,l=…`) and passlib (the number alone, `.` for `+`); Django, where the salt is text.
const pbkdf2Shape =
  /^\$pbkdf2-(sha1|sha256|sha512)\$(?:i=)?(\d{1,8})(?:,l=\d+)?\$([A-Za-z\d+/.]{11,})\$([A-Za-z\d+/.]{22,})$/
const djangoShape = /^pbkdf2_(sha1|sha256)\$(\d{1,8})\$([A-Za-z\d]{8,})\$([A-Za-z\d+/]{22,}={0,2})$/

/** `$pbkdf2-sha256$i=600000$salt$hash`, `$pbkdf2-sha256$29000$salt$hash` and `pbkdf2_sha256$720000$salt$hash`. */
const pbkdf2Hash: ForeignHash = {
  reads(hash) {
    const parts = pbkdf2Shape.exec(hash) ?? djangoShape.exec(hash)
    const iterations = Number(parts?.[2] ?? 0)
    return iterations > 0 && iterations <= maxIterations
  },

  async verify(hash, password) {
    const phc = pbkdf2Shape.exec(hash)
    const [, digest = '', iterations = '', salt = '', tag = ''] = phc ?? djangoShape.exec(hash) ?? []
    const expected = fromBase64(tag)
    const salted = phc === null ? Buffer.from(salt) : fromBase64(salt)
    return isSame(await derivePbkdf2(password, salted, Number(iterations), expected.length, digest), expected)
  },
}

const kinds: readonly ForeignHash[] = [bcrypt, scryptHash, pbkdf2Hash]

/** Whether a hash is one of bcrypt, scrypt or PBKDF2. */
export function isForeignHash(hash: string): boolean {
  return kinds.some((kind) => kind.reads(hash))
}

/** Loads what verifies a hash. Rejects with `invalid_setting`, naming what is to be installed, when that is not there. */
export async function loadForeignHash(hash: string): Promise<void> {
  await kinds.find((kind) => kind.reads(hash))?.load?.()
}

/** The same hasher, which verifies foreign hashes too. None of them is current, so that the next log-in replaces it. */
export function withForeignHashes(hasher: PasswordHasher): PasswordHasher {
  const kindOf = (hash: string) => kinds.find((kind) => kind.reads(hash))
  return {
    hash: (password) => hasher.hash(password),
    verify: (hash, password) => (kindOf(hash) ?? hasher).verify(hash, password),
    isCurrent: (hash) => kindOf(hash) === undefined && hasher.isCurrent(hash),
    dummy: hasher.dummy,
  }
}

async function loadBcrypt(): Promise<Pick<typeof import('bcryptjs'), 'compare'>> {
  try {
    return await import('bcryptjs')
  } catch (cause) {
    const detail = 'A bcrypt hash can only be verified with the package bcryptjs: install it.'
    throw new AuthError('invalid_setting', { detail, cause })
  }
}

function memoryOf(ln: number, r: number, p: number): number {
  return 128 * r * (2 ** ln + p)
}

/** Base64 as PHC and passlib write it, with `+` or `.`. */
function fromBase64(text: string): Buffer {
  return Buffer.from(text.replaceAll('.', '+'), 'base64')
}

function isSame(made: Buffer, expected: Buffer): boolean {
  return made.length === expected.length && timingSafeEqual(made, expected)
}
