import { networkOf } from './address.ts'
import type { Clock } from './collection.ts'

const windowMs = 60_000
const maxLookUps = 60
const maxNetworks = 10_000

/**
 * Whether a token under a key that is not ours may be looked up for a client: at most 60 a minute and network, counted in this
 * process, so that a flood of forged tokens reaches no store, while a rolling deployment works.
 */
export function createLookUpLimit(now: Clock): (address: string | undefined) => boolean {
  let counts = new Map<string, number>()
  let endsAt = 0

  return (address) => {
    if (now() >= endsAt) {
      counts = new Map()
      endsAt = now() + windowMs
    }
    const network = networkOf(address) ?? ''
    const count = (counts.get(network) ?? 0) + 1
    if (count === 1 && counts.size >= maxNetworks) return false
    counts.set(network, count)
    return count <= maxLookUps
  }
}
