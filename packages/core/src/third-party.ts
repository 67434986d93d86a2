import { onDemand, once } from './on-demand.ts'
import { createProviderRegistry } from './provider-registry.ts'
import type { Identities, Providers } from './providers.ts'
import { createReturnTargets } from './return-to.ts'
import type { ThirdPartyFunctionDeps, ThirdPartyFunctions } from './third-party-functions.ts'
import { createWaysIn, type WaysIn } from './way-in.ts'

/** What third-party login stands on. */
export interface ThirdPartyDeps extends Omit<ThirdPartyFunctionDeps, 'registry' | 'targets' | 'wayInJudge'> {
  /** Whether a user has a factor that lets them in by itself, as a passkey does. */
  readonly hasOwnFactor: (userId: string) => Promise<boolean>
}

/** Third-party login: its settings are checked at once, its code is loaded with the first use. */
export interface ThirdParty extends ThirdPartyFunctions {
  readonly isSuspended: WaysIn['isSuspended']
}

const providerFunctions: { readonly [Name in keyof Providers]: true } = {
  list: true,
  set: true,
  remove: true,
  check: true,
  start: true,
  startLink: true,
  startReauthentication: true,
  hold: true,
  finish: true,
  exchange: true,
  logIn: true,
  reauthenticate: true,
  startLogout: true,
  endSessions: true,
  metadata: true,
}
const identityFunctions: { readonly [Name in keyof Identities]: true } = {
  list: true,
  add: true,
  link: true,
  unlink: true,
}

/** Third-party login. Throws `invalid_setting` for providers that can't be. */
export function createThirdParty(deps: ThirdPartyDeps): ThirdParty {
  const { providers = [], providerTypes: types = {}, callbacks = [] } = deps.settings
  const targets = createReturnTargets(deps.checked.origin, callbacks)
  const registry = createProviderRegistry({ ...deps, providers, types })
  const { isSuspended, judge } = createWaysIn({ ...deps, registry, userState: deps.states.get })
  const load = once(async () => {
    const { createThirdPartyFunctions } = await import('./third-party-functions.ts')
    return createThirdPartyFunctions({ ...deps, registry, targets, wayInJudge: judge })
  })

  return {
    isSuspended,
    isEnded: async (federation) => (await load()).isEnded(federation),
    providers: onDemand(async () => (await load()).providers, providerFunctions),
    identities: onDemand(async () => (await load()).identities, identityFunctions),
  }
}
