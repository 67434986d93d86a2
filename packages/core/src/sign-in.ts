import { type Authentication, combineMethods, type Method } from './authentication.ts'
import type { Client } from './client.ts'
import type { Clock } from './collection.ts'
import { AuthError } from './errors.ts'
import type { Emit } from './events.ts'
import type { Factor, FactorEvidence, FactorSubject } from './factors/factor.ts'
import type { LockedEntry, LockedTokens } from './locked-token.ts'
import type { Permissions } from './permissions.ts'
import type { Secret } from './secret.ts'
import type { Session, SessionIssuer } from './session.ts'
import type { GuessLimits, Throttle } from './throttle.ts'
import type { ParsedToken } from './token.ts'
import type { User, UserLookup } from './user.ts'
import type { MfaPolicy, UserState } from './user-state.ts'

/** A session that has just begun or was renewed, under a token that is shown this once. */
export interface Unlocked {
  readonly status: 'unlocked'
  readonly user: User
  readonly permissions: readonly string[]
  readonly session: Session
  readonly token: Secret
}

/** The first factor was right, a second one is needed: the token opens nothing but `unlock`. */
export interface Locked {
  readonly status: 'locked'
  /** The ids of the factors that would do. */
  readonly factors: readonly string[]
  readonly expiresAt: number
  readonly token: Secret
}

/** How a second factor is sent. */
export interface SecondFactor extends FactorEvidence {
  readonly factor: string
}

/** The two doors. `signIn` is the only way from an authentication to a session. */
export interface SignIn {
  /** Throws `invalid_credentials` when the user was disabled or their sessions were ended since the evidence was checked. */
  signIn(authentication: Authentication, client: Client, remember: boolean): Promise<Unlocked | Locked>
  /** Throws `invalid_code`, `locked_token_expired` or `too_many_attempts`. */
  unlock(token: ParsedToken, evidence: SecondFactor, client: Client): Promise<Unlocked>
  beginUnlock(token: ParsedToken, factor: string, client: Client): Promise<Readonly<Record<string, unknown>>>
  beginFactor(subject: FactorSubject, factor: string): Promise<Readonly<Record<string, unknown>>>
  /** Verifies a second factor of a user for any purpose, under the one limit that all purposes share. */
  verifyFactor(subject: FactorSubject, evidence: SecondFactor, client: Client): Promise<readonly Method[] | undefined>
  /** Whether the user's policy asks for more than these methods. */
  isBelowPolicy(state: UserState, methods: readonly Method[]): boolean
  /** The ids of the second factors that a user has. */
  enrolledFactors(userId: string): Promise<readonly string[]>
}

/** What the doors are made of. */
export interface SignInDeps {
  readonly now: Clock
  readonly emit: Emit
  readonly users: UserLookup
  readonly sessions: SessionIssuer
  readonly locked: LockedTokens
  readonly factors: readonly Factor[]
  readonly mfa: MfaPolicy
  readonly permissions: Permissions
  readonly throttle: Throttle
  readonly limits: GuessLimits
}

/** The gate between evidence and sessions. */
export function createSignIn(deps: SignInDeps): SignIn {
  const { now, emit, users, sessions, locked, factors, permissions, throttle, limits } = deps
  const policyOf = (state: UserState): MfaPolicy => state.mfa ?? deps.mfa

  function isBelowPolicy(state: UserState, methods: readonly Method[]): boolean {
    return policyOf(state) === 'required' && !methods.includes('mfa')
  }

  async function enrolledFactors(userId: string): Promise<readonly string[]> {
    const enrolled = await Promise.all(factors.map((factor) => factor.isEnrolled(userId)))
    return factors.filter((_, i) => enrolled[i]).map(({ id }) => id)
  }

  /** The only caller of `sessions.start`. */
  async function open(
    authentication: Authentication,
    user: User,
    client: Client,
    remember: boolean,
  ): Promise<Unlocked> {
    const { session, token } = await sessions.start(authentication, client, remember)
    emit('login.succeeded', { userId: user.id, sessionId: session.id, methods: session.methods }, client)
    return { status: 'unlocked', user, permissions: await permissions(user), session, token }
  }

  async function verifyFactor(
    subject: FactorSubject,
    evidence: SecondFactor,
    client: Client,
  ): Promise<readonly Method[] | undefined> {
    const guesser = { purpose: 'factor', account: subject.user.id, network: client.network, userId: subject.user.id }
    return throttle.guess(guesser, limits, async () => factorNamed(evidence.factor)?.verify(subject, evidence))
  }

  function factorNamed(id: string): Factor | undefined {
    return factors.find((factor) => factor.id === id)
  }

  async function beginFactor(subject: FactorSubject, factor: string): Promise<Readonly<Record<string, unknown>>> {
    return (await factorNamed(factor)?.begin(subject)) ?? {}
  }

  async function waiting(token: ParsedToken, client: Client): Promise<{ entry: LockedEntry; subject: FactorSubject }> {
    const entry = await locked.read(token)
    const user = await users.ofEntry(entry.owner)
    if (user === undefined) throw new AuthError('locked_token_expired')
    const { address, userAgent } = client
    return { entry, subject: { user, purpose: 'unlock', waitingId: entry.id, address, userAgent } }
  }

  return {
    isBelowPolicy,
    enrolledFactors,
    verifyFactor,
    beginFactor,

    async signIn(authentication, client, remember) {
      const { userId, methods } = authentication
      const known = await users.known(userId)
      const state = known?.entry.data
      const reason =
        state === undefined
          ? 'no_user'
          : state.disabledAt !== null
            ? 'disabled'
            : state.epoch !== authentication.epoch
              ? 'changed_meanwhile'
              : undefined
      if (known === undefined || state === undefined || reason !== undefined) {
        emit('login.refused', { userId, reason: reason ?? 'no_user' }, client)
        throw new AuthError('invalid_credentials')
      }

      const policy = policyOf(state)
      if (policy === 'off' || methods.includes('mfa')) return open(authentication, known.user, client, remember)
      const enrolled = await enrolledFactors(userId)
      if (enrolled.length === 0 && policy === 'optional') return open(authentication, known.user, client, remember)

      const { id, token, expiresAt } = await locked.issue(authentication, known.entry, remember)
      emit('login.locked', { userId, lockedId: id, methods }, client)
      return { status: 'locked', factors: enrolled, expiresAt, token }
    },

    async beginUnlock(token, factor, client) {
      const { subject } = await waiting(token, client)
      return beginFactor(subject, factor)
    },

    async unlock(token, evidence, client) {
      const { entry, subject } = await waiting(token, client)
      const methods = await verifyFactor(subject, evidence, client)
      if (methods === undefined) {
        emit(
          'unlock.failed',
          { userId: subject.user.id, factor: factorNamed(evidence.factor)?.id ?? 'unknown' },
          client,
        )
        throw new AuthError('invalid_code')
      }
      if (!(await locked.consume(entry.id))) throw new AuthError('locked_token_expired')
      const { epoch, remember, federation } = entry.data
      const authentication = {
        userId: subject.user.id,
        methods: combineMethods(entry.data.methods, methods),
        at: now(),
        epoch,
        federation,
      }
      return open(authentication, subject.user, client, remember)
    },
  }
}
