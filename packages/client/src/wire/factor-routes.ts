// Generated of the OpenAPI document by `npm run docs`. Change the routes instead.
import type {
  Unlocked,
  Locked,
  Factor,
  EnrolledUnlocked,
  EnrolledLocked,
  Enrolled,
  PasskeyCreation,
  PasskeyRequest,
  TrustedDevice,
} from './shapes.ts'

/** Factors. */
export interface FactorRoutes {
  /** Begins with an authenticator application. */
  'POST /factors/totp': {
    readonly body?: {
      readonly code?: string | undefined
      readonly response?: Readonly<Record<string, unknown>> | undefined
      readonly name?: string | undefined
      readonly address?: string | undefined
      readonly revokeOthers?: boolean | undefined
    }
    readonly answer: { readonly secret: string; readonly uri: string; readonly qr: string }
  }
  /** Enrols an authenticator application by its code. */
  'POST /factors/totp/confirm': {
    readonly body?: {
      readonly code?: string | undefined
      readonly response?: Readonly<Record<string, unknown>> | undefined
      readonly name?: string | undefined
      readonly address?: string | undefined
      readonly revokeOthers?: boolean | undefined
    }
    readonly answer: EnrolledUnlocked | EnrolledLocked | Enrolled
  }
  /** Makes recovery codes, shown this once. */
  'POST /factors/recovery-codes': {
    readonly body?: {
      readonly code?: string | undefined
      readonly response?: Readonly<Record<string, unknown>> | undefined
      readonly name?: string | undefined
      readonly address?: string | undefined
      readonly revokeOthers?: boolean | undefined
    }
    readonly answer: { readonly codes: readonly string[]; readonly factor: Factor }
  }
  /** Begins with a passkey. */
  'POST /factors/passkeys/options': {
    readonly body?: {
      readonly code?: string | undefined
      readonly response?: Readonly<Record<string, unknown>> | undefined
      readonly name?: string | undefined
      readonly address?: string | undefined
      readonly revokeOthers?: boolean | undefined
    }
    readonly answer: PasskeyCreation
  }
  /** Enrols the passkey that was made. */
  'POST /factors/passkeys': {
    readonly body?: {
      readonly code?: string | undefined
      readonly response?: Readonly<Record<string, unknown>> | undefined
      readonly name?: string | undefined
      readonly address?: string | undefined
      readonly revokeOthers?: boolean | undefined
    }
    readonly answer: EnrolledUnlocked | EnrolledLocked | Enrolled
  }
  /** Begins a log-in with a passkey. */
  'POST /login/passkey/options': { readonly answer: PasskeyRequest }
  /** Logs in with a passkey. */
  'POST /login/passkey': {
    readonly body?: {
      readonly code?: string | undefined
      readonly response?: Readonly<Record<string, unknown>> | undefined
      readonly returnToken?: boolean | undefined
      readonly remember?: boolean | undefined
    }
    readonly answer: Unlocked | Locked
  }
  /** Begins with codes by e-mail: sends one. */
  'POST /factors/email': {
    readonly body?: {
      readonly code?: string | undefined
      readonly response?: Readonly<Record<string, unknown>> | undefined
      readonly name?: string | undefined
      readonly address?: string | undefined
      readonly revokeOthers?: boolean | undefined
    }
    readonly answer: Readonly<Record<string, never>>
  }
  /** Enrols codes by e-mail. */
  'POST /factors/email/confirm': {
    readonly body?: {
      readonly code?: string | undefined
      readonly response?: Readonly<Record<string, unknown>> | undefined
      readonly name?: string | undefined
      readonly address?: string | undefined
      readonly revokeOthers?: boolean | undefined
    }
    readonly answer: EnrolledUnlocked | EnrolledLocked | Enrolled
  }
  /** Begins with codes by SMS: sends one. */
  'POST /factors/sms': {
    readonly body?: {
      readonly code?: string | undefined
      readonly response?: Readonly<Record<string, unknown>> | undefined
      readonly name?: string | undefined
      readonly address?: string | undefined
      readonly revokeOthers?: boolean | undefined
    }
    readonly answer: Readonly<Record<string, never>>
  }
  /** Enrols codes by SMS. */
  'POST /factors/sms/confirm': {
    readonly body?: {
      readonly code?: string | undefined
      readonly response?: Readonly<Record<string, unknown>> | undefined
      readonly name?: string | undefined
      readonly address?: string | undefined
      readonly revokeOthers?: boolean | undefined
    }
    readonly answer: EnrolledUnlocked | EnrolledLocked | Enrolled
  }
  /** Lists the factors. */
  'GET /factors': { readonly answer: { readonly items: readonly Factor[] } }
  /** Removes a factor. */
  'DELETE /factors/:id': { readonly body?: { readonly revokeOthers?: boolean | undefined }; readonly answer: undefined }
  /** Sends a ticket to enrol with. */
  'POST /enrolment/send': { readonly answer: undefined }
  /** Redeems a ticket to enrol with. */
  'POST /enrolment': { readonly body: { readonly ticket: string }; readonly answer: Locked }
  /** Lists the browsers that are not asked for a second factor. */
  'GET /trusted-devices': {
    readonly query?: { readonly cursor?: string | undefined }
    readonly answer: { readonly items: readonly TrustedDevice[]; readonly next?: string }
  }
  /** Trusts a browser no more. */
  'DELETE /trusted-devices/:id': { readonly answer: undefined }
}
