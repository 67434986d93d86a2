import type { AdministeredUser } from '@sallyport/core'
import { html } from '../html.ts'
import { copyField } from '../look/forms.ts'
import { card, heading, onward } from '../look/parts.ts'
import { ago } from '../look/times.ts'
import type { Outcome } from '../outcome.ts'
import { type PageRequest, principalOf } from '../request.ts'
import { form, type Render, type Route } from '../routing.ts'

/** Issues a ticket with which a user enrols a second factor; `page` is the one of that user. */
export function ticketRoutes(page: Render): readonly Route[] {
  return [
    form('/admin/users/:id/enrolment-ticket', page, async (request) => {
      const { auth, params } = request
      return issueTicket(request, await auth.administration.find(principalOf(request), params['id'] ?? ''))
    }),
  ]
}

/** Whether policy asks this user for a second factor, which takes a ticket to enrol; where a function decides, it may. */
export async function mustHaveFactor({ auth }: PageRequest, { mfa }: AdministeredUser): Promise<boolean> {
  const { mfa: everybodys, enrolWithFirstFactor } = await auth.operator.settings()
  const policy = mfa ?? everybodys
  return !enrolWithFirstFactor && policy !== 'off' && policy !== 'optional'
}

/** A ticket for whoever would be locked out without one: they have no factor, and can be sent none. */
export async function ticketIfStuck(request: PageRequest, found: AdministeredUser): Promise<Outcome | undefined> {
  const { auth } = request
  const { id, email, emailVerified } = found.user
  const canBeSentOne = auth.features.messages && email !== undefined && emailVerified === true
  if (canBeSentOne || (await auth.factors.list(id)).length > 0) return undefined
  return issueTicket(request, found)
}

async function issueTicket(request: PageRequest, { user }: AdministeredUser): Promise<Outcome> {
  const { say, auth, client, site } = request
  const { ticket, expiresAt } = await auth.administration.issueEnrolmentTicket(principalOf(request), user.id, client)
  const title = say('admin.ticket.title', { user: user.username })
  const field = copyField(request, 'ticket', say('admin.ticket.hand-over'), ticket.reveal())
  const body = html`${heading(title, say('admin.ticket.lead'))}
${card(undefined, html`${field}<p class="hint">${say('expires')} ${ago(request, expiresAt)}</p>`)}
${onward(site.url(`/admin/users/${user.id}`), say('continue'))}`
  return { page: { title, area: 'admin', section: '/admin/users', back: '/admin/users', body } }
}
