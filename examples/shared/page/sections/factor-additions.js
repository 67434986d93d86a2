import { call } from '../lib/api.js'
import { confirm, dialog } from '../lib/dialog.js'
import { announce, checkbox, copyable, field, form, h } from '../lib/dom.js'
import { createPasskey, knowsPasskeys } from '../lib/passkeys.js'
import { withStepUp } from '../lib/step-up.js'
import { describe } from '../lib/user-agent.js'

/** What opens the second door by itself. */
const main = {
  totp: { title: 'Authenticator app', text: 'An app on your phone that shows six digits.', add: addTotp },
  passkey: {
    title: 'Passkey',
    text: 'Your phone, your computer or a key for USB. Opens without a password, too.',
    add: addPasskey,
  },
  email: {
    title: 'Codes by e-mail',
    text: 'Weaker than the others: whoever reads your mail passes.',
    add: addEmail,
  },
}

/** The choices among the kinds that the server lets somebody enrol before they are let in. */
export function enrolmentChoices(kinds, context) {
  const known = kinds.filter((kind) => Object.hasOwn(main, kind) && (kind !== 'passkey' || knowsPasskeys))
  return known.map((kind) => choice(main[kind], context))
}

/** What may be added to the factors that there are. */
export function additions(items, context) {
  const has = (kind) => items.some(({ factor }) => factor === kind)
  const offered = (kind) => context.demo.factors.includes(kind)
  const hasMain = items.some(({ factor }) => factor !== 'recovery-codes')
  const choices = [
    offered('totp') && choice(main.totp, context),
    offered('passkey') && knowsPasskeys && choice(main.passkey, context),
    offered('email') && context.session.user.emailVerified && !has('email') && choice(main.email, context),
    offered('recovery-codes') &&
      hasMain &&
      choice(
        {
          title: has('recovery-codes') ? 'New recovery codes' : 'Recovery codes',
          text: 'Ten codes on paper, for the day on which all else is lost.',
          add: (chosen) => addRecoveryCodes(has('recovery-codes'), chosen),
        },
        context,
      ),
  ]
  return h(
    'section',
    { class: 'panel', 'aria-labelledby': 'add-factor' },
    h('h2', { id: 'add-factor' }, 'Add one'),
    h('ul', { class: 'choices' }, choices),
  )
}

function choice({ title, text, add }, context) {
  const about = h('span', {}, h('b', {}, title), h('small', {}, text))
  const button = h('button', { type: 'button', 'aria-label': `Add ${title}`, onclick: () => add(context) }, 'Add')
  return h('li', {}, about, button)
}

/** Asks for what an enrolment still needs, and sends it; resolves to whether it was. */
function enrol(title, send, content, fields) {
  const others = checkbox('Log me out everywhere else')
  return dialog(title, (close) =>
    form(
      {
        label: title,
        onsubmit: async () => {
          await send({ revokeOthers: others.input.checked })
          close(true)
        },
      },
      ...content,
      ...fields,
      others.element,
      h(
        'div',
        { class: 'actions' },
        h('button', { type: 'button', onclick: () => close(false) }, 'Cancel'),
        h('button', { class: 'primary' }, 'Add'),
      ),
    ),
  )
}

const nameInput = (value) => h('input', { required: true, maxlength: 100, autocomplete: 'off', value })
const codeInput = () =>
  h('input', { required: true, maxlength: 16, inputmode: 'numeric', autocomplete: 'one-time-code', autofocus: true })

async function addTotp({ refresh }) {
  const { secret, uri, qr } = await withStepUp(() => call('POST', '/auth/factors/totp', {}))
  const address = URL.createObjectURL(new Blob([qr], { type: 'image/svg+xml' }))
  const name = nameInput('Authenticator app')
  const code = codeInput()
  const added = await enrol(
    'Add an authenticator app',
    (more) => call('POST', '/auth/factors/totp/confirm', { code: code.value, name: name.value, ...more }),
    [
      h('p', {}, 'Scan this with your app, or ', h('a', { href: uri }, 'open it on this device'), '.'),
      h('img', { class: 'qr', src: address, width: 200, height: 200, alt: 'QR code for an authenticator app' }),
      h('details', {}, h('summary', {}, 'I can’t scan it'), copyable('Secret', secret)),
    ],
    [field('Code', code, 'The six digits that the app shows.'), field('Name', name)],
  )
  URL.revokeObjectURL(address)
  await done(added, name.value, refresh)
}

async function addPasskey({ refresh }) {
  const options = await withStepUp(() => call('POST', '/auth/factors/passkeys/options', {}))
  const name = nameInput(describe(navigator.userAgent))
  const added = await enrol(
    'Add a passkey',
    async (more) => {
      const response = await createPasskey(options)
      await call('POST', '/auth/factors/passkeys', { name: name.value, response, ...more })
    },
    [h('p', {}, 'Your browser asks where to keep it.')],
    [field('Name', name, 'So that you recognise it in the list.')],
  )
  await done(added, name.value, refresh)
}

async function addEmail({ refresh, session }) {
  await withStepUp(() => call('POST', '/auth/factors/email', {}))
  const code = codeInput()
  const added = await enrol(
    'Add codes by e-mail',
    (more) => call('POST', '/auth/factors/email/confirm', { code: code.value, ...more }),
    [h('p', {}, `A code is on its way to ${session.user?.email ?? 'your address'}.`)],
    [field('Code', code)],
  )
  await done(added, 'Code by e-mail', refresh)
}

async function done(added, name, refresh) {
  if (!added) return
  announce(`“${name}” is added.`)
  await refresh()
}

async function addRecoveryCodes(replaces, { refresh }) {
  const text = 'Those that you have stop working.'
  if (replaces && !(await confirm('Make new recovery codes?', text, 'Make new codes'))) return
  const { codes } = await withStepUp(() => call('POST', '/auth/factors/recovery-codes', {}))
  await refresh({ codes })
}

/** The only time that the codes are shown. */
export function recoveryPanel(codes, { refresh }) {
  const element = h(
    'section',
    { class: 'panel secret printed', 'aria-labelledby': 'codes-title', tabindex: '-1' },
    h('h2', { id: 'codes-title' }, 'Your recovery codes'),
    h(
      'p',
      {},
      'Print them, or write them down. They are shown this once; each works once, in the place of your other step.',
    ),
    h(
      'ol',
      { class: 'codes', 'aria-label': 'Recovery codes' },
      codes.map((code) => h('li', {}, h('code', {}, code))),
    ),
    h(
      'div',
      { class: 'actions' },
      h('button', { type: 'button', onclick: () => copy(codes) }, 'Copy codes'),
      h('button', { type: 'button', onclick: () => print() }, 'Print codes'),
      h('button', { type: 'button', class: 'primary', onclick: () => refresh() }, 'I have them'),
    ),
  )
  queueMicrotask(() => element.focus())
  return element
}

async function copy(codes) {
  try {
    await navigator.clipboard.writeText(`${codes.join('\n')}\n`)
    announce('Recovery codes copied.')
  } catch {
    announce('The browser does not let this page copy them. Print them, or write them down.')
  }
}
