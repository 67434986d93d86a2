import type { PageRequest } from '../request.ts'

/** Roles, as they are typed: with blanks or commas between them. */
export function rolesIn({ form: sent }: Pick<PageRequest, 'form'>): readonly string[] {
  return (sent['roles'] ?? '').split(/[\s,]+/).filter((role) => role !== '')
}
