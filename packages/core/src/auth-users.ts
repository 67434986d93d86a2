import { AuthError } from './errors.ts'
import type { Origin } from './events.ts'
import type { PasswordFactor } from './factors/password.ts'
import { isForeignHash, loadForeignHash } from './foreign-hash.ts'
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

/** PHC string format: parameters, a salt of at least 8 bytes and a tag of at least 16. */
const argon2Hash = /^\$argon2(?:id|i|d)\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$[A-Za-z\d+/]{11,86}\$[A-Za-z\d+/]{22,86}$/
// The first that RFC 9106 §4 recommends takes 2 GiB and one pass: nothing that costs more is taken over.
const maxMemory = 2 ** 21
const maxCost = 2 ** 22

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
    if (passwordHash === undefined) return null
    if (!isArgon2Hash(passwordHash) && !isForeignHash(passwordHash)) {
      throw new AuthError('invalid_request', { detail: '`passwordHash` is of a kind that can not be read.' })
    }
    // Now, and not when somebody wants to log in.
    await loadForeignHash(passwordHash)
    return { hash: passwordHash, setAt: 0, form: 'none' }
  }

  return {
    ...users,
    async setMfa(id, mfa, by) {
      checkPolicy(mfa)
      await users.setMfa(id, mfa, by)
    },
    async create(user, by) {
      if (user.mfa !== undefined) checkPolicy(user.mfa)
      return writable().create(user, await credentialOf(user), by)
    },
    update: async (id, change, by) => writable().update(id, change, by),
    delete: async (id, by) => writable().delete(id, by),
  }
}

/** Whether a text is a hash of argon2, with parameters that can be computed and afforded (RFC 9106 §3.1). */
function isArgon2Hash(hash: string): boolean {
  const [, m = 0, t = 0, p = 0] = argon2Hash.exec(hash)?.map(Number) ?? []
  return p >= 1 && t >= 1 && m >= 8 * p && m <= maxMemory && m * t <= maxCost
}
