import { AuthError, type ErrorCode, type ProviderInfo, refusals } from '@sallyport/core'
import { type Content, html, trusted } from '../html.ts'
import { checkbox, field, hidden, ownPassword, passkeyForm, post } from '../look/forms.ts'
import { alert, below, heading, notice, otherLink } from '../look/parts.ts'
import { icon } from '../look/icons.ts'
import { destination, type PageRequest, required } from '../request.ts'
import { type Failure, form, page, type Route } from '../routing.ts'
import type { Outcome, Page } from '../outcome.ts'
import { endReplaced, enter } from './enter.ts'
import { leaving } from './leaving.ts'

/** The first door: a password, a passkey, or an identity provider. */
export const logInRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/log-in',
    async handle(request) {
      const { person, site, query } = request
      // A refusal is shown even to whoever is in: they came here by it.
      if (query['error'] === undefined && person.status === 'unlocked') return { to: destination(request) }
      if (query['error'] === undefined && person.status === 'locked') {
        return { to: site.url('/unlock', { return: query['return'] }) }
      }
      return { page: await logInPage(request, toldBy(query['error'])) }
    },
  },
  form('/log-in', logInPage, async (request) => {
    const { auth, client, form: sent } = request
    const [username, password] = [required(request, 'username'), required(request, 'password')]
    const remember = sent['remember'] !== undefined
    const result = await auth.logIn({ username, password }, { ...client, remember })
    await endReplaced(request)
    return enter(request, result, destination(request))
  }),
  {
    method: 'GET',
    path: '/log-in/passkey',
    handle: async ({ auth, client }) => ({ json: await auth.beginLogIn('passkey', client) }),
  },
  form('/log-in/passkey', logInPage, async (request) => {
    const { auth, client, form: sent } = request
    const remember = sent['remember'] !== undefined
    const evidence = { response: responseIn(request) }
    const result = await auth.logInWith('passkey', evidence, { ...client, remember })
    await endReplaced(request)
    return enter(request, result, destination(request))
  }),
  page('/providers/:provider', directoryPage),
  // A form and no link: a log-in that another site begins would be somebody else's wish.
  form('/providers/:provider/log-in', logInPage, async (request) => {
    const { auth, client, browser, params, site } = request
    const id = params['provider'] ?? ''
    // The answer comes back to us first: what it has come to decides where to go on.
    const returnTo = site.url('/continue', { return: destination(request) })
    return leaving(request, id, await auth.providers.start(id, { returnTo, browser }, client))
  }),
  form('/providers/:provider', directoryPage, async (request) => {
    const { auth, client, params, form: sent } = request
    const credentials = { username: required(request, 'username'), password: required(request, 'password') }
    const context = { ...client, remember: sent['remember'] !== undefined }
    const result = await auth.providers.logIn(params['provider'] ?? '', credentials, context)
    await endReplaced(request)
    return enter(request, result, destination(request))
  }),
  { method: 'GET', path: '/continue', handle: goOn },
  {
    method: 'POST',
    path: '/log-out',
    isForImpersonators: true,
    async handle(request) {
      const { auth, person, client, site } = request
      // Asked before, while it is known whose session it is; whatever the provider says, the user is logged out here.
      const elsewhere =
        person.status === 'unlocked'
          ? await auth.providers.startLogout(person.principal).catch(() => undefined)
          : undefined
      if (person.token !== undefined) await auth.end(person.token, 'logout', client)
      const forgotten = { cookies: [auth.cookies.clear()], headers: [['Clear-Site-Data', '"cache"']] } as const
      if (elsewhere !== undefined) return { page: loggedOutPage(request, elsewhere), ...forgotten }
      return { to: site.url('/log-in', { done: 'logged_out' }), ...forgotten }
    },
  },
]

/** Whoever came by a provider may want to end the session there too: by themselves, since others may use it. */
function loggedOutPage({ say, site }: PageRequest, elsewhere: string): Page {
  const body = html`${heading(say('done.logged_out'), say('log-out.lead'))}
<p><a class="button main" href="${elsewhere}">${say('log-out.elsewhere')}</a></p>${below(site.url('/log-in'), say('log-in.back'))}`
  return { title: say('log-out'), area: 'door', body }
}

/** What the script has put into the form of a passkey. Throws `invalid_request`. */
export function responseIn({ form: sent, say }: Pick<PageRequest, 'form' | 'say'>): Record<string, unknown> {
  try {
    const response: unknown = JSON.parse(sent['response'] ?? '')
    if (typeof response === 'object' && response !== null) return response as Record<string, unknown>
  } catch {
    // Told below.
  }
  throw new AuthError('invalid_request', { detail: say('passkey.script') })
}

