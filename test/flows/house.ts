import {
  argon2Hasher,
  type Auth,
  type AuthEvent,
  createAuth,
  type Factor,
  type FactorType,
  type Settings,
  type User,
} from '@sallyport/core'
import { type CountingStorage, countingStorage, type FailingStorage, failingStorage } from '@sallyport/core/testing'
import { memoryStorage } from '@sallyport/storage-memory'

export const origin = 'https://app.example.com'
export const testSecret = 'k7Jq2xV9mZ4tR8wY1pL6sD3fG5hB0nCvXaQeUiOo'
export const goodPassword = 'correct horse battery staple'
export const otherPassword = 'a quite different passphrase'
export const minute = 60_000
export const hour = 60 * minute
export const day = 24 * hour

/** argon2id with parameters that cost next to nothing. */
export const cheapHasher = argon2Hasher({ memoryCost: 8, timeCost: 1, parallelism: 1 })

/** What the roles of the tests may do. */
const rights: Readonly<Record<string, readonly string[]>> = {
  reader: ['documents:read'],
  editor: ['documents:read', 'documents:write'],
  admin: ['documents:read', 'documents:write', 'documents:delete'],
}

/** An installation whose clock and storage obey the test. */
export interface House {
  readonly auth: Auth
  readonly settings: Settings
  /** The time; it stands still. */
  now(): number
  advance(ms: number): void
  readonly events: AuthEvent[]
  of<Type extends AuthEvent['type']>(type: Type): Extract<AuthEvent, { type: Type }>[]
  /** What was reported to `onError`. */
  readonly errors: unknown[]
  readonly failing: FailingStorage
  readonly counting: CountingStorage
  readonly ann: User
}

export async function house(given: Partial<Settings> = {}): Promise<House> {
  let at = Date.UTC(2026, 0, 1)
  const events: AuthEvent[] = []
  const errors: unknown[] = []
  const failing = failingStorage(given.storage ?? memoryStorage())
  const counting = countingStorage(failing)
  const settings: Settings = {
    origin,
    secret: testSecret,
    clock: () => at,
    permissions: ({ roles }) => roles.flatMap((role) => rights[role] ?? []),
    onEvent: (event) => void events.push(event),
    onError: (error) => void errors.push(error),
    ...given,
    storage: counting,
    password: { hasher: cheapHasher, ...given.password },
  }
  const auth = createAuth(settings)
  const known = await auth.users.findByLogin('ann')
  const ann = known ?? (await auth.users.create({ username: 'ann', password: goodPassword, roles: ['editor'] }))
  return {
    auth,
    settings,
    now: () => at,
    advance: (ms) => {
      at += ms
    },
    events,
    of: (type) => events.filter((event) => event.type === type) as never,
    errors,
    failing,
    counting,
    ann,
  }
}

/** A second factor for tests: whoever is in `users` has it, and a code of theirs works as often as it is sent. */
export function testFactor(
  users: ReadonlySet<string>,
  codeOf: (userId: string) => string = () => '123456',
  parts: Partial<Factor> = {},
): FactorType {
  return () => ({
    id: 'test',
    methods: ['otp'],
    isEnrolled: ({ id }) => users.has(id),
    begin: async () => ({ sent: true }),
    verify: async ({ user }, { code }) => (users.has(user.id) && code === codeOf(user.id) ? ['otp'] : undefined),
    ...parts,
  })
}
