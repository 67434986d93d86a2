import type { ApiTokenLimits } from './api-token.ts'
import { type ApiTokenData, judgeSecret, toApiToken } from './api-token-entry.ts'
import type { ProvenAt } from './authentication.ts'
import { type Collection, hasExpired } from './collection.ts'
import type { Emit, Origin, TokenRefusal } from './events.ts'
import type { Impersonations } from './impersonation.ts'
import { createHolderReader, type Holder, type HolderDeps } from './holder.ts'
import type { Epochs } from './issuer.ts'
import type { LockedData } from './locked-token.ts'
import type { LookUpLimit } from './look-up-limit.ts'
import { effectivePermissions, type Permissions } from './permissions.ts'
import type { LockedSession, Principal, RefusalCode, Resolution } from './principal.ts'
import type { CountRequest } from './request-limit.ts'
import { assuranceOf, isIdle, type SessionData, type SessionLimits, toSession } from './session-entry.ts'
import type { Entry, Owned } from './storage.ts'
import { equalTexts } from './hash.ts'
import type { ParsedToken, Tokens } from './token.ts'
import type { UrlTokenData } from './url-token.ts'
import type { User } from './user.ts'
import type { UserState } from './user-state.ts'

/** The request that a credential came with, as far as it decides anything. */
export interface RequestFacts extends Origin {
  readonly method: string
  /** Path and query, without the token. */
  readonly target: string
}

/** The one place where a token, whatever its kind and however it came, becomes a principal. */
export interface Resolver {
  resolve(token: string, request: RequestFacts): Promise<Resolution>
}

/** What the resolver reads and asks. */
export interface ResolverDeps extends HolderDeps {
  readonly emit: Emit
  readonly tokens: Tokens
  readonly permissions: Permissions
  readonly sessions: Collection<SessionData>
  readonly apiTokens: Collection<ApiTokenData>
  readonly locked: Collection<LockedData>
  readonly urlTokens: Collection<UrlTokenData>
  readonly sessionLimits: SessionLimits
  readonly apiTokenLimits: ApiTokenLimits
  /** Whether the user's policy asks for more than what was proven. */
  readonly isBelowPolicy: (user: User, state: UserState, provenAt: ProvenAt) => boolean
  readonly impersonated: Impersonations['resolve']
  readonly lookUps: LookUpLimit
  /** Absent where API tokens may make as many requests as they like. */
  readonly countRequest: CountRequest | undefined
  /** Does something after the answer. */
  readonly later: (task: () => Promise<unknown>) => void
}

const refused = {
  invalid_token: Object.freeze({ status: 'refused', code: 'invalid_token' }),
  expired_token: Object.freeze({ status: 'refused', code: 'expired_token' }),
} as const satisfies Partial<Record<RefusalCode, Resolution>>

/** What a new log-in mends. */
const renewable: ReadonlySet<TokenRefusal> = new Set(['expired', 'idle', 'suspended'])

