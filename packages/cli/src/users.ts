import type { AdministeredUser, Auth, User } from '@sallyport/core'
import type { Call } from './command.ts'
import { Failure } from './failure.ts'
import { instant, shortly } from './output.ts'

/** The `auth` of the application, whose storage other processes see as well. */
export async function authOf({ application }: Call): Promise<Auth> {
  const { auth, storage } = await application()
  if (storage === undefined || !('isVolatile' in storage)) return auth
  throw new Failure(
    'The storage is in the memory of each process: nothing of the server can be seen or changed from here.',
    'use a storage that stays, such as sqlStorage(new DatabaseSync(FILE))',
  )
}

/** The user whom somebody means: by id or by login name, or by `id:…` or `name:…` alone. */
export async function userOf(auth: Auth, text: string): Promise<User> {
  const [, how, rest = text] = /^(id|name):(.+)$/s.exec(text) ?? []
  const byId = how === 'name' ? undefined : await auth.users.find(rest)
  const byName = how === 'id' ? undefined : await auth.users.findByLogin(rest)
  // Whoever chooses the id of somebody else for a name must not be taken for them.
  if (byId !== undefined && byName !== undefined && byId.id !== byName.id) {
    throw new Failure(`${JSON.stringify(text)} is the id of one user and the name of another.`, 'write id:… or name:…')
  }
  const user = byId ?? byName
  if (user !== undefined) return user
  throw new Failure(
    `There is no user ${JSON.stringify(text)}.`,
    'look for them: `sallyport users list --search BEGINNING`',
  )
}

/** A user in a document. */
export function userJson(described: AdministeredUser): object {
  const { user, createdAt, disabledAt, mfa, hasPassword } = described
  const { id, username, displayName, email, emailVerified, roles } = user
  const times = { createdAt: instant(createdAt), disabledAt: instant(disabledAt) }
  return { id, username, displayName, email, emailVerified, roles, ...times, mfa, hasPassword }
}

/** The headings of `userRow`. */
export const userHeadings: readonly string[] = ['ID', 'NAME', 'E-MAIL', 'ROLES', 'CREATED', 'STATE']

/** A user in a table. */
export function userRow(described: AdministeredUser): readonly string[] {
  const { user, createdAt } = described
  const email = user.email === undefined ? '-' : `${user.email}${user.emailVerified ? '' : ' (unverified)'}`
  return [user.id, user.username, email, user.roles.join(',') || '-', shortly(createdAt), stateOf(described)]
}

function stateOf({ disabledAt, hasPassword, mfa }: AdministeredUser): string {
  const states = [
    disabledAt !== undefined && 'disabled',
    !hasPassword && 'no password',
    mfa !== undefined && `mfa ${mfaText(mfa)}`,
  ]
  return states.filter(Boolean).join(', ') || 'active'
}

/** A policy as it is written on the command line. */
export function mfaText(mfa: AdministeredUser['mfa']): string {
  if (mfa === undefined) return 'default'
  return typeof mfa === 'string' ? mfa : mfa.required.join(',')
}

/** What `auth` knows of a user who is there. */
export async function described(auth: Auth, user: User): Promise<AdministeredUser> {
  const found = await auth.operator.describe(user.id)
  if (found === undefined) throw new Failure(`The user ${user.username} has just gone.`)
  return found
}
