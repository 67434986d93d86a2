import { createAccount } from './account/account.ts'
import { createAdministering } from './account/administering.ts'
import { createOperator, type Operator } from './account/operator.ts'
import { createApiTokens } from './api-token.ts'
import { type Audit, createAudit } from './audit.ts'
import { type AuditTrail, createAuditTrail, noAuditTrail } from './audit-trail.ts'
import { type AuthUsers, createAuthUsers } from './auth-users.ts'
import { createBackground } from './background.ts'
import { checkSettings, lockedLifetimeMs } from './checked-settings.ts'
import { createFunctions } from './create-functions.ts'
import { createEvents, createReporter, type Events } from './event-bus.ts'
import { factorFeature, type Features } from './features.ts'
import { createHashingQueue } from './factors/hashing-queue.ts'
import { createPasswordFactor } from './factors/password.ts'
import type { AuthFunctions } from './functions.ts'
import { guardStorage } from './guarded-storage.ts'
import { createClientReader } from './http/client-address.ts'
import { createCookieJar } from './http/cookie.ts'
import { type Cookies, createCookies } from './http/cookies.ts'
import { fetchView } from './http/fetch-view.ts'
import { createWeb, type Web } from './http/index.ts'
import { toResponse } from './http/reply.ts'
import { createKeys } from './keys.ts'
import { createLockedTokens } from './locked-token.ts'
import { createLookUpLimit } from './look-up-limit.ts'
import { createMessenger } from './message.ts'
import { type Explanation, explain } from './permissions.ts'
import type { Principal, Resolution } from './principal.ts'
import { createResolver } from './resolver.ts'
import { createSessions } from './session.ts'
import type { Settings } from './settings.ts'
import { createSecondDoor } from './second-door.ts'
import { createThirdParty } from './third-party.ts'
import { createThrottle } from './throttle.ts'
import { createTokens } from './token.ts'
import { createUrlTokens } from './url-token.ts'
import { createUserDirectory } from './user-directory.ts'
import { createUserStates } from './user-state.ts'
import { createUsers } from './users.ts'

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
  /** The answer of a route of ours, `undefined` for any other request. Never rejects. */
  handle(request: Request, peer?: Peer): Promise<Response | undefined>
  /** Whose request it is, whatever its path. Rejects with `unavailable` when that can't be found out. */
  authenticate(request: Request, peer?: Peer): Promise<Resolution>
  /** Why a principal may or may not do something. */
  explain(principal: Principal, permission: string): Explanation
  /** Forgets at most `limit` expired entries, and says how many. A thousand are, every ten minutes of use, without it. */
  sweep(limit?: number): Promise<number>
  /** Finishes what is under way and lets go of the storage. */
  close(): Promise<void>
}

