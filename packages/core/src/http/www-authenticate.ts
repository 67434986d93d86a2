import type { AuthenticationRequirement } from '../authentication.ts'
import type { AuthError } from '../errors.ts'

/** What `WWW-Authenticate` names: `Bearer` only where that header is read, or clients would send what nobody looks at. */
export type Scheme = 'Bearer' | 'Sallyport'

/** The `WWW-Authenticate` of a refusal (RFC 9110 §11.6.1, RFC 6750 §3, RFC 9470 §3); `undefined` where none helps. */
export function challengeOf({ code, status, members }: AuthError, scheme: Scheme): string | undefined {
  if (code === 'step_up_required') {
    return `${scheme} error="insufficient_user_authentication"${needed(members?.['requirement'] ?? {})}`
  }
  if (status !== 401) return undefined
  const isBad = scheme === 'Bearer' && (code === 'invalid_token' || code === 'expired_token')
  return isBad ? 'Bearer error="invalid_token"' : scheme
}

function needed({ within, assurance }: AuthenticationRequirement): string {
  const level = assurance === 2 ? ', acr_values="aal2"' : ''
  return within === undefined ? level : `${level}, max_age="${Math.floor(within / 1000)}"`
}
