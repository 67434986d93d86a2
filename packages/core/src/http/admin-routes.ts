import * as v from 'valibot'
import type { AdministeredUser, OfferedLink } from '../account/administration.ts'
import { flag, readLimit, text } from './body.ts'
import type { RouteDeps } from './deps.ts'
import { iso, pageJson, userJson } from './json.ts'
import { empty, json } from './reply.ts'
import type { Route } from './route.ts'
import { adminTokenRoutes } from './admin-token-routes.ts'

const list = (what: string, max: number) =>
  v.pipe(v.array(text(200), `must be a list of ${what}`), v.maxLength(max, `must have at most ${max} items`))
const mfa = v.union(
  [v.picklist(['off', 'optional', 'required']), v.object({ required: list('factors', 20) })],
  'must be "off", "optional", "required" or { "required": [factor] }',
)
const newUser = v.object({
  username: text(1024),
  email: v.optional(text(1024)),
  displayName: v.optional(text(200)),
  roles: v.optional(list('roles', 200)),
  mfa: v.optional(mfa),
})
const change = v.object({
  roles: v.optional(list('roles', 200)),
  displayName: v.optional(v.nullable(text(200))),
  disabled: v.optional(flag),
  mfa: v.optional(v.nullable(mfa)),
})

/** Administration of users. Who may is judged by the functions behind them. */
export function adminRoutes(deps: RouteDeps): readonly Route[] {
  const { administration } = deps.auth
  return [
    {
      method: 'GET',
      path: '/admin/users',
      async handle(request) {
        const query = {
          search: request.query('search'),
          cursor: request.query('cursor'),
          limit: readLimit(request.query('limit')),
        }
        return json(200, pageJson(await administration.list(await request.session(), query), administeredJson))
      },
    },
    {
      method: 'POST',
      path: '/admin/users',
      takes: newUser,
      async handle(request) {
        const wanted = await request.body(newUser)
        const made = await administration.create(await request.session(), wanted, request.client)
        return json(201, { user: administeredJson(made.user), invitation: linkJson(made.invitation) })
      },
    },
    {
      method: 'GET',
      path: '/admin/users/:id',
      async handle(request) {
        const found = await administration.find(await request.session(), request.params.id ?? '')
        return json(200, { user: administeredJson(found) })
      },
    },
    {
      method: 'PATCH',
      path: '/admin/users/:id',
      takes: change,
      async handle(request) {
        const wanted = await request.body(change)
        const { id = '' } = request.params
        const changed = await administration.change(await request.session(), id, wanted, request.client)
        return json(200, { user: administeredJson(changed) })
      },
    },
    {
      method: 'DELETE',
      path: '/admin/users/:id',
      async handle(request) {
        await administration.delete(await request.session(), request.params.id ?? '', request.client)
        return empty(204)
      },
    },
    {
      method: 'POST',
      path: '/admin/users/:id/reset-password',
      async handle(request) {
        const { id = '' } = request.params
        return json(200, linkJson(await administration.resetPassword(await request.session(), id, request.client)))
      },
    },
    {
      method: 'POST',
      path: '/admin/users/:id/reset-factors',
      async handle(request) {
        await administration.resetFactors(await request.session(), request.params.id ?? '', request.client)
        return empty(204)
      },
    },
    {
      method: 'POST',
      path: '/admin/users/:id/enrolment-ticket',
      async handle(request) {
        const { id = '' } = request.params
        const { session, client } = request
        const { ticket, expiresAt } = await administration.issueEnrolmentTicket(await session(), id, client)
        return json(201, { ticket: ticket.reveal(), expiresAt: iso(expiresAt) })
      },
    },
    {
      method: 'POST',
      path: '/admin/users/:id/clear-attempts',
      async handle(request) {
        await administration.clearAttempts(await request.session(), request.params.id ?? '', request.client)
        return empty(204)
      },
    },
    ...adminTokenRoutes(deps),
  ]
}

function administeredJson(administered: AdministeredUser): Record<string, unknown> {
  const { user, createdAt, disabledAt, mfa, hasPassword } = administered
  return {
    ...userJson(user),
    createdAt: iso(createdAt),
    disabledAt: iso(disabledAt),
    disabled: disabledAt !== undefined,
    mfa: mfa ?? null,
    hasPassword,
  }
}

function linkJson({ sentTo, link, expiresAt }: OfferedLink): Record<string, unknown> {
  return { sentTo: sentTo ?? null, expiresAt: iso(expiresAt), link: link?.reveal() }
}
