import { AuthError } from './errors.ts'
import type { Origin } from './events.ts'
import { foreignCredential } from './factors/foreign-credential.ts'
import type { PasswordFactor } from './factors/password.ts'
import { type Names, unknownName } from './known-settings.ts'
import type { User } from './user.ts'
import type { BuiltInDirectory, NewProfile, ProfileChange } from './user-directory.ts'
import type { MfaPolicy, PasswordCredential } from './user-state.ts'
import type { Users } from './users.ts'

/** A new user of the built-in directory. Without a password only another way in can be used. */
export interface NewUser extends NewProfile {
  readonly password?: string | undefined
  /**
   * A hash made elsewhere, taken over as it is until the next log-in: argon2, scrypt and PBKDF2 in PHC format, bcrypt (with
   * `bcryptjs`), and what passlib and Django write; `$scrypt-nfkc$…` is scrypt of the password in NFKC, as of better-auth.
   */
  readonly passwordHash?: string | undefined
}

/** Users, with what registration and administration write: for the built-in directory only. */
export interface AuthUsers extends Users {
  /** Throws `username_taken`, `conflict` for an id that is taken, `password_refused`, `invalid_setting` for a hash that nothing here can verify. */
  create(user: NewUser, by?: Origin): Promise<User>
  /** Ends no session: each sees the change with its next request. */
  update(id: string, change: ProfileChange, by?: Origin): Promise<User>
  /** Everything that was the user's is dead with one write. */
  delete(id: string, by?: Origin): Promise<void>
}

const changeNames: Names<ProfileChange> = { username: true, displayName: true, email: true, roles: true }
const userNames: Names<NewUser> = {
  ...changeNames,
  password: true,
  passwordHash: true,
  id: true,
  emailVerified: true,
  mfa: true,
}

/** In JavaScript a misspelt `password` would silently be none. */
function checkFields(given: object, names: Readonly<Record<string, unknown>>): void {
  const problem = unknownName('field of a user', given, names)
  if (problem !== undefined) throw new AuthError('invalid_request', { detail: problem })
}

/** `Users` with the writes of the built-in directory, where that is the one in use. */
export function createAuthUsers(
  users: Users,
  builtIn: BuiltInDirectory,
  passwords: PasswordFactor,
  isBuiltIn: boolean,
  checkPolicy: (policy: MfaPolicy | null) => void,
): AuthUsers {
  function writable(): BuiltInDirectory {
    if (isBuiltIn) return builtIn
    throw new AuthError('invalid_setting', { detail: 'The application brings its own users: write them there.' })
  }

  async function credentialOf({
    username,
    email,
    password,
    passwordHash,
  }: NewUser): Promise<PasswordCredential | null> {
    if (password !== undefined) return passwords.credential(password, { username, email })
    return passwordHash === undefined ? null : foreignCredential(passwordHash)
  }

  return {
    ...users,
    async setMfa(id, mfa, by) {
      checkPolicy(mfa)
      await users.setMfa(id, mfa, by)
    },
    async create(user, by) {
      checkFields(user, userNames)
      if (user.mfa !== undefined) checkPolicy(user.mfa)
      return writable().create(user, await credentialOf(user), by)
    },
    async update(id, change, by) {
      checkFields(change, changeNames)
      return writable().update(id, change, by)
    },
    delete: async (id, by) => writable().delete(id, by),
  }
}
