import { adminPermission } from './account/administrator.ts'
import { createDeadline } from './deadline.ts'
import type { Principal } from './principal.ts'
import type { Finding, Provider } from './provider.ts'
import type { Storage } from './storage.ts'

/** How an installation is. */
export interface Health {
  /** `unavailable` without the storage, `degraded` while a provider of the settings does not work: others can log in. */
  readonly status: 'ok' | 'degraded' | 'unavailable'
  readonly storage: {
    readonly ok: boolean
    /** How long it took to answer, in milliseconds. */
    readonly answeredInMs: number
    /** Why not, for the operator. */
    readonly reason?: string | undefined
  }
  /** The providers of the settings; those in the storage are looked at by `auth.providers.check`. */
  readonly providers: readonly ProviderHealth[]
}

/** How a provider is: of the last minute, and `undefined` where that is not known yet. */
export interface ProviderHealth {
  readonly id: string
  readonly ok: boolean | undefined
  /** What its check has found wrong, for the operator. */
  readonly reasons: readonly string[]
}

/** How things are, for whoever asks from the outside and for the operator. */
export interface HealthCheck {
  /** The status, as of the last second. Waits two seconds for the storage at most, and for no provider. Never rejects. */
  status(): Promise<Health['status']>
  /** All that is known, once every provider has been looked at within the last minute. Never rejects. */
  describe(): Promise<Health>
}

/** What is looked at. */
export interface HealthDeps {
  readonly storage: Storage
  readonly providers: readonly Provider[]
  readonly check: (id: string) => Promise<readonly Finding[]>
}

// One that asks all the time asks the storage once a second, and a provider, whose answer costs more, once a minute.
const storageAgeMs = 1000
const providersAgeMs = 60_000
const storagePatienceMs = 1000
const providerPatienceMs = 5000

/** Looks at storage and providers, each only so often and not for ever. */
export function createHealthCheck({ storage, providers, check }: HealthDeps): HealthCheck {
  const inTime = createDeadline(storagePatienceMs, () => new Error('no answer within two seconds'))
  const providerInTime = createDeadline(providerPatienceMs, () => new Error('no answer within five seconds'))

  const readStorage = remembered(storageAgeMs, async (): Promise<Health['storage']> => {
    const startedAt = performance.now()
    const answeredInMs = () => Math.round(performance.now() - startedAt)
    try {
      await inTime(storage.get('health', 'probe'))
      return { ok: true, answeredInMs: answeredInMs() }
    } catch (error) {
      return { ok: false, answeredInMs: answeredInMs(), reason: reasonOf(error) }
    }
  })

  async function tryProvider({ id }: Provider): Promise<ProviderHealth> {
    try {
      const findings = await providerInTime(check(id))
      const wrong = findings.filter(({ ok }) => !ok)
      return { id, ok: wrong.length === 0, reasons: wrong.map(({ name, detail }) => `${name}: ${detail}`) }
    } catch (error) {
      return { id, ok: false, reasons: [reasonOf(error)] }
    }
  }

  let known: readonly ProviderHealth[] = providers.map(({ id }) => ({ id, ok: undefined, reasons: [] }))
  const readProviders = remembered(providersAgeMs, async () => {
    known = await Promise.all(providers.map(tryProvider))
    return known
  })

  return {
    async status() {
      void readProviders()
      return judge(await readStorage(), known)
    },

    async describe() {
      const [ofStorage, ofProviders] = await Promise.all([readStorage(), readProviders()])
      return { status: judge(ofStorage, ofProviders), storage: ofStorage, providers: ofProviders }
    },
  }
}

/** Whether somebody is told more than the status: an administrator in a session of their own. */
export function maySeeHealth({ via, impersonator, permissions }: Principal): boolean {
  return via === 'session' && impersonator === undefined && permissions.includes(adminPermission)
}

function judge(storage: Health['storage'], providers: readonly ProviderHealth[]): Health['status'] {
  if (!storage.ok) return 'unavailable'
  return providers.some(({ ok }) => ok === false) ? 'degraded' : 'ok'
}

/** The same answer for so long, from the same look for all who ask meanwhile. */
function remembered<Result>(ms: number, look: () => Promise<Result>): () => Promise<Result> {
  let last: Promise<Result> | undefined
  let until = 0
  return () => {
    if (last !== undefined && performance.now() < until) return last
    until = Number.POSITIVE_INFINITY
    last = look().finally(() => {
      until = performance.now() + ms
    })
    return last
  }
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return cause instanceof Error ? cause.message : 'unknown'
}
