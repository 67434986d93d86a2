import { isInPlace, type PageRequest, principalOf } from '../request.ts'
import type { IconName } from './icons.ts'

/** The permission that core asks an administrator for. */
export const adminPermission = 'sallyport:admin'

/** A section of the account or of the administration, by its path below the mount path. */
export interface Section {
  readonly path: string
  readonly label: string
  readonly hint: string
  readonly icon: IconName
}

/** What there is to see for whoever is logged in, in this installation. */
export function sections(request: PageRequest): {
  readonly account: readonly Section[]
  readonly admin: readonly Section[]
} {
  const { say, auth } = request
  const { features } = auth
  const { permissions } = principalOf(request)
  const section = (path: string, id: SectionId, icon: IconName, isThere = true): readonly Section[] =>
    isThere ? [{ path, label: say(`${id}.title`), hint: say(`${id}.hint`), icon }] : []

  return {
    account: [
      ...section('', 'overview', 'home'),
      ...section('/sessions', 'sessions', 'devices'),
      ...section('/factors', 'factors', 'shield', features.factors.length > 0),
      ...section('/password', 'password', 'password'),
      ...section('/email', 'email', 'mail', features.builtInUsers && features.messages),
      ...section('/identities', 'identities', 'link', features.providers),
      ...section('/api-tokens', 'api-tokens', 'key'),
      ...section('/events', 'events', 'list', features.audit),
    ],
    admin:
      permissions.includes(adminPermission) && !isInPlace(request)
        ? [
            ...section('/admin/users', 'admin.users', 'users'),
            ...section('/admin/events', 'admin.events', 'list', features.audit),
            ...section('/admin/revoke', 'admin.revoke', 'warning'),
            ...section('/admin/providers', 'admin.providers', 'server', features.providers),
          ]
        : [],
  }
}

type SectionId =
  | 'overview'
  | 'sessions'
  | 'factors'
  | 'password'
  | 'email'
  | 'identities'
  | 'api-tokens'
  | 'events'
  | 'admin.users'
  | 'admin.events'
  | 'admin.providers'
  | 'admin.revoke'
