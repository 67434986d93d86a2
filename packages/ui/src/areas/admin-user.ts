import { type AdministeredUser, AuthError, type OfferedLink, type User } from '@sallyport/core'
import { type Content, html } from '../html.ts'
import { action, careful, copyField, displayNameField, post, rolesField, select } from '../look/forms.ts'
import { alert, card, heading, notice, onward } from '../look/parts.ts'
import { ago, on } from '../look/times.ts'
import { type PageRequest, principalOf } from '../request.ts'
import { type Failure, form, page, type Route } from '../routing.ts'
import type { Outcome, Page } from '../outcome.ts'
import { holdingRoutes, holdings } from './admin-holdings.ts'
import { mustHaveFactor, ticketIfStuck, ticketRoutes } from './admin-ticket.ts'
import { cookiesOf, endReplaced } from './enter.ts'
import { rolesIn } from './roles.ts'

const policies = ['default', 'optional', 'required', 'off'] as const

/** One user: what there is to know of them, and what can be done. */
export const adminUserRoutes: readonly Route[] = [
  page('/admin/users/:id', userPage),
  form('/admin/users/:id', userPage, async (request) => {
    const { auth, client, form: sent, params } = request
    const { mfa: wanted } = sent
    const mfa = policies.find((policy) => policy === wanted)
    const { id = '' } = params
    // Nobody changes roles of their own: the form does not ask for them.
    const roles = auth.features.builtInUsers && sent['roles'] !== undefined && { roles: rolesIn(request) }
    const builtIn = auth.features.builtInUsers && {
      displayName: sent['displayName'] === '' ? null : sent['displayName'],
    }
    // What is kept here as a list of factors stays, unless something else was chosen.
    const policy = mfa === undefined ? {} : { mfa: mfa === 'default' ? null : mfa }
    const actor = principalOf(request)
    const before = await auth.administration.find(actor, id)
    const after = await auth.administration.change(actor, id, { ...roles, ...builtIn, ...policy }, client)
    const isNew = !(await mustHaveFactor(request, before)) && (await mustHaveFactor(request, after))
    return (isNew && (await ticketIfStuck(request, after))) || done(request, 'user_changed')
  }),
  act('disable', async ({ auth, client }, actor, id) =>
    auth.administration.change(actor, id, { disabled: true }, client),
  ),
  act('enable', async ({ auth, client }, actor, id) =>
    auth.administration.change(actor, id, { disabled: false }, client),
  ),
  act('revoke-sessions', ({ auth, client }, actor, id) => auth.administration.revokeSessions(actor, id, client)),
  act('revoke-api-tokens', ({ auth, client }, actor, id) => auth.administration.revokeApiTokens(actor, id, client)),
  form('/admin/users/:id/reset-factors', userPage, async (request) => {
    const { auth, client, params } = request
    const actor = principalOf(request)
    const { id = '' } = params
    await auth.administration.resetFactors(actor, id, client)
    const user = await auth.administration.find(actor, id)
    return (
      ((await mustHaveFactor(request, user)) && (await ticketIfStuck(request, user))) || done(request, 'user_changed')
    )
  }),
  ...ticketRoutes(userPage),
  ...holdingRoutes(userPage),
  form('/admin/users/:id/impersonate', userPage, async (request) => {
    const { auth, client, params, site } = request
    const result = await auth.administration.impersonate(principalOf(request), params['id'] ?? '', client)
    // The cookie changes hands: whoever logs out of the user's place is nobody.
    await endReplaced(request)
    return { to: site.home, cookies: cookiesOf(auth, result) }
  }),
  form('/admin/users/:id/delete', userPage, async (request) => {
    const { auth, client, params, site } = request
    await auth.administration.delete(principalOf(request), params['id'] ?? '', client)
    return { to: site.url('/admin/users', { done: 'user_deleted' }) }
  }),
  form('/admin/users/:id/reset-password', userPage, async (request) => {
    const { auth, client, params } = request
    const actor = principalOf(request)
    const { id = '' } = params
    const link = await auth.administration.resetPassword(actor, id, client)
    return { page: linkPage(request, await auth.administration.find(actor, id), link) }
  }),
]

function act(
  name: string,
  run: (request: PageRequest, actor: ReturnType<typeof principalOf>, id: string) => Promise<unknown>,
): Route {
  return form(`/admin/users/:id/${name}`, userPage, async (request) => {
    await run(request, principalOf(request), request.params['id'] ?? '')
    return done(request, 'user_changed')
  })
}

function done({ site, params }: PageRequest, what: string): Outcome {
  return { to: site.url(`/admin/users/${params['id']}`, { done: what }) }
}

