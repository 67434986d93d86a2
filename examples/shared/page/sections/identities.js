import { call } from '../lib/api.js'
import { confirm } from '../lib/dialog.js'
import { announce, h } from '../lib/dom.js'
import { askDirectory, leaveFor } from '../lib/provider.js'
import { withStepUp } from '../lib/step-up.js'
import { formatDate, formatRelative } from '../lib/time.js'

export const identities = {
  id: 'identities',
  title: 'Linked accounts',
  isShown: ({ providers }) => providers.length > 0,

  async render(context) {
    const { items } = await call('GET', '/auth/identities')
    return [
      h('p', { class: 'lead' }, 'Accounts elsewhere that open this one: you log in there, and are let in here.'),
      items.length > 0
        ? h(
            'ul',
            { class: 'rows', 'aria-label': 'Your linked accounts' },
            items.map((item) => row(item, context)),
          )
        : h('p', { class: 'empty' }, 'You have linked none.'),
      h(
        'section',
        { class: 'panel', 'aria-labelledby': 'link-account' },
        h('h2', { id: 'link-account' }, 'Link another one'),
        h(
          'div',
          { class: 'actions start' },
          context.providers.map((provider) =>
            h('button', { type: 'button', onclick: () => link(provider, context) }, `Link ${provider.label}`),
          ),
        ),
      ),
    ]
  },
}

function row(item, context) {
  const { id, provider, subject, name, createdAt, lastLoginAt } = item
  const label = context.providers.find((known) => known.id === provider)?.label ?? provider
  const used = lastLoginAt ? `last log-in ${formatRelative(lastLoginAt)}` : 'no log-in yet'
  return h(
    'li',
    { class: 'row', 'data-id': id },
    h(
      'div',
      { class: 'row-text' },
      h('h2', {}, label),
      h('p', { class: 'meta' }, `${name ?? subject} · linked ${formatDate(createdAt)} · ${used}`),
    ),
    h(
      'div',
      { class: 'row-actions' },
      h(
        'button',
        {
          type: 'button',
          class: 'danger',
          'aria-label': `Unlink ${label}`,
          onclick: () => unlink(id, label, context),
        },
        'Unlink',
      ),
    ),
  )
}

async function link(provider, { refresh }) {
  const path = `/auth/identities/${provider.id}/link`
  if (provider.protocol !== 'ldap') {
    return leaveFor(() => withStepUp(() => call('POST', path, { returnTo: '/?linked=1#identities' })))
  }
  const send = (credentials) => withStepUp(() => call('POST', path, credentials))
  if (!(await askDirectory(provider, 'Link', send))) return
  announce('The account is linked.')
  await refresh()
}

async function unlink(id, label, { refresh }) {
  const text = `Whoever logs in at ${label} is not let in here any more, and sessions that began there end.`
  if (!(await confirm(`Unlink ${label}?`, text, 'Unlink'))) return
  await withStepUp(() => call('DELETE', `/auth/identities/${id}`))
  announce('The account is unlinked.')
  await refresh()
}
