/**
 * An element with its attributes, its listeners (`onclick`) and its children. Text is always text: nothing that came
 * from the server or from a person is ever read as markup.
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value)
    else element.setAttribute(name, value === true ? '' : value)
  }
  element.append(...children.flat(2).filter((child) => child !== undefined && child !== null && child !== false))
  return element
}

let count = 0

/** A labelled field: the label, the control, and a hint that screen readers read with it. */
export function field(label, control, hint) {
  control.id ||= `field-${++count}`
  const described = hint === undefined ? undefined : h('p', { class: 'hint', id: `${control.id}-hint` }, hint)
  if (described) control.setAttribute('aria-describedby', described.id)
  return h('div', { class: 'field' }, h('label', { for: control.id }, label), control, described)
}

/** A password field that can be shown. */
export function passwordField(label, attributes, hint) {
  const input = h('input', { type: 'password', required: true, maxlength: 4096, ...attributes })
  const toggle = h('button', { type: 'button', class: 'inside', 'aria-pressed': 'false' }, 'Show')
  toggle.addEventListener('click', () => {
    const shown = input.type === 'password'
    input.type = shown ? 'text' : 'password'
    toggle.textContent = shown ? 'Hide' : 'Show'
    toggle.setAttribute('aria-pressed', String(shown))
    toggle.setAttribute('aria-label', `${shown ? 'Hide' : 'Show'} ${label.toLowerCase()}`)
  })
  toggle.setAttribute('aria-label', `Show ${label.toLowerCase()}`)
  const element = field(label, input, hint)
  const wrapper = h('div', { class: 'with-inside' })
  input.replaceWith(wrapper)
  wrapper.append(input, toggle)
  return { element, input }
}

/** A checkbox with its label beside it. */
export function checkbox(label, attributes = {}) {
  const input = h('input', { type: 'checkbox', ...attributes })
  return { element: h('label', { class: 'check' }, input, h('span', {}, label)), input }
}

/** A choice among `[value, label]` pairs. */
export function select(options, chosen) {
  return h(
    'select',
    {},
    options.map(([value, label]) => h('option', { value, selected: value === chosen }, label)),
  )
}

/**
 * A form that sends itself to a function, once at a time, and shows what went wrong above its buttons. The function
 * throws to say so.
 */
export function form({ label, onsubmit }, ...children) {
  const error = h('p', { class: 'error', role: 'alert', hidden: true })
  const actions = children.pop()
  const element = h('form', { method: 'post', 'aria-label': label }, children, error, actions)
  element.addEventListener('submit', async (event) => {
    event.preventDefault()
    if (element.ariaBusy === 'true') return
    const buttons = [...element.querySelectorAll('button')]
    element.ariaBusy = 'true'
    error.hidden = true
    for (const button of buttons) button.disabled = true
    try {
      await onsubmit()
    } catch (thrown) {
      if (thrown.message !== '') showError(error, thrown)
    } finally {
      element.ariaBusy = 'false'
      for (const button of buttons) button.disabled = false
    }
    if (!error.hidden)
      (element.querySelector('[aria-invalid=true]') ?? element.querySelector('input, textarea'))?.focus()
  })
  return element
}

/** Shows an error where people look, and says it to those who listen. */
export function showError(element, thrown) {
  element.textContent = thrown.message
  element.hidden = false
  if (thrown.code) element.dataset.code = thrown.code
}

let toastTimer

/** Says something for a moment, without taking the focus. */
export function announce(text) {
  const element = document.querySelector('#announcements')
  element.textContent = text
  clearTimeout(toastTimer)
  toastTimer = setTimeout(() => (element.textContent = ''), 5000)
}

/** A read-only text with a button that copies it. */
export function copyable(label, text, { multiline = false } = {}) {
  const output = multiline
    ? h('textarea', { readonly: true, rows: '4', class: 'code', spellcheck: 'false' }, text)
    : h('input', { readonly: true, class: 'code', spellcheck: 'false', value: text })
  output.addEventListener('focus', () => output.select())
  const button = h('button', { type: 'button', 'aria-label': `Copy ${label.toLowerCase()}` }, 'Copy')
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(text)
      announce(`${label} copied.`)
    } catch {
      output.select()
      announce('Press Ctrl+C or ⌘C to copy.')
    }
  })
  return h('div', { class: 'copyable' }, field(label, output), button)
}
