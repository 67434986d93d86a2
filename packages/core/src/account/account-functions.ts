import type { CallContext } from '../client.ts'
import type { User } from '../user.ts'
import type { IssuedLink } from './links.ts'
import type { PasswordResetRequest } from './password-resets.ts'
import type { RegistrationConfirmation, RegistrationFlow, RegistrationRequest } from './registrations.ts'
import type { Origin } from '../events.ts'

/** A link with which a password is chosen: whoever has it may know whose it is, since they may log in by it. */
export interface PasswordLink {
  /** The login name of its user, of one that it makes too. */
  readonly username: string
  /** Whether there was no password before: an invitation, or a registration. */
  readonly isFirst: boolean
}

/** The account's life, for whoever is in no session yet, and the links that lead there. */
export interface Account {
  /** The new user, or `undefined` when a message says how it goes on. Throws `not_found` where it is switched off, `username_taken`. */
  register(request: RegistrationRequest, context?: CallContext): Promise<User | undefined>
  /** A registration by a code, which is sent to the address: for `verification: 'code'`. The same whether it has an account. */
  beginRegistration(request: RegistrationRequest, context?: CallContext): Promise<RegistrationFlow>
  /** The new user, for the code of a flow. Throws `invalid_code`, `too_many_attempts`, `password_refused`. */
  confirmRegistration(request: RegistrationConfirmation, context?: CallContext): Promise<User>
  /** Sends a link to whoever has this login name. Resolves alike, and as soon, whether anybody has. */
  forgotPassword(login: string, context?: CallContext): Promise<void>
  /** What `resetPassword` would do with this token as things are, `undefined` if it would refuse it. Consumes nothing. */
  inspectPasswordLink(token: string): Promise<PasswordLink | undefined>
  /** Consumes the token of a reset, an invitation or a registration. Throws `invalid_code`, `password_refused`. */
  resetPassword(request: PasswordResetRequest, context?: CallContext): Promise<void>
  /** A link with which a user chooses a password: sent if there is an address for it, else to be handed over. */
  offerPassword(userId: string, by?: Origin): Promise<IssuedLink & { readonly sentTo: string | undefined }>
}
