import type { Entry } from './storage.ts'
import { equalTexts } from './hash.ts'

/** What storage keeps of an API token. */
export interface ApiTokenData {
  readonly hash: string
  /** The secret before the last rotation, and until when it is still good. */
  readonly previous: { readonly hash: string; readonly until: number } | null
  readonly epoch: string
  readonly name: string
  readonly createdAt: number
  readonly lastUsedAt: number | null
  readonly rotatedAt: number | null
  /** `null` inherits every permission of the user. */
  readonly scopes: readonly string[] | null
  readonly noticedAt: number | null
  /** Where the session was issued to that it came from. */
  readonly address?: string | null | undefined
  readonly userAgent?: string | null | undefined
}

/** An API token as it is shown: never its secret. Times are in milliseconds since the epoch. */
export interface ApiToken {
  readonly id: string
  readonly name: string
  readonly createdAt: number
  readonly expiresAt: number
  readonly lastUsedAt: number | undefined
  readonly rotatedAt: number | undefined
  /** Until when the secret before the last rotation is good, be that past or future. */
  readonly previousExpiresAt: number | undefined
  /** `undefined`: every permission of its user, as they are at each request. */
  readonly scopes: readonly string[] | undefined
}

/** What the secret of an API token, by its hash, is worth: the one before a rotation counts for the overlap. */
export function judgeSecret(
  presented: string,
  { hash, previous }: ApiTokenData,
  now: number,
): 'right' | 'wrong_secret' | 'retired_secret' {
  if (equalTexts(presented, hash)) return 'right'
  if (previous === null || !equalTexts(presented, previous.hash)) return 'wrong_secret'
  return now < previous.until ? 'right' : 'retired_secret'
}

/** An API token without what only storage may know. */
export function toApiToken({ id, expiresAt, data }: Pick<Entry<ApiTokenData>, 'id' | 'expiresAt' | 'data'>): ApiToken {
  return {
    id,
    name: data.name,
    createdAt: data.createdAt,
    expiresAt: expiresAt ?? Number.POSITIVE_INFINITY,
    lastUsedAt: data.lastUsedAt ?? undefined,
    rotatedAt: data.rotatedAt ?? undefined,
    previousExpiresAt: data.previous?.until,
    scopes: data.scopes ?? undefined,
  }
}
