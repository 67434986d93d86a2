/** A kind of evidence, as RFC 8176 names it. */
export type Method = 'pwd' | 'otp' | 'hwk' | 'swk' | 'user' | 'mfa' | 'fed' | 'sms' | 'kba' | (string & {})

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

/**
 * The fact that all evidence ends in: this user, by these methods, at this time (milliseconds since the epoch).
 * `epoch` is the user's epoch that was read before the evidence was checked.
 */
export interface Authentication {
  readonly userId: string
  readonly methods: readonly Method[]
  readonly at: number
  readonly epoch: string
  /** Where it came from, when that was an identity provider. */
  readonly federation?: Federation | undefined
}

/** How strong an authentication is: NIST SP 800-63B-4 assurance levels. Level 3 is not claimed. */
export type AssuranceLevel = 1 | 2

/** The assurance of a session: its level, the methods behind it and when they were last verified. */
export interface Assurance {
  readonly level: AssuranceLevel
  readonly methods: readonly Method[]
  readonly authenticatedAt: number
}

/** What a route asks of the authentication behind a session. All that is named must hold. */
export interface AuthenticationRequirement {
  /** At most so many milliseconds old. */
  readonly within?: number | undefined
  /** At least this level. */
  readonly assurance?: AssuranceLevel | undefined
  /** By each of these methods. */
  readonly methods?: readonly Method[] | undefined
}

/** The level that methods reach: 2 with two factors of different kinds (`mfa`, RFC 8176 §2). */
export function levelOf(methods: readonly Method[]): AssuranceLevel {
  return methods.includes('mfa') ? 2 : 1
}

/** The methods of two steps as one: a second factor of another kind adds `mfa`. */
export function combineMethods(first: readonly Method[], second: readonly Method[]): readonly Method[] {
  const all = new Set([...first, ...second])
  if (second.some((method) => !first.includes(method))) all.add('mfa')
  return [...all]
}

/** Whether an assurance satisfies a requirement at a time. */
export function satisfies(assurance: Assurance, requirement: AuthenticationRequirement, now: number): boolean {
  const { within, assurance: level, methods } = requirement
  if (within !== undefined && now - assurance.authenticatedAt > within) return false
  if (level !== undefined && assurance.level < level) return false
  return methods === undefined || methods.every((method) => assurance.methods.includes(method))
}
