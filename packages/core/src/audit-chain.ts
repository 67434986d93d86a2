import { createHmac } from 'node:crypto'
import { equalTexts } from './hash.ts'
import { expandSecret } from './keys.ts'

/** What a line of an export holds: what it is of, an event, or the statement that all before it is whole. */
export type LineKind = 'export' | 'event' | 'checkpoint'

/** A line taken apart. Its `body` is worth nothing before `Chain.isOurs` has said so. */
export interface ChainLine {
  readonly number: number
  /** The proof of the line before; empty in the first line. */
  readonly previous: string
  readonly kind: LineKind
  readonly body: string
  /** What the proof is a proof of. */
  readonly text: string
  readonly proof: string
}

/** The keyed chain under one value of `secret`. */
export interface Chain {
  /** A line, of which the last member proves all before it: those of a checkpoint are under a key of their own. */
  write(line: Pick<ChainLine, 'number' | 'previous' | 'kind'>, body: unknown): ChainLine & { readonly line: string }
  /** Whether this line was written under this key, and has stayed as it was. */
  isOurs(line: ChainLine): boolean
}

const shape =
  /^\{"n":(?<number>\d{1,15}),"prev":"(?<previous>[\w-]*)","(?<kind>export|event|checkpoint)":(?<body>.*),"(?:mac|signature)":"(?<proof>[\w-]{43})"\}$/

/** HMAC-SHA-256 of every line, that of the line before included, under keys of HKDF-SHA-256 (RFC 5869). */
export function createChain(secret: string): Chain {
  const keys = { line: expandSecret(secret, 'audit'), checkpoint: expandSecret(secret, 'audit-checkpoint') }
  const proofOf = (kind: LineKind, text: string) =>
    createHmac('sha256', kind === 'checkpoint' ? keys.checkpoint : keys.line)
      .update(text)
      .digest('base64url')

  return {
    write({ number, previous, kind }, content) {
      const body = JSON.stringify(content)
      const text = `{"n":${number},"prev":"${previous}","${kind}":${body}`
      const proof = proofOf(kind, text)
      const line = `${text},"${kind === 'checkpoint' ? 'signature' : 'mac'}":"${proof}"}`
      return { number, previous, kind, body, text, proof, line }
    },

    isOurs: ({ kind, text, proof }) => equalTexts(proofOf(kind, text), proof),
  }
}

/** A line by its shape; `undefined` for anything else. */
export function readLine(line: string): ChainLine | undefined {
  const { number, previous, kind, body, proof } = shape.exec(line)?.groups ?? {}
  if (previous === undefined || body === undefined || proof === undefined) return undefined
  const text = line.slice(0, line.lastIndexOf(',"'))
  return { number: Number(number), previous, kind: kind as LineKind, body, text, proof }
}
