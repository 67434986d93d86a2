import { html } from '../html.ts'
import { action, alert, card, field, heading, notice, rows } from '../look/parts.ts'
import { type PageRequest, principalOf, required } from '../request.ts'
import { type Failure, form, page, type Route } from '../routing.ts'
import type { Page } from '../outcome.ts'
import { confirmRecent } from './recent.ts'

/** The address of an account: to prove it, and to change it. */
export const emailRoutes: readonly Route[] = [
  page('/email', emailPage),
  form('/email', emailPage, async (request) => {
    const { auth, client, site } = request
    await auth.emails.change(await confirmRecent(request), required(request, 'email'), client)
    return { to: site.url('/email', { done: 'email_change_sent' }) }
  }),
  form('/email/verify', emailPage, async (request) => {
    const { auth, client, site } = request
    await auth.emails.sendVerification(principalOf(request).user.id, client)
    return { to: site.url('/email', { done: 'verification_sent' }) }
  }),
]

function emailPage(request: PageRequest, failure?: Failure): Page {
  const { say, site, form: sent } = request
  const { email, emailVerified } = principalOf(request).user
  const verify = action(site.url('/email/verify'), say('email.verify'))
  const row = {
    icon: 'mail',
    title: email,
    badge: emailVerified && say('email.verified'),
    facts: [!emailVerified && say('email.unverified')],
    actions: !emailVerified && verify,
  } as const
  const body = html`${heading(say('email.title'), say('email.lead'))}${alert(request, failure)}${notice(request)}
${card(say('email.now'), rows(say('email.now'), email === undefined ? [] : [row], say('email.none')))}
${card(
  say(email === undefined ? 'email.add' : 'email.change'),
  html`<form method="post" action="${site.url('/email')}">
${field({ name: 'email', label: say('field.new-email'), type: 'email', autocomplete: 'email', value: sent['email'], maxLength: 254, hint: say('hint.new-email') })}
<button class="main">${say('email.send')}</button></form>`,
)}`
  return { title: say('email.title'), area: 'account', section: '/email', body }
}
