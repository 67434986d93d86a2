import { type Content, html } from '../html.ts'
import { action, codeField, field, hidden, post } from '../look/forms.ts'
import { alert, card, heading, notice, rows } from '../look/parts.ts'
import { type PageRequest, principalOf, required } from '../request.ts'
import { type Failure, form, page, type Route } from '../routing.ts'
import type { Page } from '../outcome.ts'
import { confirmRecent } from './recent.ts'

/** The address of an account: to prove it, and to change it. */
export const emailRoutes: readonly Route[] = [
  page('/email', emailPage),
  form('/email', emailPage, async (request) => {
    const { auth, client } = request
    await auth.emails.change(await confirmRecent(request), required(request, 'email'), client)
    return { to: sent(request, 'email_change_sent', 'change') }
  }),
  form('/email/verify', emailPage, async (request) => {
    const { auth, client } = request
    await auth.emails.sendVerification(principalOf(request).user.id, client)
    return { to: sent(request, 'verification_sent', 'verify') }
  }),
  form('/email/code', emailPage, async (request) => {
    const { auth, client, site, form: given } = request
    const code = required(request, 'code')
    if (given['step'] === 'change') await auth.emails.confirmChangeByCode(await confirmRecent(request), code, client)
    else await auth.emails.verifyByCode(principalOf(request), code, client)
    return { to: site.url('/email', { done: given['step'] === 'change' ? 'email_changed' : 'email_verified' }) }
  }),
]

/** A link is told of; a code is asked for. */
function sent({ auth, site }: PageRequest, done: string, step: 'change' | 'verify'): string {
  return site.url('/email', auth.features.verification === 'code' ? { step } : { done })
}

function emailPage(request: PageRequest, failure?: Failure): Page {
  const { say, site, auth, query, form: given } = request
  const isByCode = auth.features.verification === 'code'
  const step = given['step'] ?? query['step']
  const { email, emailVerified } = principalOf(request).user
  const verify = action(site.url('/email/verify'), say(isByCode ? 'email.verify-code' : 'email.verify'))
  const row = {
    icon: 'mail',
    title: email,
    badge: emailVerified && say('email.verified'),
    facts: [!emailVerified && say('email.unverified')],
    actions: !emailVerified && verify,
  } as const
  const wanted = field({
    name: 'email',
    label: say('field.new-email'),
    type: 'email',
    autocomplete: 'email',
    value: given['email'],
    maxLength: 254,
    hint: say(isByCode ? 'hint.new-email-code' : 'hint.new-email'),
  })
  const change = post(site.url('/email'), wanted, say(isByCode ? 'unlock.send' : 'email.send'))
  const body = html`${heading(say('email.title'), say('email.lead'))}${alert(request, failure)}${notice(request)}
${isByCode && step !== undefined && codeForm(request, step)}
${card(say('email.now'), rows(say('email.now'), email === undefined ? [] : [row], say('email.none')))}
${card(say(email === undefined ? 'email.add' : 'email.change'), change)}`
  return { title: say('email.title'), area: 'account', section: '/email', body }
}

function codeForm(request: PageRequest, step: string): Content {
  const { say, site } = request
  const fields = [hidden({ step }), codeField(request, say('hint.email'), { focus: true })]
  return card(say('email.code'), post(site.url('/email/code'), fields, say('continue')))
}
