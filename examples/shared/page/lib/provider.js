import { field, form, h, passwordField } from './dom.js'
import { dialog } from './dialog.js'

/** Leaves the page for a provider: `start` asks the server where to. */
export async function leaveFor(start) {
  const { redirectTo } = await start()
  location.assign(redirectTo)
  // Until the browser has left there is nothing more to do here.
  await new Promise(() => {})
}

/** Name and password for a directory. */
export function directoryFields() {
  const username = h('input', {
    required: true,
    maxlength: 256,
    autocomplete: 'username',
    autocapitalize: 'none',
    spellcheck: 'false',
  })
  const password = passwordField('Password', { autocomplete: 'current-password' })
  return {
    elements: [field('User name', username), password.element],
    read: () => ({ username: username.value, password: password.input.value }),
  }
}

/** Asks for name and password of a directory until `send` accepts them; resolves to what it resolves to. */
export function askDirectory({ label }, action, send) {
  const fields = directoryFields()
  return dialog(label, (close) =>
    form(
      { label, onsubmit: async () => close((await send(fields.read())) ?? true) },
      ...fields.elements,
      h(
        'div',
        { class: 'actions' },
        h('button', { type: 'button', onclick: () => close(undefined) }, 'Cancel'),
        h('button', { class: 'primary' }, action),
      ),
    ),
  )
}
