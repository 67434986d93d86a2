import { type Clock, type Collection, collection } from './collection.ts'
import { AuthError } from './errors.ts'
import type { Entry, Storage } from './storage.ts'
import { randomText } from './token.ts'

/**
 * Whether a second factor is asked for: never, when one is enrolled, always, or always one of those named, as in
 * `{ required: ['passkey'] }`.
 */
export type MfaPolicy = 'off' | 'optional' | 'required' | { readonly required: readonly string[] }

/** A password as it is stored: the hash with its parameters, and how the text was prepared for it. */
export interface PasswordCredential {
  readonly hash: string
  readonly setAt: number
  /** `nfkc` for hashes that we make; `none` for imported ones. */
  readonly form: 'nfkc' | 'none'
}

/** What the built-in directory knows of a user. */
export interface Profile {
  readonly username: string
  readonly displayName: string | null
  readonly email: string | null
  readonly emailVerifiedAt: number | null
  readonly roles: readonly string[]
  readonly createdAt: number
}

/**
 * What Sallyport keeps of every user, in the entry of kind `user`. Every session, locked token and link records the
 * `epoch` (API tokens `apiTokenEpoch`) that was read before its evidence was checked, and dies when it changes: one
 * write revokes them all.
 */
export interface UserState {
  readonly epoch: string
  readonly apiTokenEpoch: string
  /** What the credentials of factors record: a reset of all factors is one write. */
  readonly factorEpoch: string
  /** What trusted devices record besides `epoch`: a change of the factors ends their trust, and no session. */
  readonly deviceEpoch: string
  readonly password: PasswordCredential | null
  readonly disabledAt: number | null
  readonly mfa: MfaPolicy | null
  /** `null` when the application brings its own users. */
  readonly profile: Profile | null
  /** The federated identities that let this user in, by id, each with its provider and last log-in. */
  readonly identities?: Readonly<Record<string, { readonly provider: string; readonly at: number }>> | undefined
}

/** The `user` entry of a user. */
export type UserEntry = Entry<UserState>

/** Reads and changes `user` entries. */
export interface UserStates extends Collection<UserState> {
  /** The entry of a user of the application's own directory, made at first sight. */
  ensure(userId: string): Promise<UserEntry>
  /** `update`, where a missing user is an error. */
  change(userId: string, change: (state: UserState) => Partial<UserState> | undefined): Promise<UserEntry>
}

/** The `user` entries of a store. */
export function createUserStates(storage: Storage, now: Clock): UserStates {
  const states = collection<UserState>('user', storage, now)

  async function ensure(userId: string): Promise<UserEntry> {
    for (;;) {
      const entry = await states.get(userId)
      if (entry !== undefined) return entry
      await states.insert({ id: userId, owner: null, expiresAt: null, data: newState(null) })
    }
  }

  return {
    ...states,
    ensure,

    async change(userId, change) {
      const entry = await states.update(userId, ({ data }) => {
        const changed = change(data)
        return changed && { data: { ...data, ...changed } }
      })
      if (entry === undefined) throw new AuthError('not_found', { detail: 'There is no such user.' })
      return entry
    },
  }
}

/** The state of a new user, under epochs that nothing has recorded yet. */
export function newState(profile: Profile | null, password: PasswordCredential | null = null): UserState {
  return {
    ...newEpoch(),
    ...newApiTokenEpoch(),
    ...newFactorEpoch(),
    ...newDeviceEpoch(),
    password,
    disabledAt: null,
    mfa: null,
    profile,
  }
}

/** A change that ends every session, locked token, link and challenge of a user. */
export function newEpoch(): { readonly epoch: string } {
  return { epoch: randomText(9) }
}

/** A change that ends every API token of a user. */
export function newApiTokenEpoch(): { readonly apiTokenEpoch: string } {
  return { apiTokenEpoch: randomText(9) }
}

/** A change with which every enrolled factor of a user ceases to exist. */
export function newFactorEpoch(): { readonly factorEpoch: string } {
  return { factorEpoch: randomText(9) }
}

/** A change that ends the trust in every device of a user. */
export function newDeviceEpoch(): { readonly deviceEpoch: string } {
  return { deviceEpoch: randomText(9) }
}

const ownedKinds = [
  'session',
  'api-token',
  'locked',
  'url-token',
  'login-name',
  'identity',
  'provider-session',
  'credential',
  'challenge',
  'enrolment',
  'device',
  'reset',
  'verification',
  'event',
]

/** Tidies up after a user who is gone: every kind of entry that was theirs. What it misses is dead by its epoch. */
export async function removeOwned(storage: Storage, userId: string): Promise<void> {
  for (const kind of ownedKinds) await storage.removeAll(kind, userId)
}
