import { AuthError } from './errors.ts'

/** The epochs that were read with a credential. What is issued on its strength records them, and dies with them. */
export interface Epochs {
  readonly session: string
  readonly apiTokens: string
  readonly factors: string
}

/** On whose behalf something is issued. Every `Principal` is one. */
export interface Issuer {
  readonly user: { readonly id: string }
  readonly via: 'session' | 'api-token' | 'url-token'
  readonly session: { readonly id: string } | undefined
  readonly permissions: readonly string[]
  readonly epochs: Epochs
}

/** The session of an issuer. Throws `session_required` when it is an API token or a link. */
export function sessionOf({ via, session }: Pick<Issuer, 'via' | 'session'>): { readonly id: string } {
  if (via !== 'session' || session === undefined) throw new AuthError('session_required')
  return session
}
