import { call } from '../lib/api.js'
import { confirm } from '../lib/dialog.js'
import { announce, h } from '../lib/dom.js'
import { formatDate, formatRelative } from '../lib/time.js'
import { describe } from '../lib/user-agent.js'

export const sessions = {
  id: 'sessions',
  title: 'Sessions',

  async render(context) {
    const { items } = await call('GET', '/auth/sessions')
    const ordered = items.toSorted((a, b) => b.current - a.current || b.lastSeenAt.localeCompare(a.lastSeenAt))
    return [
      h(
        'p',
        { class: 'lead' },
        'Where you are logged in. End whatever you do not recognise, and change your password then.',
      ),
      h(
        'ul',
        { class: 'rows', 'aria-label': 'Your sessions' },
        ordered.map((item) => row(item, context)),
      ),
      items.length > 1 &&
        h(
          'div',
          { class: 'actions start' },
          h('button', { type: 'button', class: 'danger', onclick: () => endOthers(context) }, 'End all others'),
        ),
    ]
  },
}

function row(item, context) {
  const { id, current, createdAt, lastSeenAt, expiresAt, address, userAgent, methods } = item
  const name = describe(userAgent)
  return h(
    'li',
    { class: 'row', 'data-id': id },
    h(
      'div',
      { class: 'row-text' },
      h('h2', {}, name, current && h('span', { class: 'badge inline' }, 'This one')),
      h('p', { class: 'meta' }, `From ${address ?? 'an unknown address'} · seen ${formatRelative(lastSeenAt)}`),
      h(
        'p',
        { class: 'meta' },
        `Logged in ${formatRelative(createdAt)} by ${waysOf(methods)} · until ${formatDate(expiresAt)}`,
      ),
    ),
    h(
      'div',
      { class: 'row-actions' },
      h(
        'button',
        {
          type: 'button',
          class: 'danger',
          'aria-label': current ? undefined : `End ${name}`,
          onclick: () => end(item, context),
        },
        current ? 'Log out' : 'End',
      ),
    ),
  )
}

async function end({ id, current }, { refresh, logOut }) {
  if (current) return logOut()
  await call('DELETE', `/auth/sessions/${id}`)
  announce('The session is ended.')
  await refresh()
}

async function endOthers({ refresh }) {
  const text = 'Everywhere else you will have to log in again. API tokens go on working.'
  if (!(await confirm('End all other sessions?', text, 'End all others'))) return
  await call('POST', '/auth/sessions/revoke-others')
  announce('All other sessions are ended.')
  await refresh()
}

const names = {
  pwd: 'password',
  otp: 'one-time code',
  hwk: 'passkey',
  swk: 'passkey',
  recovery: 'recovery code',
  email: 'code by e-mail',
  fed: 'another provider',
}

/** “password and passkey”: what says no more than that it was strong is left out. */
function waysOf(methods) {
  const ways = new Set(methods.filter((method) => method !== 'mfa' && method !== 'user').map(nameOf))
  return [...ways].join(' and ')
}

function nameOf(method) {
  return names[method] ?? method
}
