import type { Clock } from './collection.ts'
import { AuthError } from './errors.ts'
import type { Emit, Origin } from './events.ts'
import { canonicalName, isUserId, nameToId } from './identifier.ts'
import { bears, createLoginNames, verifiedName } from './login-names.ts'
import { isTexts } from './permissions.ts'
import { profileOf, toUser } from './profile.ts'
import type { Page, Storage } from './storage.ts'
import { randomText } from './token.ts'
import type { KnownUser, User, UserDirectory, UserQuery } from './user.ts'
import {
  type MfaPolicy,
  newState,
  type PasswordCredential,
  type Profile,
  removeOwned,
  type UserEntry,
  type UserState,
  type UserStates,
} from './user-state.ts'

const maxDisplayName = 256

/** What a user of the built-in directory is made of. */
export interface NewProfile {
  /** The id that the user has elsewhere, for whoever is brought along: printable ASCII, at most 128. A random one by default. */
  readonly id?: string | undefined
  readonly username: string
  /** At most 256 characters. */
  readonly displayName?: string | undefined
  readonly email?: string | undefined
  /** On the operator's word: the address is then a login name too, and is written to. */
  readonly emailVerified?: boolean | undefined
  readonly roles?: readonly string[] | undefined
  /** Whether this user needs a second factor, whatever the setting `mfa` says. */
  readonly mfa?: MfaPolicy | undefined
}

/** What may be changed of a user; what is absent stays. */
export interface ProfileChange {
  readonly username?: string | undefined
  readonly displayName?: string | null | undefined
  readonly email?: string | null | undefined
  readonly roles?: readonly string[] | undefined
}

/** The directory that Sallyport brings: profiles in the `user` entry, names in entries of kind `login-name`. */
export interface BuiltInDirectory extends UserDirectory {
  list(query: UserQuery): Promise<Page<User>>
  /** Throws `username_taken`: of many callers with one name, one gets it; `conflict` for an id that is taken. */
  create(profile: NewProfile, password: PasswordCredential | null, by?: Origin): Promise<User>
  /** Does not touch the epochs: sessions live on, and see the change with their next request. */
  update(id: string, change: ProfileChange, by?: Origin): Promise<User>
  /**
   * Makes a proven address the user's, and a login name, in the write for which `change` has a say: `undefined` refuses
   * it as a `conflict`. Throws `conflict` too when the address is somebody else's.
   */
  proveEmail(
    id: string,
    email: string,
    change: (state: UserState) => Partial<UserState> | undefined,
  ): Promise<UserEntry>
  /** Removes the user; everything that was theirs is dead with that one write. */
  delete(id: string, by?: Origin): Promise<void>
  /** The user of a canonical name, in one round trip. */
  knownByLogin(name: string): Promise<KnownUser | undefined>
}

const pageSize = 50

