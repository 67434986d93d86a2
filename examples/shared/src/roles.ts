import type { User } from '@sallyport/core'

const reader = ['documents:read']
const editor = [...reader, 'documents:write']
const admin = [...editor, 'documents:delete', 'sallyport:admin']
const permissionsOfRoles: Readonly<Record<string, readonly string[]>> = { reader, editor, admin }

/** What a user may do: asked for every request, so a role that is lost is lost at once. */
export function permissions(user: User): readonly string[] {
  return [...new Set(user.roles.flatMap((role) => permissionsOf(role)))]
}

/** Whether a role grants anything here. */
export function isRole(role: string): boolean {
  return Object.hasOwn(permissionsOfRoles, role)
}

function permissionsOf(role: string): readonly string[] {
  return isRole(role) ? (permissionsOfRoles[role] ?? []) : []
}
