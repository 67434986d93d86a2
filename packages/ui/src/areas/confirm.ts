import { AuthError, type Unlocked } from '@sallyport/core'
import { type Content, html } from '../html.ts'
import { field, hidden, ownPassword, post } from '../look/forms.ts'
import { alert, below, heading, notice, others } from '../look/parts.ts'
import { icon } from '../look/icons.ts'
import { isText } from '../texts.ts'
import { ownPath, type PageRequest, principalOf, required } from '../request.ts'
import { type Failure, form, page, type Route } from '../routing.ts'
import type { Outcome, Page } from '../outcome.ts'
import { cookiesOf } from './enter.ts'
import { factorForm, factorIcon, factorName } from './factor-form.ts'
import { leaving } from './leaving.ts'
import { responseIn } from './log-in.ts'
import { type Way, waysOf } from './ways.ts'

/** Step-up: whoever is logged in confirms that it is them, and goes on with what they wanted. */
export const confirmRoutes: readonly Route[] = [
  page('/confirm', confirmPage),
  form('/confirm', confirmPage, async (request) => {
    const { auth, site, form: sent } = request
    const carried = carriedIn(request)
    const result = await prove(request, required(request, 'way'))
    const cookies = cookiesOf(auth, result)
    if (carried === undefined) return { to: ownPath(sent['return'], auth.features.origin) ?? site.url(''), cookies }
    const outcome = await request.replay(carried.path, carried.form, auth.cookies.token(result))
    // What was asked for may have made a newer token still.
    return { ...outcome, cookies: [...cookies, ...(outcome.cookies ?? [])] }
  }),
  // To choose another way is no change: it is a form, because what was asked for goes along.
  { method: 'POST', path: '/confirm/way', handle: async (request) => ({ page: await confirmPage(request) }) },
  form('/confirm/send', confirmPage, async (request) => {
    const { auth, client } = request
    await auth.beginReauthentication(principalOf(request), required(request, 'way'), client)
    return { page: await confirmPage(request) }
  }),
  form('/confirm/provider/:provider', confirmPage, async (request) => {
    const { auth, client, browser, params, form: sent, site } = request
    const back = ownPath(sent['return'], auth.features.origin) ?? site.url('')
    const wanted = { returnTo: site.url('/continue', { return: back }), browser }
    const id = params['provider'] ?? ''
    return leaving(request, id, await auth.providers.startReauthentication(principalOf(request), id, wanted, client))
  }),
]

const directoryPrefix = 'directory.'

async function prove(request: PageRequest, way: string): Promise<Unlocked> {
  const { auth, client } = request
  const principal = principalOf(request)
  if (way === 'password') return auth.reauthenticate(principal, { password: required(request, 'password') }, client)
  if (way.startsWith(directoryPrefix)) {
    const credentials = { username: required(request, 'username'), password: required(request, 'password') }
    return auth.providers.reauthenticate(principal, way.slice(directoryPrefix.length), credentials, client)
  }
  const evidence = way === 'passkey' ? { response: responseIn(request) } : { code: required(request, 'code') }
  return auth.reauthenticate(principal, { factor: way, ...evidence }, client)
}

/** Asks for a confirmation: what was to be looked at is come back to, what was to be done is done then. */
export async function confirmation(request: PageRequest, route: Route): Promise<Outcome> {
  const { site, auth, path, query, form: sent } = request
  if (route.method === 'GET') return { to: site.url('/confirm', { return: site.url(path, query) }) }
  // What is typed to be kept from others does not travel through a page.
  const secrets = new Set(['password', 'current', 'code', 'response', 'ticket', 'uri', 'link', 'flow'])
  const fields = Object.entries(sent).filter(([name]) => !secrets.has(name))
  const carried: Carried = { path, route: route.path, form: Object.fromEntries(fields) }
  const next = auth.carrier.seal(principalOf(request), JSON.stringify(carried))
  return { page: await confirmPage({ ...request, query: {}, form: { next } }) }
}

function named(values: PageRequest['form'], pattern: RegExp): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => pattern.test(name)))
}

/** What is to be done after the confirmation: a form that was sent, with the path of its route. */
interface Carried {
  readonly path: string
  readonly route: string
  readonly form: PageRequest['form']
}

