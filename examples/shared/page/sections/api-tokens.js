import { call } from '../lib/api.js'
import { confirm, dialog } from '../lib/dialog.js'
import { announce, checkbox, copyable, field, form, h, select } from '../lib/dom.js'
import { withStepUp } from '../lib/step-up.js'
import { formatDate, formatDateTime, formatRelative } from '../lib/time.js'

const day = 86_400_000

export const apiTokens = {
  id: 'api-tokens',
  title: 'API tokens',

  async render(context) {
    const { items } = await call('GET', '/auth/api-tokens')
    return [
      h(
        'p',
        { class: 'lead' },
        'For programs that act in your name. A token can do what you can do at that moment, or less if you say so; never more.',
      ),
      context.extra && tokenPanel(context.extra, context),
      items.length === 0
        ? h('p', { class: 'empty' }, 'You have no API tokens yet.')
        : h(
            'ul',
            { class: 'rows', 'aria-label': 'Your API tokens' },
            items.map((item) => row(item, context)),
          ),
      newToken(context),
    ]
  },
}

function row(apiToken, context) {
  const { id, name, createdAt, expiresAt, lastUsedAt, scopes } = apiToken
  const overlap = Date.parse(apiToken.previousExpiresAt) > Date.now() && apiToken.previousExpiresAt
  return h(
    'li',
    { class: 'row', 'data-id': id },
    h(
      'div',
      { class: 'row-text' },
      h('h2', {}, name),
      overlap && h('p', { class: 'badge' }, `The old secret works until ${formatDateTime(overlap)}`),
      h(
        'p',
        { class: 'meta' },
        `Created ${formatRelative(createdAt)} · ${lastUsedAt ? `last used ${formatRelative(lastUsedAt)}` : 'never used'} · expires ${formatDate(expiresAt)}`,
      ),
      h('p', { class: 'meta' }, scopes ? `Only ${scopes.join(', ') || 'nothing'}` : 'Everything that you may do'),
    ),
    h(
      'div',
      { class: 'row-actions' },
      h(
        'button',
        { type: 'button', 'aria-label': `Rotate ${name}`, onclick: () => rotate(apiToken, context) },
        'Rotate',
      ),
      h(
        'button',
        { type: 'button', class: 'danger', 'aria-label': `Revoke ${name}`, onclick: () => revoke(apiToken, context) },
        'Revoke',
      ),
    ),
  )
}

function newToken({ session, refresh }) {
  const name = h('input', { required: true, maxlength: 200, autocomplete: 'off', placeholder: 'Nightly backup' })
  const life = select(
    [
      ['30', '30 days'],
      ['90', '90 days'],
      ['365', 'One year'],
      ['', '10 years'],
    ],
    '90',
  )
  // To administer is not what most programs are for: who wants that ticks it.
  const scopes = session.permissions.map((permission) =>
    checkbox(permission, { checked: permission !== 'sallyport:admin', value: permission }),
  )
  const make = async () => {
    const chosen = scopes.filter(({ input }) => input.checked).map(({ input }) => input.value)
    if (chosen.length === 0 && scopes.length > 0) throw new Error('Tick what it may do, at least one thing.')
    const body = {
      name: name.value,
      ...(life.value && { expiresAt: new Date(Date.now() + Number(life.value) * day).toISOString() }),
      ...(chosen.length < scopes.length && { scopes: chosen }),
    }
    const issued = await withStepUp(() => call('POST', '/auth/api-tokens', body))
    await refresh(issued)
  }
  return h(
    'section',
    { class: 'panel', 'aria-labelledby': 'new-token' },
    h('h2', { id: 'new-token' }, 'New token'),
    form(
      { label: 'New token', onsubmit: make },
      h(
        'div',
        { class: 'columns' },
        field('Name', name, 'So that you recognise it in the list.'),
        field('Good for', life),
      ),
      h(
        'fieldset',
        {},
        h('legend', {}, 'What it may do'),
        scopes.map(({ element }) => element),
      ),
      h('div', { class: 'actions' }, h('button', { class: 'primary' }, 'Create token')),
    ),
  )
}

/** The only time that the secret is shown. */
function tokenPanel({ apiToken, token }, { refresh }) {
  const { name, scopes, previousExpiresAt } = apiToken
  const url = `${location.origin}/api/v1/documents/1?token=${token}`
  const element = h(
    'section',
    { class: 'panel secret', 'aria-labelledby': 'secret-title', tabindex: '-1' },
    h('h2', { id: 'secret-title' }, `The token “${name}”`),
    h('p', {}, 'Copy it now. It is shown this once, and nobody can look it up later.'),
    previousExpiresAt && h('p', {}, overlapText(previousExpiresAt)),
    copyable('Token', token),
    copyable('Command', `curl -s "${url}"`, { multiline: true }),
    scopes &&
      !scopes.includes('documents:read') &&
      h('p', { class: 'hint' }, 'With these permissions the command is refused: it reads a document.'),
    h('div', { class: 'actions' }, h('button', { type: 'button', onclick: () => refresh() }, 'I have copied it')),
  )
  queueMicrotask(() => element.focus())
  return element
}

function overlapText(until) {
  if (Date.parse(until) <= Date.now()) return 'The old secret has stopped working.'
  return `The old secret works until ${formatDateTime(until)}, so that you can move over without an interruption.`
}

async function rotate({ id, name }, { refresh }) {
  const overlap = select(
    [
      ['86400000', 'one more day'],
      ['604800000', 'one more week'],
      ['3600000', 'one more hour'],
      ['0', 'not a moment longer'],
    ],
    '86400000',
  )
  const issued = await dialog(`Rotate “${name}”`, (close) =>
    form(
      {
        label: `Rotate ${name}`,
        onsubmit: async () => {
          const body = { overlapMs: Number(overlap.value) }
          close(await withStepUp(() => call('POST', `/auth/api-tokens/${id}/rotate`, body)))
        },
      },
      h('p', {}, 'The token gets a new secret, and keeps its name and its permissions.'),
      field('The old secret works for', overlap),
      h(
        'div',
        { class: 'actions' },
        h('button', { type: 'button', onclick: () => close(undefined) }, 'Cancel'),
        h('button', { class: 'primary' }, 'Rotate'),
      ),
    ),
  )
  if (issued) await refresh(issued)
}

async function revoke({ id, name }, { refresh }) {
  const text = 'Whatever uses it stops working with its next request. This can’t be undone.'
  if (!(await confirm(`Revoke “${name}”?`, text, 'Revoke'))) return
  await call('DELETE', `/auth/api-tokens/${id}`)
  announce(`“${name}” is revoked.`)
  await refresh()
}
