import * as v from 'valibot'
import type { Clock } from '../collection.ts'
import { isWatched, watched } from '../diagnostics.ts'
import { AuthError } from '../errors.ts'
import type { Principal } from '../principal.ts'
import { stepUpFor } from '../step-up.ts'
import { readFields, readJson } from './body.ts'
import { readForm, readQuery } from './form.ts'
import { isUnsafe } from './origin.ts'
import { rateLimitHeaders } from './rate-limit.ts'
import { problem, type Reply } from './reply.ts'
import { createMatcher, type FoundRoute, type Match, noRoute, type Route, type RouteRequest } from './route.ts'
import type { OpenVisit } from './open-visit.ts'
import { parameters, readTarget } from './view.ts'

/** Answers a visit to one of our own routes. Never rejects. */
export type Serve = (visit: OpenVisit) => Promise<Reply>

/** What serves the routes that there are; `now` judges how recent an authentication is. */
export function createServe(now: Clock, routes: readonly Route[]): Serve {
  const match = createMatcher(routes)

  async function run(visit: OpenVisit, found: Match): Promise<Reply> {
    const { view } = visit
    const isOpen = 'route' in found && found.route.isOpen === true
    if (visit.isCrossSite && !isOpen) return visit.refuse('cross_site_request')
    if ('allow' in found) throw noRoute(found.allow)
    const request = routeRequest(visit, found)
    // Whether or not the route reads it: a page of another site can send anything else without asking first.
    if (isUnsafe(view) && !isOpen) await request.body(v.object({}))
    const reply = await found.route.handle(request)
    return view.method === 'HEAD' ? { ...reply, body: undefined } : reply
  }

  function routeRequest(visit: OpenVisit, { route, params }: FoundRoute): RouteRequest {
    const { target } = visit.credentials
    let sent: Promise<object> | undefined
    let client = visit.client
    const body = (): Promise<object> => (sent ??= readJson(visit.view))
    return {
      get client() {
        return client
      },
      params,
      get cookie() {
        return visit.cookie()
      },
      credential: () => visit.credential(),
      resolve: () => visit.resolve(),
      hint: (resolution) => visit.hint(resolution),
      body: async (schema) => readFields(await body(), schema),
      fields: () => readQuery(target),
      form: () => readForm(visit.view),

      get browser() {
        return visit.browser
      },

      get isNavigation() {
        return /\btext\/html\b/.test(visit.view.header('accept') ?? '')
      },

      query(name) {
        const [value, ...more] = parameters(readTarget(target).query, name)
        if (more.length > 0) throw new AuthError('invalid_request', { detail: `\`${name}\` was sent more than once.` })
        return value
      },

      async session(requirement = {}): Promise<Principal> {
        const outcome = await visit.resolve()
        if (outcome.status === 'anonymous') throw new AuthError('unauthenticated', { detail: visit.hint(outcome) })
        if (outcome.status === 'locked') throw new AuthError('token_locked')
        if (outcome.status === 'refused') throw new AuthError(outcome.code, { detail: visit.hint(outcome) })
        const { principal } = outcome
        const refusal = placeRefusal(principal, visit, route) ?? stepUpFor(principal, requirement, now())
        if (refusal !== undefined) throw visit.deny(principal, refusal)
        // From now on it is known who does what is told of.
        client = { ...visit.client, sessionId: principal.session?.id, actorId: principal.impersonator?.userId }
        return principal
      },
    }
  }

  async function answer(visit: OpenVisit, found: Match): Promise<Reply> {
    try {
      return await run(visit, found)
    } catch (error) {
      return error instanceof AuthError && error.code === 'method_not_allowed' ? allowing(error) : visit.fail(error)
    }
  }

  return async (visit) => {
    const found = match(visit.method, visit.route)
    const route = 'route' in found ? found.route.path : undefined
    const reply = isWatched('request')
      ? await watched(
          'request',
          { method: visit.method, route },
          () => answer(visit, found),
          ({ status }) => ({ status }),
        )
      : await answer(visit, found)
    const { quotas = [] } = visit.client
    // A refusal says itself what is used up.
    if (quotas.length === 0 || reply.status === 429) return reply
    return { ...reply, headers: [...reply.headers, ...rateLimitHeaders(quotas)] }
  }
}

/** Why somebody who is let in elsewhere may not call this route. */
function placeRefusal({ via, impersonator }: Principal, { view }: OpenVisit, route: Route): AuthError | undefined {
  if (via !== 'session') return new AuthError('session_required')
  // Whoever acts in a user's place changes nothing of the account, by any route that does not say otherwise.
  const isBarred = impersonator !== undefined && isUnsafe(view) && route.isForImpersonators !== true
  return isBarred ? new AuthError('own_session_required') : undefined
}

/** 405 says which methods there are (RFC 9110 §15.5.6). */
function allowing(error: AuthError): Reply {
  const reply = problem(error)
  return { ...reply, headers: [...reply.headers, ['Allow', String(error.members?.['allow'])]] }
}
