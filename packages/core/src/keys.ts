import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { decodeBase64urlIgnorePadding, encodeBase64urlNoPadding } from '@oslojs/encoding'
import { invalidSetting } from './errors.ts'
import { equalTexts, type HmacKey, hmacKey, hmacSha256 } from './hash.ts'

/** The least that `secret` may hold. */
export const secretBytes = 32
/** The keys that are derived from `secret`, by the label of each, with their lengths in bytes. */
export const keyLengths = { tag: 2, stamp: 32, seal: 32, audit: 32, 'audit-checkpoint': 32 } as const
/** AES-GCM (NIST SP 800-38D §8.2.2): a random nonce for each seal, and the longest tag. */
export const seals = { algorithm: 'aes-256-gcm', nonceBytes: 12, tagBytes: 16 } as const
/** What stands before the label of a key: a change of what keys are for is another number. */
export const keyNamespace = 'sallyport/1/'
const { nonceBytes, tagBytes } = seals

/** The keys derived from one value of the setting `secret`. `tag` names it: two characters taken from the key itself. */
interface DerivedKey {
  readonly tag: string
  readonly stamping: HmacKey
  readonly sealing: Uint8Array
}

/** What is bound to a sealed value: it opens only for the same kind, id and owner. */
export interface SealContext {
  readonly kind: string
  readonly id: string
  readonly owner: string
}

/** Key material: stamps of tokens, and sealing of secrets at rest. */
export interface Keys {
  /** The tag and the 64-bit HMAC-SHA-256 of a text under the newest key: 13 characters. */
  stamp(text: string): string
  /** Whether a stamp is right; `'unknown'` when no key of ours bears its tag. */
  judge(text: string, stamp: string): 'right' | 'wrong' | 'unknown'
  /** AES-256-GCM under the newest key, with the context as additional data. */
  seal(plaintext: string, context: SealContext): string
  /** The plaintext, or `undefined` when it was sealed for another context, under a dropped key, or was changed. */
  open(sealed: string, context: SealContext): string | undefined
  /** Whether a sealed value should be sealed again because its key is no longer the newest. */
  isStale(sealed: string): boolean
}

/** Keys from the setting `secret`, newest first. Every value holds at least 32 bytes. */
export function createKeys(secrets: string | readonly string[] | undefined): Keys {
  const list = (Array.isArray(secrets) ? secrets : [secrets]).map(derive)
  const [newest] = list
  if (newest === undefined) throw invalidSetting('secret', 'is empty', mend)

  return {
    stamp: (text) => newest.tag + mac(newest, text),

    judge(text, stamp) {
      const tag = stamp.slice(0, 2)
      let known = false
      for (const key of list) {
        if (key.tag !== tag) continue
        known = true
        if (equalTexts(mac(key, text), stamp.slice(2))) return 'right'
      }
      return known ? 'wrong' : 'unknown'
    },

    seal(plaintext, context) {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv(seals.algorithm, newest.sealing, nonce)
      cipher.setAAD(additionalData(context))
      const body = Buffer.concat([nonce, cipher.update(plaintext, 'utf8'), cipher.final(), cipher.getAuthTag()])
      return newest.tag + encodeBase64urlNoPadding(body)
    },

    open(sealed, context) {
      const tag = sealed.slice(0, 2)
      for (const key of list) {
        if (key.tag !== tag) continue
        const plaintext = unseal(key, sealed.slice(2), context)
        if (plaintext !== undefined) return plaintext
      }
      return undefined
    },

    isStale: (sealed) => !sealed.startsWith(newest.tag),
  }
}

const mend = 'give at least 32 random bytes, for example from `openssl rand -base64 48`'

/** The key under a label. Throws `invalid_setting` for what is not random, or shorter than 32 bytes. */
export function expandSecret(secret: unknown, label: keyof typeof keyLengths): Uint8Array {
  if (typeof secret !== 'string' || secret === '')
    throw invalidSetting('secret', secret ? 'is no text' : 'is missing', mend)
  if (Buffer.byteLength(secret) < secretBytes)
    throw invalidSetting('secret', `is shorter than ${secretBytes} bytes`, mend)
  if (new Set(secret).size < 8) throw invalidSetting('secret', 'is not random', mend)
  // RFC 5869: one secret, one key for each purpose.
  return new Uint8Array(hkdfSync('sha256', secret, '', `${keyNamespace}${label}`, keyLengths[label]))
}

function derive(secret: unknown): DerivedKey {
  return {
    tag: encodeBase64urlNoPadding(expandSecret(secret, 'tag')).slice(0, 2),
    stamping: hmacKey(expandSecret(secret, 'stamp')),
    sealing: expandSecret(secret, 'seal'),
  }
}

function mac(key: DerivedKey, text: string): string {
  return hmacSha256(key.stamping, text).slice(0, 11)
}

function additionalData({ kind, id, owner }: SealContext): Uint8Array {
  return Buffer.from(JSON.stringify([kind, id, owner]))
}

function unseal(key: DerivedKey, text: string, context: SealContext): string | undefined {
  try {
    const body = decodeBase64urlIgnorePadding(text)
    const decipher = createDecipheriv(seals.algorithm, key.sealing, body.subarray(0, nonceBytes), {
      authTagLength: tagBytes,
    })
    decipher.setAAD(additionalData(context))
    decipher.setAuthTag(body.subarray(body.length - tagBytes))
    const plain = Buffer.concat([decipher.update(body.subarray(nonceBytes, body.length - tagBytes)), decipher.final()])
    return plain.toString('utf8')
  } catch {
    return undefined
  }
}
