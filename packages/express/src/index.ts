import {
  type Auth,
  AuthError,
  type AuthenticationRequirement,
  type Principal,
  requirementOf,
  type Visit,
} from '@sallyport/core'
import { forceHeaders, nodeView, scrubNode, writeHeaders, writeReply } from '@sallyport/core/node'
import type { NextFunction, Request, RequestHandler, Response } from 'express'

declare global {
  namespace Express {
    interface Request {
      /** Who the request is made by: set by `protect`, and by `identify` when somebody is logged in. See `principalOf`. */
      auth?: Principal
    }
  }
}

/** The visit of a request, under a key that no other middleware can meet by chance. */
const key: unique symbol = Symbol('sallyport')

interface Visited {
  [key]?: Visit
}

/** A handler for any route: it leaves the types of the route's parameters as Express infers them from the path. */
export type Guard = <Params>(req: Request<Params>, res: Response, next: NextFunction) => void

/**
 * Goes first: takes the token out of `req.url`, `req.originalUrl` and `req.query` before anything else sees it, refuses
 * cross-site changes, and serves the routes. Works in front of `express.json()` and behind it.
 */
export function sallyport(auth: Pick<Auth, 'visit'>): RequestHandler {
  assertAuth(auth)
  return (req, res, next) => {
    const { originalUrl } = req
    const visit = auth.visit(nodeView(req, res, { originalUrl, parsedBody: () => req.body as unknown }))
    ;(req as Visited)[key] = visit
    if (visit.url !== req.url) scrub(req, visit)
    forceHeaders(res, visit.headers)
    if (visit.refusal !== undefined) return writeReply(res, visit.refusal)
    if (!visit.isRoute) return next()
    void serve(visit, res, next)
  }
}

/**
 * Lets a request pass that has the permission and meets the requirement, with `req.auth` set; answers any other itself.
 * Without `sallyport(auth)` in front every request fails with `not_installed`.
 */
export function protect(permission: string, requirement?: AuthenticationRequirement): Guard
export function protect(requirement?: AuthenticationRequirement): Guard
export function protect(first?: string | AuthenticationRequirement, more?: AuthenticationRequirement): Guard {
  const requirement = requirementOf(first, more)
  return guarded((visit) => visit.authorize(requirement))
}

/** Lets every request pass, with `req.auth` set when it bears a good credential; only an outage is answered. */
export function identify(): Guard {
  return guarded((visit) => visit.identify())
}

/**
 * Who the request is made by, for a handler behind `protect`. Throws `not_installed` without `sallyport(auth)` in front, and
 * `unauthenticated` where nothing has made sure that there is somebody: a forgotten `protect` lets nobody pass.
 */
export function principalOf(req: Express.Request): Principal {
  visitOf(req)
  if (req.auth !== undefined) return req.auth
  throw new AuthError('unauthenticated', { detail: 'Put `protect()` in front of this route.' })
}

type Judge = (visit: Visit) => ReturnType<Visit['identify']>

/** Express 4 does not wait for promises: what is thrown goes to `next` in both. */
function guarded(judge: Judge): Guard {
  return (req, res, next) => void admit(judge, req as Request, res, next)
}

async function admit(judge: Judge, req: Request, res: Response, next: NextFunction): Promise<void> {
  try {
    const outcome = await judge(visitOf(req))
    if ('reply' in outcome) return writeReply(res, outcome.reply)
    if (outcome.principal !== undefined) {
      req.auth = outcome.principal
      writeHeaders(res, outcome.headers)
    }
    next()
  } catch (error) {
    next(error)
  }
}

async function serve(visit: Visit, res: Response, next: NextFunction): Promise<void> {
  try {
    writeReply(res, await visit.serve())
  } catch (error) {
    next(error)
  }
}

/** Now, and not with the first request: whatever a caller without types may have passed. */
function assertAuth(auth: Partial<Pick<Auth, 'visit'>> | undefined): void {
  if (typeof auth?.visit === 'function') return
  throw new AuthError('invalid_setting', {
    detail: '`sallyport` was given no auth: give it what `createAuth` returned.',
  })
}

function visitOf(req: object): Visit {
  const visit = (req as Visited)[key]
  if (visit !== undefined) return visit
  throw new AuthError('not_installed', { detail: 'Put `app.use(sallyport(auth))` in front of every protected route.' })
}

function scrub(req: Request, visit: Visit): void {
  scrubNode(req, visit)
  req.originalUrl = visit.scrub(req.originalUrl)
  // Express 4 has parsed the query before the first middleware; Express 5 parses it anew from `req.url`.
  if (!Object.hasOwn(req, 'query')) return
  const parse = req.app.get('query parser fn') as ((query: string) => Request['query']) | undefined
  req.query = parse?.(visit.url.split('?').slice(1).join('?')) ?? {}
}
