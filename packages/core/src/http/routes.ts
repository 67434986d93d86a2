import type { Factor } from '../factors/factor.ts'
import { accountRoutes } from './account-routes.ts'
import { adminRoutes } from './admin-routes.ts'
import type { RouteDeps } from './deps.ts'
import { eventRoutes } from './event-routes.ts'
import { factorRoutes } from './factor-routes.ts'
import { identityRoutes } from './identity-routes.ts'
import { passwordRoutes } from './password-routes.ts'
import { providerRoutes } from './provider-routes.ts'
import { createServe, type Serve } from './serve.ts'
import { sessionRoutes } from './session-routes.ts'
import { tokenRoutes } from './token-routes.ts'

/** All of our routes: those of HTTP.md, and those that the factors bring along. */
export function serveRoutes(deps: RouteDeps, factors: readonly Factor[]): Serve {
  return createServe(deps.now, [
    ...sessionRoutes(deps),
    ...tokenRoutes(deps),
    ...passwordRoutes(deps),
    ...accountRoutes(deps),
    ...adminRoutes(deps),
    ...eventRoutes(deps),
    ...factorRoutes(deps, factors),
    ...providerRoutes(deps),
    ...identityRoutes(deps),
  ])
}
