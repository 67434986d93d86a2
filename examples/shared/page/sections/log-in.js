import { call } from '../lib/api.js'
import { checkbox, field, form, h, passwordField } from '../lib/dom.js'

/** The first door. `done` is called with the answer; `notice` says why one stands here again. */
export function logIn({ done, notice, demo }) {
  const username = h('input', {
    name: 'username',
    required: true,
    maxlength: 128,
    autocomplete: 'username',
    autocapitalize: 'none',
    spellcheck: 'false',
  })
  const password = passwordField('Password', { name: 'password', autocomplete: 'current-password' })
  const remember = checkbox('Keep me logged in on this device', { checked: true })
  const submit = async () => {
    const body = { username: username.value, password: password.input.value, remember: remember.input.checked }
    await done(await call('POST', '/auth/login', body))
  }
  const fill = (user) => {
    username.value = user.username
    password.input.value = user.password
    element.querySelector('button.primary').focus()
  }
  const element = h(
    'main',
    { class: 'door' },
    h('img', { src: '/page/icon.svg', alt: '', width: 56, height: 56 }),
    h('h1', {}, 'Documents'),
    h('p', { class: 'lead' }, 'Please log in to read them.'),
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
  queueMicrotask(() => username.focus())
  return element
}
