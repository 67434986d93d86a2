import { html } from '../html.ts'
import { checkbox, hidden, namedFor, newPassword, post } from '../look/forms.ts'
import { alert, below, heading, onward } from '../look/parts.ts'
import { linkParameter } from '../link-pages.ts'
import { type PageRequest, principalOf, required } from '../request.ts'
import { type Failure, form, page, type Render, type Route } from '../routing.ts'
import type { Page } from '../outcome.ts'
import { confirmRecent } from './recent.ts'

const emailChangePage: Render = async (request, failure) => {
  // Asked for before the button is shown, since the link can't be carried on through another form.
  principalOf(request)
  await confirmRecent(request)
  return linkPage('change-email')(request, failure)
}

/** Where the links in messages lead. To look at such a page uses nothing up: mail programs do. */
export const linkRoutes: readonly Route[] = [
  page('/choose-password', choosePage),
  form('/choose-password', choosePage, async (request) => {
    const { auth, client, site, form: sent } = request
    const [token, password] = [required(request, linkParameter), required(request, 'password')]
    const revokeApiTokens = sent['revokeApiTokens'] !== undefined
    await auth.account.resetPassword({ token, password, revokeApiTokens }, client)
    return { to: site.url('/log-in', { done: 'password_set' }) }
  }),
  page('/verify-email', linkPage('verify-email')),
  form('/verify-email', linkPage('verify-email'), async (request) => {
    const { auth, client, site, person } = request
    await auth.emails.verify(required(request, linkParameter), client)
    return { to: site.url(person.status === 'unlocked' ? '/email' : '/log-in', { done: 'email_verified' }) }
  }),
  page('/change-email', emailChangePage),
  form('/change-email', linkPage('change-email'), async (request) => {
    const { auth, client, site } = request
    await confirmRecent(request)
    await auth.emails.confirmChange(principalOf(request), required(request, linkParameter), client)
    return { to: site.url('/email', { done: 'email_changed' }) }
  }),
]

function linkOf({ query, form: sent }: PageRequest): string | undefined {
  return sent[linkParameter] ?? query[linkParameter]
}

/** The form for a link that is good; nobody thinks of a password for one that is not. */
async function choosePage(request: PageRequest, failure?: Failure): Promise<Page> {
  const { say, site, form: sent, auth } = request
  const link = await auth.account.inspectPasswordLink(linkOf(request) ?? '')
  if (link === undefined) {
    return auth.features.messages
      ? gonePage(request, '/forgot-password', 'choose.another')
      : gonePage(request, '/log-in', 'log-in.back')
  }
  const { username, isFirst } = link
  const fields = [
    hidden({ [linkParameter]: linkOf(request) }),
    namedFor(request, username),
    newPassword(request, say('field.new-password'), { focus: true }),
    !isFirst && checkbox('revokeApiTokens', say('password.revoke-tokens'), sent['revokeApiTokens'] !== undefined),
  ]
  const body = html`${heading(say('choose.title'), say(isFirst ? 'choose.first-lead' : 'choose.lead', { username }))}${alert(request, failure)}
${post(site.url('/choose-password'), fields, say('choose.save'))}`
  return { title: say('choose.title'), area: 'door', body }
}

/** Says of a link that it is used up or too old, or that there is none, and where to get another. */
function gonePage(request: PageRequest, to: string, label: 'choose.another' | 'log-in.back'): Page {
  const { say, site } = request
  const what = linkOf(request) === undefined ? 'choose.missing' : 'choose.gone'
  const body = html`${heading(say(what), say(`${what}-lead`))}${onward(site.url(to), say(label))}`
  return { title: say(what), area: 'door', body, status: 410 }
}

function linkPage(name: 'verify-email' | 'change-email'): (request: PageRequest, failure?: Failure) => Page {
  return (request, failure) => {
    const { say, site } = request
    const value = linkOf(request)
    // The page of the address sends another one.
    if (value === undefined || failure?.code === 'invalid_code') return gonePage(request, '/email', 'choose.another')
    const link = hidden({ [linkParameter]: value })
    const body = html`${heading(say(`${name}.title`), say(`${name}.lead`))}${alert(request, failure)}
${post(site.url(`/${name}`), link, say(`${name}.confirm`))}${below(site.url(''), say('cancel'))}`
    return { title: say(`${name}.title`), area: 'door', body }
  }
}
