import type { CheckedSettings } from './checked-settings.ts'
import type { Clock } from './collection.ts'
import type { Emit } from './events.ts'
import type { Factors } from './factors/factors.ts'
import { createDirectLogins } from './direct-login.ts'
import { createExchangeCodes } from './exchange.ts'
import { createFederatedIdentities } from './federated-identity.ts'
import type { Keys } from './keys.ts'
import type { Permissions } from './permissions.ts'
import { createProviderCalls } from './provider-call.ts'
import { createProviderFlows } from './provider-flow.ts'
import { createProviderLogins } from './provider-login.ts'
import { createProviderLogout } from './provider-logout.ts'
import type { ProviderRegistry } from './provider-registry.ts'
import { createProviderRenewals } from './provider-renewal.ts'
import { createProviderSessions, type ProviderSessions } from './provider-session.ts'
import type { Identities, Providers } from './providers.ts'
import { createRedirectLogins } from './redirect-login.ts'
import type { ReturnTargets } from './return-to.ts'
import type { SessionIssuer, Sessions } from './session.ts'
import type { Settings } from './settings.ts'
import type { SignIn } from './sign-in.ts'
import type { Storage } from './storage.ts'
import type { Throttle } from './throttle.ts'
import type { UserLookup } from './user.ts'
import type { BuiltInDirectory } from './user-directory.ts'
import type { UserStates } from './user-state.ts'
import type { WaysIn } from './way-in.ts'

/** What third-party login stands on. */
export interface ThirdPartyFunctionDeps {
  readonly settings: Settings
  readonly checked: CheckedSettings
  readonly storage: Storage
  readonly now: Clock
  readonly emit: Emit
  readonly keys: Keys
  readonly later: (task: () => Promise<unknown>) => void
  readonly states: UserStates
  readonly users: UserLookup
  readonly builtIn: BuiltInDirectory
  readonly sessions: Sessions & SessionIssuer
  readonly gate: SignIn
  readonly factors: Pick<Factors, 'requirement'>
  readonly throttle: Throttle
  readonly permissions: Permissions
  readonly registry: ProviderRegistry
  readonly targets: ReturnTargets
  readonly wayInJudge: WaysIn['judge']
}

/** Third-party login, as plain functions. */
export interface ThirdPartyFunctions {
  readonly providers: Providers
  readonly identities: Identities
  readonly isEnded: ProviderSessions['isEnded']
}

/** Wires third-party login: whatever the protocol, its evidence ends in the gate. */
export function createThirdPartyFunctions(deps: ThirdPartyFunctionDeps): ThirdPartyFunctions {
  const { settings, checked, storage, now, keys, registry } = deps
  const { origin, publicPath } = checked
  const identities = createFederatedIdentities(storage, now, deps.states)
  const sessions = createProviderSessions(storage, now, keys, identities, checked.session.lifetimeMs)
  const calls = createProviderCalls({ ...deps, registry, origin, publicPath })
  const isBuiltIn = settings.users === undefined
  const logins = createProviderLogins({ ...deps, identities, isBuiltIn, sessions })
  const renewals = createProviderRenewals({ ...deps, logins, limits: checked.session })
  const flows = createProviderFlows(storage, now, keys)
  const codes = createExchangeCodes(storage, now, deps.emit)
  const redirect = createRedirectLogins({ ...deps, calls, flows, codes, logins, renewals })
  const direct = createDirectLogins({ ...deps, calls, logins, renewals })
  const logout = createProviderLogout({
    ...deps,
    calls,
    identities,
    providerSessions: sessions,
    wayInJudge: deps.wayInJudge,
  })

  return {
    providers: {
      ...redirect,
      logIn: direct.logIn,
      reauthenticate: direct.reauthenticate,
      startLogout: logout.startLogout,
      endSessions: logout.endSessions,
      set: registry.set,
      remove: registry.remove,

      async list() {
        const providers = await registry.list()
        return providers.map(({ id, label, protocol }) => ({ id, label, protocol }))
      },

      async check(id) {
        const provider = await calls.named(id)
        return provider.check(calls.contextOf(id))
      },
    },
    identities: { list: logout.list, add: logins.add, link: direct.link, unlink: logout.unlink },
    isEnded: sessions.isEnded,
  }
}
