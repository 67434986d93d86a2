import type { Impersonator } from './authentication.ts'
import { AuthError } from './errors.ts'

/** The epochs that were read with a credential. What is issued on its strength records them, and dies with them. */
export interface Epochs {
  readonly session: string
  readonly apiTokens: string
  readonly factors: string
}

/** The session of an issuer, and where it was issued to. */
export interface IssuingSession {
  readonly id: string
  readonly address?: string | undefined
  readonly userAgent?: string | undefined
}

/** On whose behalf something is issued. Every `Principal` is one. */
export interface Issuer {
  readonly user: { readonly id: string }
  readonly via: 'session' | 'api-token' | 'url-token'
  readonly session: IssuingSession | undefined
  /** The administrator who acts in the user's place; absent when it is the user. */
  readonly impersonator?: Impersonator | undefined
  readonly permissions: readonly string[]
  readonly epochs: Epochs
}

/** Whose something is: a user by id, on the word of whoever runs the server, or the principal of a request, who must be the user. */
export type Owner = string | Issuer

type Acting = Pick<Issuer, 'via' | 'session' | 'impersonator'>

/**
 * The session of an issuer who is the user and nobody else. Throws `session_required` when it is an API token or a link,
 * `own_session_required` when an administrator acts in the user's place.
 */
export function sessionOf(issuer: Acting): IssuingSession {
  const session = anySessionOf(issuer)
  if (issuer.impersonator !== undefined) throw new AuthError('own_session_required')
  return session
}

/** The user. Throws for a principal who is not the user in a session of their own, like `sessionOf`. */
export function ownerOf(owner: Owner): string {
  if (typeof owner === 'string') return owner
  sessionOf(owner)
  return owner.user.id
}

/** The session of an issuer, whoever acts in it. Throws `session_required`. */
export function anySessionOf(issuer: Acting | undefined): IssuingSession {
  // Whatever a caller without types may have passed: a visitor who is not logged in has no principal.
  if (issuer?.via !== 'session' || issuer.session === undefined) throw new AuthError('session_required')
  return issuer.session
}
