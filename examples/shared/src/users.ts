import { argon2Hasher, type Auth, AuthError } from '@sallyport/core'
import type { InitialUser } from './environment.ts'
import { EnvironmentError } from './environment-error.ts'

/** What is wrong with what was given, and not with us. */
const mendable: ReadonlySet<string> = new Set(['invalid_request', 'conflict'])

/** Creates the users that are not there yet, and says whether any was. Who is there stays as they are. */
export async function createUsers(auth: Auth, users: readonly InitialUser[]): Promise<boolean> {
  let wereThere = false
  for (const user of users) {
    if ((await auth.users.findByLogin(user.username)) === undefined) await create(auth, user)
    else wereThere = true
  }
  return wereThere
}

async function create(auth: Auth, { password, ...profile }: InitialUser): Promise<void> {
  // The operator's own word: the address is the user's, and the rules for the passwords that people choose are not for it.
  const passwordHash = await argon2Hasher().hash(password)
  try {
    await auth.users.create({ ...profile, emailVerified: profile.email !== undefined, passwordHash })
  } catch (error) {
    // Another process that starts at the same time was faster.
    if (error instanceof AuthError && error.code === 'username_taken') return
    if (!(error instanceof AuthError) || !mendable.has(error.code)) throw error
    throw new EnvironmentError(
      'USERS',
      `has the user ${JSON.stringify(profile.username)}`,
      error.detail ?? error.message,
    )
  }
}
