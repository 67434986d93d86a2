import { call, Cancelled, session as sessionEvents } from './lib/api.js'
import { announce, h } from './lib/dom.js'
import { apiTokens } from './sections/api-tokens.js'
import { documents } from './sections/documents.js'
import { factors } from './sections/factors.js'
import { identities } from './sections/identities.js'
import { logIn } from './sections/log-in.js'
import { outbox } from './sections/outbox.js'
import { password } from './sections/password.js'
import { sessions } from './sections/sessions.js'
import { tour } from './sections/tour.js'
import { unlock } from './sections/unlock.js'
import { messageOf } from './lib/messages.js'

const root = document.querySelector('#app')
const demo = await call('GET', '/page/demo.json')
const providers = await call('GET', '/auth/providers').then(
  ({ items }) => items,
  () => [],
)

/** One section a module: `{ id, title, render(context) }`, where `render` resolves to what is to be seen. */
const sections = [tour, documents, apiTokens, sessions, factors, identities, password, outbox].filter(
  ({ isShown }) => isShown?.({ demo, providers }) ?? true,
)

let session

/** The log-in, with the reason why one stands before it. */
function showLogIn(notice) {
  session = undefined
  document.title = 'Log in · Sallyport'
  root.replaceChildren(logIn({ demo, providers, notice, done: () => enter(notKept) }))
}

/** What the demo would have sent, for whoever waits for a link or a code outside. */
async function showOutbox() {
  document.title = 'Outbox · Sallyport'
  const back = h('p', {}, h('a', { href: '#' }, '← Back'))
  root.replaceChildren(h('main', { class: 'outside' }, back, h('h1', {}, outbox.title), await outbox.render()))
}

/** The second door. */
function showUnlock(locked) {
  document.title = 'Two-step verification · Sallyport'
  root.replaceChildren(unlock({ demo, locked, done: () => enter(notKept), leave: logOut }))
}

const notKept =
  'You are logged in, but the browser did not keep it. Is this the address that the service is set up for, and do you allow cookies?'

/** Behind the log-in: whoever the server says is there. Nobody stands before it, told why if they did not expect it. */
async function enter(surprise) {
  session = await call('GET', '/auth/session')
  if (session.status !== 'unlocked' && demo.hasOutbox && location.hash === '#outbox') return showOutbox()
  if (session.status === 'locked') return showUnlock(session)
  if (session.status !== 'unlocked') return showLogIn(surprise)
  root.replaceChildren(frame())
  await showSection({ moved: surprise !== undefined })
}

function frame() {
  const { user, impersonator } = session
  const roles = user.roles.join(', ') || 'no role'
  return h(
    'div',
    { class: 'frame' },
    h('a', { class: 'skip', href: '#content', onclick: skip }, 'Skip to the content'),
    h(
      'header',
      {},
      h(
        'a',
        { class: 'brand', href: '#documents' },
        h('img', { src: '/page/icon.svg', alt: '', width: 28, height: 28 }),
        'Documents',
      ),
      h(
        'div',
        { class: 'who' },
        h(
          'span',
          {},
          h('b', {}, user.displayName ?? user.username),
          h('small', {}, impersonator ? 'You act in their place' : roles),
        ),
        demo.hasPages && h('a', { href: '/account' }, 'Your account'),
        h('button', { type: 'button', onclick: logOut }, 'Log out'),
      ),
    ),
    h(
      'nav',
      { 'aria-label': 'Sections' },
      sections.map(({ id, title }) => h('a', { href: `#${id}`, 'data-section': id }, title)),
    ),
    h('main', { id: 'content', tabindex: '-1' }),
  )
}

let turn = 0

/** Shows what the address names. Of two that overlap the later one stays. */
async function showSection({ extra, moved = false } = {}) {
  if (session?.status !== 'unlocked') return
  const mine = ++turn
  const [id, part] = location.hash.slice(1).split('/')
  const section = sections.find((candidate) => candidate.id === id) ?? documents
  const main = document.querySelector('#content')
  const heading = h('h1', { tabindex: '-1' }, section.title)
  const context = {
    session,
    demo,
    providers,
    part: part && decodeURIComponent(part),
    extra,
    may: (permission) => session.permissions.includes(permission),
    refresh: (more) => showSection({ extra: more }),
    go: (place) => (location.hash === `#${place}` ? showSection() : (location.hash = place)),
    logOut,
  }
  let content
  try {
    content = await section.render(context)
  } catch (error) {
    if (session === undefined || mine !== turn) return
    content = [
      h('p', { class: 'error', role: 'alert' }, error.message),
      h('div', { class: 'actions start' }, h('button', { type: 'button', onclick: () => showSection() }, 'Try again')),
    ]
    if (error.code === undefined) console.error(error)
  }
  if (session === undefined || mine !== turn) return
  document.title = `${section.title} · Sallyport`
  for (const link of document.querySelectorAll('[data-section]')) {
    const isCurrent = link.dataset.section === section.id
    if (isCurrent) link.setAttribute('aria-current', 'page')
    else link.removeAttribute('aria-current')
  }
  main.replaceChildren(heading, ...content.filter(Boolean))
  if (moved) heading.focus()
}

async function logOut() {
  try {
    await call('POST', '/auth/logout')
  } catch (error) {
    if (error.code === 'offline' || error.code === 'unavailable') return announce(error.message)
  }
  showLogIn('You are logged out.')
}

function skip(event) {
  event.preventDefault()
  document.querySelector('#content').focus()
}

addEventListener('hashchange', () => {
  // What a dialog asks belongs to the place that one has left.
  closeDialogs()
  if (session?.status === 'unlocked') void showSection({ moved: true })
  else void enter(location.hash.length > 1 ? 'Log in first: then you come there.' : undefined)
})

function closeDialogs() {
  for (const open of document.querySelectorAll('dialog')) open.close()
}

sessionEvents.addEventListener('lost', ({ detail: problem }) => {
  closeDialogs()
  if (session !== undefined) showLogIn(problem.message)
})

// What a button's listener could not do: a refusal is told, a mistake of ours as well, and nothing stays silent.
addEventListener('unhandledrejection', (event) => {
  if (event.reason instanceof Cancelled) event.preventDefault()
  else if (event.reason?.code !== undefined) {
    event.preventDefault()
    if (session !== undefined) announce(event.reason.message)
  } else announce('Something went wrong in this page. Please reload it.')
})

/** What the server says in the address to somebody who comes back from a provider. It does not stay there. */
function saidInAddress() {
  const said = new URLSearchParams(location.search)
  if (location.search !== '') history.replaceState(null, '', `/${location.hash}`)
  if (said.has('error')) return messageOf({ code: said.get('error') })
  if (said.has('linked')) return 'The account is linked.'
  if (said.has('confirmed')) return 'Thank you. Please do it once more now.'
}

try {
  const said = saidInAddress()
  await enter()
  if (said && session === undefined) showLogIn(said)
  else if (said) announce(said)
} catch (error) {
  showLogIn(error.message)
}
