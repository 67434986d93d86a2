import type { ApiTokenData } from '../api-token-entry.ts'
import type { Collection } from '../collection.ts'
import { administrationFunctions, impersonationFunctions, revocationFunctions } from '../function-names.ts'
import type { Impersonations } from '../impersonation.ts'
import { onDemand, once } from '../on-demand.ts'
import type { Permissions } from '../permissions.ts'
import type { SessionData } from '../session-entry.ts'
import type { SignIn } from '../sign-in.ts'
import type { UserLookup } from '../user.ts'
import type { Administration, AdministrationDeps } from './administration.ts'
import type { Revocations } from './revocations.ts'

/** What administrators and operators do, for all of which the code is loaded with the first use. */
export interface Administering {
  readonly administration: Administration
  readonly revocations: Revocations
  readonly impersonations: Impersonations
}

/** What it stands on. */
export interface AdministeringDeps extends Omit<AdministrationDeps, 'revocations' | 'impersonations'> {
  readonly users: UserLookup
  readonly permissions: Permissions
  readonly gate: SignIn
  readonly sessions: AdministrationDeps['sessions'] & { readonly entries: Collection<SessionData> }
  readonly apiTokens: AdministrationDeps['apiTokens'] & { readonly entries: Collection<ApiTokenData> }
}

/** Administration, revocations and impersonation. */
export function createAdministering(deps: AdministeringDeps): Administering {
  const loadRevocations = once(async () => (await import('./revocations.ts')).createRevocations(deps))
  const loadImpersonations = once(async () => {
    const { createImpersonations } = await import('../impersonation.ts')
    return createImpersonations(deps)
  })
  const revocations = onDemand(loadRevocations, revocationFunctions)
  const impersonations = onDemand(loadImpersonations, impersonationFunctions)
  const load = once(async () => {
    const { createAdministrationFunctions } = await import('./administration-functions.ts')
    return createAdministrationFunctions({ ...deps, revocations, impersonations })
  })
  return { administration: onDemand(load, administrationFunctions), revocations, impersonations }
}
