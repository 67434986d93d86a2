import type { Principal } from '@sallyport/core'
import { html } from '../html.ts'
import { checkbox, namedFor, newPassword, ownPassword, post } from '../look/forms.ts'
import { alert, card, heading, notice, onward } from '../look/parts.ts'
import { type PageRequest, principalOf, required } from '../request.ts'
import { type Failure, form, page, type Route } from '../routing.ts'
import type { Page } from '../outcome.ts'
import { cookiesOf } from './enter.ts'
import { confirmRecent } from './recent.ts'
import { knowsPassword } from './ways.ts'

/** Password change. */
export const passwordRoutes: readonly Route[] = [
  page('/password', async (request) => {
    if (!(await knowsPassword(request))) return noPasswordPage(request)
    // Asked for first: what was typed here can't be carried through another form.
    await changingPrincipal(request)
    return passwordPage(request)
  }),
  form('/password', passwordPage, async (request) => {
    const { auth, client, site, form: sent } = request
    const principal = await changingPrincipal(request)
    const change = {
      current: required(request, 'current'),
      password: required(request, 'password'),
      revokeOthers: sent['revokeOthers'] !== undefined,
      revokeApiTokens: sent['revokeApiTokens'] !== undefined,
    }
    const result = await auth.passwords.change(principal, change, client)
    return { to: site.url('/password', { done: 'password_changed' }), cookies: cookiesOf(auth, result) }
  }),
]

/**
 * Who has no second factor proves with the password that is to be changed that it is them: to be asked for it twice would
 * prove nothing more.
 */
async function changingPrincipal(request: PageRequest): Promise<Principal> {
  const principal = principalOf(request)
  const { assurance } = await request.auth.factors.requirement(principal.user.id)
  return assurance === 2 ? confirmRecent(request) : principal
}

/** Who comes by a provider alone has none to change; a link for a forgotten one gives them their first. */
function noPasswordPage(request: PageRequest): Page {
  const { say, auth, site } = request
  const choose = auth.features.messages && onward(site.url('/forgot-password'), say('password.first'))
  const body = html`${heading(say('password.title'), say('password.none'))}${choose}`
  return { title: say('password.title'), area: 'account', section: '/password', body }
}

function passwordPage(request: PageRequest, failure?: Failure): Page {
  const { say, site, form: sent } = request
  const { username } = principalOf(request).user
  const isTicked = failure === undefined || sent['revokeOthers'] !== undefined
  const fields = [
    namedFor(request, username),
    ownPassword(request, { name: 'current', label: say('field.current-password') }),
    newPassword(request, say('field.new-password')),
    checkbox('revokeOthers', say('password.revoke-others'), isTicked),
    checkbox('revokeApiTokens', say('password.revoke-tokens'), sent['revokeApiTokens'] !== undefined),
  ]
  const body = html`${heading(say('password.title'), say('password.lead'))}${alert(request, failure)}${notice(request)}
${card(undefined, post(site.url('/password'), fields, say('password.change')))}`
  return { title: say('password.title'), area: 'account', section: '/password', body }
}
