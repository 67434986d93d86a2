import type { LockedState } from '@sallyport/core'
import { type Content, html } from '../html.ts'
import { action, field, hidden, post } from '../look/forms.ts'
import { alert, heading, notice, otherLink, others } from '../look/parts.ts'
import { icon } from '../look/icons.ts'
import { destination, lockedTokenOf, type PageRequest, required } from '../request.ts'
import { type Failure, form, type Route } from '../routing.ts'
import type { Page } from '../outcome.ts'
import { cookiesOf, enter } from './enter.ts'
import { factorForm, factorIcon, factorName } from './factor-form.ts'
import { responseIn } from './log-in.ts'

/** The second door. */
export const unlockRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/unlock',
    async handle(request) {
      if (request.person.status === 'unlocked') return { to: destination(request) }
      return { page: await unlockPage(request) }
    },
  },
  form('/unlock', unlockPage, async (request) => {
    const { auth, client, form: sent } = request
    const factor = required(request, 'factor')
    const evidence = factor === 'passkey' ? { response: responseIn(request) } : { code: required(request, 'code') }
    const context = { ...client, trustDevice: sent['trust'] !== undefined }
    const result = await auth.unlock(lockedTokenOf(request), { factor, ...evidence }, context)
    return enter(request, result, destination(request))
  }),
  form('/unlock/send', unlockPage, async (request) => {
    const { auth, client, form: sent, site } = request
    const factor = required(request, 'factor')
    await auth.beginUnlock(lockedTokenOf(request), factor, client)
    return { to: site.url('/unlock', { factor, sent: 'yes', return: sent['return'] }) }
  }),
  form('/unlock/ticket/send', unlockPage, async (request) => {
    const { auth, client, form: sent, site } = request
    await auth.factors.sendEnrolmentTicket(lockedTokenOf(request), client)
    return { to: site.url('/unlock', { done: 'ticket_sent', return: sent['return'] }) }
  }),
  form('/unlock/ticket', unlockPage, async (request) => {
    const { auth, client, form: sent, site } = request
    const ticket = required(request, 'ticket')
    const result = await auth.factors.redeemEnrolmentTicket(lockedTokenOf(request), ticket, client)
    return { to: site.url('/unlock', { return: sent['return'] }), cookies: cookiesOf(auth, result) }
  }),
]

async function unlockPage(request: PageRequest, failure?: Failure): Promise<Page> {
  const { auth, say, form: sent, query } = request
  const state = await auth.inspectLocked(lockedTokenOf(request))
  const back = sent['return'] ?? query['return']
  const content = state.factors.length > 0 ? await question(request, state, back) : enrolment(request, state, back)
  const called = request.path === '/unlock/ticket' ? ({ invalid_code: 'unlock.ticket-gone' } as const) : {}
  const body = html`${heading(say(state.factors.length > 0 ? 'unlock.heading' : 'unlock.enrol'))}
${alert(request, failure, called)}${notice(request)}${content}
<div class="below">${action(request.site.url('/log-out'), say('unlock.leave'), 'quiet')}</div>`
  return { title: say('unlock.title'), area: 'door', body }
}

async function question(request: PageRequest, { factors }: LockedState, back: string | undefined): Promise<Content> {
  const { auth, client, say, site, form: sent, query } = request
  const wanted = sent['factor'] ?? query['factor']
  const factor = factors.find((id) => id === wanted) ?? factors[0] ?? ''
  const rest = factors.filter((id) => id !== factor)
  const options = factor === 'passkey' ? await auth.beginUnlock(lockedTokenOf(request), factor, client) : undefined
  return html`<p class="chosen">${icon(factorIcon(factor))}${factorName(request, factor)}</p>
${factorForm(request, {
  to: site.url('/unlock'),
  sendTo: site.url('/unlock/send'),
  factor,
  fields: { return: back },
  options,
  isSent: query['sent'] !== undefined || sent['code'] !== undefined,
  offersTrust: auth.features.trustedDevices,
})}
${others(
  say('unlock.otherwise'),
  rest.map((id) =>
    otherLink(site.url('/unlock', { factor: id, return: back }), factorName(request, id), factorIcon(id)),
  ),
)}`
}

/** Whoever must have a second factor and has none sets one up here, once it is sure that it is them. */
function enrolment(request: PageRequest, { enrol, needsTicket }: LockedState, back: string | undefined): Content {
  const { say, site, auth } = request
  if (!needsTicket) {
    const offered = enrol.map((id) =>
      otherLink(site.url(`/factors/add/${id}`, { return: back }), factorName(request, id), factorIcon(id)),
    )
    return html`<p class="lead">${say('unlock.enrol-lead')}</p><div class="others">${offered}</div>`
  }
  const send = html`${icon('mail')}${say('unlock.ticket-send')}`
  const ticket = field({ name: 'ticket', label: say('field.ticket'), maxLength: 256 })
  return html`<p class="lead">${say('unlock.ticket-lead')}${!auth.features.messages && ` ${say('unlock.ticket-ask')}`}</p>
${auth.features.messages && post(site.url('/unlock/ticket/send'), hidden({ return: back }), send, 'other')}
${post(site.url('/unlock/ticket'), [hidden({ return: back }), ticket], say('continue'))}`
}
