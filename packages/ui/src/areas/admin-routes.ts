import type { Route } from '../routing.ts'
import { adminEventRoutes } from './admin-events.ts'
import { adminProviderRoutes } from './admin-providers.ts'
import { adminRevokeRoutes } from './admin-revoke.ts'
import { adminUserRoutes } from './admin-user.ts'
import { adminUsersRoutes } from './admin-users.ts'

/** The pages of administration. */
export const adminRoutes: readonly Route[] = [
  ...adminUsersRoutes,
  ...adminUserRoutes,
  ...adminEventRoutes,
  ...adminProviderRoutes,
  ...adminRevokeRoutes,
]
