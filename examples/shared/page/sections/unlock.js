import { call } from '../lib/api.js'
import { h } from '../lib/dom.js'
import { factorWays, prove } from '../lib/prove.js'
import { enrolment } from './enrolment.js'

/** The second door. `done` is called when it has opened, or one has come closer to that; `leave` when somebody gives up. */
export function unlock({ demo, locked, done, leave }) {
  const ways = factorWays(locked.factors, {
    begin: (factor) => call('POST', '/auth/unlock/begin', { factor }),
    finish: async (evidence) => done(await call('POST', '/auth/unlock', evidence)),
  })
  const mayEnrol = locked.enrol !== undefined
  return h(
    'main',
    { class: 'door' },
    h('img', { src: '/page/icon.svg', alt: '', width: 56, height: 56 }),
    h('h1', {}, 'Two-step verification'),
    h('p', { class: 'lead' }, mayEnrol ? 'Your account needs a second step. Set one up.' : 'Confirm that it is you.'),
    h(
      'div',
      { class: 'panel' },
      mayEnrol && enrolment(locked, demo, done),
      ways.length > 0 && prove({ ways, label: 'Second step', action: 'Unlock' }),
      !mayEnrol && ways.length === 0 && h('p', {}, 'This page can’t ask for yours. Please turn to an administrator.'),
    ),
    h('div', { class: 'actions center' }, h('button', { type: 'button', onclick: leave }, 'Log in as somebody else')),
  )
}
