import { AuthError, type Principal } from '@sallyport/core'
import { adminPermission } from '../look/sections.ts'
import { isInPlace, type PageRequest, principalOf } from '../request.ts'

/** Whoever administers, where the plain functions do not judge it themselves. Throws `forbidden`, `own_session_required`. */
export function administratorOf(request: PageRequest): Principal {
  const principal = principalOf(request)
  if (isInPlace(request)) throw new AuthError('own_session_required')
  if (principal.permissions.includes(adminPermission)) return principal
  throw new AuthError('forbidden', { members: { permission: adminPermission } })
}
