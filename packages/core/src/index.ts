export type { Account, PasswordLink } from './account/account-functions.ts'
export type {
  AdministeredUser,
  Administration,
  AdministrativeChange,
  InvitedUser,
  OfferedLink,
  PageQuery,
} from './account/administration.ts'
export type { Emails } from './account/emails.ts'
export type { LinkPages } from './account/link-pages.ts'
export type { IssuedLink, Verification } from './account/links.ts'
export type { Operator, ProviderInForce, SettingsInForce } from './account/operator.ts'
export type { PasswordResetRequest } from './account/password-resets.ts'
export type {
  RegistrationConfirmation,
  RegistrationFlow,
  RegistrationRequest,
  RegistrationSettings,
} from './account/registrations.ts'
export type {
  EveryoneBatch,
  EveryoneOptions,
  Revocable,
  RevocableKind,
  RevocationBatch,
  RevocationCondition,
  RevocationOptions,
  Revocations,
} from './account/revocations.ts'
export type { ApiTokenLimits, ApiTokens, IssuedApiToken, NewApiToken } from './api-token.ts'
export type { ApiToken } from './api-token-entry.ts'
export { type Audit, verifyAudit } from './audit.ts'
export type { AuditExport } from './audit-export.ts'
export type { AuditFault, AuditVerdict } from './audit-verify.ts'
export type { AuditTrail, EventQuery, RecordedEvent } from './audit-trail.ts'
export { type Auth, createAuth, type Peer } from './auth.ts'
export type { AuthUsers, NewUser } from './auth-users.ts'
export type {
  Assurance,
  AssuranceLevel,
  Authentication,
  AuthenticationRequirement,
  Impersonator,
  Method,
  ProvenAt,
} from './authentication.ts'
export type { CallContext, Client } from './client.ts'
export type { ExchangeRequest } from './exchange.ts'
export type { Identity } from './federated-identity.ts'
export { AuthError, type ErrorCode, type ErrorOptions, refusals } from './errors.ts'
export type { AuthEvent, EventDetails, Origin, PasswordPurpose, PasswordRefusal, TokenRefusal } from './events.ts'
export type { Carrier } from './carrier.ts'
export type { ChallengeBinding, Challenges, OpenChallenge } from './challenge.ts'
export type { Credential, Credentials, FoundCredential } from './factors/credentials.ts'
export type { EnrolledFactor } from './factors/enrolled-factors.ts'
export type { Enrolled, Enrolling, EnrolmentRequest, FactorChange } from './factors/enrolment.ts'
export type { FactorFeature, Features } from './features.ts'
export { type DeliveredCodeOptions, type EmailCodeOptions, emailCodes, smsCodes } from './factors/delivered-codes.ts'
export type { EnrolmentTicket } from './factors/enrolment-ticket.ts'
export type {
  Answer,
  Enroller,
  Enrolment,
  EnrolmentEvidence,
  EnrolmentStep,
  Factor,
  FactorEvidence,
  FactorHolder,
  FactorLogIn,
  FactorSubject,
  NewCredential,
} from './factors/factor.ts'
export type { FactorHashing, FactorHost, FactorType } from './factors/factor-host.ts'
export type { Factors } from './factors/factors.ts'
export { recoveryCodes } from './factors/recovery-codes.ts'
export type { SecondFactor } from './factors/second-factors.ts'
export type { HashingLimits } from './factors/hashing-queue.ts'
export { type Argon2Parameters, argon2Hasher, type PasswordHasher } from './factors/password-hash.ts'
export type { AuthFunctions, PasswordChangeRequest, Passwords } from './functions.ts'
export type { Health, HealthCheck, ProviderHealth } from './health.ts'
export type { Cookies } from './http/cookies.ts'
export type { Web } from './http/index.ts'
export type { Reply } from './http/reply.ts'
export type { RequestView } from './http/view.ts'
export { requirementOf } from './http/requirement.ts'
export type { Anonymous, Authorized, Refused, Requirement, Visit } from './http/visit.ts'
export type { Epochs, Issuer, Owner } from './issuer.ts'
export { refuseUnknown } from './known-settings.ts'
export type { Explanation, Permissions } from './permissions.ts'
export type {
  AddressProof,
  CodePurpose,
  Deliver,
  LinkMessage,
  Message,
  MessageTo,
  MessageToAddress,
  MessageToUser,
  Messenger,
  Notice,
} from './message.ts'
export type { MfaRule, Offer } from './mfa-policy.ts'
export type { LockedSession, Principal, RefusalCode, Resolution } from './principal.ts'
export {
  type AnswerFields,
  type DirectProvider,
  type Evidence,
  type Finding,
  type LogoutNotice,
  type Provider,
  type ProviderAnswer,
  type ProviderBase,
  type ProviderContext,
  providerRefused,
  type ProviderSession,
  type ProviderType,
  providerUnavailable,
  type RedirectProvider,
  type Started,
  type StartRequest,
} from './provider.ts'
export { providerRuleNames } from './provider-rules.ts'
export type { FirstLogin, MappedProfile, ProviderLogin, ProviderRules, Trust } from './provider-rules.ts'
export type { ProviderData } from './stored-providers.ts'
export type {
  DirectCredentials,
  Identities,
  ProviderInfo,
  ProviderLoginFinished,
  ProviderLoginRequest,
  ProviderLoginStarted,
  Providers,
} from './providers.ts'
export type { Callback } from './return-to.ts'
export { routeStorage, type StorageRoutes } from './route-storage.ts'
export type { Secret } from './secret.ts'
export type { IssuedSession, Sessions } from './session.ts'
export type { Session, SessionLimits } from './session-entry.ts'
export type { PasswordSettings, SessionPreset, Settings } from './settings.ts'
export type { Locked, LockedState, Unlocked, UnlockOptions } from './sign-in.ts'
export type { Count, Entry, Json, ListQuery, Owned, Page, Storage } from './storage.ts'
export type { BackOff, GuessLimits, Limit } from './throttle.ts'
export type { Transports } from './transport.ts'
export type { DeviceMarker } from './known-device.ts'
export type { IssuedDevice, TrustedDevice, TrustedDevices } from './trusted-device.ts'
export type { IssuedUrlToken, NewUrlToken, UrlTokens, UrlTokenUses } from './url-token.ts'
export type { User, UserDirectory, UserQuery } from './user.ts'
export type { NewProfile, ProfileChange } from './user-directory.ts'
export type { MfaPolicy } from './user-state.ts'
export type { Users } from './users.ts'
