import { type Clock, collection, hasExpired } from './collection.ts'
import { AuthError } from './errors.ts'
import { canonicalName, nameToId } from './identifier.ts'
import type { Entry, Page, Storage } from './storage.ts'
import type { Profile, UserEntry } from './user-state.ts'

/** What storage keeps of a login name. It counts only while its owner's profile bears it out. */
interface LoginNameData {
  /** When it was last claimed; absent in what was written before names had a time. */
  readonly at?: number | undefined
}

/** The login names of a store: the only authority on who has a name. */
export interface LoginNames {
  /** The user who has the canonical name, in one round trip. */
  ownerOf(name: string): Promise<UserEntry | undefined>
  /** Of many callers for as many users, one gets it. Throws `username_taken`. */
  claim(name: string, owner: string): Promise<void>
  /** Lets go of a name that the owner's profile no longer bears out, and of no other. */
  release(name: string, owner: string): Promise<void>
  /** Whose names begin so, in order. One user may stand there with several names. */
  list(query: {
    readonly prefix: string
    readonly cursor?: string | undefined
    readonly limit: number
  }): Promise<Page<{ readonly id: string; readonly owner: string | null }>>
}

/** How long a claim may take, in milliseconds, before what it has left half done is there for others. */
const settleMs = 30_000
const attempts = 10

/** Names on storage. */
export function createLoginNames(storage: Storage, now: Clock): LoginNames {
  const names = collection<LoginNameData>('login-name', storage, now)

  /** Who has claimed the name, and whether they have it. */
  async function holderOf(
    id: string,
  ): Promise<{ entry: Entry<LoginNameData>; owner: UserEntry | undefined } | undefined> {
    const held = await names.getWithOwner(id)
    if (held === undefined || hasExpired(held.entry, now())) return undefined
    return { entry: held.entry, owner: held.owner as UserEntry | undefined }
  }

  return {
    list: names.list,

    async ownerOf(name) {
      const id = nameToId(name)
      const owner = (await holderOf(id))?.owner
      return owner !== undefined && bears(owner.data.profile, id) ? owner : undefined
    },

    async claim(name, owner) {
      const claimed = { id: nameToId(name), owner, expiresAt: null, data: { at: now() } }
      for (let attempt = 0; attempt < attempts; attempt++) {
        if (await names.insert(claimed)) return
        const held = await holderOf(claimed.id)
        if (held === undefined) continue
        if (held.entry.owner === owner) {
          // Written again, so that whoever is about to let go of it sees that it is wanted.
          if ((await names.replace(held.entry, { data: claimed.data })) !== undefined) return
          continue
        }
        const isHeld = held.owner !== undefined && bears(held.owner.data.profile, claimed.id)
        const isFresh = held.owner !== undefined && (held.entry.data.at ?? 0) > now() - settleMs
        if (isHeld || isFresh) throw new AuthError('username_taken')
        await names.replace(held.entry, { expiresAt: 0 })
      }
      throw new AuthError('username_taken')
    },

    async release(name, owner) {
      const id = nameToId(name)
      const held = await holderOf(id)
      if (held === undefined || held.entry.owner !== owner) return
      if (held.owner !== undefined && bears(held.owner.data.profile, id)) return
      await names.replace(held.entry, { expiresAt: 0 })
    },
  }
}

/** Whether a profile bears a name out, given by its id: as the user name, or as the address that was verified. */
export function bears(profile: Profile | null, nameId: string): boolean {
  if (profile === null) return false
  if (nameToId(profile.username) === nameId) return true
  const address = verifiedName(profile)
  return address !== undefined && nameToId(address) === nameId
}

/** The login name that a verified address is. */
export function verifiedName({ email, emailVerifiedAt }: Profile): string | undefined {
  return email === null || emailVerifiedAt === null ? undefined : canonicalName(email)
}
