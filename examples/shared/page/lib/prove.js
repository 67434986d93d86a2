import { field, form, h, passwordField } from './dom.js'
import { knowsPasskeys, usePasskey } from './passkeys.js'

/** What each kind of factor is called. */
export const factorNames = {
  totp: 'Authenticator app',
  passkey: 'Passkey',
  email: 'Code by e-mail',
  'recovery-codes': 'Recovery code',
}

/** The ways to prove a factor, out of the kinds that the server names. */
export function factorWays(kinds, { begin, finish }) {
  const forms = { totp: totpForm, passkey: passkeyForm, email: emailForm, 'recovery-codes': recoveryForm }
  return [...new Set(kinds)]
    .filter((kind) => Object.hasOwn(forms, kind) && (kind !== 'passkey' || knowsPasskeys))
    .map((kind) => ({ label: factorNames[kind], show: (frame) => forms[kind](frame, { begin, finish }) }))
}

/** The way by the password. */
export function passwordWay(finish) {
  const show = (frame) => {
    const password = passwordField('Your password', { autocomplete: 'current-password' })
    return frame(() => finish(password.input.value), password.element)
  }
  return { label: 'Password', show }
}

/**
 * Lets a person prove who they are in one of several ways, each `{ label, show(frame) }`. `frame(onsubmit, …content)` makes
 * the form around what a way has to ask for.
 */
export function prove({ ways, label, action, cancel }) {
  const element = h('div', { class: 'prove' })
  const frame = (onsubmit, ...content) =>
    form(
      { label, onsubmit },
      ...content,
      h(
        'div',
        { class: 'actions' },
        cancel && h('button', { type: 'button', onclick: cancel }, 'Cancel'),
        h('button', { class: cancel ? 'primary' : 'primary wide' }, action),
      ),
    )
  const show = (way) => {
    const rest = ways.filter((other) => other !== way)
    const buttons = rest.map((other) => h('button', { type: 'button', onclick: () => show(other) }, other.label))
    element.replaceChildren(
      way.show(frame),
      rest.length > 0 ? h('div', { class: 'others' }, h('p', { class: 'hint' }, 'Or by'), buttons) : '',
    )
    queueMicrotask(() => element.querySelector('input, button.primary')?.focus())
  }
  show(ways[0])
  return element
}

function codeInput(attributes) {
  return h('input', { required: true, maxlength: 64, autocapitalize: 'none', spellcheck: 'false', ...attributes })
}

function digitsInput() {
  return codeInput({ inputmode: 'numeric', autocomplete: 'one-time-code' })
}

function totpForm(frame, { finish }) {
  const code = digitsInput()
  const hint = 'The six digits that your authenticator app shows now.'
  return frame(() => finish({ factor: 'totp', code: code.value }), field('Code', code, hint))
}

function recoveryForm(frame, { finish }) {
  const code = codeInput({ autocomplete: 'off' })
  const hint = 'One of those that you wrote down. Each works once.'
  return frame(() => finish({ factor: 'recovery-codes', code: code.value }), field('Recovery code', code, hint))
}

function passkeyForm(frame, { begin, finish }) {
  const submit = async () => {
    const response = await usePasskey(await begin('passkey'))
    await finish({ factor: 'passkey', response }).catch((error) => {
      if (error.code === 'invalid_code') error.message = 'This passkey was not accepted.'
      throw error
    })
  }
  return frame(submit, h('p', {}, 'Your browser asks for your passkey.'))
}

function emailForm(frame, { begin, finish }) {
  const code = digitsInput()
  const entry = field('Code', code, 'It is on its way to your address, and good for ten minutes.')
  code.disabled = entry.hidden = true
  const text = h('p', {}, 'We send a code to your e-mail address.')
  const submit = async () => {
    if (!code.disabled) return finish({ factor: 'email', code: code.value })
    await begin('email')
    code.disabled = entry.hidden = false
    text.hidden = true
    queueMicrotask(() => code.focus())
  }
  return frame(submit, text, entry)
}
