import { networkOf } from './address.ts'
import type { Clock } from './collection.ts'

const windowMs = 60_000
const maxLookUps = 60
const maxNetworks = 10_000

/** Look-ups of tokens under a key that is not ours, of which each network may make so many that find nothing. */
export interface LookUpLimit {
  /** Counts a look-up, and says whether it may be made. */
  take(address: string | undefined): boolean
  /** It has found what it looked for: it does not count. */
  giveBack(address: string | undefined): void
}

/**
 * At most 60 in vain a minute and network, counted in this process: a flood of forged tokens reaches no store, while a
 * rolling deployment works and tokens outlive the key that they were stamped with.
 */
export function createLookUpLimit(now: Clock): LookUpLimit {
  let counts = new Map<string, number>()
  let endsAt = 0
  const nameOf = (address: string | undefined): string => networkOf(address) ?? ''

  return {
    take(address) {
      if (now() >= endsAt) {
        counts = new Map()
        endsAt = now() + windowMs
      }
      const network = nameOf(address)
      const count = (counts.get(network) ?? 0) + 1
      if (count > maxLookUps || (count === 1 && counts.size >= maxNetworks)) return false
      counts.set(network, count)
      return true
    },

    giveBack(address) {
      const network = nameOf(address)
      const count = counts.get(network) ?? 0
      if (count > 1) counts.set(network, count - 1)
      else counts.delete(network)
    },
  }
}
