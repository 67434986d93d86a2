import {
  type Auth,
  AuthError,
  type AuthenticationRequirement,
  type Principal,
  type Reply,
  requirementOf,
  type Visit,
} from '@sallyport/core'
import { forceHeaders, nodeView, scrubNode, writeHeaders } from '@sallyport/core/node'
import type { Context, Middleware } from 'koa'

/** What `protect` puts into `ctx.state`: who the request is made by. */
export interface Protected {
  auth: Principal
}

/** What `identify` puts into `ctx.state`: who the request is made by, when somebody is logged in. */
export interface Identified {
  auth?: Principal
}

/** The visit of a request, under a key that no other middleware can meet by chance. */
const key: unique symbol = Symbol('sallyport')

interface Visited {
  [key]?: Visit
}

/**
 * Goes first: takes the token out of `ctx.url`, `ctx.originalUrl` and `ctx.query` before anything else sees it, refuses
 * cross-site changes, and serves the routes. Works in front of `koa-body` and behind it, mounted or not.
 */
export function sallyport(auth: Pick<Auth, 'visit'>): Middleware {
  assertAuth(auth)
  // Not `async`: what goes on to the application waits for nothing here.
  return (ctx, next) => {
    const { req, res, request, originalUrl } = ctx
    const parsedBody = () => (request as { body?: unknown }).body
    const visit = auth.visit(nodeView(req, res, { originalUrl, parsedBody }))
    ;(ctx as Visited)[key] = visit
    if (visit.url !== req.url) scrub(ctx, visit)
    forceHeaders(res, visit.headers)
    if (visit.refusal !== undefined) return answer(ctx, visit.refusal)
    return visit.isRoute ? visit.serve().then((reply) => answer(ctx, reply)) : next()
  }
}

/**
 * Lets a request pass that has the permission and meets the requirement, with `ctx.state.auth` set; answers any other
 * itself. Without `sallyport(auth)` in front every request fails with `not_installed`.
 */
export function protect(permission: string, requirement?: AuthenticationRequirement): Middleware<Protected>
export function protect(requirement?: AuthenticationRequirement): Middleware<Protected>
export function protect(
  first?: string | AuthenticationRequirement,
  more?: AuthenticationRequirement,
): Middleware<Protected> {
  const requirement = requirementOf(first, more)
  return guarded<Protected>((visit) => visit.authorize(requirement))
}

/** Lets every request pass, with `ctx.state.auth` set when it bears a good credential; only an outage is answered. */
export function identify(): Middleware<Identified> {
  return guarded<Identified>((visit) => visit.identify())
}

/**
 * Who the request is made by, for a handler behind `protect`. Throws `not_installed` without `sallyport(auth)` in front, and
 * `unauthenticated` where nothing has made sure that there is somebody: a forgotten `protect` lets nobody pass.
 */
export function principalOf(ctx: Pick<Context, 'state'>): Principal {
  visitOf(ctx)
  const { auth } = ctx.state as Identified
  if (auth !== undefined) return auth
  throw new AuthError('unauthenticated', { detail: 'Put `protect()` in front of this route.' })
}

function guarded<State extends Identified>(judge: (visit: Visit) => ReturnType<Visit['identify']>): Middleware<State> {
  return async (ctx, next) => {
    const outcome = await judge(visitOf(ctx))
    if ('reply' in outcome) return answer(ctx, outcome.reply)
    if (outcome.principal !== undefined) {
      ctx.state.auth = outcome.principal
      writeHeaders(ctx.res, outcome.headers)
    }
    await next()
  }
}

/** Now, and not with the first request: whatever a caller without types may have passed. */
function assertAuth(auth: Partial<Pick<Auth, 'visit'>> | undefined): void {
  if (typeof auth?.visit === 'function') return
  throw new AuthError('invalid_setting', {
    detail: '`sallyport` was given no auth: give it what `createAuth` returned.',
  })
}

function visitOf(ctx: object): Visit {
  const visit = (ctx as Visited)[key]
  if (visit !== undefined) return visit
  throw new AuthError('not_installed', { detail: 'Put `app.use(sallyport(auth))` in front of every protected route.' })
}

function scrub(ctx: Pick<Context, 'req' | 'request' | 'originalUrl'>, visit: Visit): void {
  scrubNode(ctx.req, visit)
  ctx.originalUrl = ctx.request.originalUrl = visit.scrub(ctx.originalUrl)
  // Koa remembers the answer of `ctx.URL` to whoever asked before.
  Reflect.deleteProperty(ctx.request, 'memoizedURL')
}

/** The body first: Koa takes a status and a type from it, and both are ours to say. */
function answer(ctx: Pick<Context, 'body' | 'status' | 'append' | 'set'>, { status, headers, body }: Reply): void {
  ctx.body = body ?? null
  ctx.status = status
  for (const [name, value] of headers) {
    if (name === 'Set-Cookie') ctx.append(name, value)
    else ctx.set(name, value)
  }
}
