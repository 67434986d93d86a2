import { randomBytes, timingSafeEqual } from 'node:crypto'
import {
  type Argon2,
  type Argon2Parameters,
  createArgon2Hasher,
  defaultArgon2,
  type PasswordHasher,
} from './factors/password-hash.ts'

/**
 * argon2id without native code, where that can't be had: the same hashes with the same parameters, several times as
 * slow, and on the event loop. Needs `@noble/hashes`.
 */
export function pureArgon2Hasher(parameters: Argon2Parameters = defaultArgon2): PasswordHasher {
  return createArgon2Hasher(async () => ({ hash, verify }), parameters)
}

const saltBytes = 16
const hashBytes = 32

/** A hash in PHC format. */
export const hash: Argon2['hash'] = async (password, { memoryCost, timeCost, parallelism }) => {
  const { argon2id } = await import('@noble/hashes/argon2.js')
  const salt = randomBytes(saltBytes)
  const made = argon2id(password, salt, { m: memoryCost, t: timeCost, p: parallelism, dkLen: hashBytes })
  return `$argon2id$v=19$m=${memoryCost},t=${timeCost},p=${parallelism}$${encode(salt)}$${encode(made)}`
}

/** Whether a password has a hash in PHC format, of any variant. Rejects for what is none. */
export const verify: Argon2['verify'] = async (text, password) => {
  const parts = phc.exec(text)?.groups
  if (parts === undefined) throw new Error('The password hash is not argon2 in PHC format.')
  const { variant, version = '16', m, t, p, salt = '', digest = '' } = parts
  const stored = Buffer.from(digest, 'base64')
  const argon2 = (await import('@noble/hashes/argon2.js'))[variant as 'argon2d' | 'argon2i' | 'argon2id']
  const made = argon2(password, Buffer.from(salt, 'base64'), {
    m: Number(m),
    t: Number(t),
    p: Number(p),
    version: Number(version),
    dkLen: stored.length,
  })
  return timingSafeEqual(made, stored)
}

const phc =
  /^\$(?<variant>argon2(?:id|i|d))(?:\$v=(?<version>\d+))?\$m=(?<m>\d+),t=(?<t>\d+),p=(?<p>\d+)\$(?<salt>[\w+/]+)\$(?<digest>[\w+/]+)$/

function encode(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replace(/=+$/, '')
}
