import type { LogoutNotice, ProviderContext } from '@sallyport/core'
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose'
import type { OidcSettings } from './settings.ts'

const event = 'http://schemas.openid.net/event/backchannel-logout'
const toleranceS = 30
const maxAgeS = 300

const shape = /^[\w-]+\.[\w-]+\.[\w-]+$/
const maxLength = 16 * 1024

/** Whether a text could be a logout token: what could not is refused before anybody is asked about it. */
export function isLogoutToken(text: string): boolean {
  return text.length <= maxLength && shape.test(text)
}

/** Keys of the provider; `fresh` looks once more for one that is missing. */
export type KeySource = (fresh: boolean) => Promise<JSONWebKeySet>

/** Verifies a logout token (OpenID Connect Back-Channel Logout 1.0 §2.6) but for its single use. Throws when it is not valid. */
export async function readLogoutToken(
  token: string,
  settings: OidcSettings,
  issuer: string,
  algorithm: string,
  keys: KeySource,
  context: ProviderContext,
): Promise<LogoutNotice> {
  const verify = async (fresh: boolean): Promise<JWTPayload> => {
    const { payload } = await jwtVerify(token, createLocalJWKSet(await keys(fresh)), {
      issuer,
      audience: settings.clientId,
      algorithms: [algorithm],
      clockTolerance: toleranceS,
      currentDate: new Date(context.now()),
      maxTokenAge: maxAgeS,
      requiredClaims: ['iat', 'exp', 'jti', 'events'],
      ...(settings.untypedLogoutTokens !== true && { typ: 'logout+jwt' }),
    })
    return payload
  }
  const claims = await verify(false).catch((error: unknown) => {
    const isKey = error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWSSignatureVerificationFailed
    if (isKey) return verify(true)
    throw error
  })
  const { sub, sid, jti = '', exp = 0, iat = 0 } = claims
  // §2.4: a nonce would make an ID token of it, and an ID token has no event.
  if ('nonce' in claims) throw new Error('a logout token has no nonce')
  if (!isObject(claims['events']) || !isObject(claims['events'][event])) throw new Error('this is no logout event')
  if (!isText(sub) && !isText(sid)) throw new Error('neither sub nor sid says whose sessions end')
  if (!isText(jti)) throw new Error('jti is no text')
  return {
    issuer,
    subject: isText(sub) ? sub : undefined,
    sessionId: isText(sid) ? sid : undefined,
    issuedAt: iat * 1000,
    message: { id: `logout:${jti}`, expiresAt: (exp + toleranceS + 1) * 1000 },
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= 255
}
