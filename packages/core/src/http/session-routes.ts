import * as v from 'valibot'
import { AuthError } from '../errors.ts'
import { sessionOf } from '../issuer.ts'
import { answerAsBefore, answerWithToken, lockedJson } from './answer.ts'
import { flag, text } from './body.ts'
import type { RouteDeps } from './deps.ts'
import { apiTokenJson, assuranceJson, impersonatorJson, pageJson, sessionJson, userJson } from './json.ts'
import { empty, json } from './reply.ts'
import type { Route, RouteRequest } from './route.ts'

const factorFields = {
  factor: v.optional(text(64)),
  code: v.optional(text(256)),
  response: v.optional(v.record(v.string(), v.unknown())),
}
const login = v.object({
  username: text(1024),
  password: text(4096),
  returnToken: v.optional(flag),
  remember: v.optional(flag),
})
const unlock = v.object({ ...factorFields, factor: text(64), trustDevice: v.optional(flag) })
const begin = v.object({ factor: text(64) })
const reauthentication = v.object({ ...factorFields, password: v.optional(text(4096)) })

/** The session: log-in, unlock, check, log-out, list, step-up. */
export function sessionRoutes(deps: RouteDeps): readonly Route[] {
  const { auth, jar } = deps

  /** Ends what the cookie held before: the new token takes its place in the browser. */
  async function endReplaced(request: RouteRequest): Promise<void> {
    if (request.cookie !== undefined) await auth.end(request.cookie, 'replaced', request.client)
  }

  return [
    {
      method: 'POST',
      path: '/login',
      takes: login,
      async handle(request) {
        const { username, password, returnToken = false, remember = true } = await request.body(login)
        const result = await auth.logIn({ username, password }, { ...request.client, remember })
        if (!returnToken) await endReplaced(request)
        return answerWithToken(deps, result, !returnToken, remember)
      },
    },
    {
      method: 'POST',
      path: '/unlock',
      takes: unlock,
      async handle(request) {
        const { trustDevice = false, ...evidence } = await request.body(unlock)
        const { token, transport } = required(request)
        const byCookie = transport === 'cookie'
        const result = await auth.unlock(token, evidence, { ...request.client, trustDevice: trustDevice && byCookie })
        return answerAsBefore(deps, result, request)
      },
    },
    {
      method: 'POST',
      path: '/unlock/begin',
      takes: begin,
      async handle(request) {
        const { factor } = await request.body(begin)
        return json(200, await auth.beginUnlock(required(request).token, factor, request.client))
      },
    },
    {
      method: 'GET',
      path: '/session',
      async handle(request) {
        const resolution = await request.resolve()
        const detail = request.hint(resolution)
        if (resolution.status === 'anonymous') return json(200, { status: 'anonymous', detail })
        if (resolution.status === 'refused') throw new AuthError(resolution.code, { detail })
        if (resolution.status === 'locked')
          return json(200, lockedJson(await auth.inspectLocked(required(request).token)))
        const { user, permissions, session, apiToken, assurance, impersonator } = resolution.principal
        return json(200, {
          status: 'unlocked',
          user: userJson(user),
          permissions,
          session: session && sessionJson(session),
          apiToken: apiToken && apiTokenJson(apiToken),
          assurance: assurance && assuranceJson(assurance),
          impersonator: impersonator && impersonatorJson(impersonator),
        })
      },
    },
    {
      method: 'POST',
      path: '/logout',
      async handle(request) {
        const credential = request.credential()
        if (credential !== undefined) await auth.end(credential.token, 'logout', request.client)
        const cookies = credential === undefined || credential.transport === 'cookie' ? [jar.clear()] : []
        return empty(204, cookies, [['Clear-Site-Data', '"cache"']])
      },
    },
    {
      method: 'GET',
      path: '/sessions',
      async handle(request) {
        const { user, session } = await request.session()
        const page = await auth.sessions.list(user.id, { cursor: request.query('cursor') })
        return json(
          200,
          pageJson(page, (item) => sessionJson(item, session?.id ?? '')),
        )
      },
    },
    {
      method: 'DELETE',
      path: '/sessions/:id',
      async handle(request) {
        const principal = await request.session()
        if (!(await auth.sessions.revoke(principal, request.params.id ?? '', 'revoked', request.client)))
          throw new AuthError('not_found')
        return empty(204)
      },
    },
    {
      method: 'POST',
      path: '/sessions/revoke-others',
      async handle(request) {
        const principal = await request.session()
        await auth.sessions.revokeOthers(principal, sessionOf(principal).id, request.client)
        return empty(204)
      },
    },
    {
      method: 'POST',
      path: '/reauthenticate/begin',
      takes: begin,
      async handle(request) {
        const { factor } = await request.body(begin)
        return json(200, await auth.beginReauthentication(await request.session(), factor, request.client))
      },
    },
    {
      method: 'POST',
      path: '/reauthenticate',
      takes: reauthentication,
      async handle(request) {
        const { password, factor, ...evidence } = await request.body(reauthentication)
        const principal = await request.session()
        const proof = password === undefined ? factor && { ...evidence, factor } : { password }
        if (!proof) throw new AuthError('invalid_request', { detail: 'Send `password`, or `factor` with its code.' })
        const result = await auth.reauthenticate(principal, proof, request.client)
        return answerAsBefore(deps, result, request)
      },
    },
  ]
}

function required(request: RouteRequest): { readonly token: string; readonly transport: string } {
  const credential = request.credential()
  if (credential === undefined) throw new AuthError('unauthenticated')
  return credential
}
