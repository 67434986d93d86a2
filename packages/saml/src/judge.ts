import type { Assertion } from './assertion.ts'
import { nameIdFormats, type SamlSettings } from './settings.ts'

/** What an assertion must be true for. */
export interface Circumstances {
  readonly now: number
  readonly skewMs: number
  readonly issuer: string
  readonly audience: string
  readonly recipient: string
  readonly requestId: string | undefined
}

// However long it claims to live: an assertion for a browser is for the log-in that it was made in.
const maxAgeMs = 60 * 60_000

/** SAML profiles §4.1.4.3, every clause of it. Throws with the one that does not hold. */
export function judgeAssertion(assertion: Assertion, { now, skewMs, ...wanted }: Circumstances): void {
  const { conditions, audiences, confirmations, issuer, issuedAt, sessionNotOnOrAfter } = assertion
  if (issuer !== wanted.issuer) throw new Error('Issuer of the assertion is somebody else')
  if (issuedAt > now + skewMs) throw new Error('IssueInstant is yet to come')
  if (conditions.notBefore !== undefined && conditions.notBefore > now + skewMs) throw new Error('it is not valid yet')
  if (conditions.notOnOrAfter <= now - skewMs) throw new Error('it has expired (Conditions)')
  if (issuedAt < now - maxAgeMs - skewMs) throw new Error('it is too old')
  if (audiences.length === 0) throw new Error('it has no audience')
  if (!audiences.every((names) => names.includes(wanted.audience))) throw new Error('Audience is somebody else')
  if (assertion.authenticatedAt > now + skewMs) throw new Error('AuthnInstant is yet to come')
  if (sessionNotOnOrAfter !== undefined && sessionNotOnOrAfter <= now - skewMs) {
    throw new Error("the provider's session has ended")
  }
  const isConfirmed = confirmations.some(
    ({ recipient, notOnOrAfter, hasNotBefore, inResponseTo }) =>
      recipient === wanted.recipient &&
      notOnOrAfter > now - skewMs &&
      !hasNotBefore &&
      inResponseTo === wanted.requestId,
  )
  if (!isConfirmed) throw new Error('no SubjectConfirmation is for us, for our request and for now')
}

/** Until when an assertion could be sent again: so long it is remembered. */
export function lastUse({ conditions, confirmations }: Assertion, skewMs: number): number {
  return Math.max(conditions.notOnOrAfter, ...confirmations.map(({ notOnOrAfter }) => notOnOrAfter)) + skewMs
}

/** Who the assertion is about, under a name that is never reassigned. */
export function subjectOf(
  assertion: Assertion,
  { subjectAttribute, nameIdFormat = 'persistent' }: SamlSettings,
): string {
  if (subjectAttribute !== undefined) {
    const value = assertion.attributes[subjectAttribute]
    if (typeof value !== 'string' || value === '') throw new Error(`it has not exactly one ${subjectAttribute}`)
    return value
  }
  const format = assertion.nameIdFormat ?? nameIdFormats.unspecified
  if (format !== nameIdFormats[nameIdFormat]) throw new Error(`NameID is not ${nameIdFormat}: ${format}`)
  if (assertion.nameId === undefined || assertion.nameId === '') throw new Error('it has no NameID')
  return assertion.nameId
}
