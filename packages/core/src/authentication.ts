/** A kind of evidence, as RFC 8176 names it. */
export type Method = 'pwd' | 'otp' | 'hwk' | 'swk' | 'user' | 'mfa' | 'fed' | 'sms' | 'kba' | (string & {})

/** When each method was last proven, in milliseconds since the epoch. `mfa` is there since two factors were. */
export type ProvenAt = Readonly<Record<string, number>>

/**
 * What an identity provider vouched for: whose identity, in which of the provider's sessions, when it said so and when we
 * heard it (milliseconds since the epoch).
 */
export interface Federation {
  readonly identityId: string
  readonly providerSessionId: string
  readonly issuedAt: number
  readonly at: number
}

/** The administrator who acts in a user's place, and the session in which that began. */
export interface Impersonator {
  readonly userId: string
  readonly sessionId: string
}

/** An administrator with the epoch that was read: what ends their sessions ends this. */
export interface BoundImpersonator extends Impersonator {
  readonly epoch: string
}

/** An impersonator as they are shown. */
export function shownImpersonator({ userId, sessionId }: BoundImpersonator): Impersonator {
  return { userId, sessionId }
}

/**
 * The fact that all evidence ends in: this user, by these methods, at this time (milliseconds since the epoch).
 * `epoch` is the user's epoch that was read before the evidence was checked.
 */
export interface Authentication {
  readonly userId: string
  readonly methods: readonly Method[]
  readonly at: number
  readonly epoch: string
  /** When each method was proven, where that was not for all of them `at` this time. */
  readonly provenAt?: ProvenAt | undefined
  /** When the password was set that was checked: a newer one has ended this, whether or not it ended the epoch. */
  readonly passwordSetAt?: number | undefined
  /** Where it came from, when that was an identity provider. */
  readonly federation?: Federation | undefined
  /** Who acts in the user's place, and until when: the evidence is then the administrator's. */
  readonly impersonation?: { readonly by: BoundImpersonator; readonly expiresAt: number } | undefined
}

/** How strong an authentication is: NIST SP 800-63B-4 assurance levels. Level 3 is not claimed. */
export type AssuranceLevel = 1 | 2

/** The assurance of a session: its level, the methods behind it and when each was last proven. */
export interface Assurance {
  readonly level: AssuranceLevel
  readonly methods: readonly Method[]
  readonly provenAt: ProvenAt
  /** When the newest of them was. */
  readonly authenticatedAt: number
}

/** What a route asks of the authentication behind a session. All that is named must hold. */
export interface AuthenticationRequirement {
  /** At most so many milliseconds old: each of the `methods`, the second factor for `assurance: 2`, else any proof. */
  readonly within?: number | undefined
  /** At least this level. */
  readonly assurance?: AssuranceLevel | undefined
  /** By each of these methods. */
  readonly methods?: readonly Method[] | undefined
}

/** The level of what was proven: 2 with two factors (`mfa`, RFC 8176 §2). */
export function levelOf(provenAt: ProvenAt): AssuranceLevel {
  return Object.hasOwn(provenAt, 'mfa') ? 2 : 1
}

/** When each method of an authentication was proven. */
export function provenBy({ provenAt, methods, at }: Authentication): ProvenAt {
  return provenAt ?? proveAgain({}, methods, at)
}

/** What is proven once methods are proven again, or others beside them. By itself that makes no second factor. */
export function proveAgain(before: ProvenAt, methods: readonly Method[], at: number): ProvenAt {
  return { ...before, ...Object.fromEntries(methods.map((method) => [method, at])) }
}

/** What is proven once one of our factors has verified its evidence: beside something else, that is two factors. */
export function proveFactor(before: ProvenAt, methods: readonly Method[], at: number): ProvenAt {
  const besides = Object.keys(before).some((method) => !methods.includes(method))
  return proveAgain(before, besides ? [...methods, 'mfa'] : methods, at)
}

/** Whether an assurance satisfies a requirement at a time. */
export function satisfies(assurance: Assurance, requirement: AuthenticationRequirement, now: number): boolean {
  const { within, assurance: level, methods = [] } = requirement
  const { provenAt, authenticatedAt } = assurance
  // A level that there is not asks for the highest one: a mistake opens nothing.
  const asked = level === undefined || level === 1 ? methods : [...methods, 'mfa']
  if (!asked.every((method) => Object.hasOwn(provenAt, method))) return false
  if (within === undefined) return true
  const times = asked.length === 0 ? [authenticatedAt] : asked.map((method) => provenAt[method] ?? 0)
  return times.every((at) => now - at <= within)
}
