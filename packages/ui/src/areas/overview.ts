import { html } from '../html.ts'
import { icon } from '../look/icons.ts'
import { alert, heading, notice } from '../look/parts.ts'
import { sections } from '../look/sections.ts'
import { type PageRequest, principalOf } from '../request.ts'
import { type Failure, page, type Route } from '../routing.ts'
import type { Page } from '../outcome.ts'
import { toldBy } from './log-in.ts'

/** The front page of an account: who one is here, and where everything is. */
export const overviewRoutes: readonly Route[] = [page('', overviewPage), page('/', overviewPage)]

function overviewPage(request: PageRequest, failure: Failure = toldBy(request.query['error'])): Page {
  const { say, site, auth } = request
  const { user, assurance } = principalOf(request)
  const name = user.displayName ?? user.username
  const { account, admin } = sections(request)
  const isWeak = auth.features.factors.some(({ canEnrol, isBackup }) => canEnrol && !isBackup) && assurance?.level === 1
  const body = html`${heading(say('overview.heading', { name }), say('overview.lead', { username: user.username, service: site.service }))}
${alert(request, failure)}${notice(request)}
${isWeak && html`<p class="tip">${icon('shield')}<span>${say('overview.tip')} <a href="${site.url('/factors')}">${say('overview.tip-link')}</a></span></p>`}
<ul class="tiles">${[...account, ...admin]
    .filter(({ path }) => path !== '')
    .map(
      ({ path, label, hint, icon: sign }) =>
        html`<li><a href="${site.url(path)}">${icon(sign)}<span><span class="title">${label}</span><span class="fact">${hint}</span></span></a></li>`,
    )}</ul>`
  return { title: say('overview.title'), area: 'account', section: '', body }
}
