import type { Clock } from './collection.ts'
import type { ProviderRules } from './provider-rules.ts'
import type { ProviderRegistry } from './provider-registry.ts'
import type { UserEntry, UserState } from './user-state.ts'

/** What lets a user in, judged from their `user` entry as far as it says. */
export interface WaysIn {
  /**
   * Whether the sessions and API tokens of a user are suspended: nothing but providers lets them in, and none of those
   * has seen them for longer than its rules allow. Costs nothing for a user without identities.
   */
  isSuspended(user: UserEntry): boolean | Promise<boolean>
  /** Judges what would be left of a user. */
  judge(userId: string): Promise<(left: UserState) => boolean>
}

/** What ways in are judged by. */
export interface WaysInDeps {
  readonly now: Clock
  readonly registry: ProviderRegistry
  /** Whether a user has a factor that lets them in by itself, as a passkey does. */
  readonly hasOwnFactor: (userId: string) => Promise<boolean>
  readonly userState: (userId: string) => Promise<UserEntry | undefined>
}

/** Passwords, identities and factors that let in. */
export function createWaysIn({ now, registry, hasOwnFactor, userState }: WaysInDeps): WaysIn {
  const marksOf = ({ identities }: UserState) => Object.values(identities ?? {})

  async function isOverdue(user: UserEntry): Promise<boolean> {
    const marks = marksOf(user.data)
    const rules = await Promise.all(marks.map(async ({ provider }) => registry.rules(provider)))
    // A provider that is gone lets nobody in: it neither keeps a session alive nor ends it.
    const judged = marks.flatMap(({ at }, i) => (rules[i] === undefined ? [] : [isLate(at, rules[i])]))
    return judged.length > 0 && judged.every(Boolean) && !(await hasOwnFactor(user.id))
  }

  function isLate(at: number, rules: ProviderRules | undefined): boolean {
    return rules?.maxSinceLoginMs !== undefined && now() - at > rules.maxSinceLoginMs
  }

  return {
    isSuspended(user) {
      const { identities, password } = user.data
      if (identities === undefined || password !== null) return false
      return isOverdue(user)
    },

    async judge(userId) {
      const state = await userState(userId)
      const ids = new Set(state === undefined ? [] : marksOf(state.data).map(({ provider }) => provider))
      const there = new Set<string>()
      for (const id of ids) if ((await registry.find(id)) !== undefined) there.add(id)
      const byFactor = await hasOwnFactor(userId)
      return (left) => byFactor || left.password !== null || marksOf(left).some(({ provider }) => there.has(provider))
    },
  }
}
