import type { AuthEvent } from './events.ts'

/** Whether what an event tells of came about. */
export type Outcome = 'success' | 'failure'

/** What is written down of an event besides what it says itself. */
export interface AuditFields {
  readonly outcome: Outcome
  /** Who did it: the user, or an administrator. Absent where nobody has proven who they are, and for the application. */
  readonly actorId?: string | undefined
  /** Why it failed, or ended; the code of a refusal. */
  readonly reason?: string | undefined
}

/** Events that tell of something that did not come about, or should not have. */
export const failures: ReadonlySet<AuthEvent['type']> = new Set([
  'login.failed',
  'login.refused',
  'password.failed',
  'attempts.throttled',
  'unlock.failed',
  'reauthentication.failed',
  'api_token.retired_secret_used',
  'api_token.limited',
  'session.retired_secret_used',
  'suspicion.spraying',
  'suspicion.second_factor',
  'suspicion.new_network',
  'suspicion.replay',
  'factor.enrolment_failed',
  'factor.cloned',
  'delivery.failed',
  'breach_check.failed',
  'provider.refused',
  'provider.failed',
  'token.refused',
  'access.denied',
  'request.refused',
  'proxy.unlisted',
  'storage.failed',
])

/** What comes about by somebody who has not proven to be the user that it is about. */
const unproven: ReadonlySet<AuthEvent['type']> = new Set([
  'password.reset_requested',
  'registration.requested',
  'provider.logout',
])

/** An event with its outcome, its actor and its reason. */
export function recordOf(event: AuthEvent): AuthEvent & AuditFields {
  const actorId = actorOf(event)
  const reason = reasonOf(event)
  return {
    ...event,
    outcome: failures.has(event.type) ? 'failure' : 'success',
    ...(actorId !== undefined && { actorId }),
    ...(reason !== undefined && { reason }),
  } as AuthEvent & AuditFields
}

function actorOf(event: AuthEvent): string | undefined {
  if (event.actorId !== undefined) return event.actorId
  if (!('userId' in event) || unproven.has(event.type)) return undefined
  if (event.type === 'administration' || event.type === 'access.denied') return event.userId
  // Without a client it was the application that called.
  return failures.has(event.type) || event.address === undefined ? undefined : event.userId
}

function reasonOf(event: AuthEvent): string | undefined {
  if ('reason' in event) return event.reason
  return 'code' in event ? event.code : undefined
}
