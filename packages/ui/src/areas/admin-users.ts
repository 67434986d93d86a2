import type { AdministeredUser } from '@sallyport/core'
import { type Content, html } from '../html.ts'
import { icon } from '../look/icons.ts'
import { alert, card, field, heading, more, notice, type Row, rows } from '../look/parts.ts'
import { ago } from '../look/times.ts'
import { optional, type PageRequest, principalOf, required } from '../request.ts'
import { type Failure, form, page, type Route } from '../routing.ts'
import type { Page } from '../outcome.ts'
import { administratorOf } from './admin.ts'
import { linkPage } from './admin-user.ts'
import { rolesIn } from './roles.ts'

/** The users that there are, and new ones. */
export const adminUsersRoutes: readonly Route[] = [
  page('/admin/users', usersPage),
  page('/admin/users/new', newPage),
  form('/admin/users', newPage, async (request) => {
    const { auth, client } = request
    const roles = rolesIn(request)
    const wanted = {
      username: required(request, 'username'),
      email: optional(request, 'email'),
      displayName: optional(request, 'displayName'),
      roles,
    }
    const { user, invitation } = await auth.administration.create(principalOf(request), wanted, client)
    return { page: linkPage(request, user, invitation) }
  }),
]

async function usersPage(request: PageRequest, failure?: Failure): Promise<Page> {
  const { say, auth, site, query } = request
  const search = query['search'] === '' ? undefined : query['search']
  const { items, next } = await auth.administration.list(principalOf(request), {
    search,
    cursor: query['cursor'],
    limit: 30,
  })
  const list = rows(
    say('admin.users.title'),
    items.map((item) => userRow(request, item)),
    say('admin.users.none'),
  )
  const body = html`<div class="beside">${heading(say('admin.users.title'))}${auth.features.builtInUsers && html`<a class="button main" href="${site.url('/admin/users/new')}">${say('admin.users.new')}</a>`}</div>${alert(request, failure)}${notice(request)}
<form class="search" role="search" action="${site.url('/admin/users')}">${field({ name: 'search', label: say('admin.users.search'), type: 'search', value: search, isOptional: true })}<button class="other">${say('search')}</button></form>
${card(undefined, html`${list}${more(request, next, (cursor) => site.url('/admin/users', { search, cursor }))}`)}`
  return { title: say('admin.users.title'), area: 'admin', section: '/admin/users', body }
}

function userRow(request: PageRequest, { user, createdAt, disabledAt }: AdministeredUser): Row {
  const { say, site } = request
  const facts: readonly Content[] = [
    [user.displayName, user.email].filter(Boolean).join(' · '),
    user.roles.length > 0 && user.roles.join(', '),
    createdAt !== undefined && html`${say('made')} ${ago(request, createdAt)}`,
  ]
  return {
    title: html`<a class="through" href="${site.url(`/admin/users/${user.id}`)}">${user.username}</a>`,
    isBad: true,
    badge: disabledAt !== undefined && say('admin.user.disabled'),
    facts: facts.filter(Boolean),
    actions: icon('chevron'),
  }
}

function newPage(request: PageRequest, failure?: Failure): Page {
  const { say, site, form: sent } = request
  administratorOf(request)
  const body = html`${heading(say('admin.new.title'), say('admin.new.lead'))}${alert(request, failure)}
${card(
  undefined,
  html`<form method="post" action="${site.url('/admin/users')}">
${field({ name: 'username', label: say('field.username'), value: sent['username'] })}
${field({ name: 'email', label: say('field.email-optional'), type: 'email', value: sent['email'], isOptional: true, maxLength: 254 })}
${field({ name: 'displayName', label: say('field.display-name-optional'), value: sent['displayName'], isOptional: true, maxLength: 200 })}
${field({ name: 'roles', label: say('field.roles'), value: sent['roles'], isOptional: true, hint: say('hint.roles') })}
<button class="main">${say('admin.new.invite')}</button></form>`,
)}`
  return { title: say('admin.new.title'), area: 'admin', section: '/admin/users', back: '/admin/users', body }
}
