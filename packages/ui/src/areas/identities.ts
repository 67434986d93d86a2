import { AuthError, type Identity, type ProviderInfo } from '@sallyport/core'
import { type Content, html } from '../html.ts'
import { action, careful, field, ownPassword, post } from '../look/forms.ts'
import { alert, card, heading, notice, type Row, rows } from '../look/parts.ts'
import { icon } from '../look/icons.ts'
import { ago, on } from '../look/times.ts'
import { type PageRequest, principalOf, required } from '../request.ts'
import { type Failure, form, page, type Route } from '../routing.ts'
import type { Page } from '../outcome.ts'
import { leaving } from './leaving.ts'
import { toldBy } from './log-in.ts'
import { confirmRecent } from './recent.ts'

/** Accounts elsewhere by which somebody logs in here. */
export const identityRoutes: readonly Route[] = [
  page('/identities', identitiesPage),
  form('/identities/link/:provider', identitiesPage, async (request) => {
    const { auth, client, browser, params, site } = request
    const id = params['provider'] ?? ''
    const principal = await confirmRecent(request)
    const wanted = { returnTo: site.url('/identities', { done: 'identity_linked' }), browser }
    return leaving(request, id, await auth.providers.startLink(principal, id, wanted, client))
  }),
  form('/identities/directory/:provider', identitiesPage, async (request) => {
    const { auth, client, params, site } = request
    const principal = await confirmRecent(request)
    const credentials = { username: required(request, 'username'), password: required(request, 'password') }
    await auth.identities.link(principal, params['provider'] ?? '', credentials, client)
    return { to: site.url('/identities', { done: 'identity_linked' }) }
  }),
  form('/identities/:id/unlink', identitiesPage, async (request) => {
    const { auth, client, params, site } = request
    const principal = await confirmRecent(request)
    await auth.identities.unlink(principal, params['id'] ?? '', principal.session?.id, client)
    return { to: site.url('/identities', { done: 'identity_unlinked' }) }
  }),
]

async function identitiesPage(request: PageRequest, given?: Failure): Promise<Page> {
  const { say, auth, query } = request
  const told = query['error']
  // Whoever comes back from the provider is told by a code alone.
  const taken = told === 'conflict' ? new AuthError('conflict', { detail: say('identities.taken') }) : undefined
  const failure = given ?? taken ?? toldBy(told)
  const { user } = principalOf(request)
  const [identities, providers] = await Promise.all([auth.identities.list(user.id), auth.providers.list()])
  const label = (id: string) => providers.find((provider) => provider.id === id)?.label ?? id
  const list = rows(
    say('identities.title'),
    identities.map((one) => identityRow(request, one, label(one.provider))),
    say('identities.none'),
  )
  const free = providers.filter(({ id }) => !identities.some(({ provider }) => provider === id))
  const offered = free.map((provider) => offer(request, provider))
  const body = html`${heading(say('identities.title'), say('identities.lead'))}
${alert(request, failure)}${failure === undefined && notice(request)}${card(say('identities.yours'), list)}
${offered.length > 0 && card(say('identities.add'), html`<div class="others">${offered}</div>`)}`
  return { title: say('identities.title'), area: 'account', section: '/identities', body }
}

function identityRow(
  request: PageRequest,
  { id, name, subject, createdAt, lastLoginAt }: Identity,
  label: string,
): Row {
  const { say, site } = request
  const unlink = action(site.url(`/identities/${id}/unlink`), say('identities.unlink-sure'), 'danger', label)
  return {
    icon: 'link',
    title: label,
    facts: [
      name ?? subject,
      html`${say('identities.since')} ${on(request, createdAt)} · ${say('used')} ${ago(request, lastLoginAt)}`,
    ],
    actions: careful(say('identities.unlink'), label, say('identities.unlink-question'), unlink),
  }
}

function offer({ say, site }: PageRequest, { id, label, protocol }: ProviderInfo): Content {
  const text = html`${icon('link')}${say('identities.link', { provider: label })}`
  if (protocol !== 'ldap') return post(site.url(`/identities/link/${id}`), undefined, text, 'other')
  const fields = [
    field({ name: 'username', id: `user-${id}`, label: say('field.username') }),
    ownPassword({ say }, { id: `password-${id}` }),
  ]
  return html`<details class="fold"><summary class="button other">${text}</summary>
${post(site.url(`/identities/directory/${id}`), fields, say('continue'))}</details>`
}
