import type { Page } from './storage.ts'
import type { UserEntry } from './user-state.ts'

/** A user as the application sees it. The application's own directory may add members. */
export interface User {
  readonly id: string
  readonly username: string
  readonly displayName?: string | undefined
  readonly email?: string | undefined
  readonly emailVerified?: boolean | undefined
  readonly roles: readonly string[]
}

/** A page of users: `search` is the beginning of a login name; `limit` is 1 to 1000. */
export interface UserQuery {
  readonly search?: string | undefined
  readonly cursor?: string | undefined
  readonly limit?: number | undefined
}

/**
 * Where users come from. `find` is called for every request: `undefined` refuses it, a rejection is 503. Ids are
 * printable ASCII of at most 128 characters; names arrive in canonical form (NFKC, trimmed, lower case).
 */
export interface UserDirectory {
  find(id: string): Promise<User | undefined>
  findByLogin(canonicalName: string): Promise<User | undefined>
  list?(query: UserQuery): Promise<Page<User>>
}

/** A user together with what Sallyport keeps of them. */
export interface KnownUser {
  readonly user: User
  readonly entry: UserEntry
}

/** How the parts of Sallyport look users up. */
export interface UserLookup {
  find(id: string): Promise<User | undefined>
  /** The user of an entry already read; without a round trip for built-in users. */
  ofEntry(entry: UserEntry): Promise<User | undefined> | User | undefined
  known(id: string): Promise<KnownUser | undefined>
  /** By canonical name, at the same cost whether there is such a user or not. */
  knownByLogin(name: string): Promise<KnownUser | undefined>
}
