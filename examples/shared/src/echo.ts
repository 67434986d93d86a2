import type { Principal } from '@sallyport/core'

/** What a handler sees of a request. */
export interface Seen {
  readonly method: string
  /** Path and query, or the whole URL, as the framework has it. */
  readonly url: string
  /** Where the framework keeps one. */
  readonly originalUrl?: string | undefined
  /** The parameters, each with its value or values. */
  readonly query: Readonly<Record<string, unknown>>
  readonly headers: Readonly<Record<string, unknown>>
  readonly principal: Principal
}

/** The body of `GET /api/v1/echo`. The secrets that a browser or program sent stay out of it: scripts may read it. */
export function echo({ url, query, headers, principal, ...request }: Seen): object {
  const { user, permissions, via, session, apiToken, assurance } = principal
  return {
    ...request,
    url: url.replace(/^https?:\/\/[^/]+/, ''),
    query: Object.fromEntries(Object.entries(query).map(([name, value]) => [name, only(value)])),
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, redact(name, value)])),
    principal: { user, permissions, via, session, apiToken, assurance },
  }
}

/** Of a list that has one member, the member: some frameworks have lists only. */
function only(value: unknown): unknown {
  return Array.isArray(value) && value.length === 1 ? value[0] : value
}

function redact(name: string, value: unknown): unknown {
  const text = String(value)
  if (name.toLowerCase() === 'authorization') return text.replace(/\s.*$/s, ' [redacted]')
  if (name.toLowerCase() === 'cookie')
    return text.replace(/((?:^|[;\s])(?:__Host-)?sallyport[\w-]*=)[^;]*/g, '$1[redacted]')
  return value
}
