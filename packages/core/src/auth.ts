import { checkAccountSettings } from './account/account-settings.ts'
import type { Operator } from './account/operator.ts'
import { type Audit, createAudit } from './audit.ts'
import { type AuditTrail, createAuditTrail, noAuditTrail } from './audit-trail.ts'
import type { AuthUsers } from './auth-users.ts'
import { createBackground, tidyLimit } from './background.ts'
import { type Carrier, createCarrier } from './carrier.ts'
import { checkSettings } from './checked-settings.ts'
import { collection } from './collection.ts'
import { createEvents, createReporter, type Events } from './event-bus.ts'
import { createFactorHost, makeFactors } from './factors/make-factors.ts'
import { factorFeature, type Features } from './features.ts'
import type { AuthFunctions } from './functions.ts'
import { guardStorage } from './guarded-storage.ts'
import { createClientReader } from './http/client-address.ts'
import { createCookieJar } from './http/cookie.ts'
import { type Cookies, createCookies } from './http/cookies.ts'
import { fetchView } from './http/fetch-view.ts'
import { createWeb, type Web } from './http/index.ts'
import { toResponse } from './http/reply.ts'
import { createKeys } from './keys.ts'
import { createLookUpLimit } from './look-up-limit.ts'
import { createMessenger } from './message.ts'
import { createPolicyJudge } from './mfa-policy.ts'
import { once } from './on-demand.ts'
import { createEntryReader } from './own-directory.ts'
import { checkedPermissions, type Explanation, explain } from './permissions.ts'
import type { Principal, Resolution } from './principal.ts'
import { createRequestLimit } from './request-limit.ts'
import { createResolver } from './resolver.ts'
import { createServicesOnDemand } from './services-on-demand.ts'
import type { Settings } from './settings.ts'
import { checkThirdParty } from './third-party-settings.ts'
import { createTokens } from './token.ts'
import { createUserStates } from './user-state.ts'
import { watchedResolver } from './watched-resolver.ts'

/** The peer of a `Request`, which does not say it itself: the client, or the proxy in front. */
export interface Peer {
  readonly address?: string | undefined
}

/** Everything that Sallyport does for an application. */
export interface Auth extends AuthFunctions, Web {
  readonly users: AuthUsers
  readonly events: Pick<Events, 'on'> & AuditTrail
  readonly audit: Audit
  readonly operator: Operator
  /** What is switched on. */
  readonly features: Features
  /** What the routes set as cookies, for an application that has its own instead. */
  readonly cookies: Cookies
  /** What a page carries to its next form. */
  readonly carrier: Carrier
  /** The answer of a route of ours, `undefined` for any other request. Never rejects. */
  handle(request: Request, peer?: Peer): Promise<Response | undefined>
  /** Whose request it is, whatever its path. Rejects with `unavailable` when that can't be found out. */
  authenticate(request: Request, peer?: Peer): Promise<Resolution>
  /** Why a principal may or may not do something. */
  explain(principal: Principal, permission: string): Explanation
  /**
   * Forgets at most `limit` expired entries, and says how many. Without it a thousand are, every ten minutes of use, and every
   * five seconds while there are more.
   */
  sweep(limit?: number): Promise<number>
  /** Finishes what is under way and lets go of the storage. */
  close(): Promise<void>
}

