import { AuthError, refuseUnknown } from '@sallyport/core'

/** How passkeys are registered and asked for. */
export interface PasskeyOptions {
  /** What the browser calls us: the host of `origin` by default. */
  readonly rpName?: string | undefined
  /** The relying party id: the host of `origin`, or a parent domain of it. Changing it makes every passkey useless. */
  readonly rpId?: string | undefined
  /** Further origins whose pages may use our passkeys. */
  readonly origins?: readonly string[] | undefined
  /** Whether a passkey is a whole log-in by itself, as it is by default; if not, it is a second factor only. */
  readonly logIn?: boolean | undefined
  /** Asks authenticators what they are, and lets this decide; nothing is asked by default. */
  readonly accept?: ((authenticator: Authenticator) => boolean | Promise<boolean>) | undefined
  /** For how long a question waits for its answer, in milliseconds: five minutes by default, ten at most. */
  readonly lifetimeMs?: number | undefined
}

/** What an authenticator says of itself when it is registered. The attestation statement is its own, to be judged by `accept`. */
export interface Authenticator {
  /** The model (AAGUID); zeros when it does not say. */
  readonly aaguid: string
  /** The format of the attestation statement, as in `packed`. */
  readonly format: string
  readonly attestationObject: Uint8Array
  /** Whether the key can leave the device. */
  readonly isSynced: boolean
}

/** The relying party: who asks, in which origins. */
export interface RelyingParty {
  readonly id: string
  readonly name: string
  readonly origins: readonly string[]
  readonly lifetimeMs: number
}

const optionNames: Readonly<Record<keyof PasskeyOptions, true>> = {
  rpName: true,
  rpId: true,
  origins: true,
  logIn: true,
  accept: true,
  lifetimeMs: true,
}
const maxLifetimeMs = 10 * 60_000

/** The relying party of an origin. Throws `invalid_setting`, with its mend. */
export function relyingParty(origin: string, options: PasskeyOptions): RelyingParty {
  refuseUnknown('option of passkeys', options, optionNames)
  const { hostname } = new URL(origin)
  const { rpId = hostname, rpName = hostname, origins = [], lifetimeMs = 5 * 60_000 } = options
  if (hostname !== rpId && !hostname.endsWith(`.${rpId}`)) {
    throw invalid('rpId', `is ${JSON.stringify(rpId)}, which is not ${hostname} or a parent of it`)
  }
  if (/^[\d.]+$|:/.test(rpId))
    throw invalid('rpId', 'is an address, and passkeys need a name: use localhost, or a domain')
  for (const other of origins) {
    if (!URL.canParse(other) || new URL(other).origin !== other) {
      throw invalid('origins', `has ${JSON.stringify(other)}: write it as "https://app.example.com"`)
    }
  }
  if (!(lifetimeMs > 0 && lifetimeMs <= maxLifetimeMs)) {
    throw invalid('lifetimeMs', 'is not between 1 and 600000: leave it out for five minutes')
  }
  return { id: rpId, name: rpName, origins: [origin, ...origins], lifetimeMs }
}

function invalid(name: string, problem: string): AuthError {
  return new AuthError('invalid_setting', { detail: `passkeys: \`${name}\` ${problem}.` })
}
