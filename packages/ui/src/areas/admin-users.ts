import type { AdministeredUser } from '@sallyport/core'
import { type Content, html } from '../html.ts'
import { displayNameField, field, post, rolesField } from '../look/forms.ts'
import { alert, card, heading, more, notice, type Row, rows } from '../look/parts.ts'
import { icon } from '../look/icons.ts'
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
  const url = site.url('/admin/users')
  const label = say('admin.users.search')
  const box = field({ name: 'search', label, type: 'search', value: search, isOptional: true })
  const invite = html`<a class="button main" href="${site.url('/admin/users/new')}">${say('admin.users.new')}</a>`
  const body = html`<div class="beside">${heading(say('admin.users.title'))}${auth.features.builtInUsers && invite}</div>
${alert(request, failure)}${notice(request)}
<form class="search" role="search" action="${url}">${box}<button class="other">${say('search')}</button></form>
${card(undefined, [list, more(request, next, (cursor) => site.url('/admin/users', { search, cursor }))])}`
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
  const email = field({
    name: 'email',
    label: say('field.email-optional'),
    type: 'email',
    value: sent['email'],
    isOptional: true,
    maxLength: 254,
  })
  const fields = [
    field({ name: 'username', label: say('field.username'), value: sent['username'] }),
    email,
    displayNameField(request, sent['displayName']),
    rolesField(request, sent['roles']),
  ]
  const body = html`${heading(say('admin.new.title'), say('admin.new.lead'))}${alert(request, failure)}
${card(undefined, post(site.url('/admin/users'), fields, say('admin.new.invite')))}`
  return { title: say('admin.new.title'), area: 'admin', section: '/admin/users', back: '/admin/users', body }
}
