import { call } from '../lib/api.js'
import { announce, field, form, h } from '../lib/dom.js'
import { enrolmentChoices } from './factor-additions.js'

/**
 * For whoever must have a second factor and has none: first the ticket that tells them from a thief of their password,
 * then the choice. `again` looks anew how far they have come.
 */
export function enrolment(locked, demo, again) {
  if (locked.needsTicket) return ticketForm(demo, again)
  const choices = enrolmentChoices(locked.enrol, { session: locked, refresh: again })
  if (choices.length > 0) return h('ul', { class: 'choices' }, choices)
  return h('p', {}, 'There is none that this browser can set up. Please turn to an administrator.')
}

function ticketForm({ sends, hasOutbox }, again) {
  const ticket = h('input', {
    required: true,
    maxlength: 256,
    autocomplete: 'off',
    autocapitalize: 'none',
    spellcheck: 'false',
  })
  const send = async () => {
    await call('POST', '/auth/enrolment/send', {})
    announce(
      hasOutbox
        ? 'If you have an e-mail address here, the ticket is in the outbox (#outbox): the demo sends nothing.'
        : 'A ticket is on its way to your e-mail address, if we know that it is yours.',
    )
    ticket.focus()
  }
  const submit = async () => {
    await call('POST', '/auth/enrolment', { ticket: ticket.value.trim() }).catch(wrongTicket)
    await again()
  }
  return form(
    { label: 'Redeem a ticket', onsubmit: submit },
    h(
      'p',
      {},
      `So that nobody sets one up in your place, you need a ticket${sends ? ': by e-mail, or' : ''} from an administrator.`,
    ),
    sends && h('div', { class: 'actions start' }, h('button', { type: 'button', onclick: send }, 'Send me a ticket')),
    field('Ticket', ticket, 'It works once.'),
    h('div', { class: 'actions' }, h('button', { class: 'primary wide' }, 'Continue')),
  )
}

function wrongTicket(error) {
  if (error.code === 'invalid_code') error.message = 'This ticket is wrong, too old, or was used before.'
  throw error
}
