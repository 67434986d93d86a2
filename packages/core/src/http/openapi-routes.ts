import { once } from '../on-demand.ts'
import type { RouteDeps } from './deps.ts'
import { json } from './reply.ts'
import type { Route } from './route.ts'

/** The description of the other routes, and of itself. */
export function openApiRoutes({ publicPath, jar, transports }: RouteDeps, others: readonly Route[]): readonly Route[] {
  const describe = once(async () => {
    const { openApiDocument } = await import('./openapi/document.ts')
    return json(200, openApiDocument([...others, ...own], { publicPath, transports, cookieName: jar.name }))
  })
  const own: readonly Route[] = [
    {
      method: 'GET',
      path: '/openapi.json',
      handle: describe,
    },
  ]
  return own
}
