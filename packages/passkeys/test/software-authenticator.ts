import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'

/** What a test may do wrongly, or otherwise than usual. */
export interface Quirks {
  readonly origin?: string
  readonly crossOrigin?: boolean
  readonly topOrigin?: string
  readonly rpId?: string
  readonly type?: string
  readonly challenge?: string
  /** Whether the holder was verified, and was there. */
  readonly verified?: boolean
  readonly present?: boolean
  readonly counter?: number
  readonly isSynced?: boolean
  readonly userHandle?: string
  /** Whether the browser says that the key is kept on the device. */
  readonly isDiscoverable?: boolean
  /** Signs with a key that nobody knows. */
  readonly otherKey?: boolean
}

type Options = Readonly<Record<string, unknown>>

/**
 * An authenticator in software, for what no real one would do. What real ones do is tested in a browser.
 * It holds one ES256 key for one origin.
 */
export function softwareAuthenticator(origin: string, defaults: Quirks = {}) {
  const rpId = new URL(origin).hostname
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const id = randomBytes(32)
  let userHandle = ''
  let counter = 0

  function clientData(type: string, options: Options, quirks: Quirks): Buffer {
    return Buffer.from(
      JSON.stringify({
        type: quirks.type ?? type,
        challenge: quirks.challenge ?? options['challenge'],
        origin: quirks.origin ?? origin,
        crossOrigin: quirks.crossOrigin ?? false,
        ...(quirks.topOrigin !== undefined && { topOrigin: quirks.topOrigin }),
      }),
    )
  }

  function authenticatorData(quirks: Quirks, attested?: Buffer): Buffer {
    const { verified = true, present = true, isSynced = false } = quirks
    const flags = (present ? 1 : 0) | (verified ? 4 : 0) | (isSynced ? 0b1000 : 0) | (attested ? 64 : 0)
    const count = Buffer.alloc(4)
    count.writeUInt32BE(quirks.counter ?? counter)
    const rp = createHash('sha256')
      .update(quirks.rpId ?? rpId)
      .digest()
    return Buffer.concat([rp, Buffer.from([flags]), count, attested ?? Buffer.alloc(0)])
  }

  return {
    register(options: Options, quirks: Quirks = {}): Record<string, unknown> {
      const all = { ...defaults, ...quirks }
      userHandle = (options['user'] as { id: string }).id
      const length = Buffer.alloc(2)
      length.writeUInt16BE(id.length)
      const data = authenticatorData(all, Buffer.concat([Buffer.alloc(16), length, id, coseKey(keys.publicKey)]))
      const attestation = cbor(
        new Map<Cbor, Cbor>([
          ['fmt', 'none'],
          ['attStmt', new Map()],
          ['authData', data],
        ]),
      )
      const made = credential(id, {
        clientDataJSON: clientData('webauthn.create', options, all).toString('base64url'),
        attestationObject: attestation.toString('base64url'),
        transports: ['internal'],
      })
      const { isDiscoverable: rk } = all
      return rk === undefined ? made : { ...made, clientExtensionResults: { credProps: { rk } } }
    },

    authenticate(options: Options, quirks: Quirks = {}): Record<string, unknown> {
      counter++
      const all = { ...defaults, ...quirks }
      const data = authenticatorData(all)
      const client = clientData('webauthn.get', options, all)
      const key = all.otherKey ? generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey : keys.privateKey
      const signed = Buffer.concat([data, createHash('sha256').update(client).digest()])
      return credential(id, {
        clientDataJSON: client.toString('base64url'),
        authenticatorData: data.toString('base64url'),
        signature: sign('sha256', signed, key).toString('base64url'),
        userHandle: all.userHandle ?? userHandle,
      })
    },
  }
}

function credential(id: Buffer, response: Record<string, unknown>): Record<string, unknown> {
  const name = id.toString('base64url')
  return { id: name, rawId: name, type: 'public-key', clientExtensionResults: {}, response }
}

function coseKey(key: KeyObject): Buffer {
  const { x = '', y = '' } = key.export({ format: 'jwk' })
  const point = (text: string) => Buffer.from(text, 'base64url')
  return cbor(
    new Map<Cbor, Cbor>([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, point(x)],
      [-3, point(y)],
    ]),
  )
}

type Cbor = number | string | Uint8Array | Map<Cbor, Cbor>

/** The few kinds of CBOR (RFC 8949) that are needed here. */
function cbor(value: Cbor): Buffer {
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value)
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)])
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value])
  return Buffer.concat([head(5, value.size), ...[...value].flatMap(([name, item]) => [cbor(name), cbor(item)])])
}

function head(kind: number, length: number): Buffer {
  if (length < 24) return Buffer.from([(kind << 5) | length])
  if (length < 256) return Buffer.from([(kind << 5) | 24, length])
  return Buffer.from([(kind << 5) | 25, length >> 8, length & 255])
}
