import { type Authentication, proveFactor, provenBy, type ProvenAt } from './authentication.ts'
import type { Client } from './client.ts'
import type { Clock } from './collection.ts'
import { AuthError } from './errors.ts'
import type { Emit, Origin } from './events.ts'
import type { Answer } from './factors/factor.ts'
import type { SecondFactor, SecondFactors } from './factors/second-factors.ts'
import type { DeviceMarker, KnownDevices } from './known-device.ts'
import type { LockedTokens } from './locked-token.ts'
import { type Offer, type PolicyJudge, trustedDevice } from './mfa-policy.ts'
import type { Permissions } from './permissions.ts'
import type { Secret } from './secret.ts'
import type { IssuedSession, SessionIssuer } from './session.ts'
import type { Session } from './session-entry.ts'
import type { Suspicions } from './suspicion.ts'
import type { ParsedToken } from './token.ts'
import type { DeviceTrust, IssuedDevice } from './trusted-device.ts'
import type { KnownUser, User, UserLookup } from './user.ts'
import type { UserState } from './user-state.ts'
import { subjectOf, type Waiting, type WaitingReader } from './waiting.ts'

/** A session that has just begun or was renewed, under a token that is shown this once. */
export interface Unlocked {
  readonly status: 'unlocked'
  readonly user: User
  readonly permissions: readonly string[]
  readonly session: Session
  readonly token: Secret
  /** The device that is trusted from now on, when that was asked for. */
  readonly device?: IssuedDevice | undefined
  /** What the browser is known by from now on, when it is one and was not known yet. */
  readonly marker?: DeviceMarker | undefined
}

/** What a locked token can still do, and until when. */
export interface LockedState extends Offer {
  /** Whether a ticket must be redeemed before anything of `enrol` can be enrolled. */
  readonly needsTicket: boolean
  readonly expiresAt: number
  readonly remember: boolean
}

/** What was proven so far is not enough: the token opens nothing but `unlock`, and `enrol` where that is offered. */
export interface Locked extends LockedState {
  readonly status: 'locked'
  readonly token: Secret
}

/** What the user asks for besides being let in. */
export interface UnlockOptions {
  readonly trustDevice?: boolean | undefined
}

/** The two doors. There is no other way from an authentication to a session. */
export interface SignIn {
  /** Throws `invalid_credentials` when the user was disabled or their sessions were ended since the evidence was checked. */
  signIn(authentication: Authentication, client: Client, remember: boolean): Promise<Unlocked | Locked>
  /** Whoever waits with a token. Throws `locked_token_expired`, `invalid_token` for a session that does not wait. */
  waiting(token: ParsedToken, from: Origin): Promise<Waiting>
  /** What would help them. */
  inspect(waiting: Waiting): Promise<LockedState>
  /** Throws `invalid_code`, `locked_token_expired` or `too_many_attempts`. Locked again when policy asks for still more. */
  unlock(
    token: ParsedToken,
    evidence: SecondFactor,
    client: Client,
    options?: UnlockOptions,
  ): Promise<Unlocked | Locked>
  beginUnlock(token: ParsedToken, factor: string, client: Client): Promise<Answer>
  /** Lets in whoever waits, by what they have proven now; consumes what they waited with. Throws `locked_token_expired`. */
  proceed(waiting: Waiting, provenAt: ProvenAt, client: Client): Promise<Unlocked | Locked>
  /** A new locked token in the place of the old one, with which what is offered may be enrolled. */
  allowEnrolment(waiting: Waiting, client: Client): Promise<Locked>
  /** Whether a live session proves less than its user's policy asks for. */
  isBelowPolicy(user: User, state: UserState, provenAt: ProvenAt): boolean
}

/** What the doors are made of. */
export interface SignInDeps {
  readonly now: Clock
  readonly emit: Emit
  readonly users: UserLookup
  readonly sessions: SessionIssuer
  readonly locked: LockedTokens
  readonly readWaiting: WaitingReader
  readonly factors: SecondFactors
  readonly policy: PolicyJudge
  readonly permissions: Permissions
  /** `undefined` where no device is trusted. */
  readonly devices: DeviceTrust | undefined
  readonly knownDevices: KnownDevices
  readonly entered: Suspicions['entered']
  /** Whether a first factor alone may enrol a second one. */
  readonly enrolWithFirstFactor: boolean
}

