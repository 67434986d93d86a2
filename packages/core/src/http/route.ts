import type * as v from 'valibot'
import type { AuthenticationRequirement } from '../authentication.ts'
import type { Client } from '../client.ts'
import { AuthError } from '../errors.ts'
import type { Principal, Resolution } from '../principal.ts'
import type { Credential } from './credentials.ts'
import type { Fields } from './form.ts'
import type { Reply } from './reply.ts'

/** A request to one of Sallyport's own routes. */
export interface RouteRequest {
  readonly client: Client
  /** The parts of the path that the route names with a colon. */
  readonly params: Readonly<Record<string, string>>
  /** A query parameter; one that was sent twice is an error. */
  query(name: string): string | undefined
  /** The JSON body by a schema; what is absent is an empty object. */
  body<Schema extends v.GenericSchema>(schema: Schema): Promise<v.InferOutput<Schema>>
  /** All query parameters; one that was sent twice is an error. */
  fields(): Fields
  /** The fields of a form; one that was sent twice is an error. */
  form(): Promise<Fields>
  /** The token of the request. Throws `ambiguous_credentials`. */
  credential(): Credential | undefined
  /** The value of our cookie, whatever it is worth; `undefined` when there is none or more than one. */
  readonly cookie: string | undefined
  /** The value of the cookie that binds a log-in at a provider to its browser. It is no credential. */
  readonly browser: string | undefined
  /** Whether a person is looking: the browser navigates, and would show them a page. */
  readonly isNavigation: boolean
  resolve(): Promise<Resolution>
  /** What to say besides of a resolution, to whoever sent a token where none is read. */
  hint(resolution: Resolution): string | undefined
  /** The principal of an unlocked session. Throws `unauthenticated`, `token_locked`, `session_required` and the like. */
  session(requirement?: AuthenticationRequirement): Promise<Principal>
}

/** What a route does. Throws `AuthError` to refuse. */
export type Handler = (request: RouteRequest) => Promise<Reply>

/** One route: its method, its path below the mount path with `:name` for a part, and what it does. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  /** Whether pages and servers of others may call it. Such a route never looks at a cookie. */
  readonly isOpen?: boolean
  /** Whether an administrator in a user's place may call it, though it changes something. */
  readonly isForImpersonators?: boolean
  /** What `handle` reads the JSON body by, so that it can be told; absent where it reads none. */
  readonly takes?: v.GenericSchema | undefined
  readonly handle: Handler
}

/** A route with its path parameters. */
export interface FoundRoute {
  readonly route: Route
  readonly params: Readonly<Record<string, string>>
}

/** A route, or the methods that the path has instead. */
export type Match = FoundRoute | { readonly allow: readonly string[] }

/** Finds routes by exact path. */
export function createMatcher(routes: readonly Route[]): (method: string, path: string) => Match {
  const table = routes.map((route) => ({ route, parts: route.path.split('/') }))
  // A path that is spelled out goes before one with a place for anything: a provider named `passkey` hides no passkeys.
  const blanks = ({ parts }: { readonly parts: readonly string[] }) =>
    parts.filter((part) => part.startsWith(':')).length
  table.sort((one, other) => blanks(one) - blanks(other))

  return (method, path) => {
    const parts = path.split('/')
    const wanted = method === 'HEAD' ? 'GET' : method
    const allow: string[] = []
    for (const entry of table) {
      const params = matchParts(entry.parts, parts)
      if (params === undefined) continue
      if (entry.route.method === wanted) return { route: entry.route, params }
      allow.push(entry.route.method)
    }
    return { allow }
  }
}

function matchParts(pattern: readonly string[], parts: readonly string[]): Record<string, string> | undefined {
  if (pattern.length !== parts.length) return undefined
  const params: Record<string, string> = {}
  for (const [i, name] of pattern.entries()) {
    const part = parts[i] ?? ''
    if (name.startsWith(':')) {
      // Ids are unreserved characters: what would need decoding is no id of ours.
      if (!/^[\w.~-]{1,255}$/.test(part)) return undefined
      params[name.slice(1)] = part
    } else if (name !== part) return undefined
  }
  return params
}

/** The answer to a path or method that there is not. */
export function noRoute(allow: readonly string[]): AuthError {
  return allow.length === 0 ? new AuthError('not_found') : new AuthError('method_not_allowed', { members: { allow } })
}
