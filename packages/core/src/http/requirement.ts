import type { AuthenticationRequirement } from '../authentication.ts'
import { AuthError, invalidSetting } from '../errors.ts'
import { isTexts } from '../permissions.ts'
import type { Requirement } from './visit.ts'

type Names = Readonly<Record<keyof Requirement, true>>

const names: Names = { permission: true, within: true, assurance: true, methods: true }

/**
 * What `protect` was told, for an adapter, when the guard is made. Throws `invalid_setting` for what would ask for less than it
 * seems to, as a misspelt requirement does in JavaScript.
 */
export function requirementOf(
  first?: string | AuthenticationRequirement,
  more: AuthenticationRequirement = {},
): Requirement {
  const requirement: Requirement = typeof first === 'string' ? { ...more, permission: first } : (first ?? {})
  const unknown = Object.keys(requirement).find((name) => !Object.hasOwn(names, name))
  if (unknown !== undefined) {
    const mend = `use ${Object.keys(names).join(', ')}`
    throw new AuthError('invalid_setting', { detail: `\`protect\` knows no \`${unknown}\`: ${mend}.` })
  }
  // Whatever a caller without types may have passed.
  const { permission, within, assurance, methods }: Readonly<Partial<Record<keyof Requirement, unknown>>> = requirement
  check('permission', permission === undefined || (typeof permission === 'string' && permission !== ''), 'a name')
  check('within', within === undefined || (typeof within === 'number' && within > 0), 'a number of milliseconds')
  check('assurance', assurance === undefined || assurance === 1 || assurance === 2, '1 or 2')
  check('methods', methods === undefined || (isTexts(methods) && methods.length > 0), 'a list of methods')
  return requirement
}

function check(name: keyof Requirement, isGood: boolean, what: string): void {
  if (!isGood)
    throw invalidSetting(`protect.${name}`, 'asks for nothing that there is', `give ${what}, or leave it out`)
}
