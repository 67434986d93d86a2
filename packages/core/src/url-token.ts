import { type Clock, type Collection, collection } from './collection.ts'
import { AuthError } from './errors.ts'
import type { Emit, Origin } from './events.ts'
import { anySessionOf, type Issuer } from './issuer.ts'
import type { Secret } from './secret.ts'
import type { Storage } from './storage.ts'
import type { Tokens } from './token.ts'
import type { Transports } from './transport.ts'

/** What storage keeps of a URL token: the one request that it opens, and the session that it stands for. */
export interface UrlTokenData {
  readonly hash: string
  readonly epoch: string
  readonly sessionId: string
  readonly method: string
  /** Path and query without the token, exactly as they must arrive. */
  readonly target: string
  readonly uses: UrlTokenUses
}

/** Whether a URL token is consumed by its first use, or works until it expires. */
export type UrlTokenUses = 'once' | 'untilExpiry'

/** The request that a URL token is to open. */
export interface NewUrlToken {
  readonly method: string
  /** Path and query on our origin, beginning with one slash. */
  readonly path: string
  /** Its life in milliseconds, at most an hour. */
  readonly withinMs: number
  readonly uses: UrlTokenUses
}

/** A link that works without any other credential. */
export interface IssuedUrlToken {
  readonly url: Secret
  readonly expiresAt: number
}

/** One-shot links for downloads, EventSource and WebSocket. */
export interface UrlTokens {
  /** For the user of an unlocked session; the link dies with that session. */
  issue(issuer: Issuer, token: NewUrlToken, by?: Origin): Promise<IssuedUrlToken>
}

/** What URL tokens are made of. */
export interface UrlTokenDeps {
  readonly storage: Storage
  readonly now: Clock
  readonly emit: Emit
  readonly tokens: Tokens
  readonly origin: string
  readonly transports: Transports
}

const maxLifeMs = 60 * 60_000

/** The URL tokens of a store. */
export function createUrlTokens(deps: UrlTokenDeps): UrlTokens & { readonly entries: Collection<UrlTokenData> } {
  const { storage, now, emit, tokens, origin, transports } = deps
  const { parameter } = transports
  const entries = collection<UrlTokenData>('url-token', storage, now)

  /** The path and query as a client will send them; only on our origin, rebuilt from its parts. */
  function readTarget(path: string): string {
    const url = /^\/(?![/\\])/.test(path) && URL.canParse(path, origin) ? new URL(path, origin) : undefined
    if (url === undefined || url.origin !== origin || url.hash !== '') {
      throw new AuthError('invalid_request', {
        detail: '`path` must be a path on this server, beginning with one slash.',
      })
    }
    if (url.searchParams.has(parameter)) {
      throw new AuthError('invalid_request', { detail: `\`path\` must not have a query parameter \`${parameter}\`.` })
    }
    return url.pathname + url.search
  }

  return {
    entries,

    async issue(issuer, { method, path, withinMs, uses }, by) {
      if (transports.query === false)
        throw new AuthError('not_found', { detail: 'Tokens in the query are switched off.' })
      const { id: sessionId } = anySessionOf(issuer)
      const userId = issuer.user.id
      if (!(withinMs > 0 && withinMs <= maxLifeMs)) {
        throw new AuthError('invalid_request', { detail: `\`withinMs\` must be between 1 and ${maxLifeMs}.` })
      }
      const target = readTarget(path)
      const { token, id, hash } = tokens.mint('url-token')
      const expiresAt = now() + withinMs
      const data: UrlTokenData = { hash, epoch: issuer.epochs.session, sessionId, method, target, uses }
      if (!(await entries.insert({ id, owner: userId, expiresAt, data }))) throw new AuthError('invalid_token')
      const actorId = issuer.impersonator?.userId
      emit('url_token.issued', { userId, urlTokenId: id, sessionId }, { ...by, actorId })
      return {
        url: token.map((text) => `${origin}${target}${target.includes('?') ? '&' : '?'}${parameter}=${text}`),
        expiresAt,
      }
    },
  }
}
