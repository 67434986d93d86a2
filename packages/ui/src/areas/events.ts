import type { RecordedEvent } from '@sallyport/core'
import { type Content, html } from '../html.ts'
import { alert, card, heading, more, rows } from '../look/parts.ts'
import { ago } from '../look/times.ts'
import { type PageRequest, principalOf } from '../request.ts'
import { type Failure, page, type Route } from '../routing.ts'
import type { Page } from '../outcome.ts'
import { isText } from '../texts.ts'
import { factorName } from './factor-form.ts'
import { deviceName } from './session-row.ts'

/** What has happened with one's own account. */
export const eventRoutes: readonly Route[] = [page('/events', eventsPage)]

async function eventsPage(request: PageRequest, failure?: Failure): Promise<Page> {
  const { say, auth, site, query } = request
  const { user } = principalOf(request)
  const { items, next } = await auth.events.list({ userId: user.id, cursor: query['cursor'], limit: 30 })
  const list = eventRows(request, items)
  const body = html`${heading(say('events.title'), say('events.lead'))}${alert(request, failure)}
${card(undefined, html`${list}${more(request, next, (cursor) => site.url('/events', { cursor }))}`)}`
  return { title: say('events.title'), area: 'account', section: '/events', body }
}

/** Events as people read them; `about` says whose they are. */
export function eventRows(
  request: PageRequest,
  events: readonly RecordedEvent[],
  about?: (event: RecordedEvent) => Content,
): Content {
  const { say } = request
  const items = events.map((event) => ({
    title: eventName(request, event),
    facts: [html`${ago(request, event.at)}${origin(request, event)}`, about?.(event)],
  }))
  return rows(say('events.title'), items, say('events.none'))
}

function eventName(request: PageRequest, event: RecordedEvent): string {
  const { say } = request
  const id = `event.${event.type}`
  const named = isText(id) ? say(id) : event.type.replaceAll(/[._]/g, ' ')
  const factor = 'factor' in event ? factorName(request, event.factor) : undefined
  if (factor !== undefined) return say('event.with', { event: named, what: factor })
  const act = event.type === 'administration' ? `event.act.${event.act}` : id
  return isText(act) ? say(act) : named
}

function origin(request: PageRequest, event: RecordedEvent): string {
  const { address, userAgent, actorId } = event
  // Of what users do themselves they are the actors.
  const isByAnother = actorId !== undefined && 'userId' in event && actorId !== event.userId
  const by = isByAnother && request.say('events.by-administrator')
  const from = [address, userAgent && deviceName(request, userAgent), by].filter(Boolean)
  return from.length === 0 ? '' : ` · ${from.join(' · ')}`
}
