import { call } from '../lib/api.js'
import { h } from '../lib/dom.js'
import { formatDateTime } from '../lib/time.js'

const lookAgainMs = 2000

/** What the demo would have sent by e-mail. Whoever is not logged in sees it too: there are links for them in it. */
export const outbox = {
  id: 'outbox',
  title: 'Outbox',
  isShown: ({ demo }) => demo.hasOutbox,

  async render() {
    const place = h('div', { class: 'letters' })
    await show(place)
    const timer = setInterval(() => {
      if (!place.isConnected) clearInterval(timer)
      else if (document.visibilityState === 'visible') show(place).catch(() => {})
    }, lookAgainMs)
    return [
      h('p', { class: 'lead' }, 'The demo sends no e-mail: what people would get is here, until the server stops.'),
      place,
    ]
  },
}

/** Shows what is new; what is there stays as it is, so that nothing is taken from under a hand. */
async function show(place) {
  const { items } = await call('GET', '/page/outbox.json')
  const newest = items[0]?.at ?? 'none'
  if (place.dataset.newest === newest) return
  place.dataset.newest = newest
  place.replaceChildren(
    items.length > 0
      ? h('ul', { class: 'rows', 'aria-label': 'Messages' }, items.map(letter))
      : h('p', { class: 'empty' }, 'Nothing yet. Register, or say that you have forgotten your password.'),
  )
}

function letter({ to, subject, text, at }) {
  return h(
    'li',
    { class: 'letter' },
    h('h2', {}, subject),
    h('p', { class: 'meta' }, `To ${to} · ${formatDateTime(at)}`),
    text.trim().split(/\n\n+/).map(paragraph),
  )
}

function paragraph(text) {
  if (/^https?:\S+$/.test(text)) return h('p', {}, h('a', { href: text, rel: 'noreferrer' }, text))
  return h('p', {}, /^\S{6,}$/.test(text) ? h('code', {}, text) : text)
}
