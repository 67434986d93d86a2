import { call } from '../lib/api.js'
import { confirm } from '../lib/dialog.js'
import { announce, h } from '../lib/dom.js'
import { factorNames } from '../lib/prove.js'
import { withStepUp } from '../lib/step-up.js'
import { formatDate, formatRelative } from '../lib/time.js'
import { additions, recoveryPanel } from './factor-additions.js'

export const factors = {
  id: 'factors',
  title: 'Two-step verification',

  async render(context) {
    const { items } = await call('GET', '/auth/factors')
    return [
      h('p', { class: 'lead' }, 'What is asked for besides your password: nobody gets in who only knows that.'),
      context.extra?.codes && recoveryPanel(context.extra.codes, context),
      items.length > 0
        ? h(
            'ul',
            { class: 'rows', 'aria-label': 'Your steps' },
            items.map((item) => row(item, context)),
          )
        : h('p', { class: 'empty' }, 'Nothing is set up yet: your password is all that is needed to log in.'),
      additions(items, context),
    ]
  },
}

function row(item, context) {
  const { id, factor, name, createdAt, lastUsedAt, remaining } = item
  const kind = factor === 'recovery-codes' ? 'Recovery codes' : factorNames[factor]
  const title = name ?? kind
  const used = lastUsedAt ? `last used ${formatRelative(lastUsedAt)}` : 'not used yet'
  return h(
    'li',
    { class: 'row', 'data-id': id },
    h(
      'div',
      { class: 'row-text' },
      h('h2', {}, title),
      h('p', { class: 'meta' }, [...(name ? [kind] : []), `added ${formatDate(createdAt)}`, used].join(' · ')),
      remaining !== undefined &&
        h('p', { class: remaining < 4 ? 'meta warning' : 'meta' }, `${remaining} of 10 codes are left`),
    ),
    h(
      'div',
      { class: 'row-actions' },
      h(
        'button',
        {
          type: 'button',
          class: 'danger',
          'aria-label': `Remove ${title}`,
          onclick: () => remove(item, title, context),
        },
        'Remove',
      ),
    ),
  )
}

async function remove({ id }, title, { refresh }) {
  const text = 'It will not be asked for any more, and does not open this account any more.'
  if (!(await confirm(`Remove “${title}”?`, text, 'Remove'))) return
  await withStepUp(() => call('DELETE', `/auth/factors/${id}`))
  announce(`“${title}” is removed.`)
  await refresh()
}
