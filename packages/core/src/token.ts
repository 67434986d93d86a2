import { randomBytes } from 'node:crypto'
import { sha256 } from './hash.ts'
import type { Keys } from './keys.ts'
import { type Secret, secret } from './secret.ts'

/** Every kind of token, by the letters that stand in it. A reader of one kind does not know the others. */
export const tokenKinds = {
  s: 'session',
  a: 'api-token',
  l: 'locked',
  u: 'url-token',
  e: 'enrolment',
  d: 'device',
  r: 'reset',
  v: 'verification',
  g: 'registration',
} as const

/** The kind of a token, which is also the kind of its entry in storage. */
export type TokenKind = (typeof tokenKinds)[keyof typeof tokenKinds]

const letters = Object.fromEntries(Object.entries(tokenKinds).map(([letter, kind]) => [kind, letter])) as Record<
  TokenKind,
  keyof typeof tokenKinds
>

/** The random bytes of a token: what names it, and what proves it. */
export const tokenBytes = { id: 16, secret: 32 } as const
const idLength = lengthOf(tokenBytes.id)
const secretLength = lengthOf(tokenBytes.secret)
const stampLength = 13 // two characters that name the key, 64 bits of HMAC

/** A token taken apart, its secret as storage keeps it. `stamp` says what the offline check found: `'unknown'` when its key is not ours. */
export interface ParsedToken {
  readonly kind: TokenKind
  readonly id: string
  /** The SHA-256 of its secret, in base64url. */
  readonly hash: string
  readonly stamp: 'right' | 'unknown'
}

/** A new token and what storage keeps of it: the SHA-256 of its secret, in base64url. */
export interface MintedToken {
  readonly token: Secret
  readonly id: string
  readonly hash: string
}

/** Makes and reads tokens: `<prefix>_<kind>_<id>.<secret><stamp>`. */
export interface Tokens {
  /** A new token; with `id` a new secret for an existing one. */
  mint(kind: TokenKind, id?: string): MintedToken
  /** The parts of a token of ours; `undefined` for anything else and for a wrong stamp. Never touches storage. */
  parse(text: string): ParsedToken | undefined
  /** The kind that a text claims to be, unproven; `undefined` for what has not the shape of a token of ours. */
  kindOf(text: string): TokenKind | undefined
}

/** The shape of every token that begins with `prefix`. */
export function createTokens(prefix: string, keys: Keys): Tokens {
  const head = `${prefix}_`
  const idAt = head.length + 2
  const secretAt = idAt + idLength + 1
  const stampAt = secretAt + secretLength
  const length = stampAt + stampLength

  function kindOf(text: string): TokenKind | undefined {
    const kind = tokenKinds[text[head.length] as keyof typeof tokenKinds] as TokenKind | undefined
    const shaped =
      text.length === length && text.startsWith(head) && text[idAt - 1] === '_' && text[secretAt - 1] === '.'
    return shaped && urlSafe.test(text) ? kind : undefined
  }

  return {
    kindOf,

    mint(kind, id = randomText(tokenBytes.id)) {
      const text = randomText(tokenBytes.secret)
      const body = `${head}${letters[kind]}_${id}.${text}`
      return { token: secret(body + keys.stamp(body)), id, hash: sha256(text) }
    },

    parse(text) {
      const kind = kindOf(text)
      if (kind === undefined) return undefined
      const stamp = keys.judge(text.slice(0, stampAt), text.slice(stampAt))
      if (stamp === 'wrong') return undefined
      return { kind, id: text.slice(idAt, secretAt - 1), hash: sha256(text.slice(secretAt, stampAt)), stamp }
    },
  }
}

const urlSafe = /^[\w.-]+$/

/** Random text in base64url from so many random bytes. */
export function randomText(bytes: number): string {
  return randomBytes(bytes).toString('base64url')
}

/** The length of so many bytes in base64url. */
function lengthOf(bytes: number): number {
  return Math.ceil((bytes * 4) / 3)
}
