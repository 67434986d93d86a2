import { createHash } from 'node:crypto'
import type { IDToken } from 'openid-client'

/** What a log-in asks of an ID token beyond what the library checks. Times are in milliseconds since the epoch. */
export interface Expectations {
  readonly clientId: string
  readonly accessToken: string
  readonly algorithm: string
  readonly now: number
  readonly startedAt: number
  readonly maxAgeMs: number | undefined
  readonly acrValues: readonly string[] | undefined
}

const skewMs = 30_000

/**
 * What OpenID Connect Core §3.1.3.7 leaves to the client, or to the library's default: the party, the hash of the access
 * token, the time of authentication, the class. Says what is wrong.
 */
export function problemOf(claims: IDToken, expected: Expectations): string | undefined {
  const { clientId, accessToken, algorithm, now, startedAt, maxAgeMs, acrValues } = expected
  const { azp, at_hash: atHash, auth_time: authTime, acr, iat, sub } = claims
  if (sub === '') return 'sub is empty'
  if (azp !== undefined && azp !== clientId) return 'azp names another client'
  if (iat * 1000 > now + skewMs) return 'iat lies in the future'
  if (atHash !== undefined && atHash !== hashOf(accessToken, algorithm))
    return 'at_hash is not that of the access token'
  if (authTime !== undefined && (typeof authTime !== 'number' || authTime * 1000 > now + skewMs)) {
    return 'auth_time is no time in the past'
  }
  if (maxAgeMs !== undefined) {
    if (authTime === undefined) return 'auth_time is missing'
    // Measured from the start: how long the user took over the provider's pages does not count.
    if (authTime * 1000 < startedAt - maxAgeMs - skewMs) return 'auth_time is longer ago than was asked for'
  }
  if (acrValues !== undefined && !(typeof acr === 'string' && acrValues.includes(acr))) {
    return 'acr is none of those that were asked for'
  }
  return undefined
}

/** OpenID Connect Core §3.1.3.6: the left half, by the hash of the signature's algorithm. */
function hashOf(text: string, algorithm: string): string {
  const name = algorithm.startsWith('Ed') ? 'sha512' : `sha${algorithm.slice(2)}`
  const digest = createHash(name).update(text).digest()
  return digest.subarray(0, digest.length / 2).toString('base64url')
}
