import { type AuthenticationRequirement, satisfies } from './authentication.ts'
import { AuthError } from './errors.ts'
import type { Principal } from './principal.ts'

/** The `step_up_required` that a requirement calls for, with what would satisfy it; `undefined` when it is met. */
export function stepUpFor(
  { assurance: proven }: Pick<Principal, 'assurance'>,
  requirement: AuthenticationRequirement,
  now: number,
): AuthError | undefined {
  const { within, assurance, methods } = requirement
  if (within === undefined && assurance === undefined && methods === undefined) return undefined
  // An API token proves nobody's presence: it has no assurance, and satisfies nothing.
  if (proven !== undefined && satisfies(proven, requirement, now)) return undefined
  return new AuthError('step_up_required', { members: { requirement: { within, assurance, methods } } })
}
