import { type Clock, collection } from './collection.ts'
import { AuthError, invalidSetting } from './errors.ts'
import type { Emit } from './events.ts'
import type { Keys } from './keys.ts'
import type { Provider, ProviderType } from './provider.ts'
import type { ProviderRules } from './provider-rules.ts'
import type { Entry, Json, Storage } from './storage.ts'

/** A provider as data: what `providerTypes` makes one of. `options` are JSON, without the id. */
export interface ProviderData {
  readonly id: string
  /** A name in `providerTypes`. */
  readonly type: string
  readonly options: Readonly<Record<string, Json>>
}

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
export interface RegistryDeps {
  readonly storage: Storage
  readonly now: Clock
  readonly emit: Emit
  readonly keys: Keys
  readonly later: (task: () => Promise<unknown>) => void
  readonly providers: readonly Provider[]
  readonly types: Readonly<Record<string, ProviderType>>
}

interface Built {
  readonly version: number
  readonly readAt: number
  readonly provider: Provider
}

interface StoredProvider {
  readonly type: string
  /** Sealed: client secrets are among them. */
  readonly options: string
}

const maxStored = 1000
const rulesAgeMs = 60_000
// Other routes have these names where a provider's would stand.
const reserved = new Set(['begin', 'passkey', 'provider'])

/** Providers of the settings are fixed; stored ones are read anew, and built again only when they have changed. */
export function createProviderRegistry(deps: RegistryDeps): ProviderRegistry {
  const { storage, now, emit, keys, later, types } = deps
  const entries = collection<StoredProvider>('provider', storage, now)
  const fixed = new Map(deps.providers.map((provider) => [checkId(provider.id), provider]))
  if (fixed.size < deps.providers.length) throw invalidSetting('providers', 'names an id twice', 'give each its own')
  const built = new Map<string, Built>()

  function build(type: string, id: string, options: Readonly<Record<string, Json>>): Provider {
    const make = Object.hasOwn(types, type) ? (types[type] as (options: unknown) => Provider) : undefined
    if (make === undefined) {
      throw invalidSetting(
        'providerTypes',
        `has no ${JSON.stringify(type)}`,
        'list the type that the provider was stored with',
      )
    }
    return make({ ...options, id })
  }

  function read(entry: Entry<StoredProvider>): Provider {
    const { id, version } = entry
    const known = built.get(id)
    const provider = known?.version === version ? known.provider : unseal(entry)
    built.set(id, { version, readAt: now(), provider })
    return provider
  }

  const seal = (id: string, options: string) => keys.seal(options, { kind: 'provider', id, owner: '' })

  function unseal(entry: Entry<StoredProvider>): Provider {
    const { id, data } = entry
    const options = keys.open(data.options, { kind: 'provider', id, owner: '' })
    if (options === undefined) {
      throw new AuthError('unavailable', { detail: `The provider ${id} was sealed under a secret that is gone.` })
    }
    // Sealed anew under the newest secret, so that the old one can be dropped.
    if (keys.isStale(data.options)) {
      later(() => entries.replace(entry, { data: { ...data, options: seal(id, options) } }))
    }
    return build(data.type, id, JSON.parse(options) as Record<string, Json>)
  }

  async function findStored(id: string): Promise<Provider | undefined> {
    const entry = await entries.get(id)
    if (entry === undefined) built.delete(id)
    return entry && read(entry)
  }

  /** One that can't be built is told of, and does not take the others with it. */
  function readOr(entry: Entry<StoredProvider>): readonly Provider[] {
    try {
      return [read(entry)]
    } catch (error) {
      emit('provider.failed', { provider: entry.id, reason: error instanceof Error ? error.message : 'unknown' })
      return []
    }
  }

  function recent(id: string): Provider | undefined {
    const known = built.get(id)
    return known !== undefined && now() - known.readAt < rulesAgeMs ? known.provider : undefined
  }

  const mayBeStored = Object.keys(types).length > 0

  return {
    async find(id) {
      return fixed.get(id) ?? (mayBeStored ? findStored(id) : undefined)
    },

    async list() {
      const stored = mayBeStored ? (await entries.list({ prefix: '', limit: maxStored })).items : []
      return [...fixed.values(), ...stored.filter(({ id }) => !fixed.has(id)).flatMap(readOr)]
    },

    rules(id) {
      const known = fixed.get(id) ?? recent(id)
      return known ?? (mayBeStored ? findStored(id) : undefined)
    },

    async set({ id, type, options }) {
      checkId(id)
      if (fixed.has(id)) throw invalidSetting('providers', `has ${JSON.stringify(id)} already`, 'choose another id')
      // Built once before it is kept: what can't work is refused here, and not at somebody's log-in.
      build(type, id, options)
      const data = { type, options: seal(id, JSON.stringify(options)) }
      const isNew = await entries.insert({ id, owner: null, expiresAt: null, data })
      if (!isNew) await entries.update(id, () => ({ data }))
      emit('provider.set', { provider: id })
    },

    async remove(id) {
      const removed = (await entries.take(id)) !== undefined
      built.delete(id)
      if (removed) emit('provider.removed', { provider: id })
      return removed
    },
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
