import type { Route } from '../routing.ts'
import { apiTokenRoutes } from './api-tokens.ts'
import { emailRoutes } from './email.ts'
import { enrolRoutes } from './enrol.ts'
import { eventRoutes } from './events.ts'
import { factorRoutes } from './factors.ts'
import { identityRoutes } from './identities.ts'
import { overviewRoutes } from './overview.ts'
import { passwordRoutes } from './password.ts'
import { sessionRoutes } from './sessions.ts'

/** The pages of somebody's own account. */
export const accountRoutes: readonly Route[] = [
  ...overviewRoutes,
  ...sessionRoutes,
  ...factorRoutes,
  ...enrolRoutes,
  ...passwordRoutes,
  ...emailRoutes,
  ...identityRoutes,
  ...apiTokenRoutes,
  ...eventRoutes,
]
