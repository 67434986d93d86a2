import * as v from 'valibot'
import { maxOverlapMs } from '../api-token.ts'
import { AuthError } from '../errors.ts'
import { instant, text, wholeNumber } from './body.ts'
import type { RouteDeps } from './deps.ts'
import { apiTokenJson, iso, pageJson } from './json.ts'
import { empty, json } from './reply.ts'
import type { Route } from './route.ts'

const newApiToken = v.object({
  name: text(200),
  expiresAt: v.optional(instant),
  scopes: v.optional(
    v.pipe(v.array(text(200), 'must be a list of permissions'), v.maxLength(200, 'must have at most 200 items')),
  ),
})
const rotation = v.object({ overlapMs: v.optional(wholeNumber(0, maxOverlapMs)) })
const newUrlToken = v.object({
  method: v.literal('GET', 'must be "GET"'),
  path: text(2000),
  withinMs: wholeNumber(1, 60 * 60_000),
  uses: v.optional(v.picklist(['once', 'untilExpiry'], 'must be "once" or "untilExpiry"'), 'once'),
})

/** API tokens and one-shot links. */
export function tokenRoutes({ auth, recentMs }: RouteDeps): readonly Route[] {
  return [
    {
      method: 'POST',
      path: '/api-tokens',
      takes: newApiToken,
      async handle(request) {
        const wanted = await request.body(newApiToken)
        const issuer = await request.session({ within: recentMs })
        const { apiToken, token } = await auth.apiTokens.issue(issuer, wanted, request.client)
        return json(201, { apiToken: apiTokenJson(apiToken), token: token.reveal() })
      },
    },
    {
      method: 'GET',
      path: '/api-tokens',
      async handle(request) {
        const { user } = await request.session()
        const page = await auth.apiTokens.list(user.id, { cursor: request.query('cursor') })
        return json(200, pageJson(page, apiTokenJson))
      },
    },
    {
      method: 'POST',
      path: '/api-tokens/:id/rotate',
      takes: rotation,
      async handle(request) {
        const { overlapMs } = await request.body(rotation)
        const principal = await request.session({ within: recentMs })
        const { apiToken, token } = await auth.apiTokens.rotate(
          principal,
          request.params.id ?? '',
          overlapMs,
          request.client,
        )
        return json(200, { apiToken: apiTokenJson(apiToken), token: token.reveal() })
      },
    },
    {
      method: 'DELETE',
      path: '/api-tokens/:id',
      async handle(request) {
        const principal = await request.session()
        if (!(await auth.apiTokens.revoke(principal, request.params.id ?? '', request.client)))
          throw new AuthError('not_found')
        return empty(204)
      },
    },
    {
      method: 'POST',
      path: '/url-tokens',
      takes: newUrlToken,
      isForImpersonators: true,
      async handle(request) {
        const wanted = await request.body(newUrlToken)
        const { url, expiresAt } = await auth.urlTokens.issue(await request.session(), wanted, request.client)
        return json(201, { url: url.reveal(), expiresAt: iso(expiresAt) })
      },
    },
  ]
}
