import { type Content, html } from '../html.ts'
import { action } from '../look/forms.ts'
import { card, rows } from '../look/parts.ts'
import { type PageRequest, principalOf } from '../request.ts'
import { form, type Render, type Route } from '../routing.ts'
import { apiTokenRow } from './api-token-row.ts'
import { sessionRow } from './session-row.ts'

/** Ends one session or one API token of a user; `page` is the one of that user. */
export function holdingRoutes(page: Render): readonly Route[] {
  const back = ({ site, params }: PageRequest) =>
    ({ to: site.url(`/admin/users/${params['id']}`, { done: 'user_changed' }) }) as const

  return [
    form('/admin/users/:id/sessions/:session/end', page, async (request) => {
      const { auth, client, params } = request
      const { id = '', session = '' } = params
      await auth.administration.revokeSession(principalOf(request), id, session, client)
      return back(request)
    }),
    form('/admin/users/:id/api-tokens/:token/revoke', page, async (request) => {
      const { auth, client, params } = request
      const { id = '', token = '' } = params
      await auth.administration.revokeApiToken(principalOf(request), id, token, client)
      return back(request)
    }),
  ]
}

/** Where a user is logged in, and which tokens they have: the newest of them. */
export async function holdings(request: PageRequest, id: string): Promise<Content> {
  const { say, auth, site } = request
  const actor = principalOf(request)
  const [sessions, tokens] = await Promise.all([
    auth.administration.listSessions(actor, id, { limit: 20 }),
    auth.administration.listApiTokens(actor, id, { limit: 20 }),
  ])
  const session = sessions.items.map((item) =>
    sessionRow(request, item, (name) =>
      action(site.url(`/admin/users/${id}/sessions/${item.id}/end`), say('sessions.end'), 'quiet', name),
    ),
  )
  const token = tokens.items.map((item) =>
    apiTokenRow(
      request,
      item,
      action(site.url(`/admin/users/${id}/api-tokens/${item.id}/revoke`), say('api-tokens.revoke'), 'quiet', item.name),
    ),
  )
  return html`${session.length > 0 && card(say('sessions.title'), rows(say('sessions.title'), session, ''))}
${token.length > 0 && card(say('api-tokens.title'), rows(say('api-tokens.title'), token, ''))}`
}
