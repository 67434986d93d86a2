import * as v from 'valibot'
import { AuthError } from '../errors.ts'
import type { Principal } from '../principal.ts'
import { stepUpFor } from '../step-up.ts'
import { readFields, readJson } from './body.ts'
import { readForm, readQuery } from './form.ts'
import { isUnsafe } from './origin.ts'
import { problem, type Reply } from './reply.ts'
import { createMatcher, noRoute, type Route, type RouteRequest } from './route.ts'
import { OpenVisit, type VisitDeps } from './open-visit.ts'
import { parameters, readTarget, type RequestView } from './view.ts'
import type { Visit } from './visit.ts'

/** The web layer, as the adapters see it. */
export interface Web {
  /** Begins a request. Reads no body and touches no storage. */
  visit(view: RequestView): Visit
}

/** The web layer on its routes. */
export function createWeb(deps: Omit<VisitDeps, 'isOpen'>, routes: readonly Route[]): Web {
  const match = createMatcher(routes)

  async function run(visit: OpenVisit): Promise<Reply> {
    const { view } = visit
    const found = match(view.method, visit.route)
    if ('allow' in found) throw noRoute(found.allow)
    const request = routeRequest(visit, found.params)
    // Whether or not the route reads it: a page of another site can send anything else without asking first.
    if (isUnsafe(view) && !found.route.isOpen) await request.body(v.object({}))
    const reply = await found.route.handle(request)
    return view.method === 'HEAD' ? { ...reply, body: undefined } : reply
  }

  function routeRequest(visit: OpenVisit, params: Readonly<Record<string, string>>): RouteRequest {
    const { target } = visit.credentials
    let sent: Promise<object> | undefined
    const body = (): Promise<object> => (sent ??= readJson(visit.view))
    return {
      client: visit.client,
      params,
      get cookie() {
        return visit.cookie()
      },
      credential: () => visit.credential(),
      resolve: () => visit.resolve(),
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
        if (outcome.status === 'anonymous') throw new AuthError('unauthenticated')
        if (outcome.status === 'locked') throw new AuthError('token_locked')
        if (outcome.status === 'refused') throw new AuthError(outcome.code)
        const { principal } = outcome
        const isSession = principal.via === 'session'
        const refusal = isSession ? stepUpFor(principal, requirement, deps.now()) : new AuthError('session_required')
        if (refusal !== undefined) throw visit.deny(principal, refusal)
        return principal
      },
    }
  }

  async function serve(visit: OpenVisit): Promise<Reply> {
    if (visit.refusal !== undefined) return visit.refusal
    try {
      return await run(visit)
    } catch (error) {
      return error instanceof AuthError && error.code === 'method_not_allowed' ? allowing(error) : visit.fail(error)
    }
  }

  const isOpen = (method: string, path: string): boolean => {
    const found = match(method, path)
    return 'route' in found && found.route.isOpen === true
  }

  const visitDeps: VisitDeps = { ...deps, isOpen }

  return { visit: (view) => new OpenVisit(view, visitDeps, serve) }
}

/** 405 says which methods there are (RFC 9110 §15.5.6). */
function allowing(error: AuthError): Reply {
  const reply = problem(error)
  return { ...reply, headers: [...reply.headers, ['Allow', String(error.members?.['allow'])]] }
}
