import { invalidSetting } from './errors.ts'
import { once, onDemand } from './on-demand.ts'
import type { Provider } from './provider.ts'
import type { ProviderRules } from './provider-rules.ts'
import type { ProviderData, StoredProviders, StoredProvidersDeps } from './stored-providers.ts'

/** The providers there are: those of the settings, and those that are kept in storage for every process to see. */
export interface ProviderRegistry {
  find(id: string): Promise<Provider | undefined>
  list(): Promise<readonly Provider[]>
  /** What the rules say: without a round trip for a provider of the settings, as of the last minute for a stored one. */
  rules(id: string): ProviderRules | undefined | Promise<ProviderRules | undefined>
  /** Adds or changes one. Throws `invalid_setting` for what makes no provider, and for an id of the settings. */
  set(data: ProviderData): Promise<void>
  remove(id: string): Promise<boolean>
}

/** What the registry is made of. */
export interface RegistryDeps extends StoredProvidersDeps {
  readonly providers: readonly Provider[]
}

// Other routes have these names where a provider's would stand.
const reserved = new Set(['begin', 'passkey', 'provider'])

/** Providers of the settings are fixed; the code of stored ones is loaded with the first use of it. */
export function createProviderRegistry(deps: RegistryDeps): ProviderRegistry {
  const fixed = new Map(deps.providers.map((provider) => [checkId(provider.id), provider]))
  if (fixed.size < deps.providers.length) throw invalidSetting('providers', 'names an id twice', 'give each its own')
  const load = once(async () => (await import('./stored-providers.ts')).createStoredProviders(deps))
  const stored = onDemand<StoredProviders>(load, { find: true, list: true, recent: true, set: true, remove: true })
  const mayBeStored = Object.keys(deps.types).length > 0

  return {
    async find(id) {
      return fixed.get(id) ?? (mayBeStored ? stored.find(id) : undefined)
    },

    async list() {
      return [...fixed.values(), ...(mayBeStored ? await stored.list((id) => fixed.has(id)) : [])]
    },

    rules: (id) => fixed.get(id) ?? (mayBeStored ? stored.recent(id) : undefined),

    async set(data) {
      const id = checkId(data.id)
      if (fixed.has(id)) throw invalidSetting('providers', `has ${JSON.stringify(id)} already`, 'choose another id')
      return stored.set(data)
    },

    remove: stored.remove,
  }
}

function checkId(id: string): string {
  if (typeof id === 'string' && /^[a-z\d-]{1,64}$/.test(id) && !reserved.has(id)) return id
  const names = [...reserved].join(', ')
  throw invalidSetting(
    'providers',
    `has the id ${JSON.stringify(id)}`,
    `use 1 to 64 of a-z, 0-9 and -, and not ${names}`,
  )
}
