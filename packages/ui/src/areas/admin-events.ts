import type { RecordedEvent } from '@sallyport/core'
import { type Content, html } from '../html.ts'
import { alert, card, heading, more } from '../look/parts.ts'
import { type PageRequest, principalOf } from '../request.ts'
import { type Failure, page, type Route } from '../routing.ts'
import type { Page } from '../outcome.ts'
import { eventRows } from './events.ts'
import { userLinks } from './user-links.ts'

/** What has happened with everybody, or with one user. */
export const adminEventRoutes: readonly Route[] = [page('/admin/events', eventsPage)]

async function eventsPage(request: PageRequest, failure?: Failure): Promise<Page> {
  const { say, auth, site, query } = request
  const { user: userId, cursor } = query
  const { items, next } = await auth.administration.events(principalOf(request), { userId, cursor, limit: 30 })
  const link = await userLinks(request, [...items.flatMap(idsOf), ...(userId === undefined ? [] : [userId])])
  const about = (event: RecordedEvent): Content => {
    const [first, ...rest] = idsOf(event).map(link)
    return first && html`${first}${rest.map((one) => html` → ${one}`)}`
  }
  const everybody = html`<a href="${site.url('/admin/events')}">${say('admin.events.all')}</a>`
  const onwards = (to: string) => site.url('/admin/events', { user: userId, cursor: to })
  const body = html`${heading(say('admin.events.title'))}${alert(request, failure)}
${userId !== undefined && html`<p class="lead">${say('admin.events.of')} ${link(userId)} · ${everybody}</p>`}
${card(undefined, [eventRows(request, items, about), more(request, next, onwards)])}`
  return { title: say('admin.events.title'), area: 'admin', section: '/admin/events', body }
}

/** Whose event it is, and to whom it was done. */
function idsOf(event: RecordedEvent): readonly string[] {
  const { userId, targetId } = event as { readonly userId?: string; readonly targetId?: string }
  return [userId, targetId].flatMap((id) => (id === undefined ? [] : [id]))
}
