import { type AuthEvent, argon2Hasher } from '@sallyport/core'
// A dependency on the package would be a cycle of the workspace: it depends on core for its types.
import { memoryStorage } from '../../storage-memory/src/index.ts'

/** A secret that is random enough for the settings, and the same in every run. */
export const testSecret = 'k7Jq2xV9mZ4tR8wY1pL6sD3fG5hB0nCvXaQeUiOo'

/** Four test secrets under different tags. */
export const otherSecrets: readonly string[] = ['one', 'two', 'three'].map((name) => `${name}-${testSecret}`)

/** Good under every rule of the policy. */
export const goodPassword = 'correct horse battery staple'

/** argon2id with parameters that cost next to nothing. */
export const cheapHasher = argon2Hasher({ memoryCost: 8, timeCost: 1, parallelism: 1 })

/** A clock that stands still until it is told to go on. */
export interface TestClock {
  (): number
  advance(ms: number): void
}

export function testClock(startAt: number = Date.UTC(2026, 0, 1)): TestClock {
  let at = startAt
  return Object.assign(() => at, {
    advance(ms: number) {
      at += ms
    },
  })
}

/** Remembers events as `emit` and `onEvent` hand them over. */
export interface EventLog {
  readonly all: AuthEvent[]
  readonly listener: (event: AuthEvent) => void
  /** The events of one type, in order. */
  of<Type extends AuthEvent['type']>(type: Type): Extract<AuthEvent, { type: Type }>[]
}

export function eventLog(): EventLog {
  const all: AuthEvent[] = []
  return {
    all,
    listener: (event) => void all.push(event),
    of: (type) => all.filter((event) => event.type === type) as never,
  }
}

export { memoryStorage }
