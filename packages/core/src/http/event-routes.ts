import { eventJson } from '../audit-export.ts'
import { readLimit } from './body.ts'
import type { RouteDeps } from './deps.ts'
import { pageJson } from './json.ts'
import { json } from './reply.ts'
import type { Route, RouteRequest } from './route.ts'

/** The audit trail: one's own, and everybody's for whoever administers. */
export function eventRoutes({ auth, trail }: RouteDeps): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/events',
      async handle(request) {
        const { user } = await request.session()
        return json(200, pageJson(await trail.list({ ...pageOf(request), userId: user.id }), eventJson))
      },
    },
    {
      method: 'GET',
      path: '/admin/events',
      async handle(request) {
        const query = { ...pageOf(request), userId: request.query('user') }
        return json(200, pageJson(await auth.administration.events(await request.session(), query), eventJson))
      },
    },
  ]
}

function pageOf(request: RouteRequest): { readonly cursor: string | undefined; readonly limit: number | undefined } {
  return { cursor: request.query('cursor'), limit: readLimit(request.query('limit')) }
}
