import { createAccount } from './account/account.ts'
import { createAdministering } from './account/administering.ts'
import type { LinkPages } from './account/link-pages.ts'
import type { Operator } from './account/operator.ts'
import { createOperatorFunctions } from './account/operator-functions.ts'
import { createApiTokens } from './api-token.ts'
import type { AuditTrail } from './audit-trail.ts'
import { type AuthUsers, createAuthUsers } from './auth-users.ts'
import { type CheckedSettings, lockedLifetimeMs } from './checked-settings.ts'
import type { Clock } from './collection.ts'
import { createFunctions } from './create-functions.ts'
import type { Emit } from './events.ts'
import type { CredentialStore } from './factors/credentials.ts'
import type { Factor } from './factors/factor.ts'
import { createHashingQueue } from './factors/hashing-queue.ts'
import type { LentOnDemand } from './factors/make-factors.ts'
import { createPasswordAdoption } from './factors/foreign-credential.ts'
import { createPasswordFactor } from './factors/password.ts'
import { argon2Hasher } from './factors/password-hash.ts'
import { watchedHasher, watchedQueue } from './factors/watched-hashing.ts'
import { withForeignHashes } from './foreign-hash.ts'
import type { AuthFunctions } from './functions.ts'
import { createHealthCheck } from './health.ts'
import type { Impersonations } from './impersonation.ts'
import type { Keys } from './keys.ts'
import { createKnownDevices } from './known-device.ts'
import { createLockedTokens } from './locked-token.ts'
import type { Messenger } from './message.ts'
import type { PolicyJudge } from './mfa-policy.ts'
import type { Permissions } from './permissions.ts'
import type { ProviderRegistry } from './provider-registry.ts'
import type { ReturnTargets } from './return-to.ts'
import { createSecondDoor } from './second-door.ts'
import { createSessions } from './session.ts'
import type { Settings } from './settings.ts'
import type { Storage } from './storage.ts'
import { createSuspicions } from './suspicion.ts'
import { createThirdParty } from './third-party.ts'
import { createThrottle } from './throttle.ts'
import type { Tokens } from './token.ts'
import { createUrlTokens } from './url-token.ts'
import { createUserDirectory } from './user-directory.ts'
import type { UserStates } from './user-state.ts'
import { createUsers } from './users.ts'
import type { WaysIn } from './way-in.ts'

/** What the start has made ready, and the check of a token uses too. */
export interface ServiceDeps {
  readonly settings: Settings
  readonly checked: CheckedSettings
  readonly storage: Storage
  readonly now: Clock
  readonly emit: Emit
  readonly keys: Keys
  readonly tokens: Tokens
  readonly states: UserStates
  readonly permissions: Permissions
  readonly messenger: Messenger | undefined
  readonly later: (task: () => Promise<unknown>) => void
  readonly trail: AuditTrail
  readonly pages: LinkPages
  readonly all: readonly Factor[]
  readonly policy: PolicyJudge
  readonly credentials: CredentialStore
  readonly registry: ProviderRegistry
  readonly targets: ReturnTargets
  readonly wayInJudge: WaysIn['judge']
}

/** Everything but the check of a token. */
export interface Services {
  readonly functions: AuthFunctions
  readonly users: AuthUsers
  readonly lent: LentOnDemand
  readonly impersonations: Impersonations
  readonly operator: Operator
  /** Whether a user has a factor that lets them in by itself, as a passkey does. */
  hasOwnFactor(userId: string): Promise<boolean>
}

/** Wires what issues, changes and ends. It is loaded with the first call of any of it. */
export function createServices(given: ServiceDeps): Services {
  const { settings, checked, storage, now, keys, tokens, states } = given
  const { policy, throttle: limits } = checked
  const hasher = watchedHasher(withForeignHashes(settings.password?.hasher ?? argon2Hasher()))
  const builtIn = createUserDirectory(storage, states, now, given.emit)
  const users = createUsers({ ...given, builtIn, own: settings.users })
  const knownDevices = createKnownDevices(keys, now)
  const suspicions = createSuspicions({ ...given, users, knownDevices })
  const deps = { ...given, emit: suspicions.emit }
  const throttle = createThrottle(storage, now, given.emit, suspicions.failed)
  const queue = watchedQueue(createHashingQueue(checked.hashing))
  const passwords = createPasswordFactor({ ...deps, users, throttle, queue, hasher, policy, limits, knownDevices })
  const sessions = createSessions({
    ...deps,
    limits: checked.session,
    isEnded: (federation) => thirdParty.isEnded(federation),
  })
  const apiTokens = createApiTokens({ ...deps, limits: checked.apiToken })
  const locked = createLockedTokens(storage, now, tokens, lockedLifetimeMs)
  const urlTokens = createUrlTokens({ ...deps, origin: checked.origin, transports: checked.transports })
  const parts = { ...deps, users, builtIn, passwords, sessions, throttle, hasher }
  const door = createSecondDoor({ ...parts, locked, queue, knownDevices, entered: suspicions.entered })
  const { gate, factors, lent, hasOwnFactor } = door
  const thirdParty = createThirdParty({ ...parts, gate, factors })
  const { providers, identities } = thirdParty
  const account = createAccount({ ...parts, queue })
  const accounts = createAuthUsers(users, builtIn, passwords, settings.users === undefined, door.checkUserPolicy)
  const administering = createAdministering({ ...parts, ...account, accounts, apiTokens, factors, gate })
  const { administration, revocations, impersonations } = administering
  const health = createHealthCheck({ storage, providers: settings.providers ?? [], check: providers.check })
  const adopt = createPasswordAdoption(parts)
  const own = { administration, revocations, providers, identities, locked, door, apiTokens, urlTokens, health, adopt }
  return {
    functions: createFunctions({ ...parts, ...account, ...own }),
    users: accounts,
    lent,
    impersonations,
    operator: createOperatorFunctions({ ...parts, apiTokens, factors: deps.all }),
    hasOwnFactor,
  }
}