/** Checks the settings and wires the parts. Throws `invalid_setting`, with its mend, for what is missing or unsafe. */
export function createAuth(settings: Settings): Auth {
  const checked = checkSettings(settings)
  const now = settings.clock ?? Date.now
  const onError = createReporter(settings.onError ?? ((error: unknown) => console.error(error)))
  const permissions = checkedPermissions(settings.permissions)
  const events = createEvents(now, onError)
  if (settings.onEvent !== undefined) events.on(settings.onEvent)
  const { emit } = events
  const storage = guardStorage(checked.storage)
  const sweep = (limit = 1000) => storage.sweep(limit, now())
  // A week late, so that whoever comes with an expired token is told that it has expired.
  const tidy = () => storage.sweep(tidyLimit, now() - 7 * 24 * 60 * 60_000)
  const { later, settled } = createBackground(now, tidy, onError, settings.waitUntil)
  const { auditMs: retentionMs } = checked
  const recorder = retentionMs && createAuditTrail({ storage, now, retentionMs, later, onError })
  if (recorder) events.on(recorder.record)
  const trail: AuditTrail = recorder || noAuditTrail
  const keys = createKeys(settings.secret)
  const tokens = createTokens(checked.tokenPrefix, keys)

  const messenger = settings.deliver && createMessenger(settings.deliver, emit, later)
  const states = createUserStates(storage, now)

  const services = createServicesOnDemand(
    once(async () => {
      const [{ createServices }, store] = await Promise.all([import('./services.ts'), credentials()])
      return createServices({ ...parts, ...thirdParty, credentials: store, all, policy })
    }),
  )
  const { functions, lent, hasOwnFactor } = services
  const credentials = once(async () => (await import('./factors/credentials.ts')).createCredentials(storage, now))
  const parts = {
    settings,
    checked,
    storage,
    now,
    emit,
    keys,
    tokens,
    states,
    permissions,
    messenger,
    later,
    trail,
    pages: checkAccountSettings(checked.origin, settings),
  }
  const host = createFactorHost({ ...parts, origin: checked.origin, credentials, lent })
  const all = makeFactors(settings.factors ?? [], host)
  const policy = createPolicyJudge(settings.mfa ?? 'optional', all, onError)
  const thirdParty = checkThirdParty({ ...parts, hasOwnFactor })

  const lookUps = createLookUpLimit(now)
  const jar = createCookieJar(checked.origin)
  const { limit } = checked.apiToken
  const resolver = createResolver({
    now,
    emit,
    tokens,
    users: { ofEntry: createEntryReader(settings.users) },
    permissions,
    sessions: collection('session', storage, now),
    apiTokens: collection('api-token', storage, now),
    locked: collection('locked', storage, now),
    urlTokens: collection('url-token', storage, now),
    sessionLimits: checked.session,
    apiTokenLimits: checked.apiToken,
    isBelowPolicy: (user, state, provenAt) => policy.isBelow(policy.policyOf(user, state), provenAt),
    isSuspended: thirdParty.isSuspended,
    impersonated: services.impersonations.resolve,
    lookUps,
    countRequest: limit && createRequestLimit(storage, now, emit, limit),
    later,
  })
  const verification = settings.verification ?? 'link'
  const registersByCode = verification === 'code' && settings.registration?.by === 'email'
  const { recentMs, publicPath, transports } = checked
  const routes = { auth: functions, trail, jar, now, recentMs, publicPath, transports, registersByCode }
  const web = createWeb(
    {
      now,
      emit,
      tokens,
      resolver: watchedResolver(resolver),
      jar,
      transports,
      origins: checked.origins,
      basePath: checked.basePath,
      lookUps,
      clientOf: createClientReader(checked.proxies, emit, jar),
      onError,
    },
    async () => (await import('./http/routes.ts')).serveRoutes(routes, all),
  )

  return {
    ...functions,
    ...web,
    users: services.users,
    events: { on: events.on, list: trail.list },
    audit: createAudit(trail, settings.secret, now),
    operator: services.operator,
    features: {
      origin: checked.origin,
      factors: all.map(factorFeature),
      registration: settings.registration?.by,
      verification,
      linkPages: settings.linkPages ?? {},
      messages: messenger !== undefined,
      builtInUsers: settings.users === undefined,
      providers: (settings.providers ?? []).length > 0 || settings.providerTypes !== undefined,
      trustedDevices: checked.trustedDeviceMs !== undefined,
      audit: retentionMs !== undefined,
      minPasswordLength: checked.policy.minLength,
    },
    cookies: createCookies(routes),
    carrier: createCarrier(keys, now),
    explain,

    async handle(request, peer = {}) {
      const visit = web.visit(fetchView(request, peer))
      if (visit.isRoute) return toResponse(await visit.serve())
      return visit.refusal && toResponse(visit.refusal)
    },

    authenticate: (request, peer = {}) => web.visit(fetchView(request, peer)).resolve(),
    sweep,

    async close() {
      await settled()
      await storage.close()
    },
  }
}
