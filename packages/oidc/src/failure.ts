import { AuthError, providerRefused, providerUnavailable } from '@sallyport/core'
import type { Outbound } from '@sallyport/core/outbound'
import { ResponseBodyError, WWWAuthenticateChallengeError } from 'openid-client'

// Our own registration is wrong, which is not the user's fault.
const ourFault = new Set(['invalid_client', 'unauthorized_client', 'unsupported_grant_type', 'invalid_scope'])

/** The same `fetch`, where an outage is `unavailable` however deep the error is wrapped afterwards. */
export function tellOutages(outbound: Outbound): Outbound {
  return async (url, request) => {
    const response = await outbound(url, request).catch((error: unknown) => {
      throw providerUnavailable(error)
    })
    if (response.status >= 500 || response.status === 429) {
      throw providerUnavailable(new Error(`${new URL(url).origin} answers ${response.status}`))
    }
    return response
  }
}

/** Runs a step of a log-in. What fails in it is an outage or a refusal, with the library's reason. */
export async function step<Result>(what: string, run: () => Promise<Result>): Promise<Result> {
  try {
    return await run()
  } catch (error) {
    const known = chain(error).find((part) => part instanceof AuthError)
    if (known !== undefined) throw known
    if (isOurFault(error)) throw providerUnavailable(error)
    throw providerRefused(`${what}: ${explain(error)}`)
  }
}

/** Whether the provider complains of us, by an error code or by asking for better credentials (RFC 6749 §5.2). */
function isOurFault(error: unknown): boolean {
  if (error instanceof WWWAuthenticateChallengeError) return true
  return error instanceof ResponseBodyError && ourFault.has(error.error)
}

/** Runs what has nothing to do with a user yet: whatever fails in it, nobody was refused. */
export async function prepare<Result>(run: () => Promise<Result>): Promise<Result> {
  try {
    return await run()
  } catch (error) {
    throw chain(error).find((part) => part instanceof AuthError) ?? providerUnavailable(error)
  }
}

/** The reasons behind an error, outermost first. */
export function explain(error: unknown): string {
  return chain(error)
    .map((part) => {
      if (part instanceof ResponseBodyError) return `${part.error} ${part.error_description ?? ''}`
      if (isOurFault(part)) return 'the provider does not accept our credentials'
      return part instanceof AuthError ? (part.detail ?? part.message) : part.message
    })
    .map((text) => text.trim().replace(/\.$/, ''))
    .join(': ')
}

function chain(error: unknown): readonly Error[] {
  const parts: Error[] = []
  for (let at = error; at instanceof Error && parts.length < 8; at = at.cause) parts.push(at)
  return parts
}