/** Users on storage. A name entry is the only authority on who has a name: the user first, then the name. */
export function createUserDirectory(storage: Storage, states: UserStates, now: Clock, emit: Emit): BuiltInDirectory {
  const names = createLoginNames(storage, now)

  async function knownByLogin(name: string): Promise<KnownUser | undefined> {
    const owner = await names.ownerOf(name)
    const user = owner && profileOf(owner)
    return owner && user && { user, entry: owner }
  }

  /** An address is claimed like a name, but whoever has it goes unnamed. */
  async function claimEmail(name: string, owner: string): Promise<void> {
    await names.claim(name, owner).catch((error: unknown) => {
      if (!(error instanceof AuthError) || error.code !== 'username_taken') throw error
      throw new AuthError('conflict', { detail: 'This address belongs to another account.' })
    })
  }

  return {
    knownByLogin,

    async find(id) {
      const entry = await states.get(id)
      return entry && profileOf(entry)
    },

    findByLogin: async (name) => (await knownByLogin(name))?.user,

    async list({ search = '', cursor, limit = pageSize }) {
      const start = search === '' ? '' : canonicalName(search)
      if (start === undefined) return { items: [] }
      const prefix = nameToId(start)
      const page = await names.list({ prefix, cursor, limit })
      const entries = await Promise.all(page.items.map((name) => states.get(name.owner ?? '')))
      const items = page.items.flatMap(({ id }, i) => {
        const entry = entries[i]
        return entry !== undefined && isListedAs(id, entry.data.profile, prefix) ? (profileOf(entry) ?? []) : []
      })
      return { ...page, items }
    },

    async create(given, password, by) {
      const profile = readProfile(given, now())
      const data = { ...newState(profile, password), mfa: given.mfa ?? null }
      const entry = { id: readId(given.id), owner: null, expiresAt: null, data }
      if (!(await states.insert(entry))) throw new AuthError('conflict', { detail: 'There is a user with this id.' })
      const address = verifiedName(profile)
      try {
        await names.claim(profile.username, entry.id)
        if (address !== undefined) await claimEmail(address, entry.id)
      } catch (error) {
        await states.take(entry.id)
        await names.release(profile.username, entry.id)
        throw error
      }
      emit('user.created', { userId: entry.id }, by)
      if (given.mfa !== undefined) emit('user.mfa_changed', { userId: entry.id, mfa: given.mfa }, by)
      return toUser(entry.id, profile)
    },

    async update(id, change, by) {
      checkRoles(change.roles)
      const name = change.username === undefined ? undefined : readName(change.username)
      const old = (await states.get(id))?.data.profile?.username
      const renamed = name !== undefined && old !== undefined && name !== old
      if (renamed) await names.claim(name, id)
      let address: string | undefined
      const stored = await states.update(id, ({ data }) => {
        const { profile } = data
        // Renamed by somebody else meanwhile: the name claimed here must not stay as a second one.
        if (profile === null || (renamed && profile.username !== old)) return undefined
        address = verifiedName(profile)
        return { data: { ...data, profile: applied(profile, change, name) } }
      })
      if (renamed) await names.release(stored === undefined ? name : old, id)
      if (address !== undefined && change.email !== undefined) await names.release(address, id)
      const user = stored && profileOf(stored)
      if (user === undefined) throw old === undefined ? noSuchUser() : new AuthError('conflict')
      emit('user.updated', { userId: id }, by)
      return user
    },

    async proveEmail(id, email, change) {
      const name = canonicalName(email)
      if (name === undefined) throw new AuthError('invalid_request', { detail: '`email` is no address.' })
      await claimEmail(name, id)
      let old: string | undefined
      const stored = await states.update(id, ({ data }) => {
        const changed = data.profile === null ? undefined : change(data)
        if (changed === undefined || data.profile === null) return undefined
        old = verifiedName(data.profile)
        return { data: { ...data, ...changed, profile: { ...data.profile, email, emailVerifiedAt: now() } } }
      })
      await names.release(name, id)
      if (old !== undefined) await names.release(old, id)
      if (stored === undefined) throw new AuthError('conflict')
      return stored
    },

    async delete(id, by) {
      if ((await states.take(id)) === undefined) throw noSuchUser()
      await removeOwned(storage, id)
      emit('user.deleted', { userId: id }, by)
    },
  }
}

function noSuchUser(): AuthError {
  return new AuthError('not_found', { detail: 'There is no such user.' })
}

/** Whether a user is listed under this name of theirs: once in every list, by the user name if that is in it. */
function isListedAs(nameId: string, profile: Profile | null, prefix: string): boolean {
  if (profile === null || !bears(profile, nameId)) return false
  const byUsername = nameToId(profile.username)
  return byUsername === nameId || !byUsername.startsWith(prefix)
}

function readProfile({ username, displayName, email, emailVerified, roles }: NewProfile, createdAt: number): Profile {
  checkRoles(roles)
  return {
    username: readName(username),
    displayName: readDisplayName(displayName ?? null),
    email: email ?? null,
    emailVerifiedAt: emailVerified === true && email !== undefined ? createdAt : null,
    roles: roles ?? [],
    createdAt,
  }
}

/** Whatever a caller without types may have passed: a text would be taken for its letters. */
function checkRoles(roles: unknown): void {
  if (roles === undefined || isTexts(roles)) return
  throw new AuthError('invalid_request', { detail: '`roles` must be an array of texts.' })
}

function readDisplayName(name: string | null): string | null {
  if (name === null || (typeof name === 'string' && name.length <= maxDisplayName)) return name
  throw new AuthError('invalid_request', {
    detail: `\`displayName\` must be a text of at most ${maxDisplayName} characters.`,
  })
}

function readId(id = randomText(16)): string {
  if (isUserId(id)) return id
  throw new AuthError('invalid_request', { detail: '`id` must be 1 to 128 printable ASCII characters.' })
}

function readName(username: string): string {
  const name = canonicalName(username)
  if (name !== undefined) return name
  throw new AuthError('invalid_request', { detail: '`username` must be 1 to 128 printable characters.' })
}

function applied(profile: Profile, change: ProfileChange, username: string | undefined): Profile {
  const email = change.email === undefined ? profile.email : change.email
  return {
    ...profile,
    username: username ?? profile.username,
    displayName: change.displayName === undefined ? profile.displayName : readDisplayName(change.displayName),
    email,
    emailVerifiedAt: email === profile.email ? profile.emailVerifiedAt : null,
    roles: change.roles ?? profile.roles,
  }
}
