import type { AuthUsers } from './auth-users.ts'
import type { LentOnDemand } from './factors/make-factors.ts'
import {
  accountFunctions,
  administrationFunctions,
  emailFunctions,
  healthFunctions,
  identityFunctions,
  impersonationFunctions,
  operatorFunctions,
  providerFunctions,
  revocationFunctions,
} from './function-names.ts'
import type { AuthFunctions } from './functions.ts'
import { onDemand } from './on-demand.ts'
import type { Services } from './services.ts'

/** Those of `AuthFunctions` that stand in no group. */
type Ungrouped = {
  readonly [Name in keyof AuthFunctions as AuthFunctions[Name] extends (...args: never[]) => unknown
    ? Name
    : never]: AuthFunctions[Name]
}

/** All that is loaded with its first use: the names are known before. */
export function createServicesOnDemand(load: () => Promise<Services>): Services {
  const functions = async () => (await load()).functions
  return {
    hasOwnFactor: async (userId) => (await load()).hasOwnFactor(userId),
    lent: onDemand<LentOnDemand>(async () => (await load()).lent, {
      find: true,
      count: true,
      giveBack: true,
      hash: true,
      verify: true,
    }),
    impersonations: onDemand(async () => (await load()).impersonations, impersonationFunctions),
    operator: onDemand(async () => (await load()).operator, operatorFunctions),
    users: onDemand<AuthUsers>(async () => (await load()).users, {
      find: true,
      findByLogin: true,
      list: true,
      create: true,
      update: true,
      delete: true,
      disable: true,
      enable: true,
      setMfa: true,
      deleted: true,
    }),
    functions: {
      ...onDemand<Ungrouped>(functions, {
        logIn: true,
        beginLogIn: true,
        logInWith: true,
        unlock: true,
        beginUnlock: true,
        reauthenticate: true,
        beginReauthentication: true,
        end: true,
        inspectLocked: true,
      }),
      ...groups(functions),
    },
  }
}

function groups(load: () => Promise<AuthFunctions>): Omit<AuthFunctions, keyof Ungrouped> {
  return {
    sessions: onDemand(async () => (await load()).sessions, {
      list: true,
      revoke: true,
      revokeAll: true,
      revokeOthers: true,
    }),
    apiTokens: onDemand(async () => (await load()).apiTokens, {
      issue: true,
      list: true,
      rotate: true,
      revoke: true,
      revokeAll: true,
    }),
    urlTokens: onDemand(async () => (await load()).urlTokens, { issue: true }),
    passwords: onDemand(async () => (await load()).passwords, { set: true, adopt: true, change: true }),
    trustedDevices: onDemand(async () => (await load()).trustedDevices, { list: true, revoke: true }),
    factors: onDemand(async () => (await load()).factors, {
      list: true,
      beginEnrolment: true,
      finishEnrolment: true,
      requirement: true,
      remove: true,
      sendEnrolmentTicket: true,
      redeemEnrolmentTicket: true,
      issueEnrolmentTicket: true,
      reset: true,
      clearAttempts: true,
    }),
    account: onDemand(async () => (await load()).account, accountFunctions),
    emails: onDemand(async () => (await load()).emails, emailFunctions),
    administration: onDemand(async () => (await load()).administration, administrationFunctions),
    revocations: onDemand(async () => (await load()).revocations, revocationFunctions),
    providers: onDemand(async () => (await load()).providers, providerFunctions),
    identities: onDemand(async () => (await load()).identities, identityFunctions),
    health: onDemand(async () => (await load()).health, healthFunctions),
  }
}
