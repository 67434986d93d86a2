import { call } from '../lib/api.js'
import { confirm } from '../lib/dialog.js'
import { announce, copyable, field, form, h } from '../lib/dom.js'
import { withStepUp } from '../lib/step-up.js'
import { formatDateTime } from '../lib/time.js'

export const documents = {
  id: 'documents',
  title: 'Documents',

  async render({ may, go, part }) {
    if (!may('documents:read')) return missing('documents:read', 'see them')
    if (part === 'new') {
      if (may('documents:write')) return editor({ id: newId(), title: '', text: '' }, go)
      return missing('documents:write', 'write one')
    }
    if (part) return open(await call('GET', path(part)), { may, go })
    const { items } = await call('GET', '/api/v1/documents')
    return [
      h('p', { class: 'lead' }, 'What your roles let you read.'),
      items.length === 0 && h('p', { class: 'empty' }, 'There are no documents.'),
      h('ul', { class: 'cards' }, items.map(card)),
      may('documents:write') &&
        h('div', { class: 'actions start' }, h('a', { class: 'button', href: '#documents/new' }, 'New document')),
    ]
  },
}

function card({ id, title, text, updatedBy, updatedAt }) {
  return h(
    'li',
    {},
    h(
      'a',
      { class: 'card', href: `#documents/${id}` },
      h('h2', {}, title),
      h('p', { class: 'excerpt' }, text),
      h('p', { class: 'meta' }, `${updatedBy} · ${formatDateTime(updatedAt)}`),
    ),
  )
}

function open(document, { may, go }) {
  const { id, title, text, updatedBy, updatedAt } = document
  const place = h('div')
  const show = (...content) => place.replaceChildren(...content)
  show(
    h(
      'article',
      { class: 'panel document', 'aria-labelledby': 'document-title' },
      h('h2', { id: 'document-title' }, title),
      text.split(/\n+/).map((paragraph) => h('p', {}, paragraph)),
      h('p', { class: 'meta' }, `Document ${id} · written by ${updatedBy}, ${formatDateTime(updatedAt)}`),
      h(
        'div',
        { class: 'actions start' },
        may('documents:write') && h('button', { type: 'button', onclick: () => show(...editor(document, go)) }, 'Edit'),
        h('button', { type: 'button', onclick: () => link(id, place) }, 'Link that works once'),
        may('documents:delete') &&
          h('button', { type: 'button', class: 'danger', onclick: (event) => remove(document, go, event) }, 'Delete'),
      ),
      !may('documents:write') && h('p', { class: 'hint' }, 'To edit it you would need the permission documents:write.'),
    ),
  )
  return [h('p', {}, h('a', { href: '#documents' }, '← All documents')), place]
}

function editor(document, go) {
  const title = h('input', { required: true, maxlength: 200, value: document.title })
  const text = h('textarea', { rows: '10', maxlength: 20_000 }, document.text)
  const save = async () => {
    await call('PUT', path(document.id), { title: title.value, text: text.value })
    announce('Saved.')
    go(`documents/${document.id}`)
  }
  return [
    h(
      'div',
      { class: 'panel' },
      form(
        { label: 'Edit document', onsubmit: save },
        field('Title', title),
        field('Text', text),
        h(
          'div',
          { class: 'actions' },
          h(
            'button',
            { type: 'button', onclick: () => go(`documents${document.title ? `/${document.id}` : ''}`) },
            'Cancel',
          ),
          h('button', { class: 'primary' }, 'Save'),
        ),
      ),
    ),
  ]
}

async function link(id, place) {
  const { url, expiresAt } = await call('POST', '/auth/url-tokens', {
    method: 'GET',
    path: path(id),
    withinMs: 5 * 60_000,
    uses: 'once',
  })
  place.querySelector('.once')?.remove()
  const until = formatDateTime(expiresAt)
  place.append(
    h(
      'div',
      { class: 'panel once', role: 'group', 'aria-label': 'Link that works once' },
      copyable('Link', url),
      h('p', { class: 'hint' }, `It opens this document once, without any log-in, and only until ${until}.`),
    ),
  )
  place.querySelector('.once input').focus()
}

async function remove({ id, title }, go) {
  if (!(await confirm(`Delete “${title}”?`, 'Nobody can read it any more. This can’t be undone.', 'Delete'))) return
  await withStepUp(() => call('DELETE', path(id)))
  announce(`“${title}” is deleted.`)
  go('documents')
}

function missing(permission, what) {
  return [h('p', { class: 'empty' }, `To ${what} you would need the permission ${permission}. Ask whoever runs this.`)]
}

function path(id) {
  return `/api/v1/documents/${encodeURIComponent(id)}`
}

function newId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(5)), (byte) => byte.toString(36).padStart(2, '0')).join('')
}
