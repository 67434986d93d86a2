import { AuthError } from '../errors.ts'
import type { Emit, Origin } from '../events.ts'
import { isForeignHash, loadForeignHash } from '../foreign-hash.ts'
import type { UserLookup } from '../user.ts'
import type { PasswordCredential, UserStates } from '../user-state.ts'

/** PHC string format: parameters, a salt of at least 8 bytes and a tag of at least 16. */
const argon2Hash = /^\$argon2(?:id|i|d)\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$[A-Za-z\d+/]{11,86}\$[A-Za-z\d+/]{22,86}$/
// The first that RFC 9106 §4 recommends takes 2 GiB and one pass: nothing that costs more is taken over.
const maxMemory = 2 ** 21
const maxCost = 2 ** 22

/** A credential of a hash that was made elsewhere. Throws `invalid_request` for what is none, `invalid_setting` for what can't be verified here. */
export async function foreignCredential(hash: string): Promise<PasswordCredential> {
  if (!isArgon2Hash(hash) && !isForeignHash(hash)) {
    throw new AuthError('invalid_request', { detail: '`passwordHash` is of a kind that can not be read.' })
  }
  // Now, and not when somebody wants to log in.
  await loadForeignHash(hash)
  return { hash, setAt: 0, form: 'none' }
}

/** Takes the hash of a password over that a user has elsewhere. */
export type AdoptPassword = (userId: string, passwordHash: string, by?: Origin) => Promise<void>

/** For users who are there already: whoever has a password here keeps it. */
export function createPasswordAdoption({
  users,
  states,
  emit,
}: {
  readonly users: Pick<UserLookup, 'find'>
  readonly states: UserStates
  readonly emit: Emit
}): AdoptPassword {
  return async (userId, passwordHash, by) => {
    const password = await foreignCredential(passwordHash)
    if ((await users.find(userId)) === undefined) {
      throw new AuthError('not_found', { detail: 'There is no such user.' })
    }
    await states.ensure(userId)
    const stored = await states.update(userId, ({ data }) =>
      data.password === null ? { data: { ...data, password } } : undefined,
    )
    if (stored === undefined) throw new AuthError('conflict', { detail: 'The user has a password already.' })
    emit('password.set', { userId }, by)
  }
}

/** Whether a text is a hash of argon2, with parameters that can be computed and afforded (RFC 9106 §3.1). */
function isArgon2Hash(hash: string): boolean {
  const [, m = 0, t = 0, p = 0] = argon2Hash.exec(hash)?.map(Number) ?? []
  return p >= 1 && t >= 1 && m >= 8 * p && m <= maxMemory && m * t <= maxCost
}
