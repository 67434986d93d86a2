import type { User } from './user.ts'
import type { Profile, UserEntry } from './user-state.ts'

/** The user of an entry, if the built-in directory made it. */
export function profileOf(entry: UserEntry): User | undefined {
  return entry.data.profile === null ? undefined : toUser(entry.id, entry.data.profile)
}

/** What the application sees of a profile. */
export function toUser(id: string, { username, displayName, email, emailVerifiedAt, roles }: Profile): User {
  const user: { -readonly [Name in keyof User]: User[Name] } = { id, username, roles }
  // Made anew for every request: to spread what may be there would cost more than all the rest.
  if (displayName !== null) user.displayName = displayName
  if (email !== null) {
    user.email = email
    user.emailVerified = emailVerifiedAt !== null
  }
  return user
}
