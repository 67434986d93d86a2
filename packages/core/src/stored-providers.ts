import { type Clock, collection } from './collection.ts'
import { AuthError, invalidSetting } from './errors.ts'
import type { Emit } from './events.ts'
import type { Keys } from './keys.ts'
import type { Provider, ProviderType } from './provider.ts'
import type { Entry, Json, Storage } from './storage.ts'

/** A provider as data: what `providerTypes` makes one of. `options` are JSON, without the id. */
export interface ProviderData {
  readonly id: string
  /** A name in `providerTypes`. */
  readonly type: string
  readonly options: Readonly<Record<string, Json>>
}

/** The providers that are kept in storage. */
export interface StoredProviders {
  find(id: string): Promise<Provider | undefined>
  /** Without those whose id is somebody else's. */
  list(isTaken: (id: string) => boolean): Promise<readonly Provider[]>
  /** As of the last minute at the latest. */
  recent(id: string): Promise<Provider | undefined>
  set(data: ProviderData): Promise<void>
  remove(id: string): Promise<boolean>
}

/** What they are made of. */
export interface StoredProvidersDeps {
  readonly storage: Storage
  readonly now: Clock
  readonly emit: Emit
  readonly keys: Keys
  readonly later: (task: () => Promise<unknown>) => void
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

/** The providers of a store. They are read anew, and built again only when they have changed. */
export function createStoredProviders(deps: StoredProvidersDeps): StoredProviders {
  const { storage, now, emit, keys, later, types } = deps
  const entries = collection<StoredProvider>('provider', storage, now)
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

  async function find(id: string): Promise<Provider | undefined> {
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

  return {
    find,

    async list(isTaken) {
      const { items } = await entries.list({ prefix: '', limit: maxStored })
      return items.filter(({ id }) => !isTaken(id)).flatMap(readOr)
    },

    async recent(id) {
      const known = built.get(id)
      return known !== undefined && now() - known.readAt < rulesAgeMs ? known.provider : find(id)
    },

    async set({ id, type, options }) {
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
