import type { ProvenAt } from './authentication.ts'
import { AuthError, invalidSetting } from './errors.ts'
import type { Factor } from './factors/factor.ts'
import type { User } from './user.ts'
import type { MfaPolicy, UserState } from './user-state.ts'

/** The policy for everybody, or by user: their roles decide. Asked for every request, so it answers at once. */
export type MfaRule = MfaPolicy | ((user: User) => MfaPolicy)

/** The method of a session that rests on a trusted device. It satisfies a policy; it is no factor and raises no level. */
export const trustedDevice = 'device'

/** What would help somebody whom the policy holds back. */
export interface Offer {
  /** The ids of the factors that the user has and that would do. */
  readonly factors: readonly string[]
  /** The ids of those that may be enrolled now, because nothing that the user has would do. */
  readonly enrol: readonly string[]
}

/** The one place that decides whether what was proven is enough. */
export interface PolicyJudge {
  policyOf(user: User, state: UserState): MfaPolicy
  /** Whether a policy asks for more than this, whatever the user has enrolled. */
  isBelow(policy: MfaPolicy, provenAt: ProvenAt): boolean
  /** The same for a user who has these factors. */
  isEnough(policy: MfaPolicy, provenAt: ProvenAt, enrolled: readonly Factor[]): boolean
  offer(policy: MfaPolicy, provenAt: ProvenAt, enrolled: readonly Factor[]): Offer
  /** Whether a user with these factors has what the policy requires. */
  isEquipped(policy: MfaPolicy, enrolled: readonly Factor[]): boolean
}

/**
 * Judges by the setting `mfa`, unless something was set for the user. Throws `invalid_setting` for a rule that is none; where
 * a function answers with no policy, `onError` is told, and a second factor is required.
 */
export function createPolicyJudge(
  rule: MfaRule,
  factors: readonly Factor[],
  onError: (error: unknown) => void,
): PolicyJudge {
  checkPolicy(rule, factors)
  const isStrong = (provenAt: ProvenAt) => Object.hasOwn(provenAt, 'mfa')
  const isWanted = (policy: MfaPolicy, { id }: Factor) => typeof policy === 'string' || policy.required.includes(id)
  const proves = (provenAt: ProvenAt, { methods }: Factor) => methods.some((method) => Object.hasOwn(provenAt, method))

  function ofRule(user: User): MfaPolicy {
    const policy = typeof rule === 'function' ? rule(user) : rule
    if (isPolicy(policy)) return policy
    // One that answers later is no answer, and what it rejects with is nobody's to catch.
    void Promise.resolve(policy).catch(onError)
    onError(invalidSetting('mfa', `answered with ${JSON.stringify(policy)}`, mend))
    return 'required'
  }

  function isBelow(policy: MfaPolicy, provenAt: ProvenAt): boolean {
    if (policy === 'off' || policy === 'optional') return false
    if (policy === 'required') return !isStrong(provenAt) && !Object.hasOwn(provenAt, trustedDevice)
    return !isStrong(provenAt) || !factors.some((factor) => isWanted(policy, factor) && proves(provenAt, factor))
  }

  return {
    policyOf: (user, state) => state.mfa ?? ofRule(user),
    isBelow,

    isEnough(policy, provenAt, enrolled) {
      // Whoever has a second factor is asked for it as if it were required.
      const isOptional = policy === 'optional' && enrolled.some(({ isBackup }) => !isBackup)
      return !isBelow(isOptional ? 'required' : policy, provenAt)
    },

    offer(policy, provenAt, enrolled) {
      const proven = isStrong(provenAt)
      const asked = proven ? enrolled.filter((factor) => isWanted(policy, factor)) : enrolled
      // A new factor is enrolled at the highest level that the user has (NIST SP 800-63B-4 §4.1.2.1).
      const mayEnrol = proven || enrolled.length === 0
      const enrollable = factors.filter(
        (factor) => mayEnrol && isWanted(policy, factor) && !factor.isBackup && factor.enrolment !== undefined,
      )
      return { factors: asked.map(({ id }) => id), enrol: enrollable.map(({ id }) => id) }
    },

    isEquipped(policy, enrolled) {
      if (policy === 'off' || policy === 'optional') return true
      return enrolled.some((factor) => isWanted(policy, factor) && !factor.isBackup)
    },
  }
}

/** Throws `invalid_request` for what is no policy of a user, or names a factor that is not there. */
export function checkUserPolicy(policy: MfaPolicy, factors: readonly Factor[]): void {
  if (!isPolicy(policy)) throw new AuthError('invalid_request', { detail: `\`mfa\` is no policy: ${mend}.` })
  const unknown =
    typeof policy === 'string' ? undefined : policy.required.find((id) => factors.every((factor) => factor.id !== id))
  if (unknown === undefined) return
  throw new AuthError('invalid_request', { detail: `There is no factor ${JSON.stringify(unknown)}.` })
}

/** Throws `invalid_setting` for what is no policy, or one that nobody could satisfy. */
function checkPolicy(rule: MfaRule, factors: readonly Factor[]): void {
  if (typeof rule === 'function' || rule === 'off' || rule === 'optional') return
  if (!isPolicy(rule)) throw invalidSetting('mfa', `is ${JSON.stringify(rule)}`, mend)
  const wanted = factors.filter(({ id, isBackup }) => !isBackup && (rule === 'required' || rule.required.includes(id)))
  if (wanted.length > 0) return
  throw invalidSetting('mfa', 'requires a second factor that is not there', 'add it to `factors`, as in [totp()]')
}

const mend = 'use "off", "optional" or "required", or { required: [id] }'

/** Whether it has the shape of one, whatever a caller without types may have passed. */
function isPolicy(policy: MfaPolicy): boolean {
  if (policy === 'off' || policy === 'optional' || policy === 'required') return true
  const { required } = (policy ?? {}) as { readonly required?: unknown }
  return Array.isArray(required) && required.length > 0
}
