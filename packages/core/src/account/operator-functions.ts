import type { ApiTokens } from '../api-token.ts'
import type { CheckedSettings } from '../checked-settings.ts'
import type { Clock } from '../collection.ts'
import { AuthError } from '../errors.ts'
import type { Permissions } from '../permissions.ts'
import type { ProviderRegistry } from '../provider-registry.ts'
import type { Settings } from '../settings.ts'
import type { UserLookup } from '../user.ts'
import type { UserStates } from '../user-state.ts'
import { describeUser } from './describe-user.ts'
import type { Operator } from './operator.ts'

/** What an operator reaches. */
export interface OperatorDeps {
  readonly settings: Settings
  readonly checked: CheckedSettings
  readonly now: Clock
  readonly factors: readonly { readonly id: string }[]
  readonly users: UserLookup
  readonly states: UserStates
  readonly permissions: Permissions
  readonly apiTokens: ApiTokens
  readonly registry: Pick<ProviderRegistry, 'list'>
}

/** What stands in the place of a session's id where there was none. */
const byOperator = 'operator'

/** What an operator does. */
export function createOperatorFunctions(deps: OperatorDeps): Operator {
  const { settings, checked, now, factors, users, states, permissions, apiTokens, registry } = deps

  return {
    async settings() {
      const { secret, mfa = 'optional', trustedOrigins = [], trustedProxies = [] } = settings
      const { origin, basePath, publicPath, transports, session, apiToken, auditMs } = checked
      return {
        origin,
        basePath,
        publicPath,
        trustedOrigins,
        trustedProxies,
        transports,
        secrets: Array.isArray(secret) ? secret.length : 1,
        session,
        apiToken,
        mfa: typeof mfa === 'function' ? 'by-user' : mfa,
        enrolWithFirstFactor: settings.enrolWithFirstFactor === true,
        factors: factors.map(({ id }) => id),
        auditMs,
        hasPermissions: settings.permissions !== undefined,
        sendsMessages: settings.deliver !== undefined,
        ownUsers: settings.users !== undefined,
        checksBreaches: settings.password?.breached !== undefined,
        clockAheadMs: now() - Date.now(),
      }
    },

    async providers() {
      const providers = await registry.list()
      return providers.map(({ id, label, protocol, maxSinceLoginMs }) => ({ id, label, protocol, maxSinceLoginMs }))
    },

    async describe(userId) {
      const user = await users.find(userId)
      return user && describeUser(states, user)
    },

    async issueApiToken(userId, token) {
      const known = await users.known(userId)
      if (known === undefined) throw new AuthError('not_found', { detail: 'There is no such user.' })
      const { user, entry } = known
      const { epoch, apiTokenEpoch, factorEpoch, disabledAt } = entry.data
      if (disabledAt !== null) throw new AuthError('conflict', { detail: 'This user is disabled.' })
      const issuer = {
        user,
        via: 'session',
        session: { id: byOperator },
        permissions: await permissions(user),
        epochs: { session: epoch, apiTokens: apiTokenEpoch, factors: factorEpoch },
      } as const
      return apiTokens.issue(issuer, token)
    },
  }
}
