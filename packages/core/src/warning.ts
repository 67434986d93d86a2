import type { Client } from './client.ts'
import type { Clock } from './collection.ts'
import { sha256 } from './hash.ts'
import type { Messenger } from './message.ts'
import type { Storage } from './storage.ts'
import type { User } from './user.ts'

/** Tells a user, after the answer, that somebody has passed the first door as them and keeps failing at the second. */
export type Warn = (user: User, client: Client) => void

/** What warnings are made of. */
export interface WarningDeps {
  readonly storage: Storage
  readonly now: Clock
  readonly messenger: Messenger | undefined
  readonly later: (task: () => Promise<unknown>) => void
}

const dayMs = 24 * 60 * 60_000
const failuresBeforeWarning = 3 // One is a slip of the finger.

/** Warnings, at most one a day for each user (ASVS 6.3.5). Nobody is warned where nothing is delivered. */
export function createWarnings({ storage, now, messenger, later }: WarningDeps): Warn {
  return (user, client) => {
    if (messenger === undefined) return
    later(async () => {
      const { count } = await storage.increment(`warning:${sha256(user.id)}`, dayMs, 1, now())
      if (count === failuresBeforeWarning) messenger.notify(user, 'second_factor_failed', { at: now(), client })
    })
  }
}
