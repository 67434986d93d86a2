import { type AuthenticationRequirement, AuthError, type Principal } from '@sallyport/core'
import { type PageRequest, principalOf } from '../request.ts'

/** The session of somebody who may change the account now. Throws `step_up_required`, as the routes of core do. */
export async function confirmRecent(request: PageRequest): Promise<Principal> {
  const principal = principalOf(request)
  return demand(request, principal, await request.auth.factors.requirement(principal.user.id))
}

/** The same for what only asks for a recent authentication, however it was made. */
export async function confirmRecency(request: PageRequest): Promise<Principal> {
  const principal = principalOf(request)
  const { within } = await request.auth.factors.requirement(principal.user.id)
  return demand(request, principal, { within })
}

async function demand(
  { person }: PageRequest,
  principal: Principal,
  requirement: AuthenticationRequirement,
): Promise<Principal> {
  if (person.status === 'unlocked' && (await person.meets(requirement))) return principal
  throw new AuthError('step_up_required', { members: { requirement } })
}
