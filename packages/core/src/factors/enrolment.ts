import { type Method, proveFactor } from '../authentication.ts'
import { type CallContext, type Client, toClient } from '../client.ts'
import type { Clock } from '../collection.ts'
import { AuthError } from '../errors.ts'
import type { Emit, Origin } from '../events.ts'
import { checkGivenName } from '../given-name.ts'
import { sessionOf } from '../issuer.ts'
import type { Permissions } from '../permissions.ts'
import type { Principal } from '../principal.ts'
import type { SessionIssuer, Sessions } from '../session.ts'
import type { Locked, SignIn, Unlocked } from '../sign-in.ts'
import { stepUpFor } from '../step-up.ts'
import type { GuessLimits, Throttle } from '../throttle.ts'
import type { ParsedToken } from '../token.ts'
import type { KnownUser, UserLookup } from '../user.ts'
import type { EnrolledFactor, EnrolledFactors } from './enrolled-factors.ts'
import type { Answer, EnrolmentEvidence, EnrolmentStep, Enroller, Factor } from './factor.ts'
import type { SecondFactors } from './second-factors.ts'

/** What is to be enrolled, and what was sent for it. */
export interface EnrolmentRequest extends EnrolmentEvidence {
  readonly factor: string
}

/** What an enrolment has come to. */
export interface Enrolled {
  /** For the client, this once: what to enter into the authenticator, the codes, the options of a ceremony. */
  readonly answer: Answer
  /** What is enrolled now; absent while the enrolment goes on. */
  readonly enrolled?: EnrolledFactor | undefined
  /** The session under a new token, where enrolling has proven the factor. */
  readonly result?: Unlocked | Locked | undefined
}

/** What a change of factors ends besides. */
export interface FactorChange {
  /** Ends the user's other sessions; not unless it is asked for. */
  readonly revokeOthers?: boolean | undefined
}

/** Who enrols: by an unlocked session, or by the text of a locked token that policy lets enrol. */
export type Enrolling = Principal | string

/** Enrolment of factors: who may, and what comes of it. */
export interface Enrolments {
  /**
   * Throws `step_up_required` for a session that is not recent at the highest level that its user has, `token_locked` for a
   * locked token that may not enrol this, `ticket_required`, `conflict`.
   */
  begin(who: Enrolling, request: EnrolmentRequest, context?: CallContext & FactorChange): Promise<Enrolled>
  /** The same, and `invalid_code`, `too_many_attempts`. */
  finish(who: Enrolling, request: EnrolmentRequest, context?: CallContext & FactorChange): Promise<Enrolled>
}

/** What enrolments are made of. */
export interface EnrolmentDeps {
  readonly now: Clock
  readonly emit: Emit
  readonly users: UserLookup
  readonly gate: SignIn
  readonly sessions: Sessions & SessionIssuer
  readonly permissions: Permissions
  readonly factors: SecondFactors
  readonly enrolled: EnrolledFactors
  readonly throttle: Throttle
  readonly limits: GuessLimits
  readonly lockedToken: (text: string, from: Origin) => ParsedToken
}

/** Somebody who may enrol, and how they go on once it has proven a factor. */
interface Candidate {
  readonly known: KnownUser
  readonly enroller: Enroller
  readonly sessionId: string | undefined
  proceed(methods: readonly Method[]): Promise<Unlocked | Locked | undefined>
}

