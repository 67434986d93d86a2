import type { CheckedSettings } from './checked-settings.ts'
import type { Clock } from './collection.ts'
import { AuthError } from './errors.ts'
import type { Emit, Origin } from './events.ts'
import type { CredentialStore } from './factors/credentials.ts'
import { createEnrolledFactors } from './factors/enrolled-factors.ts'
import { createEnrolments } from './factors/enrolment.ts'
import { createEnrolmentTickets } from './factors/enrolment-ticket.ts'
import type { Factor } from './factors/factor.ts'
import { createFactors, type Factors } from './factors/factors.ts'
import type { HashingQueue } from './factors/hashing-queue.ts'
import type { LentOnDemand } from './factors/make-factors.ts'
import type { PasswordHasher } from './factors/password-hash.ts'
import { createSecondFactors, type SecondFactors } from './factors/second-factors.ts'
import type { KnownDevices } from './known-device.ts'
import type { LockedTokens } from './locked-token.ts'
import type { Messenger } from './message.ts'
import { checkUserPolicy, type PolicyJudge } from './mfa-policy.ts'
import type { Permissions } from './permissions.ts'
import type { ProviderRegistry } from './provider-registry.ts'
import type { SessionIssuer, Sessions } from './session.ts'
import type { Settings } from './settings.ts'
import { createSignIn, type SignIn } from './sign-in.ts'
import type { Storage } from './storage.ts'
import type { Suspicions } from './suspicion.ts'
import type { Throttle } from './throttle.ts'
import type { ParsedToken, Tokens } from './token.ts'
import { createTrustedDevices, type DeviceTrust } from './trusted-device.ts'
import type { UserLookup } from './user.ts'
import type { MfaPolicy, UserStates } from './user-state.ts'
import { createWaiting } from './waiting.ts'

/** What the second door stands on. */
export interface SecondDoorDeps {
  readonly settings: Settings
  readonly checked: CheckedSettings
  readonly storage: Storage
  readonly now: Clock
  readonly emit: Emit
  readonly tokens: Tokens
  readonly states: UserStates
  readonly users: UserLookup
  readonly sessions: Sessions & SessionIssuer
  readonly locked: LockedTokens
  readonly throttle: Throttle
  readonly queue: HashingQueue
  readonly knownDevices: KnownDevices
  readonly entered: Suspicions['entered']
  readonly hasher: PasswordHasher
  /** The factors of the settings. */
  readonly all: readonly Factor[]
  readonly policy: PolicyJudge
  readonly registry: ProviderRegistry
  readonly credentials: CredentialStore
  readonly permissions: Permissions
  readonly messenger: Messenger | undefined
  readonly later: (task: () => Promise<unknown>) => void
}

/** The gate, and everything about second factors. */
export interface SecondDoor {
  readonly gate: SignIn
  readonly secondFactors: SecondFactors
  readonly factors: Factors
  readonly devices: DeviceTrust
  /** A token that may wait at the second door. Throws `invalid_token`. */
  lockedToken(text: string, from: Origin): ParsedToken
  /** Throws for what can't be the policy of a user. */
  checkUserPolicy(policy: MfaPolicy | null): void
  /** What core lends to the factors. */
  readonly lent: LentOnDemand
  /** Whether a user has a factor that lets them in by itself, as a passkey does. */
  hasOwnFactor(userId: string): Promise<boolean>
}

/** Wires second factors to the gate. */
export function createSecondDoor(deps: SecondDoorDeps): SecondDoor {
  const { settings, checked, storage, now, emit, tokens, states, users, throttle, queue, messenger } = deps
  const { all, policy, credentials, hasher, knownDevices } = deps
  const limits = checked.factorThrottle
  const factors = createSecondFactors({ factors: all, credentials, throttle, limits, queue, knownDevices })
  const devices = createTrustedDevices(storage, now, emit, tokens, states, checked.trustedDeviceMs ?? 0)
  const gate = createSignIn({
    ...deps,
    factors,
    policy,
    devices: checked.trustedDeviceMs === undefined ? undefined : devices,
    readWaiting: createWaiting({
      now,
      emit,
      users,
      locked: deps.locked.entries,
      sessions: deps.sessions.entries,
      limits: checked.session,
    }),
    enrolWithFirstFactor: settings.enrolWithFirstFactor ?? false,
  })
  const enrolled = createEnrolledFactors({
    ...deps,
    credentials,
    factors,
    policy,
    recentMs: checked.recentMs,
  })
  const enrolments = createEnrolments({ ...deps, gate, factors, enrolled, limits, lockedToken })
  const tickets = createEnrolmentTickets(storage, now, emit, tokens, throttle, messenger)

  function lockedToken(text: string, from: Origin): ParsedToken {
    const token = tokens.parse(text)
    if (token?.kind === 'locked' || token?.kind === 'session') return token
    emit('token.refused', { reason: token === undefined ? 'malformed' : 'other_kind', tokenId: token?.id }, from)
    throw new AuthError('invalid_token', { detail: 'This is not a locked token.' })
  }

  return {
    gate,
    secondFactors: factors,
    devices,
    lockedToken,
    factors: createFactors({ ...deps, gate, factors, enrolled, enrolments, tickets, lockedToken }),

    checkUserPolicy(policy) {
      if (policy !== null) checkUserPolicy(policy, all)
    },

    lent: {
      find: users.find,

      async count(purpose, account, client, limits) {
        await throttle.guess({ purpose, account, network: client.network, from: client }, limits, async () => undefined)
      },

      giveBack: async (purpose, network, limits) => throttle.giveBack({ purpose, network }, limits),

      async hash(text, client) {
        const leave = await queue.enter(client.network, client.departed)
        try {
          return await hasher.hash(text)
        } finally {
          leave()
        }
      },

      async verify(hash, text) {
        const right = await hasher.verify(hash ?? hasher.dummy, text)
        return right && hash !== undefined
      },
    },

    hasOwnFactor: enrolled.hasOwnFactor,
  }
}
