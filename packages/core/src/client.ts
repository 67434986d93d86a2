import { networkOf } from './address.ts'
import type { Origin } from './events.ts'

/** Who is at the other end: where from, which network their attempts count for, and whether they are still there. */
export interface Client extends Origin {
  /** `undefined` when the address is not known to be the client's: network limits are not applied. */
  readonly network: string | undefined
  /** Aborted when the client has left. */
  readonly departed?: AbortSignal | undefined
}

/** A client as a caller outside HTTP names it. */
export function clientOf({ address, userAgent }: Origin): Client {
  return { address, userAgent, network: networkOf(address) }
}
