import type { Client } from '../client.ts'
import type { Clock } from '../collection.ts'
import { AuthError, type ErrorCode } from '../errors.ts'
import type { Emit } from '../events.ts'
import { explain } from '../permissions.ts'
import type { LookUpLimit } from '../look-up-limit.ts'
import type { Principal, RefusalCode, Resolution } from '../principal.ts'
import type { RequestFacts, Resolver } from '../resolver.ts'
import { stepUpFor } from '../step-up.ts'
import type { Tokens } from '../token.ts'
import type { Transports } from '../transport.ts'
import type { ClientReader } from './client-address.ts'
import type { CookieJar } from './cookie.ts'
import { chooseCredential, type Credential, type Credentials, readCredentials } from './credentials.ts'
import { failureReply } from './failure.ts'
import { hintOf, isMisplaced, misplaced } from './hint.ts'
import { isFromOurSite, isUnsafe } from './origin.ts'
import { problem, type Reply } from './reply.ts'
import { readTarget, type RequestView, withoutParameter } from './view.ts'
import type { Anonymous, Authorized, Refused, Requirement, Visit } from './visit.ts'
import type { Scheme } from './www-authenticate.ts'

/** What visits need. */
export interface VisitDeps {
  readonly now: Clock
  readonly emit: Emit
  readonly tokens: Tokens
  readonly resolver: Resolver
  readonly jar: CookieJar
  readonly transports: Transports
  readonly origins: ReadonlySet<string>
  readonly basePath: string
  readonly lookUps: LookUpLimit
  readonly clientOf: ClientReader
  readonly onError: (error: unknown) => void
}

const noHeaders: Reply['headers'] = []
const anonymous: Anonymous = Object.freeze({ principal: undefined })
const protectedHeaders: Reply['headers'] = [['Cache-Control', 'no-store']]
const queryTokenHeaders: Reply['headers'] = [
  ['Cache-Control', 'no-store'],
  ['Referrer-Policy', 'no-referrer'],
]

/** A visit as the routes see it. A class, since one is made for every request. */
export class OpenVisit implements Visit, RequestFacts {
  readonly url: string
  readonly isRoute: boolean
  readonly refusal: Reply | undefined
  /** Whether a page of another site wants to change something here. */
  readonly isCrossSite: boolean
  readonly credentials: Credentials
  readonly view: RequestView
  /** The path below the mount path; for routes only. */
  readonly route: string
  readonly #deps: VisitDeps
  readonly #serve: (visit: OpenVisit) => Promise<Reply>
  #client: Client | undefined
  #isLookedUp: boolean | undefined
  #resolution: Promise<Resolution> | undefined

  constructor(view: RequestView, deps: VisitDeps, serve: (visit: OpenVisit) => Promise<Reply>, isPage = false) {
    this.#deps = deps
    this.#serve = serve
    this.view = view
    const credentials = readCredentials(view, deps.jar, deps.transports)
    this.credentials = credentials
    this.url = this.scrub(view.url)
    const { path } = credentials
    const below = path.startsWith(deps.basePath) ? path.slice(deps.basePath.length) : undefined
    this.isRoute = below !== undefined && (below === '' || below.startsWith('/')) && view.method !== 'OPTIONS'
    this.route = below ?? ''
    this.isCrossSite = this.#comesFromAnotherSite(isPage)
    // A route of ours may be open to other sites: it refuses by itself. A page is none, wherever it is.
    this.refusal = this.isCrossSite && (isPage || !this.isRoute) ? this.refuse('cross_site_request') : undefined
  }

  get headers(): Reply['headers'] {
    return this.credentials.query.length === 0 ? noHeaders : queryTokenHeaders
  }

  get method(): string {
    return this.view.method
  }

  get target(): string {
    const { path, query } = readTarget(this.scrub(this.view.originalUrl))
    return query === undefined ? path : `${path}?${query}`
  }

