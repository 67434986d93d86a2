import { call } from '../lib/api.js'
import { announce, checkbox, field, form, h, passwordField } from '../lib/dom.js'
import { knowsPasskeys, offerPasskeys, stopOffering, usePasskey } from '../lib/passkeys.js'
import { askDirectory, leaveFor } from '../lib/provider.js'
import { isOffered, shortTour } from './tour.js'

/** The first door. `done` is called with the answer; `notice` says why one stands here again. */
export function logIn({ done: enter, notice, demo, providers }) {
  const hasPasskeys = demo.factors.includes('passkey') && knowsPasskeys
  const username = h('input', {
    name: 'username',
    required: true,
    maxlength: 128,
    autocomplete: hasPasskeys ? 'username webauthn' : 'username',
    autocapitalize: 'none',
    spellcheck: 'false',
  })
  const password = passwordField('Password', { name: 'password', autocomplete: 'current-password' })
  const remember = checkbox('Keep me logged in on this device', { checked: true })
  const done = (result) => {
    stopOffering()
    return enter(result)
  }
  const submit = async () => {
    const body = { username: username.value, password: password.input.value, remember: remember.input.checked }
    await done(await call('POST', '/auth/login', body))
  }
  const beginPasskey = () => call('POST', '/auth/login/passkey/options', {})
  const finishPasskey = async (response) => {
    const body = { response, remember: remember.input.checked }
    await done(await call('POST', '/auth/login/passkey', body).catch(refusedPasskey))
  }
  const byPasskey = async () => finishPasskey(await usePasskey(await beginPasskey()))
  const byProvider = async (provider) => {
    const path = `/auth/login/${provider.id}`
    const more = { remember: remember.input.checked }
    if (provider.protocol !== 'ldap') {
      return leaveFor(() => call('POST', path, { ...more, returnTo: `/${location.hash}` }))
    }
    const send = (credentials) => call('POST', path, { ...credentials, ...more })
    const result = await askDirectory(provider, 'Log in', send)
    if (result) await done(result)
  }
  const ways = [
    ...(hasPasskeys ? [way('Log in with a passkey', byPasskey)] : []),
    ...providers.map((provider) => way(`Log in with ${provider.label}`, () => byProvider(provider))),
  ]
  const fill = (user) => {
    username.value = user.username
    password.input.value = user.password
    element.querySelector('button.primary').focus()
  }
  const hasTour = isOffered({ demo })
  const door = h(
    hasTour ? 'div' : 'main',
    { class: 'door' },
    h('img', { src: '/page/icon.svg', alt: '', width: 56, height: 56 }),
    h('h1', {}, 'Documents'),
    h('p', { class: 'lead' }, 'The sample application. Please log in.'),
    notice && h('p', { class: 'notice', role: 'status' }, notice),
    h(
      'div',
      { class: 'panel' },
      form(
        { label: 'Log in', onsubmit: submit },
        field('User name', username),
        password.element,
        remember.element,
        h('div', { class: 'actions' }, h('button', { class: 'primary wide' }, 'Log in')),
      ),
      ways.length > 0 && h('div', { class: 'ways', role: 'group', 'aria-label': 'Other ways to log in' }, ways),
    ),
    demo.users.length > 0 &&
      h(
        'div',
        { class: 'demo' },
        h('p', {}, 'This is a demo. Try it as'),
        h(
          'ul',
          {},
          demo.users.map((user) =>
            h(
              'li',
              {},
              h(
                'button',
                { type: 'button', onclick: () => fill(user) },
                user.username,
                h('small', {}, user.roles.join(', ')),
              ),
            ),
          ),
        ),
      ),
    h('p', { class: 'foot' }, `Sallyport on ${demo.framework}`),
  )
  const element = hasTour ? h('main', { class: 'front' }, door, shortTour({ demo, providers })) : door
  queueMicrotask(() => username.focus())
  if (hasPasskeys)
    offerPasskeys({ begin: beginPasskey, finish: finishPasskey }).catch(({ message }) => announce(message))
  return element
}

/** A button for a way to log in. What goes wrong is said in passing. */
function way(label, onclick) {
  return h('button', { type: 'button', onclick: () => onclick().catch(({ message }) => announce(message)) }, label)
}

function refusedPasskey(error) {
  if (error.code === 'invalid_credentials') error.message = 'This passkey opens no account here.'
  throw error
}
