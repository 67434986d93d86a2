import type { Principal } from '@sallyport/core'

/** What a handler sees of a request. */
export interface Seen {
  readonly method: string
  readonly url: string
  /** Where the framework keeps one. */
  readonly originalUrl?: string | undefined
  readonly query: unknown
  readonly headers: Readonly<Record<string, unknown>>
  readonly principal: Principal
}

/** The body of `GET /api/v1/echo`. The secrets that a browser or program sent stay out of it: scripts may read it. */
export function echo({ headers, principal, ...request }: Seen): object {
  const { user, permissions, via, session, apiToken, assurance } = principal
  return {
    ...request,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, redact(name, value)])),
    principal: { user, permissions, via, session, apiToken, assurance },
  }
}

function redact(name: string, value: unknown): unknown {
  const text = String(value)
  if (name.toLowerCase() === 'authorization') return text.replace(/\s.*$/s, ' [redacted]')
  if (name.toLowerCase() === 'cookie')
    return text.replace(/((?:^|[;\s])(?:__Host-)?sallyport[\w-]*=)[^;]*/g, '$1[redacted]')
  return value
}
