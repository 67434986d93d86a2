import { type AuthError, refusals } from '../errors.ts'
import { rateLimitHeaders } from './rate-limit.ts'
import { challengeOf, type Scheme } from './www-authenticate.ts'

/** An answer, ready to be written by any adapter. */
export interface Reply {
  readonly status: number
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string | undefined
}

/** What every answer of the routes says: it is for nobody else, and it is what it says it is. */
const always = [
  ['Cache-Control', 'no-store'],
  ['Referrer-Policy', 'no-referrer'],
  ['X-Content-Type-Options', 'nosniff'],
  ['Cross-Origin-Resource-Policy', 'same-origin'],
] as const

/** A JSON answer, with cookies when there are any. */
export function json(status: number, body: unknown, cookies: readonly string[] = []): Reply {
  return reply(status, 'application/json', JSON.stringify(body), cookies)
}

/** An answer without a body. */
export function empty(status: number, cookies: readonly string[] = [], more: Reply['headers'] = []): Reply {
  return { status, headers: [...always, ...more, ...setCookies(cookies)], body: undefined }
}

/** An answer that sends the browser elsewhere, by GET whatever it came by (RFC 9110 §15.4.4). */
export function seeOther(location: string, cookies: readonly string[] = []): Reply {
  return empty(303, cookies, [['Location', location]])
}

/** When to come again after an outage of which nobody has said how long it takes. */
const usualPauseMs = 2000

/** A problem document (RFC 9457) for a refusal; `scheme` is what a challenge names. */
export function problem(error: AuthError, scheme: Scheme = 'Sallyport'): Reply {
  const { code, status, detail, members, retryAfterMs = status === 503 ? usualPauseMs : undefined } = error
  const [, title] = refusals[code]
  const body = {
    type: `urn:sallyport:${code}`,
    title,
    status,
    code,
    ...(detail !== undefined && { detail }),
    ...members,
  }
  const { headers, ...rest } = reply(status, 'application/problem+json', JSON.stringify(body), [])
  const retry = retryAfterMs === undefined ? [] : [['Retry-After', String(Math.ceil(retryAfterMs / 1000))] as const]
  const challenge = challengeOf(error, scheme)
  const challenges = challenge === undefined ? [] : [['WWW-Authenticate', challenge] as const]
  const limits = error.quota === undefined ? [] : rateLimitHeaders([error.quota])
  return { ...rest, headers: [...headers, ...retry, ...limits, ...challenges] }
}

/** A `Response` (Fetch standard) of the same content. */
export function toResponse({ status, headers, body }: Reply): Response {
  const list = new Headers()
  for (const [name, value] of headers) list.append(name, value)
  return new Response(body ?? null, { status, headers: list })
}

function reply(status: number, type: string, body: string, cookies: readonly string[]): Reply {
  return { status, headers: [['Content-Type', `${type}; charset=utf-8`], ...always, ...setCookies(cookies)], body }
}

function setCookies(cookies: readonly string[]): Reply['headers'] {
  return cookies.map((cookie) => ['Set-Cookie', cookie] as const)
}
