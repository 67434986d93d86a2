import type { Authentication } from './authentication.ts'
import type { Client } from './client.ts'
import { type Change, type Clock, collection } from './collection.ts'
import { AuthError } from './errors.ts'
import type { Emit } from './events.ts'
import { equalTexts, sha256 } from './hash.ts'
import type { Entry, Storage } from './storage.ts'
import { randomText } from './token.ts'

/** A finished log-in that waits for the application on another origin to fetch it. */
export interface Exchangeable {
  readonly provider: string
  /** The callback that it was sent to: the client. */
  readonly callback: string
  readonly challenge: string | null
  readonly authentication: Authentication
  readonly remember: boolean
}

/** What an application presents. `provider` and `returnTo`, where they are given, must be those of the log-in. */
export interface ExchangeRequest {
  readonly code: string
  /** What the challenge was made of (RFC 7636 §4.1). */
  readonly verifier?: string | undefined
  readonly provider?: string | undefined
  readonly returnTo?: string | undefined
}

/** One-time codes by which a session token reaches an application on another origin. */
export interface ExchangeCodes {
  issue(of: Exchangeable): Promise<string>
  /** Of many callers with one code one gets it. Throws `invalid_code`, whatever is wrong. */
  redeem(request: ExchangeRequest, client: Client): Promise<Exchangeable>
}

/** What storage keeps of it. */
interface ExchangeableData extends Exchangeable {
  readonly usedAt?: number
}

/** How long a code is good, in milliseconds. */
export const lifetimeMs = 60_000
const usedLifetimeMs = 10 * lifetimeMs

/** The exchange codes of a store, which holds their hashes. */
export function createExchangeCodes(storage: Storage, now: Clock, emit: Emit): ExchangeCodes {
  const codes = collection<ExchangeableData>('exchange-code', storage, now)

  const use = ({ data }: Entry<ExchangeableData>): Change<ExchangeableData> | undefined =>
    data.usedAt === undefined ? { data: { ...data, usedAt: now() }, expiresAt: now() + usedLifetimeMs } : undefined

  return {
    async issue(of) {
      const code = randomText(32)
      const entry = { id: sha256(code), owner: of.authentication.userId, expiresAt: now() + lifetimeMs, data: of }
      if (!(await codes.insert(entry))) throw new AuthError('provider_refused')
      return code
    },

    async redeem({ code, verifier, provider, returnTo }, client) {
      const id = sha256(code)
      const found = (await codes.get(id))?.data
      // Judged before it is consumed: whoever saw the code on its way can't burn it.
      const isMeant =
        found !== undefined &&
        proves(verifier, found.challenge) &&
        (provider === undefined || provider === found.provider) &&
        (returnTo === undefined || returnTo === found.callback)
      // Kept for a while, so that a second use is known for one.
      const isFirst = isMeant && (await codes.update(id, use)) !== undefined
      if (isFirst) return found
      if (isMeant) emit('suspicion.replay', { of: 'exchange_code', userId: found.authentication.userId }, client)
      throw new AuthError('invalid_code', { status: 400 })
    },
  }
}

/** RFC 7636 §4.6, S256 only. A log-in that was started without a challenge has none to prove. */
function proves(verifier: string | undefined, challenge: string | null): boolean {
  if (challenge === null) return verifier === undefined
  return verifier !== undefined && /^[\w.~-]{43,128}$/.test(verifier) && equalTexts(sha256(verifier), challenge)
}
