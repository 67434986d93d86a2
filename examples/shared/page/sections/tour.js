import { h } from '../lib/dom.js'

/** What to try, in which order. */
export const tour = {
  id: 'tour',
  title: 'Tour',
  isShown: isOffered,
  render: ({ demo, providers }) => [
    h('p', { class: 'lead' }, 'What to try, in this order or in any other.'),
    whatIsHere(),
    steps({ demo, providers }, 'h2'),
  ],
}

/** Whether there is a tour: it is for the users of the demo. */
export function isOffered({ demo }) {
  return demo.users.length > 0 && demo.hasPages
}

/** The tour as a part of another page. */
export function shortTour(offered) {
  return h(
    'section',
    { class: 'tour', 'aria-labelledby': 'tour-title' },
    h('h2', { id: 'tour-title' }, 'A short tour'),
    whatIsHere(),
    steps(offered, 'h3'),
  )
}

/** Which pages are somebody's application, and which come with the product. */
function whatIsHere() {
  return h(
    'p',
    {},
    'There are two things to see. This page is the ',
    h('b', {}, 'sample application'),
    ': it stands for yours, which looks as you like. Under ',
    h('a', { href: '/account' }, '/account'),
    ' are the ',
    h('b', {}, 'pages of @sallyport/ui'),
    ', which you get ready-made: log-in, account, administration. Both are the same users, sessions and tokens.',
  )
}

/** The steps, under headings of a level. */
function steps({ demo, providers }, heading) {
  const step = (title, text, links) => stepUnder(heading, title, text, links)
  return h(
    'ol',
    { class: 'steps' },
    step('Log in', 'As ada, who may do everything. Of the others grace may write, and alan may only read.', [
      ['Log in', '#documents'],
    ]),
    step('Try what a role allows', 'Edit a document, delete one, or hand out a link that works once.', [
      ['Documents', '#documents'],
    ]),
    step(
      'Set up two-step verification',
      'An authenticator app, then recovery codes. Log out: from now on a log-in takes two steps.',
      [['Two-step verification', '#factors']],
    ),
    step('Add a passkey', 'It is both steps at once, and is offered where the user name is typed.', [
      ['Two-step verification', '#factors'],
    ]),
    step('Give a program a token', 'It comes with a curl line that works. Rotate it, revoke it, run the line again.', [
      ['API tokens', '#api-tokens'],
    ]),
    providers.some(({ id }) => id === 'local') &&
      step('Log in at an identity provider', 'The local one speaks OpenID Connect, and believes whatever you say.', [
        ['Local provider', '/auth/login/local?returnTo=%2F'],
        ['Linked accounts', '#identities'],
      ]),
    demo.hasOutbox &&
      step('Register, or forget your password', 'Nothing is sent: the outbox has the links, and they work.', [
        ['Register', '/account/register'],
        ['Forgotten password', '/account/forgot-password'],
        ['Outbox', '#outbox'],
      ]),
    step(
      'See the pages of @sallyport/ui',
      'The same, ready-made: one line of code, and they work without JavaScript.',
      [
        ['Your account', '/account'],
        ['Log-in', '/account/log-in'],
      ],
    ),
    step(
      'Administer',
      'As ada: invite, disable, require two-step verification, act in somebody’s place, end what was stolen.',
      [
        ['Users', '/account/admin/users'],
        ['Providers', '/account/admin/providers'],
        ['After a theft', '/account/admin/revoke'],
      ],
    ),
    step('Read what has happened', 'Everything that you have done so far, and what was refused.', [
      ['Your activity', '/account/events'],
      ['Everybody’s', '/account/admin/events'],
    ]),
  )
}

function stepUnder(heading, title, text, links) {
  return h(
    'li',
    {},
    h(heading, {}, title),
    h('p', {}, text),
    h(
      'p',
      { class: 'ways-there' },
      links.map(([label, href]) => h('a', { href }, label)),
    ),
  )
}
