import type { Account } from './account/account-functions.ts'
import type { Administration } from './account/administration.ts'
import type { Emails } from './account/emails.ts'
import type { Operator } from './account/operator.ts'
import type { Revocations } from './account/revocations.ts'
import type { HealthCheck } from './health.ts'
import type { Impersonations } from './impersonation.ts'
import type { Identities, Providers } from './providers.ts'

/** Every function of a group by its name: what is loaded on demand is known by it before. */
export type Names<Functions> = { readonly [Name in keyof Functions]: true }

export const accountFunctions: Names<Account> = {
  register: true,
  beginRegistration: true,
  confirmRegistration: true,
  forgotPassword: true,
  inspectPasswordLink: true,
  resetPassword: true,
  offerPassword: true,
}
export const emailFunctions: Names<Emails> = {
  sendVerification: true,
  verify: true,
  change: true,
  confirmChange: true,
  verifyByCode: true,
  confirmChangeByCode: true,
}
export const revocationFunctions: Names<Revocations> = { byCondition: true, everyone: true }
export const impersonationFunctions: Names<Impersonations> = { begin: true, resolve: true }
export const operatorFunctions: Names<Operator> = {
  settings: true,
  providers: true,
  describe: true,
  issueApiToken: true,
}
export const providerFunctions: Names<Providers> = {
  list: true,
  set: true,
  remove: true,
  check: true,
  start: true,
  startLink: true,
  startReauthentication: true,
  hold: true,
  finish: true,
  exchange: true,
  logIn: true,
  reauthenticate: true,
  startLogout: true,
  endSessions: true,
  metadata: true,
}
export const healthFunctions: Names<HealthCheck> = { status: true, describe: true }
export const identityFunctions: Names<Identities> = {
  list: true,
  add: true,
  link: true,
  unlink: true,
}

export const administrationFunctions: Names<Administration> = {
  list: true,
  find: true,
  create: true,
  change: true,
  delete: true,
  resetPassword: true,
  listSessions: true,
  listApiTokens: true,
  revokeSession: true,
  revokeApiToken: true,
  revokeSessions: true,
  revokeApiTokens: true,
  resetFactors: true,
  issueEnrolmentTicket: true,
  clearAttempts: true,
  revoke: true,
  revokeEveryone: true,
  impersonate: true,
  events: true,
}
