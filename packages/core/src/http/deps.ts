import type { AuditTrail } from '../audit-trail.ts'
import type { Clock } from '../collection.ts'
import type { AuthFunctions } from '../functions.ts'
import type { Transports } from '../transport.ts'
import type { CookieJar } from './cookie.ts'

/** What the routes stand on: the plain functions that an application could call itself. */
export interface RouteDeps {
  readonly auth: AuthFunctions
  readonly trail: AuditTrail
  readonly jar: CookieJar
  readonly now: Clock
  /** The age, in milliseconds, up to which an authentication counts as recent. */
  readonly recentMs: number
  /** Whether whoever registers proves the address by a code. */
  readonly registersByCode: boolean
  /** The mount path as it is seen from outside. */
  readonly publicPath: string
  readonly transports: Transports
}