/** The gate between evidence and sessions. */
export function createSignIn(deps: SignInDeps): SignIn {
  const { now, emit, users, sessions, locked, readWaiting, factors, policy, permissions, devices, knownDevices } = deps
  const hasTwo = (provenAt: ProvenAt): boolean => Object.hasOwn(provenAt, 'mfa')

  /** What the policy still asks for; `undefined` when what was proven is enough. */
  async function missing(known: KnownUser, provenAt: ProvenAt): Promise<Offer | undefined> {
    const rule = policy.policyOf(known.user, known.entry.data)
    if (rule === 'off') return undefined
    const enrolled = await factors.enrolled(known)
    return policy.isEnough(rule, provenAt, enrolled) ? undefined : policy.offer(rule, provenAt, enrolled)
  }

  const mayEnrol = (provenAt: ProvenAt): boolean => deps.enrolWithFirstFactor || hasTwo(provenAt)

  /** The only caller of `sessions.start`. */
  async function admit(
    known: KnownUser,
    authentication: Authentication,
    client: Client,
    remember: boolean,
  ): Promise<Unlocked | Locked> {
    const { user, entry } = known
    let provenAt = provenBy(authentication)
    let lacking = await missing(known, provenAt)
    const trustedAt = lacking && (await devices?.trustedAt(entry, client))
    if (trustedAt !== undefined) {
      provenAt = { ...provenAt, [trustedDevice]: trustedAt }
      lacking = await missing(known, provenAt)
    }
    if (lacking === undefined) {
      const granted = await permissions(user)
      const begun = await sessions.start({ ...authentication, provenAt }, client, remember)
      const { id, methods } = begun.session
      emit('login.succeeded', { userId: user.id, sessionId: id, methods }, client)
      await deps.entered({ userId: user.id, sessionId: id }, client)
      const isTheirs = remember && authentication.impersonation === undefined
      const marker = isTheirs ? knownDevices.mark(client, entry) : undefined
      return { ...unlocked(user, granted, begun), marker }
    }
    if (authentication.impersonation !== undefined) {
      throw new AuthError('step_up_required', { members: { requirement: { assurance: 2 } } })
    }
    const options = { remember, mayEnrol: mayEnrol(provenAt) }
    const { id, token, expiresAt } = await locked.issue(authentication, entry, options)
    emit('login.locked', { userId: user.id, lockedId: id, methods: authentication.methods }, client)
    const asks = needsTicket(lacking, options.mayEnrol)
    return { status: 'locked', ...lacking, needsTicket: asks, remember, expiresAt, token }
  }

  /** What somebody has waited with, and has used up by going on. */
  async function consume({ session, id, user, epoch, federation, provenAt }: Waiting): Promise<Authentication> {
    const taken = session === undefined ? locked.consume(id) : sessions.entries.take(id)
    if (!(await taken)) throw new AuthError('locked_token_expired')
    return { userId: user.id, methods: Object.keys(provenAt), at: now(), epoch, provenAt, federation }
  }

  /** A session that was there already goes on under a new token, however far it has come. */
  async function renew(waiting: Waiting, provenAt: ProvenAt, client: Client): Promise<Unlocked | Locked> {
    const granted = await permissions(waiting.user)
    const renewed = await sessions.rotate(waiting, provenAt)
    if (renewed === undefined) throw new AuthError('locked_token_expired')
    const { session, token } = renewed
    const { user, entry } = waiting
    emit('login.succeeded', { userId: user.id, sessionId: session.id, methods: session.methods }, client)
    if (!isBelowPolicy(user, entry.data, provenAt)) return unlocked(user, granted, renewed)
    const lacking = (await missing(waiting, provenAt)) ?? { factors: [], enrol: [] }
    const { expiresAt, remember } = session
    return { status: 'locked', ...lacking, needsTicket: false, remember, expiresAt, token }
  }

  /** Permissions are asked for first: where the application fails to say, no session begins whose token nobody has. */
  function unlocked(user: User, granted: readonly string[], { session, token }: IssuedSession): Unlocked {
    return { status: 'unlocked', user, permissions: granted, session, token }
  }

  async function proceed(waiting: Waiting, provenAt: ProvenAt, client: Client): Promise<Unlocked | Locked> {
    if (waiting.session !== undefined) return renew(waiting, provenAt, client)
    return admit(waiting, await consume({ ...waiting, provenAt }), client, waiting.remember)
  }

  async function waiting(token: ParsedToken, from: Origin): Promise<Waiting> {
    const found = await readWaiting(token, from)
    const { session, user, entry, provenAt } = found
    if (session === undefined || isBelowPolicy(user, entry.data, provenAt)) return found
    throw new AuthError('invalid_token', { detail: 'This session is not locked.' })
  }

  function isBelowPolicy(user: User, state: UserState, provenAt: ProvenAt): boolean {
    return policy.isBelow(policy.policyOf(user, state), provenAt)
  }

  return {
    isBelowPolicy,
    waiting,
    proceed,

    async signIn(authentication, client, remember) {
      const { userId } = authentication
      const known = await users.known(userId)
      const reason = refusalOf(known, authentication)
      if (known !== undefined && reason === undefined) return admit(known, authentication, client, remember)
      emit('login.refused', { userId, reason: reason ?? 'no_user' }, client)
      throw new AuthError('invalid_credentials')
    },

    async allowEnrolment(found, client) {
      const { entry, user, provenAt, remember } = found
      const lacking = (await missing(found, provenAt)) ?? { factors: [], enrol: [] }
      const { id, token, expiresAt } = await locked.issue(await consume(found), entry, { remember, mayEnrol: true })
      emit('login.locked', { userId: user.id, lockedId: id, methods: Object.keys(provenAt) }, client)
      return { status: 'locked', ...lacking, needsTicket: false, remember, expiresAt, token }
    },

    async inspect(found) {
      const lacking = (await missing(found, found.provenAt)) ?? { factors: [], enrol: [] }
      const asks = needsTicket(lacking, found.mayEnrol || mayEnrol(found.provenAt))
      return { ...lacking, needsTicket: asks, remember: found.remember, expiresAt: found.expiresAt }
    },

    beginUnlock: async (token, factor, client) =>
      factors.begin(subjectOf(await waiting(token, client), client), factor),

    async unlock(token, evidence, client, { trustDevice = false } = {}) {
      const found = await waiting(token, client)
      const { user, entry, provenAt } = found
      const methods = await factors.verify(subjectOf(found, client), evidence)
      if (methods === undefined) {
        const factor = factors.named(evidence.factor)?.id ?? 'unknown'
        emit('unlock.failed', { userId: user.id, lockedId: found.id, factor }, client)
        throw new AuthError('invalid_code')
      }
      const result = await proceed(found, proveFactor(provenAt, methods, now()), client)
      const trusts = trustDevice && result.status === 'unlocked' && hasTwo(result.session.provenAt)
      return trusts ? { ...result, device: await devices?.trust(entry, client) } : result
    },
  }
}

function needsTicket({ enrol }: Offer, mayEnrol: boolean): boolean {
  return enrol.length > 0 && !mayEnrol
}

function refusalOf(
  known: KnownUser | undefined,
  { epoch, passwordSetAt }: Authentication,
): 'no_user' | 'disabled' | 'changed_meanwhile' | undefined {
  if (known === undefined) return 'no_user'
  const state = known.entry.data
  if (state.disabledAt !== null) return 'disabled'
  // A password change may keep the epoch, for the sessions that are there already.
  const isSame = passwordSetAt === undefined || state.password?.setAt === passwordSetAt
  return state.epoch === epoch && isSame ? undefined : 'changed_meanwhile'
}
