import type { Clock } from './collection.ts'
import type { Emit } from './events.ts'
import type { Keys } from './keys.ts'
import { createProviderRegistry, type ProviderRegistry } from './provider-registry.ts'
import { createReturnTargets, type ReturnTargets } from './return-to.ts'
import type { Settings } from './settings.ts'
import type { Storage } from './storage.ts'
import type { UserStates } from './user-state.ts'
import { createWaysIn, type WaysIn } from './way-in.ts'

/** What third-party login is told and stands on. */
export interface ThirdPartySettingsDeps {
  readonly settings: Settings
  readonly checked: { readonly origin: string }
  readonly storage: Storage
  readonly now: Clock
  readonly emit: Emit
  readonly keys: Keys
  readonly states: UserStates
  readonly later: (task: () => Promise<unknown>) => void
  /** Whether a user has a factor that lets them in by itself, as a passkey does. */
  readonly hasOwnFactor: (userId: string) => Promise<boolean>
}

/** What of third-party login is there from the start: its settings, and whom it suspends. */
export interface ThirdPartySettings {
  readonly registry: ProviderRegistry
  readonly targets: ReturnTargets
  readonly wayInJudge: WaysIn['judge']
  readonly isSuspended: WaysIn['isSuspended']
}

/** Checks the settings of third-party login. Throws `invalid_setting` for providers and callbacks that can't be. */
export function checkThirdParty(deps: ThirdPartySettingsDeps): ThirdPartySettings {
  const { providers = [], providerTypes: types = {}, callbacks = [] } = deps.settings
  const targets = createReturnTargets(deps.checked.origin, callbacks)
  const registry = createProviderRegistry({ ...deps, providers, types })
  const { isSuspended, judge } = createWaysIn({ ...deps, registry, userState: deps.states.get })
  return { registry, targets, isSuspended, wayInJudge: judge }
}
