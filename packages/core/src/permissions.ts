import { createDeadline } from './deadline.ts'
import { AuthError, invalidSetting } from './errors.ts'
import type { User } from './user.ts'

/** The permissions of a user, by the application's rule. Asked for every request, so a role that is lost is lost at once. */
export type Permissions = (user: User) => readonly string[] | Promise<readonly string[]>

const patienceMs = 10_000

/**
 * The same rule, whose every answer is a list of texts; anything else is thrown as `invalid_setting`, and grants nothing. What
 * is not answered within ten seconds, as long as a storage has, is `unavailable`.
 */
export function checkedPermissions(rule: Permissions = () => []): Permissions {
  const late = () =>
    new AuthError('unavailable', { retryAfterMs: 2000, hint: '`permissions` has not answered within ten seconds.' })
  const inTime = createDeadline(patienceMs, late)
  const check = (granted: readonly string[]): readonly string[] => {
    // Whatever a rule without types may answer: a text would be taken for a list of its letters.
    if (isTexts(granted)) return granted
    throw invalidSetting(
      'permissions',
      'answered with no array of texts',
      'answer with the permissions of the user, or []',
    )
  }
  return (user) => {
    const granted = rule(user)
    return Array.isArray(granted) ? check(granted) : inTime(Promise.resolve(granted)).then(check)
  }
}

/** Whether a value is an array of texts. */
export function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((text) => typeof text === 'string')
}

/** What a credential may do: the user's permissions, narrowed by its scopes and never widened. */
export function effectivePermissions(granted: readonly string[], scopes: readonly string[] | null): readonly string[] {
  return scopes === null ? granted : granted.filter((permission) => scopes.includes(permission))
}

/** Why a principal may or may not do something. */
export interface Explanation {
  readonly permission: string
  readonly allowed: boolean
  /** Whether the user has the permission. */
  readonly user: boolean
  /** Whether the API token's scopes let it through; `undefined` when the credential has no scopes. */
  readonly scopes: boolean | undefined
  readonly reason: string
}

/** Says which of the two decides about a permission: the user, or the scopes of the API token. */
export function explain(
  principal: {
    readonly granted: readonly string[]
    readonly apiToken: { readonly scopes: readonly string[] | undefined } | undefined
  },
  permission: string,
): Explanation {
  const user = principal.granted.includes(permission)
  const scopes = principal.apiToken?.scopes?.includes(permission)
  const reason = !user
    ? `The user does not have the permission ${permission}.`
    : scopes === false
      ? `The user has the permission ${permission}, but it is not among the scopes of this API token.`
      : `The user has the permission ${permission}.`
  return { permission, allowed: user && scopes !== false, user, scopes, reason }
}
