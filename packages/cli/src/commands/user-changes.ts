import type { Auth, MfaPolicy, User } from '@sallyport/core'
import type { Call, Command } from '../command.ts'
import { confirm, yesOption } from '../confirm.ts'
import { instant } from '../output.ts'
import { authOf, described, mfaText, userJson, userOf } from '../users.ts'

type Said = string | readonly string[]

interface Change {
  readonly name: string
  readonly summary: string
  readonly positionals?: readonly string[]
  readonly notes?: readonly string[]
  /** What is asked first. */
  readonly question?: (user: User) => string
  readonly apply: (auth: Auth, user: User, call: Call) => Promise<unknown>
  /** A line, or several. */
  readonly says: (user: User, call: Call, auth: Auth) => Said | Promise<Said>
}

const changes: readonly Change[] = [
  {
    name: 'users disable',
    summary: 'end everything that a user has, and refuse them until they are enabled',
    apply: (auth, { id }) => auth.users.disable(id),
    says: ({ username }) => `${username} is disabled: sessions, API tokens and links are dead.`,
  },
  {
    name: 'users enable',
    summary: 'let a user in again',
    apply: (auth, { id }) => auth.users.enable(id),
    says: ({ username }) => `${username} is enabled.`,
  },
  {
    name: 'users set-roles',
    summary: 'give a user these roles, and no others',
    positionals: ['ROLE?…'],
    apply: (auth, { id }, { args }) => auth.users.update(id, { roles: args.rest('ROLE') }),
    says: ({ username }, { args }) =>
      `${username} has ${args.rest('ROLE').join(', ') || 'no role'}, from the next request on.`,
  },
  {
    name: 'users set-mfa',
    summary: 'say whether a user needs a second factor',
    positionals: ['POLICY'],
    notes: [
      'POLICY is off, optional, required, default (what the setting `mfa` says), or the factors of which one is needed, as in passkey,totp.',
    ],
    apply: (auth, { id }, { args }) => auth.users.setMfa(id, readPolicy(args.positional('POLICY'))),
    says: async (user, { args }, auth) => {
      const policy = readPolicy(args.positional('POLICY')) ?? undefined
      const isRequired = policy === 'required' || typeof policy === 'object'
      const isStuck = isRequired && (await auth.factors.list(user.id)).length === 0
      const said = `The second factor of ${user.username} is ${mfaText(policy)}.`
      return isStuck ? [said, `They have none, and enrol one with a ticket: ${ticketHint(user)}`] : said
    },
  },
  {
    name: 'users reset-factors',
    summary: 'end every factor, session and trusted device of a user who has lost their factors',
    question: ({ username }) => `End every factor and session of ${username}`,
    apply: (auth, { id }) => auth.factors.reset(id),
    says: (user) => [
      `${user.username} has no second factor any more.`,
      `Where policy asks for one, they enrol it with a ticket: ${ticketHint(user)}`,
    ],
  },
  {
    name: 'users clear-attempts',
    summary: 'let a user try codes again whose attempts are used up',
    apply: (auth, { id }) => auth.factors.clearAttempts(id),
    says: ({ username }) => `${username} may try again.`,
  },
]

/** How a ticket is come by. A name might be the id of somebody else. */
function ticketHint({ id }: User): string {
  return `\`sallyport users issue-ticket id:${id}\``
}

/** Off, optional, required, or the factors of which one is needed; `null` for what the setting says. */
function readPolicy(text: string): MfaPolicy | null {
  if (text === 'default') return null
  if (text === 'off' || text === 'optional' || text === 'required') return text
  return { required: text.split(',') }
}

function toCommand({ name, summary, positionals = [], notes, question, apply, says }: Change): Command {
  return {
    name,
    summary,
    positionals: ['USER', ...positionals],
    ...(question && { options: yesOption }),
    ...(notes && { notes }),
    async run(call) {
      const auth = await authOf(call)
      const user = await userOf(auth, call.args.positional('USER'))
      if (question !== undefined) await confirm(call, question(user))
      await apply(auth, user, call)
      call.out.line(...[await says(user, call, auth)].flat())
      call.out.document({ user: userJson(await described(auth, user)) })
    },
  }
}

const issueTicket: Command = {
  name: 'users issue-ticket',
  summary: 'make a ticket with which a user enrols a second factor that they must have',
  positionals: ['USER'],
  notes: [
    'The ticket is printed this once, and good once, for 24 hours. Whoever has a verified address can have one sent when they log in.',
  ],
  async run(call) {
    const auth = await authOf(call)
    const { id, username } = await userOf(auth, call.args.positional('USER'))
    const { ticket, expiresAt } = await auth.factors.issueEnrolmentTicket(id)
    const until = instant(expiresAt)
    call.out.line(
      `Hand over this ticket to ${username}, who enters it after their password until ${until}:`,
      '',
      `  ${ticket.reveal()}`,
    )
    call.out.document({ ticket: ticket.reveal(), expiresAt: until })
  },
}

export const userChanges: readonly Command[] = [...changes.map(toCommand), issueTicket]
