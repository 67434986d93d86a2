import { createDeadline, started } from './deadline.ts'
import { AuthError } from './errors.ts'
import { profileOf } from './profile.ts'
import type { User, UserDirectory, UserLookup, UserQuery } from './user.ts'

/** Finds the user of an entry: in the entry itself, or in the application's own directory. */
export function createEntryReader(own: UserDirectory | undefined): UserLookup['ofEntry'] {
  if (own === undefined) return profileOf
  const directory = guardDirectory(own)
  return ({ id }) => findExactly(directory, id)
}

/** The user of exactly this id: a directory that compares in another way must not let one user in as another. */
export async function findExactly(directory: UserDirectory, id: string): Promise<User | undefined> {
  const user = await directory.find(id)
  return user?.id === id ? user : undefined
}

const patienceMs = 10_000

/** The application's directory, where a rejection, or no answer within ten seconds, is an outage and never "no such user". */
export function guardDirectory(own: UserDirectory): UserDirectory {
  const inTime = createDeadline(
    patienceMs,
    () => new Error('The user directory has not answered within ten seconds.'),
    (cause) => (cause instanceof AuthError ? cause : new AuthError('unavailable', { retryAfterMs: 2000, cause })),
  )
  const guarded = <Result>(run: () => Promise<Result>): Promise<Result> => inTime(started(run))
  const list = own.list?.bind(own)
  return {
    // What finds nothing often says so with null.
    find: (id) => guarded(async () => (await own.find(id)) ?? undefined),
    findByLogin: (name) => guarded(async () => (await own.findByLogin(name)) ?? undefined),
    ...(list && { list: (query: UserQuery) => guarded(() => list(query)) }),
  }
}
