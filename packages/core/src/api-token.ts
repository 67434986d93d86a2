import { type ApiToken, type ApiTokenData, toApiToken } from './api-token-entry.ts'
import type { RequestLimit } from './checked-limits.ts'
import { type Clock, type Collection, collection } from './collection.ts'
import { AuthError } from './errors.ts'
import type { Emit, Origin } from './events.ts'
import { checkGivenName } from './given-name.ts'
import { type Issuer, type Owner, ownerOf, sessionOf } from './issuer.ts'
import type { Secret } from './secret.ts'
import type { Entry, Page, Storage } from './storage.ts'
import type { Tokens } from './token.ts'
import { newApiTokenEpoch, type UserStates } from './user-state.ts'

/** An API token with its secret, which is shown this once. */
export interface IssuedApiToken {
  readonly apiToken: ApiToken
  readonly token: Secret
}

/** What a new API token is to be. */
export interface NewApiToken {
  readonly name: string
  /** Milliseconds since the epoch; at most ten years from now, which is also the default. */
  readonly expiresAt?: number | undefined
  /** Narrows what it may do; never widens. */
  readonly scopes?: readonly string[] | undefined
}

/** How long API tokens live, in milliseconds, and how many there may be. */
export interface ApiTokenLimits {
  readonly lifetimeMs: number
  /** How long the old secret stays good after a rotation. */
  readonly overlapMs: number
  readonly touchIntervalMs: number
  /** `api_token.expiring` is told once, when a token is used so shortly before its end. */
  readonly noticeMs: number
  /** How many a user may have: they live for ten years, and nobody's are to fill the store. */
  readonly maxPerUser: number
  /** How many requests each token may make; as many as it likes by default. */
  readonly limit?: RequestLimit | undefined
}

/**
 * API tokens of a user. Every change names the user: somebody else's token is not found. `by` says in events who does it,
 * and from where.
 * Given the principal of a request in place of an id, a change is refused to whoever is not the user: `own_session_required`,
 * `session_required`.
 */
export interface ApiTokens {
  /** For the user of an unlocked session, and never with more than that user may do. Throws `conflict` for one too many. */
  issue(issuer: Issuer, token: NewApiToken, by?: Origin): Promise<IssuedApiToken>
  list(
    userId: string,
    query?: { readonly cursor?: string | undefined; readonly limit?: number | undefined },
  ): Promise<Page<ApiToken>>
  /**
   * A new secret for the same token; the old one is good for `overlapMs`, a whole number up to 30 days. Of two rotations at
   * once one wins, the other is a `conflict`.
   */
  rotate(owner: Owner, id: string, overlapMs?: number, by?: Origin): Promise<IssuedApiToken>
  /** Dead at once; `false` when this user has no such token. */
  revoke(owner: Owner, id: string, by?: Origin): Promise<boolean>
  /** Ends all API tokens of the user with one write, and forgets them. */
  revokeAll(owner: Owner, by?: Origin): Promise<void>
}

/** What API tokens are made of. */
export interface ApiTokenDeps {
  readonly storage: Storage
  readonly now: Clock
  readonly emit: Emit
  readonly tokens: Tokens
  readonly states: UserStates
  readonly limits: ApiTokenLimits
}

/** The longest overlap that may be asked for. */
export const maxOverlapMs: number = 30 * 24 * 60 * 60_000
const pageSize = 50
const countedAtOnce = 200