async function userPage(request: PageRequest, failure?: Failure): Promise<Page> {
  const { say, auth, params, site } = request
  const actor = principalOf(request)
  const administered = await auth.administration.find(actor, params['id'] ?? '')
  const { user, createdAt, disabledAt, hasPassword } = administered
  const facts: readonly (readonly [string, Content])[] = [
    [say('field.username'), user.username],
    [say('field.email'), user.email && html`${user.email} ${user.emailVerified ? say('admin.user.verified') : ''}`],
    [say('admin.user.created'), createdAt && on(request, createdAt)],
    [say('field.password'), say(hasPassword ? 'yes' : 'no')],
    [say('admin.user.id'), html`<code>${user.id}</code>`],
    [
      say('admin.user.state'),
      disabledAt === undefined
        ? say('admin.user.active')
        : html`${say('admin.user.disabled')} ${ago(request, disabledAt)}`,
    ],
  ]
  const shown = facts.filter(([, value]) => value !== undefined)
  const list = shown.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)
  const events = html`<p><a href="${site.url('/admin/events', { user: user.id })}">${say('admin.user.events')}</a></p>`
  const body = html`${heading(user.displayName ?? user.username)}${alert(request, failure)}${notice(request)}
${card(undefined, html`<dl class="facts">${list}</dl>${auth.features.audit && events}`)}
${card(say('admin.user.change'), changeForm(request, administered))}
${card(say('admin.user.actions'), actions(request, administered))}${await holdings(request, user.id)}`
  const title = user.displayName ?? user.username
  return { title, area: 'admin', section: '/admin/users', back: '/admin/users', body }
}

function changeForm(request: PageRequest, { user, mfa }: AdministeredUser): Content {
  const { say, site, auth } = request
  const now = typeof mfa === 'object' ? 'keep' : (mfa ?? 'default')
  const choices = policies.map((policy) => [policy, say(`admin.mfa.${policy}`)] as const)
  const kept = typeof mfa === 'object' ? [['keep', mfa.required.join(', ')] as const] : []
  const ours = auth.features.builtInUsers && [
    displayNameField(request, user.displayName),
    !isOneself(request, user) && rolesField(request, user.roles.join(', ')),
  ]
  const policy = select('mfa', say('admin.user.mfa'), [...choices, ...kept], now)
  return post(site.url(`/admin/users/${user.id}`), [ours, policy], say('save'))
}

function actions(request: PageRequest, { user, disabledAt }: AdministeredUser): Content {
  const { say, site, auth } = request
  const to = (name: string) => site.url(`/admin/users/${user.id}/${name}`)
  const ask = (name: ActName) => {
    const isDangerous = name === 'disable' || name === 'delete'
    const sure = action(to(name), say(`admin.sure.${name}`), harmless.has(name) ? 'main' : 'danger', user.username)
    const question = say(`admin.ask.${name}`)
    return html`<li>${careful(say(`admin.act.${name}`), user.username, question, sure, isDangerous)}</li>`
  }
  const { features } = auth
  const isOthers = !isOneself(request, user)
  const isActive = disabledAt === undefined
  const hasFactors = features.factors.length > 0
  const enable = html`<li>${action(to('enable'), say('admin.act.enable'), 'quiet', user.username)}</li>`
  const ends = [
    isActive ? isOthers && ask('disable') : enable,
    features.builtInUsers && isOthers && ask('delete'),
  ].filter((one) => one !== false)
  return html`<ul class="acts">${isActive && isOthers && ask('impersonate')}${ask('reset-password')}
${hasFactors && [ask('enrolment-ticket'), ask('reset-factors')]}</ul>
<ul class="acts">${ask('revoke-sessions')}${ask('revoke-api-tokens')}</ul>
${ends.length > 0 && html`<ul class="acts apart">${ends}</ul>`}`
}

const harmless: ReadonlySet<ActName> = new Set(['impersonate', 'reset-password', 'enrolment-ticket'])

function isOneself(request: PageRequest, { id }: User): boolean {
  return principalOf(request).user.id === id
}

type ActName =
  | 'impersonate'
  | 'disable'
  | 'reset-password'
  | 'revoke-sessions'
  | 'revoke-api-tokens'
  | 'reset-factors'
  | 'enrolment-ticket'
  | 'delete'

/** Where a link went, or the link itself when there was no address for it: this once. */
export function linkPage(
  request: PageRequest,
  { user }: AdministeredUser,
  { sentTo, link, expiresAt }: OfferedLink,
): Page {
  const { say, site } = request
  if (sentTo === undefined && link === undefined) throw new AuthError('internal_error')
  const content =
    link === undefined
      ? html`<p>${say('admin.link.sent', { address: sentTo ?? '' })}</p>`
      : copyField(request, 'link', say('admin.link.hand-over'), link.reveal())
  const body = html`${heading(say('admin.link.title', { user: user.username }))}
${card(undefined, html`${content}<p class="hint">${say('expires')} ${ago(request, expiresAt)}</p>`)}
${onward(site.url(`/admin/users/${user.id}`), say('continue'))}`
  const title = say('admin.link.title', { user: user.username })
  return { title, area: 'admin', section: '/admin/users', back: '/admin/users', body }
}
