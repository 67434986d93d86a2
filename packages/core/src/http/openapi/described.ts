import type { Route } from '../route.ts'
import { accountOperations, adminOperations } from './account-operations.ts'
import { factorOperations, ownFactorOperation } from './factor-operations.ts'
import { operation, type Operation, type Operations } from './operation.ts'
import { providerOperations } from './provider-operations.ts'
import { sessionOperations } from './session-operations.ts'
import { object, text } from './shapes.ts'

/** A route with what is told of it, and the group that it is shown in. */
export interface Described {
  readonly route: Route
  readonly operation: Operation
  readonly tag: string
}

const health = object({ status: text }, { additionalProperties: true })

const about: Operations = {
  'GET /openapi.json': operation('getDescription', 'Gives this document', 'anybody', {
    200: { type: 'object', additionalProperties: true },
  }),
  'GET /health': operation('getHealth', 'Says how the installation is; to administrators also why', 'token', {
    200: health,
    503: health,
  }),
}

const groups: Readonly<Record<string, Operations>> = {
  'Session and tokens': sessionOperations,
  'Third-party login': providerOperations,
  Factors: factorOperations,
  Account: accountOperations,
  Administration: adminOperations,
  'This installation': about,
}

/** The groups, in the order that they are shown in. */
export const tags: readonly string[] = Object.keys(groups)

/** What is told of a route. One that is not ours belongs to a factor of the application. */
export function describeRoute(route: Route): Described {
  const key = `${route.method} ${route.path}`
  for (const [tag, operations] of Object.entries(groups)) {
    const found = Object.hasOwn(operations, key) ? operations[key] : undefined
    if (found !== undefined) return { route, operation: found, tag }
  }
  return { route, operation: ownFactorOperation(route.path), tag: 'Factors' }
}