/** The API tokens of a store. */
export function createApiTokens(deps: ApiTokenDeps): ApiTokens & { readonly entries: Collection<ApiTokenData> } {
  const { storage, now, emit, tokens, states, limits } = deps
  const entries = collection<ApiTokenData>('api-token', storage, now)

  async function owned(userId: string, id: string): Promise<Entry<ApiTokenData> | undefined> {
    const [entry, user] = await Promise.all([entries.get(id), states.get(userId)])
    return entry?.owner === userId && entry.data.epoch === user?.data.apiTokenEpoch ? entry : undefined
  }

  /** The user's API tokens under an epoch, as many as must be known. */
  async function countUpTo(most: number, userId: string, epoch: string): Promise<number> {
    let count = 0
    let cursor: string | undefined
    do {
      const page = await entries.list({ owner: userId, cursor, limit: countedAtOnce })
      count += page.items.filter(({ data }) => data.epoch === epoch).length
      cursor = page.next
    } while (cursor !== undefined && count < most)
    return count
  }

  /** Removes those of earlier epochs: they are dead already. */
  async function tidy(userId: string): Promise<void> {
    let cursor: string | undefined
    do {
      const page = await entries.list({ owner: userId, cursor, limit: pageSize })
      // Read after the list: one in it that has another epoch is of an earlier one.
      const epoch = (await states.get(userId))?.data.apiTokenEpoch
      for (const { id, data } of page.items) if (data.epoch !== epoch) await entries.take(id)
      cursor = page.next
    } while (cursor !== undefined)
  }

  return {
    entries,

    async issue(issuer, { name, expiresAt, scopes }, by) {
      const { id: sessionId, address, userAgent } = sessionOf(issuer)
      const userId = issuer.user.id
      checkGivenName(name)
      const missing = scopes?.find((scope) => !issuer.permissions.includes(scope))
      if (missing !== undefined) {
        throw new AuthError('invalid_request', {
          detail: `\`scopes\` names ${JSON.stringify(missing)}, which the user may not do.`,
        })
      }
      const latest = now() + limits.lifetimeMs
      if (expiresAt !== undefined && !(expiresAt > now() && expiresAt <= latest)) {
        throw new AuthError('invalid_request', {
          detail: '`expiresAt` must be in the future, and at most ten years away.',
        })
      }
      const { maxPerUser } = limits
      if ((await countUpTo(maxPerUser, userId, issuer.epochs.apiTokens)) >= maxPerUser) {
        throw new AuthError('conflict', { detail: `A user may have ${maxPerUser} API tokens: revoke one first.` })
      }
      const { token, id, hash } = tokens.mint('api-token')
      const data: ApiTokenData = {
        hash,
        previous: null,
        epoch: issuer.epochs.apiTokens,
        name,
        createdAt: now(),
        lastUsedAt: null,
        rotatedAt: null,
        scopes: scopes ?? null,
        noticedAt: null,
        address: address ?? null,
        userAgent: userAgent ?? null,
      }
      const entry = { id, owner: userId, expiresAt: expiresAt ?? latest, data }
      if (!(await entries.insert(entry))) throw new AuthError('invalid_token')
      emit('api_token.issued', { userId, apiTokenId: id, sessionId }, by)
      return { apiToken: toApiToken(entry), token }
    },

    async list(userId, { cursor, limit = pageSize } = {}) {
      const epoch = (await states.get(userId))?.data.apiTokenEpoch
      const page = await entries.list({ owner: userId, cursor, limit })
      return { ...page, items: page.items.filter(({ data }) => data.epoch === epoch).map(toApiToken) }
    },

    async rotate(owner, id, overlapMs, by) {
      const userId = ownerOf(owner)
      checkOverlap(overlapMs)
      const before = await owned(userId, id)
      if (before === undefined) throw new AuthError('not_found', { detail: 'There is no such API token.' })
      const { token, hash } = tokens.mint('api-token', id)
      const previous = { hash: before.data.hash, until: now() + (overlapMs ?? limits.overlapMs) }
      const after = await entries.update(id, ({ data }) =>
        data.hash === before.data.hash ? { data: { ...data, hash, previous, rotatedAt: now() } } : undefined,
      )
      if (after === undefined)
        throw new AuthError('conflict', { detail: 'This API token was rotated or revoked just now.' })
      emit('api_token.rotated', { userId, apiTokenId: id }, by)
      return { apiToken: toApiToken(after), token }
    },

    async revoke(owner, id, by) {
      const userId = ownerOf(owner)
      if ((await owned(userId, id)) === undefined || (await entries.take(id)) === undefined) return false
      emit('api_token.revoked', { userId, apiTokenId: id }, by)
      return true
    },

    async revokeAll(owner, by) {
      const userId = ownerOf(owner)
      await states.change(userId, newApiTokenEpoch)
      emit('api_tokens.revoked', { userId }, by)
      await tidy(userId)
    },
  }
}

/** Whatever a caller without types may have passed: an overlap that never ends would leave two secrets. */
function checkOverlap(overlapMs: number | undefined): void {
  if (overlapMs === undefined) return
  if (Number.isSafeInteger(overlapMs) && overlapMs >= 0 && overlapMs <= maxOverlapMs) return
  throw new AuthError('invalid_request', { detail: `\`overlapMs\` must be a whole number from 0 to ${maxOverlapMs}.` })
}
