import type { Clock } from './collection.ts'
import { AuthError } from './errors.ts'
import type { Emit, Origin } from './events.ts'
import { canonicalName, isUserId } from './identifier.ts'
import type { Page, Storage } from './storage.ts'
import { findExactly, guardDirectory } from './own-directory.ts'
import { profileOf } from './profile.ts'
import type { KnownUser, User, UserDirectory, UserLookup, UserQuery } from './user.ts'
import type { BuiltInDirectory } from './user-directory.ts'
import { type MfaPolicy, newApiTokenEpoch, newEpoch, newState, removeOwned, type UserStates } from './user-state.ts'

/** Users, wherever they come from, and what an operator does to them. `by` says in events who does it, and from where. */
export interface Users {
  find(id: string): Promise<User | undefined>
  findByLogin(username: string): Promise<User | undefined>
  list(query?: UserQuery): Promise<Page<User>>
  /** Ends every session, API token and link of the user, and refuses new ones until `enable`. */
  disable(id: string, by?: Origin): Promise<void>
  enable(id: string, by?: Origin): Promise<void>
  /** Sets whether this user needs a second factor; `null` follows the setting `mfa`. Sessions below it are locked at once. */
  setMfa(id: string, mfa: MfaPolicy | null, by?: Origin): Promise<void>
  /** To be called when the application has deleted one of its own users: a later user with the same id inherits nothing. */
  deleted(id: string): Promise<void>
}

/** What users are made of. */
export interface UsersDeps {
  readonly storage: Storage
  readonly now: Clock
  readonly emit: Emit
  readonly states: UserStates
  readonly builtIn: BuiltInDirectory
  readonly own: UserDirectory | undefined
}

/** The users of the built-in directory, or of the application's own. */
export function createUsers({ storage, now, emit, states, builtIn, own }: UsersDeps): Users & UserLookup {
  const directory: UserDirectory = own === undefined ? builtIn : guardDirectory(own)

  const ofOwn = (id: string) => findExactly(directory, id)

  /** A user of the application's own may be told of before they were ever here. */
  async function change(id: string, change: Parameters<UserStates['change']>[1]): Promise<void> {
    if (own !== undefined && (await ofOwn(id)) !== undefined) await states.ensure(id)
    await states.change(id, change)
  }

  async function ownByLogin(name: string): Promise<KnownUser | undefined> {
    const user = await directory.findByLogin(name)
    if (user !== undefined && !isUserId(user.id)) throw badId()
    // An unknown name costs the same two reads.
    const entry = await states.get(user?.id ?? 'nobody')
    return user && entry && { user, entry }
  }

  return {
    find: async (id) => (isUserId(id) ? directory.find(id) : undefined),

    async findByLogin(username) {
      const name = canonicalName(username)
      return name === undefined ? undefined : directory.findByLogin(name)
    },

    async list(query = {}) {
      if (directory.list === undefined) throw new AuthError('not_found', { detail: 'This user directory has no list.' })
      return directory.list(query)
    },

    async disable(id, by) {
      await change(id, () => ({ disabledAt: now(), ...newEpoch(), ...newApiTokenEpoch() }))
      emit('user.disabled', { userId: id }, by)
    },

    async enable(id, by) {
      await change(id, () => ({ disabledAt: null }))
      emit('user.enabled', { userId: id }, by)
    },

    async setMfa(id, mfa, by) {
      await change(id, () => ({ mfa }))
      emit('user.mfa_changed', { userId: id, mfa }, by)
    },

    async deleted(id) {
      // The password goes in the same write in which the epochs change: what is removed afterwards is already dead.
      await states.update(id, () => ({ data: newState(null) }))
      await removeOwned(storage, id)
      emit('user.deleted', { userId: id })
    },

    ofEntry: (entry) => (own === undefined ? profileOf(entry) : ofOwn(entry.id)),

    async known(id) {
      const entry = await states.get(id)
      const user = entry && (own === undefined ? profileOf(entry) : await ofOwn(id))
      return entry && user && { user, entry }
    },

    knownByLogin: own === undefined ? builtIn.knownByLogin : ownByLogin,
  }
}

function badId(): AuthError {
  return new AuthError('invalid_setting', {
    detail: 'The user directory gave a user whose id is not 1 to 128 printable ASCII characters.',
  })
}
