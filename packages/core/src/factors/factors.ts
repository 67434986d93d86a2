import type { AuthenticationRequirement } from '../authentication.ts'
import { type CallContext, toClient } from '../client.ts'
import type { Clock } from '../collection.ts'
import { AuthError } from '../errors.ts'
import type { Emit, Origin } from '../events.ts'
import { sessionOf } from '../issuer.ts'
import type { Principal } from '../principal.ts'
import type { Sessions } from '../session.ts'
import type { Locked, SignIn } from '../sign-in.ts'
import { stepUpFor } from '../step-up.ts'
import type { ParsedToken } from '../token.ts'
import type { KnownUser, UserLookup } from '../user.ts'
import type { EnrolledFactor, EnrolledFactors } from './enrolled-factors.ts'
import type { Enrolled, EnrolmentRequest, Enrolments, Enrolling, FactorChange } from './enrolment.ts'
import type { EnrolmentTicket, EnrolmentTickets } from './enrolment-ticket.ts'
import type { SecondFactors } from './second-factors.ts'

/** Factors of users, for the user and for the administrator. Nothing here shows a secret that is in use. */
export interface Factors {
  /** What a user has enrolled, oldest first. */
  list(userId: string): Promise<readonly EnrolledFactor[]>
  /** Enrols a factor, or begins to; by a session or by a locked token. Throws as `Enrolments.begin`. */
  beginEnrolment(who: Enrolling, request: EnrolmentRequest, context?: CallContext & FactorChange): Promise<Enrolled>
  /** Throws `invalid_code` too. Of several that finish the same enrolment one does. */
  finishEnrolment(who: Enrolling, request: EnrolmentRequest, context?: CallContext & FactorChange): Promise<Enrolled>
  /** What a change of the account asks of its session: recent, at the highest level that the user has. */
  requirement(userId: string): Promise<AuthenticationRequirement>
  /** Throws `not_found`, `step_up_required`, and `factor_required` for the last one where policy asks for one. */
  remove(principal: Principal, id: string, context?: CallContext & FactorChange): Promise<void>
  /** Sends the user of a locked token a ticket to their verified address. The same whether there is one. */
  sendEnrolmentTicket(lockedToken: string, context?: CallContext): Promise<void>
  /** A locked token that may enrol, for one that may not. Throws `invalid_code`, `locked_token_expired`. */
  redeemEnrolmentTicket(lockedToken: string, ticket: string, context?: CallContext): Promise<Locked>
  /** A ticket for an administrator to hand over, good for 24 hours. */
  issueEnrolmentTicket(userId: string): Promise<EnrolmentTicket>
  /** For a user who has lost their factors: ends every factor, session, locked token, link and trusted device with one write. */
  reset(userId: string, by?: Origin): Promise<void>
  /** Lets a user try again whose attempts somebody has used up. */
  clearAttempts(userId: string): Promise<void>
}

/** What the functions join. */
export interface FactorsDeps {
  readonly now: Clock
  readonly emit: Emit
  readonly users: UserLookup
  readonly gate: SignIn
  readonly sessions: Sessions
  readonly factors: SecondFactors
  readonly enrolled: EnrolledFactors
  readonly enrolments: Enrolments
  readonly tickets: EnrolmentTickets
  readonly lockedToken: (text: string, from: Origin) => ParsedToken
}

/** Factors, as plain functions. */
export function createFactors(deps: FactorsDeps): Factors {
  const { now, emit, users, gate, sessions, factors, enrolled, enrolments, tickets, lockedToken } = deps

  async function known(userId: string): Promise<KnownUser> {
    const found = await users.known(userId)
    if (found === undefined) throw new AuthError('not_found', { detail: 'There is no such user.' })
    return found
  }

  return {
    list: enrolled.list,
    beginEnrolment: enrolments.begin,
    finishEnrolment: enrolments.finish,
    reset: enrolled.reset,
    requirement: async (userId) => enrolled.requirement(await known(userId)),
    issueEnrolmentTicket: async (userId) => tickets.issue(await known(userId)),

    async remove(principal, id, { revokeOthers = false, ...context } = {}) {
      const { id: sessionId } = sessionOf(principal)
      const found = await known(principal.user.id)
      const refusal = stepUpFor(principal, await enrolled.requirement(found), now())
      if (refusal !== undefined) throw refusal
      await enrolled.remove(found, id, toClient(context))
      if (revokeOthers) await sessions.revokeOthers(found.user.id, sessionId, toClient(context))
    },

    async sendEnrolmentTicket(text, context) {
      const client = toClient(context)
      await tickets.send(await gate.waiting(lockedToken(text, client), client), client)
    },

    async redeemEnrolmentTicket(text, ticket, context) {
      const client = toClient(context)
      const waiting = await gate.waiting(lockedToken(text, client), client)
      await tickets.redeem(waiting, ticket, client)
      return gate.allowEnrolment(waiting, client)
    },

    async clearAttempts(userId) {
      await factors.clearAttempts(userId)
      emit('factor_attempts.cleared', { userId })
    },
  }
}
