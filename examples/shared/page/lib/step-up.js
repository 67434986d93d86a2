import { call, Cancelled, wrongPassword } from './api.js'
import { dialog } from './dialog.js'
import { form, h, passwordField } from './dom.js'

/** Does something that needs a recent authentication: when the server asks for one, so does this, and tries again. */
export async function withStepUp(action) {
  try {
    return await action()
  } catch (error) {
    if (error.code !== 'step_up_required') throw error
    await confirmItIsYou()
    return action()
  }
}

async function confirmItIsYou() {
  const password = passwordField('Your password', { autocomplete: 'current-password' })
  const confirmed = await dialog('Please confirm that it is you', (close) =>
    form(
      {
        label: 'Confirm that it is you',
        onsubmit: async () => {
          await call('POST', '/auth/reauthenticate', { password: password.input.value }).catch(wrongPassword)
          close(true)
        },
      },
      h('p', {}, 'You logged in a while ago, and this is something that nobody else should do in your place.'),
      password.element,
      h(
        'div',
        { class: 'actions' },
        h('button', { type: 'button', onclick: () => close(false) }, 'Cancel'),
        h('button', { class: 'primary' }, 'Confirm'),
      ),
    ),
  )
  if (!confirmed) throw new Cancelled()
}
