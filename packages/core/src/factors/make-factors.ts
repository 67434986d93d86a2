import { createChallenges } from '../challenge.ts'
import type { Clock } from '../collection.ts'
import { invalidSetting } from '../errors.ts'
import type { Emit } from '../events.ts'
import type { Keys } from '../keys.ts'
import { onDemand } from '../on-demand.ts'
import type { Storage } from '../storage.ts'
import type { Credentials, CredentialStore } from './credentials.ts'
import type { Factor } from './factor.ts'
import type { FactorHost, FactorType } from './factor-host.ts'

/** What factors are lent that is loaded with its first use. */
export type LentOnDemand = Pick<FactorHost, 'find' | 'count' | 'giveBack'> & FactorHost['hashing']

/** What the host of factors is made of. */
export interface FactorHostDeps extends Pick<FactorHost, 'origin' | 'messenger'> {
  readonly storage: Storage
  readonly now: Clock
  readonly emit: Emit
  readonly keys: Keys
  readonly credentials: () => Promise<CredentialStore>
  readonly lent: LentOnDemand
}

/** What core lends to factors. */
export function createFactorHost(deps: FactorHostDeps): FactorHost {
  const { origin, storage, now, emit, keys, messenger, credentials, lent } = deps
  const { find, count, giveBack, hash, verify } = lent
  return {
    origin,
    now,
    emit,
    keys,
    messenger,
    challenges: createChallenges(storage, now, keys),
    credentials: <Own>(factor: string) =>
      onDemand<Credentials<Own>>(async () => (await credentials()).of(factor), { list: true, find: true, use: true }),
    find,
    count,
    giveBack,
    hashing: { hash, verify },
  }
}

/** The factors of the settings, each under a name of its own. Throws `invalid_setting`. */
export function makeFactors(types: readonly FactorType[], host: FactorHost): readonly Factor[] {
  const factors = types.map((make) => checkFactor(typeof make === 'function' ? make(host) : undefined))
  const ids = factors.map(({ id }) => id)
  const twice = ids.find((id, i) => ids.indexOf(id) !== i)
  if (twice === undefined) return factors
  throw invalidSetting('factors', `has ${twice} twice`, 'give each its own `id`')
}

/** Whatever a caller without types may have passed: the function that makes factors answers with another one. */
function checkFactor(factor: Partial<Factor> | undefined): Factor {
  if (typeof factor?.id === 'string' && typeof factor.verify === 'function') return factor as Factor
  throw invalidSetting('factors', 'has what is no factor', 'call what makes it, as in [totp()]')
}
