/** What a password must be. No rule asks for kinds of characters, and none lets a password expire. */
export interface PasswordPolicy {
  /** Counted in code points of the NFKC form. */
  readonly minLength: number
  /** At least 64 (ASVS 6.2.9); counted likewise. */
  readonly maxLength: number
  /** Names of the product and the organisation (ASVS 6.1.2, 6.2.11). */
  readonly contextWords: readonly string[]
  /** Asked about what nothing else is wrong with (ASVS 6.2.12). */
  readonly breached?: BreachedCheck | undefined
}

/** Whether a password is known from breaches. Rejects when that can't be found out. */
export type BreachedCheck = (password: string) => Promise<boolean>

/** Why a password is not acceptable. */
export type PasswordProblem = 'too_short' | 'too_long' | 'common' | 'context' | 'malformed' | 'breached'

/** The form of a password that our hashes are made of. It is never cut, and keeps its case. */
export function normalisePassword(password: string): string {
  return password.normalize('NFKC')
}

/** Whether the length is within the policy. It asks nothing else, so it comes before every look-up and every hash. */
export function checkLength(
  password: string,
  policy: PasswordPolicy,
): 'too_short' | 'too_long' | 'malformed' | undefined {
  // NFKC composes no more than four code points, of two units each, into one: what is longer is not worth normalising.
  if (password.length > 8 * policy.maxLength) return 'too_long'
  if (/\0|\p{Surrogate}/u.test(password)) return 'malformed'
  const length = [...normalisePassword(password)].length
  if (length < policy.minLength) return 'too_short'
  return length > policy.maxLength ? 'too_long' : undefined
}

/**
 * All the rules for a new password; `words` are the user's own: user name, e-mail address, and the like. It is always
 * the entire password that is judged, without regard to case. The first call loads the list of common passwords.
 */
export async function judgePassword(
  password: string,
  policy: PasswordPolicy,
  words: readonly string[],
): Promise<PasswordProblem | undefined> {
  const problem = checkLength(password, policy)
  if (problem !== undefined) return problem
  const { isCommonOrOwn } = await import('./password-judge.ts')
  return isCommonOrOwn(password, policy, words)
}

/** What the person is told. */
export function explainProblem(problem: PasswordProblem, policy: PasswordPolicy): string {
  switch (problem) {
    case 'too_short':
      return `The password is too short: it needs at least ${policy.minLength} characters.`
    case 'too_long':
      return `The password is too long: it may have at most ${policy.maxLength} characters.`
    case 'common':
      return 'The password is too easy to guess: many people use it, or it is only a variation of what they use.'
    case 'context':
      return 'The password is too easy to guess: it is made of your own name or address, or of a name of this service.'
    case 'breached':
      return 'The password is known from a breach of another service: somebody will try it here. Choose another one.'
    case 'malformed':
      return 'The password contains characters that cannot be typed.'
  }
}
