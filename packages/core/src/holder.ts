import { type Clock, hasExpired } from './collection.ts'
import type { TokenRefusal } from './events.ts'
import type { Owned } from './storage.ts'
import type { User, UserLookup } from './user.ts'
import type { UserEntry } from './user-state.ts'

/** Whose a credential is: the user, and what Sallyport keeps of them. */
export interface Holder {
  readonly user: User
  readonly owner: UserEntry
}

/** What a holder is found by. */
export interface HolderDeps {
  readonly now: Clock
  readonly users: Pick<UserLookup, 'ofEntry'>
  /** Whether only providers let the user in, and none has seen them for too long. */
  readonly isSuspended: (user: UserEntry) => boolean | Promise<boolean>
}

/** The holder of a credential whose secret was right, if it is alive and the user stands behind it; else why not. */
export type HolderReader = (
  owned: Owned<{ readonly epoch: string }>,
  epoch: 'epoch' | 'apiTokenEpoch',
) => Holder | TokenRefusal | Promise<Holder | TokenRefusal>

/** Finds holders. Not `async`: who is known from the entry that was read is not waited for. */
export function createHolderReader({ now, users, isSuspended }: HolderDeps): HolderReader {
  return ({ entry, owner }, epoch) => {
    if (hasExpired(entry, now())) return 'expired'
    if (owner === undefined) return 'no_user'
    const state = owner as unknown as UserEntry
    if (state.data[epoch] !== entry.data.epoch) return 'epoch'
    if (state.data.disabledAt !== null) return 'disabled'
    const hold = (user: User | undefined): Holder | TokenRefusal => (user ? { user, owner: state } : 'no_user')
    const user = users.ofEntry(state)
    const suspended = isSuspended(state)
    if (suspended !== false) return judgeSuspended(suspended, user, hold)
    return user instanceof Promise ? user.then(hold) : hold(user)
  }
}

async function judgeSuspended(
  suspended: true | Promise<boolean>,
  user: User | undefined | Promise<User | undefined>,
  hold: (user: User | undefined) => Holder | TokenRefusal,
): Promise<Holder | TokenRefusal> {
  const [found, isSuspended] = await Promise.all([user, suspended])
  return isSuspended ? 'suspended' : hold(found)
}