/** Checks the settings and wires the parts. Throws `invalid_setting`, with its mend, for what is missing or unsafe. */
export function createAuth(settings: Settings): Auth {
  const checked = checkSettings(settings)
  const now = settings.clock ?? Date.now
  const onError = createReporter(settings.onError ?? ((error: unknown) => console.error(error)))
  const permissions = settings.permissions ?? (() => [])
  const events = createEvents(now, onError)
  if (settings.onEvent !== undefined) events.on(settings.onEvent)
  const { emit } = events
  const storage = guardStorage(checked.storage)
  const sweep = (limit = 1000) => storage.sweep(limit, now())
  // A week late, so that whoever comes with an expired token is told that it has expired.
  const tidy = () => storage.sweep(1000, now() - 7 * 24 * 60 * 60_000)
  const { later, settled } = createBackground(now, tidy, onError, settings.waitUntil)
  const { auditMs: retentionMs } = checked
  const recorder = retentionMs && createAuditTrail({ storage, now, retentionMs, later, onError })
  if (recorder) events.on(recorder.record)
  const trail: AuditTrail = recorder || noAuditTrail
  const keys = createKeys(settings.secret)
  const tokens = createTokens(checked.tokenPrefix, keys)

  const messenger = settings.deliver && createMessenger(settings.deliver, emit, later)

  const states = createUserStates(storage, now)
  const builtIn = createUserDirectory(storage, states, now, emit)
  const users = createUsers({ storage, now, emit, states, builtIn, own: settings.users })
  const throttle = createThrottle(storage, now, emit)
  const queue = createHashingQueue(checked.hashing)
  const passwords = createPasswordFactor({
    now,
    emit,
    users,
    states,
    throttle,
    later,
    queue,
    hasher: checked.hasher,
    policy: checked.policy,
    limits: checked.throttle,
  })

  const sessions = createSessions({
    storage,
    now,
    emit,
    tokens,
    states,
    limits: checked.session,
    isEnded: (federation) => thirdParty.isEnded(federation),
  })
  const apiTokens = createApiTokens({ storage, now, emit, tokens, states, limits: checked.apiToken })
  const locked = createLockedTokens(storage, now, tokens, lockedLifetimeMs)
  const urlTokens = createUrlTokens({
    storage,
    now,
    emit,
    tokens,
    origin: checked.origin,
    transports: checked.transports,
  })
  const parts = {
    settings,
    checked,
    storage,
    now,
    emit,
    keys,
    tokens,
    states,
    users,
    builtIn,
    passwords,
    sessions,
    throttle,
    permissions,
    messenger,
    later,
  }
  const door = createSecondDoor({ ...parts, locked, queue })
  const { gate, hasOwnFactor } = door
  const thirdParty = createThirdParty({ ...parts, gate, hasOwnFactor })
  const { providers, identities } = thirdParty
  const account = createAccount({ ...parts, queue })
  const accounts = createAuthUsers(users, builtIn, passwords, settings.users === undefined, door.checkUserPolicy)
  const { factors } = door
  const administering = createAdministering({ ...parts, ...account, accounts, apiTokens, factors, trail, gate })
  const { administration, revocations, impersonations } = administering
  const functions = createFunctions({
    ...parts,
    ...account,
    administration,
    revocations,
    providers,
    identities,
    locked,
    door,
    apiTokens,
    urlTokens,
  })

  const lookUps = createLookUpLimit(now)
  const jar = createCookieJar(checked.origin)
  const resolver = createResolver({
    now,
    emit,
    tokens,
    users,
    permissions,
    sessions: sessions.entries,
    apiTokens: apiTokens.entries,
    locked: locked.entries,
    urlTokens: urlTokens.entries,
    sessionLimits: checked.session,
    apiTokenLimits: checked.apiToken,
    isBelowPolicy: gate.isBelowPolicy,
    isSuspended: thirdParty.isSuspended,
    impersonated: impersonations.resolve,
    lookUps,
    later,
  })
  const verification = settings.verification ?? 'link'
  const registersByCode = verification === 'code' && settings.registration?.by === 'email'
  const { recentMs, publicPath } = checked
  const routes = { auth: functions, trail, jar, now, recentMs, publicPath, registersByCode }
  const web = createWeb(
    {
      now,
      emit,
      tokens,
      resolver,
      jar,
      transports: checked.transports,
      origins: checked.origins,
      basePath: checked.basePath,
      lookUps,
      clientOf: createClientReader(checked.proxies, emit, jar.readDevice),
      onError,
    },
    async () => (await import('./http/routes.ts')).serveRoutes(routes, door.secondFactors.all),
  )

  return {
    ...functions,
    ...web,
    users: accounts,
    events: { on: events.on, list: trail.list },
    audit: createAudit(trail, settings.secret, now),
    operator: createOperator({ ...parts, apiTokens, providers, factors: door.secondFactors.all }),
    features: {
      origin: checked.origin,
      factors: door.secondFactors.all.map(factorFeature),
      registration: settings.registration?.by,
      verification,
      messages: messenger !== undefined,
      builtInUsers: settings.users === undefined,
      providers: (settings.providers ?? []).length > 0 || settings.providerTypes !== undefined,
      trustedDevices: checked.trustedDeviceMs !== undefined,
      audit: retentionMs !== undefined,
      minPasswordLength: checked.policy.minLength,
    },
    cookies: createCookies(routes),
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