/** Resolves tokens against storage: one round trip for a valid session or API token, none for a forged one. */
export function createResolver(deps: ResolverDeps): Resolver {
  const { now, emit, tokens, permissions, sessions, apiTokens, locked, urlTokens } = deps

  const holderOf = createHolderReader(deps)

  function refuse(reason: TokenRefusal, request: RequestFacts, token?: ParsedToken, owner?: string | null): Resolution {
    emit('token.refused', { reason, tokenId: token?.id, userId: owner ?? undefined }, request)
    return renewable.has(reason) ? refused.expired_token : refused.invalid_token
  }

  function unlock(
    { user, owner }: Holder,
    scopes: readonly string[] | null,
    parts: Pick<Principal, 'via' | 'assurance' | 'session' | 'apiToken'>,
  ): Resolution | Promise<Resolution> {
    const { via, assurance, session, apiToken } = parts
    const epochs = epochsOf(owner.data)
    const grant = (answer: readonly string[]): Resolution => {
      // A copy: what the application answers with may be a list that it keeps, and handlers get hold of this one.
      const granted = Object.freeze([...answer])
      const allowed = effectivePermissions(granted, scopes)
      const principal = { user, permissions: allowed, granted, via, assurance, session, apiToken, epochs }
      return { status: 'unlocked', principal: Object.freeze(principal) }
    }
    const granted = permissions(user)
    return granted instanceof Promise ? granted.then(grant) : grant(granted)
  }

  // Not `async`: on this path a promise is made where something is waited for, and only there.
  function ofSession(
    owned: Owned<SessionData>,
    request: RequestFacts,
    token: ParsedToken,
    via: 'session' | 'url-token',
  ): Resolution | Promise<Resolution> {
    const { entry } = owned
    const { data } = entry
    const admit = (holder: Holder | TokenRefusal): Resolution | Promise<Resolution> => {
      if (typeof holder === 'string') return refuse(holder, request, token, entry.owner)
      const at = now()
      if (isIdle(data, deps.sessionLimits, at)) return refuse('idle', request, token, entry.owner)
      const session = toSession(entry)
      if (deps.isBelowPolicy(holder.user, holder.owner.data, data.provenAt))
        return lock(holder.user.id, session.expiresAt)
      if (at - data.lastSeenAt >= deps.sessionLimits.touchIntervalMs) touchSession(entry)
      const found = unlock(holder, null, { via, assurance: assuranceOf(session), session, apiToken: undefined })
      return data.impersonator === undefined ? found : deps.impersonated(entry, found, request)
    }
    const holder = holderOf(owned, 'epoch')
    return holder instanceof Promise ? holder.then(admit) : admit(holder)
  }

  async function resolveSession(token: ParsedToken, request: RequestFacts): Promise<Resolution> {
    const owned = await sessions.getWithOwner(token.id)
    if (owned === undefined) return refuse('unknown', request, token)
    const { entry } = owned
    if (!equalTexts(token.hash, entry.data.hash)) return refuseSecret(entry, request, token)
    return ofSession(owned, request, token, 'session')
  }

  function refuseSecret(
    { id, owner, data }: Entry<SessionData>,
    request: RequestFacts,
    token: ParsedToken,
  ): Resolution {
    const isRetired = data.retired !== undefined && equalTexts(token.hash, data.retired)
    if (isRetired) emit('session.retired_secret_used', { userId: owner ?? '', sessionId: id }, request)
    return refuse(isRetired ? 'retired_secret' : 'wrong_secret', request, token, owner)
  }

  async function resolveApiToken(token: ParsedToken, request: RequestFacts): Promise<Resolution> {
    const owned = await apiTokens.getWithOwner(token.id)
    if (owned === undefined) return refuse('unknown', request, token)
    const { entry } = owned
    const secret = judgeSecret(token.hash, entry.data, now())
    if (secret === 'retired_secret') {
      emit('api_token.retired_secret_used', { userId: entry.owner ?? '', apiTokenId: entry.id }, request)
    }
    if (secret !== 'right') return refuse(secret, request, token, entry.owner)
    const holder = await holderOf(owned, 'apiTokenEpoch')
    if (typeof holder === 'string') return refuse(holder, request, token, entry.owner)
    await deps.countRequest?.(entry, request)
    if (now() - (entry.data.lastUsedAt ?? 0) >= deps.apiTokenLimits.touchIntervalMs) touchApiToken(entry, request)
    const parts = { via: 'api-token', assurance: undefined, session: undefined, apiToken: toApiToken(entry) } as const
    return unlock(holder, entry.data.scopes, parts)
  }

  async function resolveLocked(token: ParsedToken, request: RequestFacts): Promise<Resolution> {
    const owned = await locked.getWithOwner(token.id)
    if (owned === undefined) return refuse('unknown', request, token)
    const { entry } = owned
    if (!equalTexts(token.hash, entry.data.hash)) return refuse('wrong_secret', request, token, entry.owner)
    const holder = await holderOf(owned, 'epoch')
    if (typeof holder === 'string') return refuse(holder, request, token, entry.owner)
    return lock(holder.user.id, entry.expiresAt ?? now())
  }

  async function resolveUrlToken(token: ParsedToken, request: RequestFacts): Promise<Resolution> {
    const found = (await urlTokens.getWithOwner(token.id))?.entry
    // What we have stamped and do not know any more was used, or has expired long ago.
    if (found === undefined)
      return token.stamp === 'right' ? refuseUsed(request, token) : refuse('unknown', request, token)
    const { hash, method, target, uses, sessionId, epoch } = found.data
    if (!equalTexts(token.hash, hash)) return refuse('wrong_secret', request, token, found.owner)
    if (hasExpired(found, now())) return refuse('expired', request, token, found.owner)
    // Judged before it is consumed: the wrong request does not burn the link of the right one.
    const isMeant = method === request.method && target === request.target
    if (!isMeant) return refuse('other_request', request, token, found.owner)
    if (uses === 'once' && (await urlTokens.take(token.id)) === undefined)
      return refuseUsed(request, token, found.owner ?? undefined)
    const owned = await sessions.getWithOwner(sessionId)
    if (owned?.entry.data.epoch !== epoch) return refuse('epoch', request, token, found.owner)
    return ofSession(owned, request, token, 'url-token')
  }

  function refuseUsed(request: RequestFacts, token: ParsedToken, userId?: string): Resolution {
    emit('suspicion.replay', { of: 'url_token', userId }, request)
    return refuse('unknown', request, token, userId)
  }

  function touchSession(entry: Entry<SessionData>): void {
    // One conditional write: who was slower has been seen by the faster one.
    deps.later(() => sessions.replace(entry, { data: { ...entry.data, lastSeenAt: now() } }))
  }

  function touchApiToken(entry: Entry<ApiTokenData>, request: RequestFacts): void {
    const { expiresAt, data, owner } = entry
    const notice = expiresAt !== null && data.noticedAt === null && expiresAt - now() < deps.apiTokenLimits.noticeMs
    const noticedAt = notice ? now() : data.noticedAt
    deps.later(async () => {
      const stored = await apiTokens.replace(entry, { data: { ...data, lastUsedAt: now(), noticedAt } })
      if (!notice || stored === undefined) return
      emit('api_token.expiring', { userId: owner ?? '', apiTokenId: entry.id, expiresAt }, request)
    })
  }

  /** A token that proves something else, and never who makes a request. */
  async function noCredential(token: ParsedToken, request: RequestFacts): Promise<Resolution> {
    return refuse('other_kind', request, token)
  }

  const resolvers = {
    session: resolveSession,
    'api-token': resolveApiToken,
    locked: resolveLocked,
    'url-token': resolveUrlToken,
    enrolment: noCredential,
    device: noCredential,
    reset: noCredential,
    verification: noCredential,
    registration: noCredential,
  }

  /** A token under a key that is not ours: only the store can tell whether it was under an older or a newer one. */
  async function lookUp(token: ParsedToken, request: RequestFacts): Promise<Resolution> {
    if (!deps.lookUps.take(request.address)) return refuse('unknown', request, token)
    const resolution = await resolvers[token.kind](token, request)
    if (resolution.status !== 'refused') deps.lookUps.giveBack(request.address)
    return resolution
  }

  return {
    resolve(text, request) {
      const token = tokens.parse(text)
      if (token === undefined) return Promise.resolve(refuse('malformed', request))
      return token.stamp === 'unknown' ? lookUp(token, request) : resolvers[token.kind](token, request)
    },
  }
}

function epochsOf({ epoch, apiTokenEpoch, factorEpoch }: UserState): Epochs {
  return { session: epoch, apiTokens: apiTokenEpoch, factors: factorEpoch }
}

function lock(userId: string, expiresAt: number): Resolution {
  const locked: LockedSession = { userId, expiresAt }
  return { status: 'locked', locked }
}
