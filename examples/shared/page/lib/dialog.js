import { h } from './dom.js'

/** Shows a modal dialog until its content calls `close(value)`; resolves to the value, `undefined` after Escape. */
export function dialog(title, content) {
  const heading = h('h2', { id: 'dialog-title' }, title)
  const element = h('dialog', { 'aria-labelledby': heading.id })
  const before = document.activeElement
  return new Promise((resolve) => {
    let value
    const close = (result) => {
      value = result
      element.close()
    }
    element.addEventListener('close', () => {
      element.remove()
      if (before?.isConnected) before.focus()
      resolve(value)
    })
    element.append(heading, content(close))
    document.body.append(element)
    element.showModal()
  })
}

/** Asks before something that can't be undone. */
export function confirm(title, text, action) {
  return dialog(title, (close) =>
    h(
      'div',
      {},
      h('p', {}, text),
      h(
        'div',
        { class: 'actions' },
        h('button', { type: 'button', onclick: () => close(false) }, 'Cancel'),
        h('button', { type: 'button', class: 'danger', onclick: () => close(true) }, action),
      ),
    ),
  )
}
