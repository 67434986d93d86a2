import type { Factor } from '../factors/factor.ts'
import { accountRoutes } from './account-routes.ts'
import { adminRoutes } from './admin-routes.ts'
import type { RouteDeps } from './deps.ts'
import { eventRoutes } from './event-routes.ts'
import { factorRoutes } from './factor-routes.ts'
import { healthRoutes } from './health-routes.ts'
import { identityRoutes } from './identity-routes.ts'
import { openApiRoutes } from './openapi-routes.ts'
import { passwordRoutes } from './password-routes.ts'
import { providerRoutes } from './provider-routes.ts'
import type { Route } from './route.ts'
import { createServe, type Serve } from './serve.ts'
import { sessionRoutes } from './session-routes.ts'
import { tokenRoutes } from './token-routes.ts'

/** All of our routes: those that are always there, and those that the factors bring along. `docs/http.md` lists them. */
export function routeTable(deps: RouteDeps, factors: readonly Factor[]): readonly Route[] {
  const routes = [
    ...sessionRoutes(deps),
    ...tokenRoutes(deps),
    ...passwordRoutes(deps),
    ...accountRoutes(deps),
    ...adminRoutes(deps),
    ...eventRoutes(deps),
    ...factorRoutes(deps, factors),
    ...providerRoutes(deps),
    ...identityRoutes(deps),
    ...healthRoutes(deps),
  ]
  return [...routes, ...openApiRoutes(deps, routes)]
}

/** What serves them. */
export function serveRoutes(deps: RouteDeps, factors: readonly Factor[]): Serve {
  return createServe(deps.now, routeTable(deps, factors))
}
