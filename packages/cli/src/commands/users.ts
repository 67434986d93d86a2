import { type Auth, AuthError, type NewUser, type User } from '@sallyport/core'
import type { Call, Command } from '../command.ts'
import { confirm, yesOption } from '../confirm.ts'
import { Failure } from '../failure.ts'
import { instant, nameText } from '../output.ts'
import { pageOptions, readPages, showPage } from '../pages.ts'
import { authOf, described, userHeadings, userJson, userOf, userRow } from '../users.ts'

const list: Command = {
  name: 'users list',
  summary: 'list users, or those whose login name begins with a text',
  options: { search: { type: 'string', value: 'TEXT', summary: 'how the login name begins' }, ...pageOptions },
  async run(call) {
    const { args, out } = call
    const auth = await authOf(call)
    const search = args.text('search')
    const find = (query: object) => auth.users.list({ ...query, search }).catch(tellOfOwnUsers)
    const { items, next } = await readPages(args, find, (count) => out.progress(`${count} users`))
    const users = await Promise.all(items.map((user) => described(auth, user)))
    showPage(out, { items: users, next }, userHeadings, userRow, userJson)
  },
}

const show: Command = {
  name: 'users show',
  summary: 'say what is known of a user',
  positionals: ['USER'],
  async run(call) {
    const auth = await authOf(call)
    const user = await userOf(auth, call.args.positional('USER'))
    const found = await described(auth, user)
    const factors = await auth.factors.list(user.id)
    const identities = await auth.identities.list(user.id)
    call.out.table(userHeadings, [userRow(found)])
    for (const { id, factor, name } of factors) call.out.line(`factor    ${factor}  ${nameText(name ?? '')}  ${id}`)
    for (const { id, provider } of identities) call.out.line(`identity  ${provider}  ${id}`)
    call.out.document({
      ...userJson(found),
      factors: factors.map(({ id, factor, name }) => ({ id, factor, name })),
      identities: identities.map(({ id, provider }) => ({ id, provider })),
    })
  },
}

const create: Command = {
  name: 'users create',
  summary: 'make a user, and a link with which they choose a password',
  positionals: ['NAME'],
  options: {
    email: { type: 'string', value: 'ADDRESS', summary: 'their address' },
    'email-verified': { type: 'boolean', summary: 'the address is theirs, on your word: the link is sent there' },
    'display-name': { type: 'string', value: 'TEXT', summary: 'what they are called' },
    role: { type: 'string', value: 'ROLE', multiple: true, summary: 'a role that they have' },
  },
  notes: ['The link is good once, for 24 hours. It is printed only when there is no verified address to send it to.'],
  async run(call) {
    const { args } = call
    const auth = await authOf(call)
    const user: NewUser = {
      username: args.positional('NAME'),
      email: args.text('email'),
      emailVerified: args.has('email-verified'),
      displayName: args.text('display-name'),
      roles: args.texts('role'),
    }
    await offer(call, auth, await auth.users.create(user), 'created')
  },
}

const invite: Command = {
  name: 'users invite',
  summary: 'make a new link with which a user chooses a password; the old password works until then',
  positionals: ['USER'],
  async run(call) {
    const auth = await authOf(call)
    await offer(call, auth, await userOf(auth, call.args.positional('USER')), 'invited')
  },
}

const remove: Command = {
  name: 'users delete',
  summary: 'delete a user and everything that is theirs',
  positionals: ['USER'],
  options: yesOption,
  async run(call) {
    const auth = await authOf(call)
    const user = await userOf(auth, call.args.positional('USER'))
    await confirm(call, `Delete ${user.username} (${user.id}) for good`)
    await auth.users.delete(user.id)
    call.out.line(`${user.username} is deleted.`)
    call.out.document({ deleted: user.id })
  },
}

/** Users of the application's own have a list only if it gives one. */
function tellOfOwnUsers(error: unknown): never {
  if (!(error instanceof AuthError) || error.code !== 'not_found') throw error
  throw new Failure(
    'Users are those of the application, whose directory has no list.',
    'see one by name: `sallyport users show USER`, or give `users.list`',
  )
}

/** Makes a link, and says where it went: what a user can be sent, nobody else gets to see (ASVS 6.4.6). */
async function offer({ out }: Call, auth: Auth, user: User, done: string): Promise<void> {
  const { link, sentTo, expiresAt } = await auth.account.offerPassword(user.id)
  const shown = sentTo === undefined ? link.reveal() : undefined
  out.line(`${user.username} is ${done}. Their id is ${user.id}.`)
  if (shown === undefined) out.line(`A link to choose a password was sent to ${sentTo}.`)
  else out.line(`Hand over this link, with which they choose a password until ${instant(expiresAt)}:`, '', `  ${shown}`)
  const invitation = { sentTo, link: shown, expiresAt: instant(expiresAt) }
  out.document({ user: userJson(await described(auth, user)), invitation })
}

export const users: readonly Command[] = [list, show, create, invite, remove]
