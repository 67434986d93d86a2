import type { Transports } from '../transport.ts'
import type { CookieJar } from './cookie.ts'
import { readTarget, type RequestView, takeParameter } from './view.ts'

/** How a token came, which is also how a new one goes back. */
export type Transport = 'cookie' | 'query' | 'bearer'

/** A token as it came, not yet looked at. */
export interface Credential {
  readonly token: string
  readonly transport: Transport
}

/** What a request bears, and its target without it. */
export interface Credentials {
  readonly path: string
  /** Path and query without the token, byte for byte. */
  readonly target: string
  readonly cookie: { readonly value: string } | 'duplicate' | undefined
  readonly query: readonly string[]
  readonly bearer: readonly string[]
}

/** Finds what a request bears; decides nothing. */
export function readCredentials(view: RequestView, jar: CookieJar, transports: Transports): Credentials {
  const { path, query } = readTarget(view.url)
  const cookie = jar.read(view.header('cookie'))
  const bearer = transports.bearer ? readBearer(view.header('authorization')) : none
  const whole = query === undefined ? path : `${path}?${query}`
  if (query === undefined || transports.query === false) return { path, target: whole, cookie, query: none, bearer }
  const { values, rest } = takeParameter(query, transports.parameter)
  if (values.length === 0) return { path, target: whole, cookie, query: none, bearer }
  return { path, target: rest === '' ? path : `${path}?${rest}`, cookie, query: values, bearer }
}

/**
 * The one credential of a request: `undefined` when there is none, `'ambiguous'` when there is more than one. A link
 * of ours (`isLink`) says exactly what it is for, so it goes before the cookie that happens to come along.
 */
export function chooseCredential(
  { cookie, query, bearer }: Credentials,
  isLink: (token: string) => boolean,
): Credential | 'ambiguous' | undefined {
  const [fromQuery] = query
  if (fromQuery !== undefined && query.length === 1 && bearer.length === 0 && isLink(fromQuery)) {
    return { token: fromQuery, transport: 'query' }
  }
  if (cookie === 'duplicate') return 'ambiguous'
  const all: Credential[] = []
  if (cookie !== undefined) all.push({ token: cookie.value, transport: 'cookie' })
  for (const token of query) all.push({ token, transport: 'query' })
  for (const token of bearer) all.push({ token, transport: 'bearer' })
  return all.length > 1 ? 'ambiguous' : all[0]
}

const none: readonly string[] = Object.freeze([])

/** The tokens of `Authorization: Bearer` (RFC 6750 §2.1); headers that were sent twice arrive joined. */
function readBearer(header: string | undefined): readonly string[] {
  if (header === undefined) return none
  return header.split(',').flatMap((part) => /^\s*bearer +(\S+)\s*$/i.exec(part)?.[1] ?? [])
}
