import { type Content, html } from '../html.ts'
import { alert, heading, notice, tiles } from '../look/parts.ts'
import { type Section, sections } from '../look/sections.ts'
import type { Page } from '../outcome.ts'
import { type PageRequest, principalOf } from '../request.ts'
import { type Failure, page, type Route } from '../routing.ts'
import { factorName } from './factor-form.ts'
import { toldBy } from './log-in.ts'

/** The front page of an account: who one is here, how things are, and where everything is. */
export const overviewRoutes: readonly Route[] = [page('', overviewPage), page('/', overviewPage)]

async function overviewPage(request: PageRequest, failure: Failure = toldBy(request.query['error'])): Promise<Page> {
  const { say, site } = request
  const { user } = principalOf(request)
  const name = user.displayName ?? user.username
  const { account, admin } = sections(request)
  const facts = await factsOf(request)
  const places = (list: readonly Section[]): Content =>
    tiles(
      list.map(({ path, label, hint, icon }) => ({
        to: site.url(path),
        icon,
        title: label,
        fact: facts[path] ?? hint,
      })),
    )
  const others = account.filter(({ path }) => path !== '')
  const lead = say('overview.lead', { username: user.username, service: site.service })
  const body = html`${heading(say('overview.heading', { name }), lead)}
${alert(request, failure)}${notice(request)}${places(others)}
${admin.length > 0 && html`<h2 class="group">${say('nav.admin')}</h2>${places(admin)}`}`
  return { title: say('overview.title'), area: 'account', section: '', body }
}

/** How things are, by section; what there is nothing to say of has its hint. */
async function factsOf(request: PageRequest): Promise<Readonly<Record<string, string | undefined>>> {
  const { say, auth } = request
  const { user } = principalOf(request)
  const [sessions, tokens, enrolled, identities, providers] = await Promise.all([
    auth.sessions.list(user.id),
    auth.apiTokens.list(user.id),
    auth.factors.list(user.id),
    auth.identities.list(user.id),
    auth.providers.list(),
  ])
  const count = ({ items, next }: { readonly items: readonly unknown[]; readonly next?: string | undefined }) =>
    next === undefined ? items.length : say('overview.more', { count: items.length })
  const factors = [...new Set(enrolled.map(({ factor }) => factorName(request, factor)))]
  const linked = identities.map(({ provider }) => providers.find(({ id }) => id === provider)?.label ?? provider)
  const { email, emailVerified } = user
  return {
    '/sessions':
      sessions.items.length === 1 ? say('overview.session') : say('overview.sessions', { count: count(sessions) }),
    '/factors':
      factors.length === 0 ? say('overview.no-factors') : say('overview.factors', { names: factors.join(', ') }),
    '/email': email === undefined || emailVerified ? email : say('overview.unverified', { email }),
    '/identities': linked.length === 0 ? undefined : linked.join(', '),
    '/api-tokens': tokens.items.length === 0 ? undefined : say('overview.tokens', { count: count(tokens) }),
  }
}