/** Enrolments by sessions and by locked tokens. */
export function createEnrolments(deps: EnrolmentDeps): Enrolments {
  const { now, emit, users, gate, sessions, permissions, factors, enrolled, throttle, limits } = deps

  async function bySession(principal: Principal, factor: Factor, client: Client): Promise<Candidate> {
    const { id } = sessionOf(principal)
    const known = await users.known(principal.user.id)
    if (known === undefined) throw new AuthError('invalid_token')
    const requirement = await enrolled.requirement(known)
    const refusal = stepUpFor(principal, requirement, now())
    if (refusal !== undefined) throw refusal
    if (factor.isBackup && requirement.assurance === undefined) {
      throw new AuthError('conflict', { detail: 'Enrol a factor first: this one stands in for it.' })
    }
    const { epochs, user, session, assurance } = principal
    return {
      known,
      enroller: { user, epochs, waitingId: id, client },
      sessionId: id,

      async proceed(methods) {
        const granted = await permissions(user)
        const renewed = await sessions.rotate(principal, proveFactor(assurance?.provenAt ?? {}, methods, now()))
        // It was renewed or ended by somebody else meanwhile, who has the newer token.
        if (renewed === undefined || session === undefined) return undefined
        emit('reauthentication.succeeded', { userId: user.id, sessionId: id, methods }, client)
        return { status: 'unlocked', user, permissions: granted, ...renewed }
      },
    }
  }

  async function byLockedToken(text: string, factor: Factor, client: Client): Promise<Candidate> {
    const waiting = await gate.waiting(deps.lockedToken(text, client), client)
    const { enrol, needsTicket } = await gate.inspect(waiting)
    if (!enrol.includes(factor.id)) throw new AuthError('token_locked')
    if (needsTicket) throw new AuthError('ticket_required')
    const { user, entry, id, epoch, provenAt } = waiting
    const epochs = { session: epoch, factors: entry.data.factorEpoch }
    return {
      known: waiting,
      enroller: { user, epochs, waitingId: id, client },
      sessionId: undefined,
      proceed: (methods) => gate.proceed(waiting, proveFactor(provenAt, methods, now()), client),
    }
  }

  function candidate(who: Enrolling, factor: Factor, client: Client): Promise<Candidate> {
    return typeof who === 'string' ? byLockedToken(who, factor, client) : bySession(who, factor, client)
  }

  async function conclude(
    factor: Factor,
    { known, enroller, sessionId, proceed }: Candidate,
    step: EnrolmentStep,
    { revokeOthers = false }: FactorChange,
  ): Promise<Enrolled> {
    const { answer = {}, credential } = step
    if (credential === undefined) return { answer }
    const { user, epochs, client } = enroller
    const added = await enrolled.add(known, factor.id, credential, epochs, client)
    const { methods } = credential
    const result = methods.length === 0 ? undefined : await proceed(methods)
    const goesOn = result === undefined ? sessionId : result.status === 'unlocked' ? result.session.id : undefined
    if (revokeOthers && goesOn !== undefined) await sessions.revokeOthers(user.id, goesOn, client)
    return { answer, enrolled: added, result }
  }

  function enrollable(id: string, { name }: EnrolmentEvidence): Factor & Required<Pick<Factor, 'enrolment'>> {
    const factor = factors.named(id)
    if (factor?.enrolment === undefined) throw new AuthError('not_found')
    if (name !== undefined) checkGivenName(name)
    return { ...factor, enrolment: factor.enrolment }
  }

  return {
    async begin(who, { factor: id, ...evidence }, context = {}) {
      const factor = enrollable(id, evidence)
      const found = await candidate(who, factor, toClient(context))
      return conclude(factor, found, await factor.enrolment.begin(found.enroller, evidence), context)
    },

    async finish(who, { factor: id, ...evidence }, context = {}) {
      const factor = enrollable(id, evidence)
      const client = toClient(context)
      const found = await candidate(who, factor, client)
      const { user } = found.enroller
      const guesser = { purpose: 'enrolment', account: user.id, network: client.network, userId: user.id, from: client }
      const step = await throttle.guess(guesser, limits, async () =>
        factor.enrolment.finish?.(found.enroller, evidence),
      )
      if (step !== undefined) return conclude(factor, found, step, context)
      emit('factor.enrolment_failed', { userId: user.id, factor: id }, client)
      throw new AuthError('invalid_code')
    },
  }
}
