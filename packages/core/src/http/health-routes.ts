import { maySeeHealth } from '../health.ts'
import type { RouteDeps } from './deps.ts'
import { json } from './reply.ts'
import type { Route, RouteRequest } from './route.ts'

/** Whether the one who asks is an administrator. Without the storage nobody can be known, and that is no failure here. */
async function isAdministrator(request: RouteRequest): Promise<boolean> {
  try {
    const resolution = await request.resolve()
    return resolution.status === 'unlocked' && maySeeHealth(resolution.principal)
  } catch {
    return false
  }
}

/** How the installation is: one word for anybody, and why for administrators. */
export function healthRoutes({ auth }: RouteDeps): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/health',
      async handle(request) {
        const status = await auth.health.status()
        const mayKnow = status !== 'unavailable' && (await isAdministrator(request))
        return json(status === 'unavailable' ? 503 : 200, mayKnow ? await auth.health.describe() : { status })
      },
    },
  ]
}
