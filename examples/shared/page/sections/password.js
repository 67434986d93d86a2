import { call, wrongPassword } from '../lib/api.js'
import { announce, checkbox, form, h, passwordField } from '../lib/dom.js'
import { withStepUp } from '../lib/step-up.js'

/** A provider alone has let this session in: by itself, or with the password of a directory, proven at the same moment. */
function hasPassword({ assurance: { provenAt } }) {
  return provenAt.fed === undefined || (provenAt.pwd !== undefined && provenAt.pwd !== provenAt.fed)
}

export const password = {
  id: 'password',
  title: 'Password',

  async render({ session, refresh }) {
    if (!hasPassword(session)) {
      const text =
        'You have logged in by another provider, and your password is there. If you have one here as well, log in with it to change it.'
      return [h('p', { class: 'empty' }, text)]
    }
    const current = passwordField('Present password', { autocomplete: 'current-password' })
    const chosen = passwordField(
      'New password',
      { autocomplete: 'new-password' },
      'At least 15 characters. A few words that have nothing to do with each other are easy to keep in mind.',
    )
    const others = checkbox('Log me out everywhere else', { checked: true })
    const tokens = checkbox('Revoke my API tokens, too')
    const change = async () => {
      const body = {
        current: current.input.value,
        password: chosen.input.value,
        revokeOthers: others.input.checked,
        revokeApiTokens: tokens.input.checked,
      }
      await withStepUp(() => call('POST', '/auth/password/change', body)).catch(wrongPassword)
      await refresh()
      announce('Your password is changed.')
    }
    return [
      h('p', { class: 'lead' }, 'Change it when somebody else may know it. There is no other reason to.'),
      h(
        'div',
        { class: 'panel' },
        form(
          { label: 'Change password', onsubmit: change },
          // For password managers: whose password it is.
          h('input', { hidden: true, autocomplete: 'username', value: session.user.username, readonly: true }),
          current.element,
          chosen.element,
          others.element,
          tokens.element,
          h('div', { class: 'actions' }, h('button', { class: 'primary' }, 'Change password')),
        ),
      ),
    ]
  },
}