/** What this user has asked for in this session, within the hour. Throws `invalid_request` for anything else. */
function carriedIn(request: PageRequest): Carried | undefined {
  const { auth, say, form: sent } = request
  if (sent['next'] === undefined) return undefined
  const text = auth.carrier.open(principalOf(request), sent['next'])
  if (text === undefined) throw new AuthError('invalid_request', { detail: say('confirm.stale') })
  return JSON.parse(text) as Carried
}

async function confirmPage(request: PageRequest, failure?: Failure): Promise<Page> {
  const { say, site, form: sent, query, auth, client } = request
  const carried = carriedIn(request)
  const ways = await waysOf(request)
  const wanted = sent['way'] ?? query['way']
  const way = ways.find(({ id }) => id === wanted) ?? ways[0]
  // What is to be done comes from a form of ours alone: in a link it would be somebody else's wish.
  const fields = { ...named(query, /^(?:return|need)$/), ...named(sent, /^(?:return|next|need)$/) }
  const rest = ways.filter(({ id }) => id !== way?.id)
  const options =
    way?.id === 'passkey' ? await auth.beginReauthentication(principalOf(request), 'passkey', client) : undefined
  const switches = rest.map((other) =>
    post(
      site.url('/confirm/way'),
      hidden({ ...fields, way: other.id }),
      html`${icon(iconOf(other))}${nameOf(request, other)}`,
      'other',
    ),
  )
  const body = html`${heading(say('confirm.heading'), say('confirm.lead'))}${alert(request, failure)}${notice(request)}
${way && announcement(request, way, carried)}${way === undefined ? html`<p>${say('confirm.none')}</p>` : wayForm(request, way, fields, options)}
${others(say('unlock.otherwise'), switches)}${below(site.url(''), say('cancel'))}`
  return { title: say('confirm.title'), area: 'door', body }
}

/** In words, what the confirmation leads to; a provider does not bring back what was asked for. */
function announcement({ say }: PageRequest, { kind }: Way, carried: Carried | undefined): Content {
  const id = `next.${carried?.route ?? ''}`
  if (!isText(id)) return undefined
  return html`<p>${say(kind === 'provider' ? 'confirm.next-again' : 'confirm.next', { next: say(id) })}</p>`
}

function wayForm(
  request: PageRequest,
  way: Way,
  fields: Readonly<Record<string, string>>,
  options: Readonly<Record<string, unknown>> | undefined,
): Content {
  const { say, site, form: sent, path } = request
  const given = { ...fields, way: way.id }
  const to = site.url('/confirm')
  const chosen = html`<p class="chosen">${icon(iconOf(way))}${nameOf(request, way)}</p>`
  if (way.kind === 'provider') {
    return post(site.url(`/confirm/provider/${way.provider.id}`), hidden(given), nameOf(request, way))
  }
  if (way.kind === 'factor') {
    const isSent = path === '/confirm/send' || sent['code'] !== undefined
    const sendTo = site.url('/confirm/send')
    const question = { to, sendTo, factor: way.id, fields: given, options, isSent, offersTrust: false }
    return [chosen, factorForm(request, question)]
  }
  const password = ownPassword(request, { focus: way.kind === 'password' })
  if (way.kind === 'password') return post(to, [hidden(given), password], say('continue'))
  const username = field({ name: 'username', label: say('field.username'), autocomplete: 'username', focus: true })
  return [chosen, post(to, [hidden(given), username, password], say('continue'))]
}

function nameOf(request: PageRequest, way: Way): string {
  const { say } = request
  if (way.kind === 'password') return say('field.password')
  return way.kind === 'factor' ? factorName(request, way.id) : say('log-in.provider', { provider: way.provider.label })
}

function iconOf(way: Way): ReturnType<typeof factorIcon> {
  if (way.kind === 'password') return 'password'
  return way.kind === 'factor' ? factorIcon(way.id) : 'link'
}

/** What can't be shown where it was asked for. */
export function errorPage(request: PageRequest, error: AuthError | undefined, status: number): Page {
  const { say, site } = request
  const code = error?.code ?? (status === 503 ? 'unavailable' : 'internal_error')
  const body = html`${heading(say(`error.${code}`))}${error?.detail && html`<p>${error.detail}</p>`}
${below(site.url(''), say('error.home'))}`
  return { title: say(`error.${code}`), area: 'door', body, status }
}
