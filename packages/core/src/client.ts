import { networkOf } from './address.ts'
import type { Quota } from './errors.ts'
import type { Origin } from './events.ts'

/** Who is at the other end: where from, which network their attempts count for, and whether they are still there. */
export interface Client extends Origin {
  /** `undefined` when the address is not known to be the client's: network limits are not applied. */
  readonly network: string | undefined
  /** Aborted when the client has left. */
  readonly departed?: AbortSignal | undefined
  /** What its cookie says of this being a trusted device; worth nothing until it was looked up. */
  readonly device?: string | undefined
  /** What its cookie says of a user having logged in there; worth nothing until it was looked at. */
  readonly known?: string | undefined
  /** Whether it keeps such a cookie, as every browser does. */
  readonly isBrowser?: boolean | undefined
  /** What it may still do, as far as it was found out on the way. */
  readonly quotas?: Quota[] | undefined
}

/** A client as a caller outside HTTP names it. */
export function clientOf({ address, userAgent, device, known }: Omit<Client, 'network'>): Client {
  return { address, userAgent, network: networkOf(address), device, known }
}

/** Where a call comes from. `address` is the client's; without it no network limit is applied. */
export interface CallContext
  extends Origin,
    Partial<Pick<Client, 'network' | 'departed' | 'device' | 'known' | 'isBrowser' | 'quotas'>> {}

/** The client of a call: as the web layer read it, or as a caller outside HTTP names it. */
export function toClient(context: CallContext = {}): Client {
  return 'network' in context ? { ...context, network: context.network } : clientOf(context)
}
