import type { Method } from '../authentication.ts'
import type { Origin } from '../events.ts'
import type { User } from '../user.ts'

/** Who is asked for a second factor, and for what: the id of the locked token or session that waits for it. */
export interface FactorSubject extends Origin {
  readonly user: User
  readonly purpose: 'unlock' | 'step-up'
  readonly waitingId: string
}

/** What a client sends as its second factor: a code, or a structured response. */
export interface FactorEvidence {
  readonly code?: string | undefined
  readonly response?: unknown
}

/**
 * A second factor: a kind of evidence, the code that asks for it and the code that checks it. It is handed no way
 * to make a session.
 */
export interface Factor {
  /** Its name on the wire, as in `totp`. */
  readonly id: string
  isEnrolled(userId: string): Promise<boolean>
  /** Asks for the evidence; what it resolves to is sent to the client. Answers alike when the factor is not enrolled. */
  begin(subject: FactorSubject): Promise<Readonly<Record<string, unknown>>>
  /** The methods that the evidence proves, consuming it; `undefined` when it is wrong. */
  verify(subject: FactorSubject, evidence: FactorEvidence): Promise<readonly Method[] | undefined>
}
