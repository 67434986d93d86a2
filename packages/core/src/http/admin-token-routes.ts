import * as v from 'valibot'
import type { PageQuery } from '../account/administration.ts'
import type { Revocable } from '../account/revocations.ts'
import { answerAsBefore } from './answer.ts'
import { flag, instant, readLimit, text, wholeNumber } from './body.ts'
import type { RouteDeps } from './deps.ts'
import { apiTokenJson, iso, pageJson, sessionJson } from './json.ts'
import { empty, json } from './reply.ts'
import type { Route, RouteRequest } from './route.ts'

const batch = { cursor: v.optional(text(1024)), limit: v.optional(wholeNumber(1, 500)) }
const revocation = v.object({
  ...batch,
  user: v.optional(text(128)),
  address: v.optional(text(64)),
  issuedBefore: v.optional(instant),
  userAgent: v.optional(text(512)),
  of: v.optional(v.array(v.picklist(['sessions', 'apiTokens'], 'must be "sessions" or "apiTokens"'), 'must be a list')),
  // What ends is meant to be looked at first.
  dryRun: v.optional(flag, true),
})
const everyone = v.object({ ...batch, apiTokens: v.optional(flag, false) })

/** What an administrator does to the sessions and API tokens of others. */
export function adminTokenRoutes(deps: RouteDeps): readonly Route[] {
  const { auth } = deps
  const { administration } = auth
  return [
    {
      method: 'GET',
      path: '/admin/users/:id/sessions',
      async handle(request) {
        const { id = '' } = request.params
        const page = await administration.listSessions(await request.session(), id, pageOf(request))
        return json(
          200,
          pageJson(page, (session) => sessionJson(session)),
        )
      },
    },
    {
      method: 'DELETE',
      path: '/admin/users/:id/sessions/:session',
      async handle(request) {
        const { id = '', session = '' } = request.params
        await administration.revokeSession(await request.session(), id, session, request.client)
        return empty(204)
      },
    },
    {
      method: 'POST',
      path: '/admin/users/:id/revoke-sessions',
      async handle(request) {
        await administration.revokeSessions(await request.session(), request.params.id ?? '', request.client)
        return empty(204)
      },
    },
    {
      method: 'GET',
      path: '/admin/users/:id/api-tokens',
      async handle(request) {
        const { id = '' } = request.params
        const page = await administration.listApiTokens(await request.session(), id, pageOf(request))
        return json(200, pageJson(page, apiTokenJson))
      },
    },
    {
      method: 'DELETE',
      path: '/admin/users/:id/api-tokens/:token',
      async handle(request) {
        const { id = '', token = '' } = request.params
        await administration.revokeApiToken(await request.session(), id, token, request.client)
        return empty(204)
      },
    },
    {
      method: 'POST',
      path: '/admin/users/:id/revoke-api-tokens',
      async handle(request) {
        await administration.revokeApiTokens(await request.session(), request.params.id ?? '', request.client)
        return empty(204)
      },
    },
    {
      method: 'POST',
      path: '/admin/users/:id/impersonate',
      async handle(request) {
        const result = await administration.impersonate(
          await request.session(),
          request.params.id ?? '',
          request.client,
        )
        const credential = request.credential()
        // The cookie changes hands: whoever logs out of the user's place is nobody.
        if (credential?.transport === 'cookie') await auth.end(credential.token, 'replaced', request.client)
        return answerAsBefore(deps, result, request)
      },
    },
    {
      method: 'POST',
      path: '/admin/revoke',
      takes: revocation,
      async handle(request) {
        const { user, address, issuedBefore, userAgent, ...options } = await request.body(revocation)
        const condition = { user, address, issuedBefore, userAgent }
        const { sample, ...counts } = await administration.revoke(
          await request.session(),
          condition,
          options,
          request.client,
        )
        return json(200, { dryRun: options.dryRun, ...counts, sample: sample.map(revocableJson) })
      },
    },
    {
      method: 'POST',
      path: '/admin/revoke-everyone',
      takes: everyone,
      async handle(request) {
        const options = await request.body(everyone)
        return json(200, { ...(await administration.revokeEveryone(await request.session(), options, request.client)) })
      },
    },
  ]
}

function pageOf(request: RouteRequest): PageQuery {
  return { cursor: request.query('cursor'), limit: readLimit(request.query('limit')) }
}

function revocableJson({ createdAt, address, userAgent, ...named }: Revocable): Record<string, unknown> {
  return { ...named, createdAt: iso(createdAt), address: address ?? null, userAgent: userAgent ?? null }
}
