import type { Principal } from '../principal.ts'
import type { RouteDeps } from './deps.ts'
import type { RouteRequest } from './route.ts'

/**
 * The principal of a session that may change the account: authenticated recently, at the highest level that its user has
 * (ASVS 7.5.1, NIST SP 800-63B-4 §4.1.2.1). Throws like `request.session`.
 */
export async function changingSession({ auth }: RouteDeps, request: RouteRequest): Promise<Principal> {
  const { user } = await request.session()
  return request.session(await auth.factors.requirement(user.id))
}
