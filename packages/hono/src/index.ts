import {
  type Auth,
  AuthError,
  type AuthenticationRequirement,
  type Principal,
  type Reply,
  requirementOf,
  type Visit,
} from '@sallyport/core'
import { fetchView, scrubRequest, toResponse } from '@sallyport/core/fetch'
import type { Context, MiddlewareHandler } from 'hono'

/** What `protect` adds to a context: `c.var.auth`, who the request is made by. */
export interface Protected {
  Variables: { auth: Principal }
}

/** What `identify` adds to a context: `c.var.auth` when somebody is logged in. */
export interface Identified {
  Variables: { auth?: Principal }
}

/** How the adapter finds what a `Request` does not say. */
export interface SallyportOptions {
  /** The address of the peer; by itself it is found on Node, Bun and Deno. */
  readonly address?: (c: Context) => string | undefined
}

/** The visit of a request, under a key that no other middleware can meet by chance. */
const key: unique symbol = Symbol('sallyport')

interface Visited {
  [key]?: Visit
}

/**
 * Goes first: takes the token out of `c.req.url` and `c.req.query()` before anything else sees it, refuses cross-site
 * changes, and serves the routes, below the path that it is used at.
 */
export function sallyport(
  auth: Pick<Auth, 'visit'>,
  { address = addressOf }: SallyportOptions = {},
): MiddlewareHandler {
  assertAuth(auth)
  // Not `async`: what goes on to the application waits for nothing here.
  return (c, next) => {
    const { raw } = c.req
    // Not `hono/route`: in CommonJS that is another copy of Hono than the application's, and knows nothing of its routes.
    const url = belowMount(raw.url, c.req.routePath)
    // Hono keeps what a middleware in front has read of the body.
    const bodyReadBefore = () => c.req.arrayBuffer()
    const visit = auth.visit(fetchView(raw, { url, address: address(c), bodyReadBefore }))
    ;(c as Visited)[key] = visit
    if (visit.url !== url) scrub(c, visit)
    if (visit.refusal !== undefined) return Promise.resolve(toResponse(visit.refusal))
    if (visit.isRoute) return visit.serve().then(toResponse)
    return visit.headers.length === 0 ? next() : next().then(() => addHeaders(c, visit.headers))
  }
}

/**
 * Lets a request pass that has the permission and meets the requirement, with `c.var.auth` set; answers any other
 * itself. Without `sallyport(auth)` in front every request fails with `not_installed`.
 */
export function protect(permission: string, requirement?: AuthenticationRequirement): MiddlewareHandler<Protected>
export function protect(requirement?: AuthenticationRequirement): MiddlewareHandler<Protected>
export function protect(
  first?: string | AuthenticationRequirement,
  more?: AuthenticationRequirement,
): MiddlewareHandler<Protected> {
  const requirement = requirementOf(first, more)
  return guarded((visit) => visit.authorize(requirement))
}

/** Lets every request pass, with `c.var.auth` set when it bears a good credential; only an outage is answered. */
export function identify(): MiddlewareHandler<Identified> {
  return guarded((visit) => visit.identify()) as MiddlewareHandler<Identified>
}

/**
 * Who the request is made by, for a handler behind `protect`. Throws `not_installed` without `sallyport(auth)` in front, and
 * `unauthenticated` where nothing has made sure that there is somebody: a forgotten `protect` lets nobody pass.
 */
export function principalOf(c: { readonly var: object }): Principal {
  visitOf(c)
  const { auth } = c.var as Identified['Variables']
  if (auth !== undefined) return auth
  throw new AuthError('unauthenticated', { detail: 'Put `protect()` in front of this route.' })
}

function guarded(judge: (visit: Visit) => ReturnType<Visit['identify']>): MiddlewareHandler<Protected> {
  return async (c, next) => {
    const outcome = await judge(visitOf(c))
    if ('reply' in outcome) return toResponse(outcome.reply)
    if (outcome.principal === undefined) return next()
    c.set('auth', outcome.principal)
    // Before the handler, since an answer that is there already has to be copied for it.
    addHeaders(c, outcome.headers)
    await next()
    addHeaders(
      c,
      outcome.headers.filter(([name]) => !c.res.headers.has(name)),
    )
  }
}

/** Now, and not with the first request: whatever a caller without types may have passed. */
function assertAuth(auth: Partial<Pick<Auth, 'visit'>> | undefined): void {
  if (typeof auth?.visit === 'function') return
  throw new AuthError('invalid_setting', {
    detail: '`sallyport` was given no auth: give it what `createAuth` returned.',
  })
}

function visitOf(c: object): Visit {
  const visit = (c as Visited)[key]
  if (visit !== undefined) return visit
  throw new AuthError('not_installed', { detail: 'Put `app.use(sallyport(auth))` in front of every protected route.' })
}

function addHeaders(c: Context, headers: Reply['headers']): void {
  // A change of protocol has no headers to add.
  if (!c.finalized || c.res.status !== 101) for (const [name, value] of headers) c.header(name, value)
}

/** The URL without the first segments of its path, as many as stand before the `*` of the pattern that it came by. */
function belowMount(url: string, pattern: string): string {
  const segments = pattern.endsWith('/*') ? pattern.split('/').length - 2 : 0
  if (segments === 0) return url
  let at = url.indexOf('/', url.indexOf('://') + 3)
  for (let i = 0; i < segments && at >= 0; i++) at = url.indexOf('/', at + 1)
  const query = url.indexOf('?')
  if (at >= 0 && (query < 0 || at < query)) return url.slice(at)
  return query < 0 ? '/' : `/${url.slice(query)}`
}

function scrub(c: Context, visit: Visit): void {
  c.req.raw = scrubRequest(c.req.raw, visit)
  const { incoming } = connection(c)
  if (incoming?.url !== undefined) incoming.url = visit.scrub(incoming.url)
}

interface Connection {
  readonly incoming?: { url?: string; readonly socket?: { readonly remoteAddress?: string } }
  readonly remoteAddr?: { readonly hostname?: string }
  readonly server?: Connection
  readonly requestIP?: (request: Request) => { readonly address: string } | null
}

/** What the server hands over besides the request: Node's `incoming`, Deno's connection, or Bun's server. */
function connection(c: Context): Connection {
  return (c.env ?? {}) as Connection
}

function addressOf(c: Context): string | undefined {
  const { incoming, remoteAddr, server, requestIP } = connection(c)
  if (incoming !== undefined) return incoming.socket?.remoteAddress
  if (remoteAddr !== undefined) return remoteAddr.hostname
  const bun = server ?? { requestIP: requestIP?.bind(c.env) }
  return bun.requestIP?.(c.req.raw)?.address
}
