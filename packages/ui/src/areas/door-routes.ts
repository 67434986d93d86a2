import type { Route } from '../routing.ts'
import { confirmRoutes } from './confirm.ts'
import { linkRoutes } from './links.ts'
import { logInRoutes } from './log-in.ts'
import { registerRoutes } from './register.ts'
import { unlockRoutes } from './unlock.ts'

/** The pages before somebody is in, and those that ask once more. */
export const doorRoutes: readonly Route[] = [
  ...logInRoutes,
  ...unlockRoutes,
  ...confirmRoutes,
  ...registerRoutes,
  ...linkRoutes,
]
