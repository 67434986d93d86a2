import type { LinkPages } from './account/link-pages.ts'
import type { Factor } from './factors/factor.ts'
import type { Verification } from './account/links.ts'
import type { RegistrationSettings } from './account/registrations.ts'

/** What is switched on, for whoever renders pages. Nothing in it is a secret. */
export interface Features {
  /** The setting `origin`. */
  readonly origin: string
  readonly factors: readonly FactorFeature[]
  /** How people register; `undefined` when they can't. */
  readonly registration: RegistrationSettings['by'] | undefined
  /** How addresses are proved. */
  readonly verification: Verification
  /** The setting `linkPages`: where it says nothing, links lead to pages of the application. */
  readonly linkPages: Partial<LinkPages>
  /** Whether messages can be sent, as links for a forgotten password are. */
  readonly messages: boolean
  /** Whether the users are ours, with their addresses and names, or the application's own. */
  readonly builtInUsers: boolean
  /** Whether there are identity providers, or may be. */
  readonly providers: boolean
  readonly trustedDevices: boolean
  /** Whether events are kept. */
  readonly audit: boolean
  /** The fewest characters of a password. */
  readonly minPasswordLength: number
}

/** What there is to know of a factor without anybody who has it. */
export interface FactorFeature {
  readonly id: string
  /** Whether it only stands in for another one. */
  readonly isBackup: boolean
  readonly canEnrol: boolean
  /** Whether it is a whole log-in by itself. */
  readonly canLogIn: boolean
}

/** A factor as `features` names it. */
export function factorFeature({ id, isBackup, enrolment, logIn }: Factor): FactorFeature {
  return { id, isBackup: isBackup === true, canEnrol: enrolment !== undefined, canLogIn: logIn !== undefined }
}
