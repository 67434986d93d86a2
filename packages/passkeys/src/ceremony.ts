import { createHash } from 'node:crypto'
import type { FactorEvidence, Method } from '@sallyport/core'
import type { AuthenticationResponseJSON, RegistrationResponseJSON, WebAuthnCredential } from '@simplewebauthn/server'
import type { Authenticator, RelyingParty } from './settings.ts'

/** What is kept of a passkey. Nothing in it lets its reader sign in. */
export interface PasskeyCredential {
  /** Its id as the authenticator knows it, in base64url. */
  readonly credentialId: string
  readonly publicKey: string
  readonly counter: number
  readonly transports: readonly string[]
  readonly aaguid: string
  /** Whether the key can leave the device (backup eligible), and whether it has. */
  readonly isSynced: boolean
  readonly isBackedUp: boolean
  /** Whether it is a whole log-in: it names its owner, and has verified them. */
  readonly opens: boolean
}

/** A registration that was verified. */
export interface Registered {
  readonly own: PasskeyCredential
  readonly authenticator: Authenticator
  readonly methods: readonly Method[]
}

/** A response that was verified: which methods it proves, and what the authenticator says of itself now. */
export interface Verified {
  readonly methods: readonly Method[]
  readonly counter: number
  readonly isBackedUp: boolean
}

/** Under which name a passkey is stored: any id becomes one of 43 characters, in a space of its own. */
export function storedId(credentialId: string): string {
  return createHash('sha256').update(`passkey:${credentialId}`).digest('base64url')
}

/** What the authenticator keeps to name the user (WebAuthn §14.6.1: nothing personal), in base64url. */
export function userHandle(userId: string): string {
  return createHash('sha256').update(`passkey-user:${userId}`).digest('base64url')
}

/** The id of the credential that a response is about; `undefined` when it is not shaped like one. */
export function credentialIdOf({ response }: FactorEvidence): string | undefined {
  const id = response?.['id']
  return typeof id === 'string' && id.length <= 2048 && id === response?.['rawId'] ? id : undefined
}

/** Verifies a registration (WebAuthn §7.1); `undefined` when anything in it is wrong. */
export async function verifyRegistration(
  { response }: FactorEvidence,
  challenge: string,
  rp: RelyingParty,
): Promise<Registered | undefined> {
  if (isFramed(response)) return undefined
  const { verifyRegistrationResponse } = await import('@simplewebauthn/server')
  const result = await verifyRegistrationResponse({
    response: response as unknown as RegistrationResponseJSON,
    expectedChallenge: challenge,
    expectedOrigin: [...rp.origins],
    expectedRPID: rp.id,
    requireUserVerification: false,
  }).catch(() => undefined)
  if (result?.registrationInfo === undefined) return undefined
  const { credential, aaguid, fmt, attestationObject, credentialBackedUp, credentialDeviceType, userVerified } =
    result.registrationInfo
  const isSynced = credentialDeviceType === 'multiDevice'
  return {
    own: {
      credentialId: credential.id,
      publicKey: Buffer.from(credential.publicKey).toString('base64url'),
      counter: credential.counter,
      transports: (credential.transports ?? []).slice(0, 8),
      aaguid,
      isSynced,
      isBackedUp: credentialBackedUp,
      opens: userVerified && isDiscoverable(response),
    },
    authenticator: { aaguid, format: fmt, attestationObject, isSynced },
    methods: methodsOf(isSynced, userVerified),
  }
}

/** Verifies an assertion (WebAuthn §7.2) but for the counter, which the store decides; `undefined` when it is wrong. */
export async function verifyAssertion(
  { response }: FactorEvidence,
  own: PasskeyCredential,
  expectedChallenge: string | ((challenge: string) => boolean),
  rp: RelyingParty,
  requireUserVerification: boolean,
): Promise<Verified | undefined> {
  if (isFramed(response)) return undefined
  const { verifyAuthenticationResponse } = await import('@simplewebauthn/server')
  const credential: WebAuthnCredential = {
    id: own.credentialId,
    publicKey: new Uint8Array(Buffer.from(own.publicKey, 'base64url')),
    counter: 0,
    transports: [...own.transports],
  }
  const result = await verifyAuthenticationResponse({
    response: response as unknown as AuthenticationResponseJSON,
    expectedChallenge,
    expectedOrigin: [...rp.origins],
    expectedRPID: rp.id,
    credential,
    requireUserVerification,
  }).catch(() => undefined)
  if (result?.verified !== true) return undefined
  const { newCounter, userVerified, credentialBackedUp, credentialDeviceType } = result.authenticationInfo
  // WebAuthn §7.2 step 18: whether a key can be synced does not change.
  if ((credentialDeviceType === 'multiDevice') !== own.isSynced) return undefined
  return { methods: methodsOf(own.isSynced, userVerified), counter: newCounter, isBackedUp: credentialBackedUp }
}

/** RFC 8176: a key that stays in hardware or one that is synced, and whether its holder was verified. */
function methodsOf(isSynced: boolean, userVerified: boolean): readonly Method[] {
  return [isSynced ? 'swk' : 'hwk', ...(userVerified ? ['user'] : [])]
}

/** What the browser says, where it says anything (WebAuthn §10.1.3): a key that is kept by us alone can't name its owner. */
function isDiscoverable(response: FactorEvidence['response']): boolean {
  const { credProps } = (response?.['clientExtensionResults'] ?? {}) as { credProps?: { readonly rk?: unknown } }
  return credProps?.rk !== false
}

/** Whether it was made in a frame of another origin: the library does not look (WebAuthn §13.4.2). */
function isFramed(response: FactorEvidence['response']): boolean {
  try {
    const inner = response?.['response'] as { readonly clientDataJSON?: unknown } | undefined
    const text = Buffer.from(String(inner?.clientDataJSON), 'base64url').toString('utf8')
    const data = JSON.parse(text) as { readonly crossOrigin?: unknown; readonly topOrigin?: unknown }
    return (data.crossOrigin ?? false) !== false || data.topOrigin !== undefined
  } catch {
    return true
  }
}