/** Where a provider's answer leads: to the second door, to where somebody wanted to go, or to what was wrong. */
async function goOn(request: PageRequest): Promise<Outcome> {
  const { person, query, site } = request
  const { error } = query
  if (error !== undefined && person.status === 'unlocked') return { to: site.url('', { error }) }
  if (error !== undefined || person.status === 'anonymous') {
    return { to: site.url('/log-in', { return: query['return'], error: error ?? 'invalid_token' }) }
  }
  if (person.status === 'locked') return { to: site.url('/unlock', { return: query['return'] }) }
  return { to: destination(request) }
}

/** What an address says went wrong, if it is something that we know. */
export function toldBy(code: string | undefined): Failure {
  return code !== undefined && Object.hasOwn(refusals, code) ? new AuthError(code as ErrorCode) : undefined
}

async function logInPage(request: PageRequest, failure?: Failure): Promise<Page> {
  const { say, site, auth, form: sent, query } = request
  const { url } = site
  const { factors, messages, registration } = auth.features
  const back = sent['return'] ?? query['return']
  const hasPasskeys = factors.some(({ id, canLogIn }) => id === 'passkey' && canLogIn)
  const providers = await auth.providers.list()
  const typed = sent['username']
  const fields = [
    hidden({ return: back }),
    field({
      name: 'username',
      label: say('field.login'),
      value: typed,
      autocomplete: 'username webauthn',
      focus: typed === undefined,
    }),
    ownPassword(request, { focus: typed !== undefined }),
    html`<div class="line">${remember(request, failure)}
${messages && html`<a href="${url('/forgot-password')}">${say('log-in.forgotten')}</a>`}</div>`,
  ]
  const hides = providers.length === 0 && trusted(' hidden data-with-passkeys')
  const otherwise = html`<p class="or"${hides}><span>${say('log-in.or')}</span></p>
<div class="others">${hasPasskeys && passkeyLogIn(request, back)}${providers.map((one) => providerEntry(request, one, back))}</div>`
  const body = html`${heading(say('log-in.heading', { service: site.service }))}
${alert(request, failure)}${notice(request)}${post(url('/log-in'), fields, say('log-in'))}
${(hasPasskeys || providers.length > 0) && otherwise}
${registration && below(url('/register'), say('register.title'), say('log-in.new'))}`
  return { title: say('log-in'), area: 'door', body }
}

/** Whether the browser keeps the session: ticked at first, then as it was left. */
function remember({ say, form: sent }: PageRequest, failure: Failure): Content {
  return checkbox('remember', say('log-in.remember'), failure === undefined || sent['remember'] !== undefined)
}

function passkeyLogIn(request: PageRequest, back: string | undefined): Content {
  const { say, site } = request
  const from = site.url('/log-in/passkey')
  const button = html`<button class="other">${icon('passkey')}${say('log-in.passkey')}</button>`
  return passkeyForm(request, from, 'log-in', { from }, [hidden({ return: back, remember: 'on' }), button])
}

function providerEntry(
  { say, site }: PageRequest,
  { id, label, protocol }: ProviderInfo,
  back: string | undefined,
): Content {
  const name = say('log-in.provider', { provider: label })
  if (protocol === 'ldap') return otherLink(site.url(`/providers/${id}`, { return: back }), name)
  return post(site.url(`/providers/${id}/log-in`), hidden({ return: back }), name, 'other')
}

/** A directory is given a name and a password by a form of its own, so that nobody types one password into the other. */
async function directoryPage(request: PageRequest, failure?: Failure): Promise<Page> {
  const { say, site, auth, params, form: sent, query } = request
  const provider = (await auth.providers.list()).find(({ id }) => id === params['provider'])
  if (provider?.protocol !== 'ldap') throw new AuthError('not_found')
  const { id, label } = provider
  const back = sent['return'] ?? query['return']
  const fields = [
    hidden({ return: back }),
    field({
      name: 'username',
      label: say('field.username'),
      value: sent['username'],
      autocomplete: 'username',
      focus: true,
    }),
    ownPassword(request),
    remember(request, failure),
  ]
  const body = html`${heading(say('log-in.provider', { provider: label }))}${alert(request, failure)}
${post(site.url(`/providers/${id}`), fields, say('log-in'))}
${below(site.url('/log-in', { return: back }), say('log-in.otherwise'))}`
  return { title: say('log-in'), area: 'door', body }
}
