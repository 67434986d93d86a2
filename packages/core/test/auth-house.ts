import { type Auth, createAuth, type Principal, type Settings, type User } from '@sallyport/core'
import { type CountingStorage, countingStorage, type FailingStorage, failingStorage } from '@sallyport/core/testing'
import { expect } from 'vitest'
import {
  cheapHasher,
  eventLog,
  type EventLog,
  goodPassword,
  memoryStorage,
  type TestClock,
  testClock,
  testSecret,
} from './house.ts'

/** An installation on storage in memory, with a clock and a storage that obey the test. */
export interface House {
  readonly auth: Auth
  readonly clock: TestClock
  readonly log: EventLog
  /** What was reported to `onError`. */
  readonly errors: unknown[]
  readonly failing: FailingStorage
  readonly counting: CountingStorage
  readonly ann: User
  /** A session of ann, or of whoever is named, as its token and its principal. */
  logIn(username?: string): Promise<{ readonly token: string; readonly principal: Principal }>
  /** Whose a token is. */
  principalOf(token: string): Promise<Principal>
  /** `unlocked`, `locked`, or the code of the refusal. */
  judge(token: string): Promise<string>
}

export const origin = 'https://app.example.com'

/** A request that bears a token in the query, which everything but our own cookie is indifferent to. */
export function bearing(token: string, path = '/documents'): Request {
  return new Request(`${origin}${path}${path.includes('?') ? '&' : '?'}token=${encodeURIComponent(token)}`)
}

const underWay = new Set<Promise<unknown>>()

/** Resolves when all that houses do after their answers is done, and what that led to. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 2; i++) {
    await new Promise((resolve) => setTimeout(resolve, 5))
    while (underWay.size > 0) await Promise.all(underWay)
  }
}

function follow(work: Promise<unknown>): void {
  underWay.add(work)
  void work.finally(() => underWay.delete(work))
}

export async function house(settings: Partial<Settings> = {}): Promise<House> {
  const clock = testClock()
  const log = eventLog()
  const errors: unknown[] = []
  const failing = failingStorage(settings.storage ?? memoryStorage())
  const counting = countingStorage(failing)
  const auth = createAuth({
    origin,
    secret: testSecret,
    clock,
    onEvent: log.listener,
    onError: (error) => void errors.push(error),
    waitUntil: follow,
    permissions: ({ roles }) => roles.map((role) => `be:${role}`),
    ...settings,
    storage: counting,
    password: { hasher: cheapHasher, ...settings.password },
  })
  const ann =
    settings.users === undefined
      ? await auth.users.create({ username: 'ann', password: goodPassword, roles: ['reader', 'editor'] })
      : ((await auth.users.findByLogin('ann')) ?? expect.fail('there is no ann'))

  async function principalOf(token: string): Promise<Principal> {
    const resolution = await auth.authenticate(bearing(token))
    return resolution.status === 'unlocked'
      ? resolution.principal
      : expect.fail(`the token is ${JSON.stringify(resolution)}`)
  }

  return {
    auth,
    clock,
    log,
    errors,
    failing,
    counting,
    ann,
    principalOf,
    async logIn(username = 'ann') {
      const session = await auth.logIn({ username, password: goodPassword })
      const token = session.token.reveal()
      return { token, principal: await principalOf(token) }
    },
    async judge(token) {
      const resolution = await auth.authenticate(bearing(token))
      return resolution.status === 'refused' ? resolution.code : resolution.status
    },
  }
}