  get #scheme(): Scheme {
    return this.#deps.transports.bearer ? 'Bearer' : 'Sallyport'
  }

  get address(): string | undefined {
    return this.client.address
  }

  get userAgent(): string | undefined {
    return this.client.userAgent
  }

  get client(): Client {
    this.#client ??= this.#deps.clientOf(this.view)
    return this.#client
  }

  get browser(): string | undefined {
    return this.#deps.jar.readBrowser(this.view.header('cookie'))
  }

  /** The one credential of the request. Throws `ambiguous_credentials`, `invalid_token` for what may not stand there. */
  credential(): Credential | undefined {
    const chosen = this.#choose()
    if (chosen === 'ambiguous') throw new AuthError('ambiguous_credentials')
    if (chosen === undefined) return undefined
    if (this.#isMisplaced(chosen)) throw new AuthError('invalid_token', { detail: misplaced })
    if (!this.#mayLookUp(chosen.token)) throw new AuthError('invalid_token')
    return chosen
  }

  /** What our cookie holds, whatever it is worth; `undefined` when there is none, or more than one. */
  cookie(): string | undefined {
    const { cookie } = this.credentials
    if (cookie === undefined || cookie === 'duplicate' || !this.#mayLookUp(cookie.value)) return undefined
    return cookie.value
  }

  /** The refusal of what a principal wanted to do, told to the operator. */
  deny({ user, session, impersonator }: Principal, refusal: AuthError, permission?: string): AuthError {
    const from = { ...this.client, actorId: impersonator?.userId, sessionId: session?.id }
    this.#deps.emit('access.denied', { userId: user.id, code: refusal.code, permission }, from)
    return refusal
  }

  serve(): Promise<Reply> {
    return this.#serve(this)
  }

  resolve(): Promise<Resolution> {
    this.#resolution ??= Promise.resolve(this.#resolve())
    return this.#resolution
  }

  scrub(url: string): string {
    return this.credentials.query.length === 0 ? url : withoutParameter(url, this.#deps.transports.parameter)
  }

  async identify(): Promise<Authorized | Refused | Anonymous> {
    try {
      const resolution = await this.resolve()
      if (resolution.status !== 'unlocked') return anonymous
      return { principal: resolution.principal, headers: protectedHeaders }
    } catch (error) {
      return { reply: this.fail(error) }
    }
  }

  async authorize(requirement: Requirement): Promise<Authorized | Refused> {
    try {
      const resolution = await this.resolve()
      if (resolution.status !== 'unlocked') return { reply: this.refuse(codeOf(resolution), this.hint(resolution)) }
      const { principal } = resolution
      const refusal = this.#judge(principal, requirement)
      if (refusal === undefined) return { principal, headers: protectedHeaders }
      return { reply: problem(this.deny(principal, refusal, requirement.permission), this.#scheme) }
    } catch (error) {
      return { reply: this.fail(error) }
    }
  }

  /** The answer for an error: a refusal as itself, anything else as a fault that tells nothing. */
  fail(error: unknown): Reply {
    return failureReply(error, this.#deps, this.client, this.#scheme)
  }

  /** What a resolution's refusal may say besides its code, to whoever sent a token to the wrong place. */
  hint(resolution: Resolution): string | undefined {
    const chosen = resolution.status === 'refused' ? this.#choose() : undefined
    if (typeof chosen === 'object') return this.#isMisplaced(chosen) ? misplaced : undefined
    return hintOf(resolution, this.view, this.#deps.transports)
  }

  refuse(code: ErrorCode, detail?: string): Reply {
    if (code === 'cross_site_request' || code === 'ambiguous_credentials') {
      const [origin = ''] = this.#deps.origins
      const pageOrigin = this.view.header('origin')
      this.#deps.emit('request.refused', { code, pageOrigin, origin }, this.client)
      if (this.isCrossSite && pageOrigin) {
        import('./page-origin.ts').then((loaded) => loaded.tellPageOrigin(pageOrigin, origin)).catch(this.#deps.onError)
      }
    }
    return problem(new AuthError(code, { detail }), this.#scheme)
  }

  #resolve(): Resolution | Promise<Resolution> {
    if (this.isCrossSite) return { status: 'refused', code: 'cross_site_request' }
    const chosen = this.#choose()
    if (chosen === undefined) return { status: 'anonymous' }
    if (chosen === 'ambiguous') return { status: 'refused', code: 'ambiguous_credentials' }
    if (this.#isMisplaced(chosen)) return { status: 'refused', code: 'invalid_token' }
    return this.#deps.resolver.resolve(chosen.token, this)
  }

  #choose(): Credential | 'ambiguous' | undefined {
    return chooseCredential(this.credentials, (token) => this.#deps.tokens.kindOf(token) === 'url-token')
  }

  #isMisplaced(credential: Credential): boolean {
    const { tokens, transports } = this.#deps
    return isMisplaced(credential, tokens.kindOf(credential.token), transports)
  }

  /** Whether a route may look a token up: one under a key that is not ours only so often. Asked once for all of a request. */
  #mayLookUp(token: string): boolean {
    this.#isLookedUp ??= this.#deps.tokens.parse(token)?.stamp !== 'unknown' || this.#deps.lookUps.take(this.address)
    return this.#isLookedUp
  }

  /** Logged by chance, a visit shows nothing of the credentials that it holds. */
  toJSON(): string {
    return '[visit]'
  }

  #comesFromAnotherSite(isPage: boolean): boolean {
    if (!isUnsafe(this.view)) return false
    const concernsUs = isPage || this.isRoute || this.credentials.cookie !== undefined
    return concernsUs && !isFromOurSite(this.view, this.#deps.origins)
  }

  #judge(principal: Principal, requirement: Requirement): AuthError | undefined {
    const { permission } = requirement
    if (permission !== undefined && !principal.permissions.includes(permission)) {
      const { reason } = explain(principal, permission)
      return new AuthError('forbidden', { detail: reason, members: { permission } })
    }
    return stepUpFor(principal, requirement, this.#deps.now())
  }
}

// Nor shows it them to whoever prints it.
Object.defineProperty(OpenVisit.prototype, Symbol.for('nodejs.util.inspect.custom'), { value: () => '[visit]' })

function codeOf(resolution: Exclude<Resolution, { status: 'unlocked' }>): ErrorCode | RefusalCode {
  if (resolution.status === 'refused') return resolution.code
  return resolution.status === 'locked' ? 'token_locked' : 'unauthenticated'
}
