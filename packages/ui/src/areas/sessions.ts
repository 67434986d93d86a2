import { AuthError, type Session, type TrustedDevice } from '@sallyport/core'
import { html } from '../html.ts'
import { action } from '../look/forms.ts'
import { alert, card, heading, more, notice, type Row, rows } from '../look/parts.ts'
import { ago, on } from '../look/times.ts'
import { type PageRequest, principalOf } from '../request.ts'
import { type Failure, form, page, type Route } from '../routing.ts'
import type { Page } from '../outcome.ts'
import { deviceName, sessionRow, where } from './session-row.ts'

/** Where somebody is logged in, and which browsers are trusted. */
export const sessionRoutes: readonly Route[] = [
  page('/sessions', sessionsPage),
  form('/sessions/end-others', sessionsPage, async (request) => {
    const principal = principalOf(request)
    await request.auth.sessions.revokeOthers(principal, principal.session?.id ?? '', request.client)
    return { to: request.site.url('/sessions', { done: 'others_ended' }) }
  }),
  form('/sessions/:id/end', sessionsPage, async (request) => {
    const { auth, params, client, site } = request
    const isEnded = await auth.sessions.revoke(principalOf(request), params['id'] ?? '', 'revoked', client)
    if (!isEnded) throw new AuthError('not_found')
    return { to: site.url('/sessions', { done: 'session_ended' }) }
  }),
  form('/trusted-devices/:id/forget', sessionsPage, async (request) => {
    const { auth, params, client, site } = request
    const from = { ...client, network: client.network }
    const isForgotten = await auth.trustedDevices.revoke(principalOf(request), params['id'] ?? '', from)
    if (!isForgotten) throw new AuthError('not_found')
    return { to: site.url('/sessions', { done: 'device_forgotten' }) }
  }),
]

async function sessionsPage(request: PageRequest, failure?: Failure): Promise<Page> {
  const { say, auth, site, query } = request
  const { user, session } = principalOf(request)
  const [{ items, next }, devices] = await Promise.all([
    auth.sessions.list(user.id, { cursor: query['cursor'] }),
    auth.features.trustedDevices ? auth.trustedDevices.list(user.id) : { items: [] },
  ])
  const sorted = items.toSorted((one, other) => rank(other, session?.id) - rank(one, session?.id))
  const others = items.filter(({ id }) => id !== session?.id)
  const list = rows(
    say('sessions.title'),
    sorted.map((item) => ownRow(request, item, item.id === session?.id)),
    '',
  )
  const end = action(site.url('/sessions/end-others'), say('sessions.end-others'), 'danger')
  const body = html`${heading(say('sessions.title'), say('sessions.lead'))}${alert(request, failure)}${notice(request)}
${card(undefined, html`${list}${more(request, next, (cursor) => site.url('/sessions', { cursor }))}`)}
${(others.length > 0 || next !== undefined) && html`<div class="after">${end}</div>`}
${
  devices.items.length > 0 &&
  card(
    say('devices.title'),
    rows(
      say('devices.title'),
      devices.items.map((device) => deviceRow(request, device)),
      '',
    ),
    say('devices.lead'),
  )
}`
  return { title: say('sessions.title'), area: 'account', section: '/sessions', body }
}

function rank({ id, lastSeenAt }: Session, currentId: string | undefined): number {
  return id === currentId ? Number.POSITIVE_INFINITY : lastSeenAt
}

function ownRow(request: PageRequest, session: Session, isCurrent: boolean): Row {
  const { say, site } = request
  const to = site.url(`/sessions/${session.id}/end`)
  const row = sessionRow(request, session, (name) => !isCurrent && action(to, say('sessions.end'), 'quiet', name))
  return { ...row, badge: isCurrent && say('sessions.this') }
}

function deviceRow(request: PageRequest, { id, userAgent, address, lastUsedAt, expiresAt }: TrustedDevice): Row {
  const { say, site } = request
  const name = deviceName(request, userAgent)
  return {
    icon: 'devices',
    title: html`<span title="${userAgent}">${name}</span>`,
    facts: [
      html`${where(address)}${say('used')} ${ago(request, lastUsedAt)} · ${say('expires')} ${on(request, expiresAt)}`,
    ],
    actions: action(site.url(`/trusted-devices/${id}/forget`), say('devices.forget'), 'quiet', name),
  }
}
