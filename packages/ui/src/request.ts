import { type Auth, AuthError, type CallContext, type Principal } from '@sallyport/core'
import type { Fields } from '@sallyport/core/pages'
import type { Person } from './person.ts'
import type { Outcome } from './outcome.ts'
import type { Look } from './settings.ts'
import type { Say } from './texts.ts'

/** What every page stands on. */
export interface Site extends Look {
  readonly auth: Auth
  /** The address of a page of ours, by its path below the mount path, with parameters. */
  url(path: string, query?: Readonly<Record<string, string | undefined>>): string
}

/** A request to a page, read and resolved. */
export interface PageRequest {
  readonly site: Site
  readonly auth: Auth
  /** The path below the mount path, and its named parts. */
  readonly path: string
  readonly params: Readonly<Record<string, string>>
  readonly query: Fields
  /** The fields of a form that was sent; none for a page that is only looked at. */
  readonly form: Fields
  readonly client: CallContext
  /** What the cookie says that binds log-ins at providers to a browser. */
  readonly browser: string | undefined
  readonly person: Person
  readonly say: Say
  /** The language of the texts. */
  readonly language: string
  /**
   * Does what a form has asked for before it was known that it needs a confirmation, with the renewed session. Never rejects:
   * what fails is shown, and the browser gets the renewed session all the same.
   */
  replay(path: string, form: Fields, token: string): Promise<Outcome>
}

/** Who is logged in. Throws `unauthenticated`, `token_locked`. */
export function principalOf({ person }: Pick<PageRequest, 'person'>): Principal {
  if (person.status === 'unlocked') return person.principal
  throw new AuthError(person.status === 'locked' ? 'token_locked' : (person.code ?? 'unauthenticated'))
}

/** Whether an administrator is in, in a user's place: they look, and leave. */
export function isInPlace({ person }: Pick<PageRequest, 'person'>): boolean {
  return person.status === 'unlocked' && person.principal.impersonator !== undefined
}

/** The token of the second door, or of a session that policy asks for more. Throws `locked_token_expired`. */
export function lockedTokenOf({ person }: Pick<PageRequest, 'person'>): string {
  if (person.status === 'locked') return person.token
  throw new AuthError('locked_token_expired')
}

/** A field of a form that has to be there. Throws `invalid_request`. */
export function required({ form, say }: Pick<PageRequest, 'form' | 'say'>, name: string): string {
  const value = form[name]
  if (value !== undefined && value !== '') return value
  throw new AuthError('invalid_request', { detail: say('field.missing') })
}

/** A field of a form, `undefined` when it was left empty. */
export function optional({ form }: Pick<PageRequest, 'form'>, name: string): string | undefined {
  return form[name] === '' ? undefined : form[name]
}

/** A path on our own origin, rebuilt from what was sent; `undefined` for anything else. */
export function ownPath(text: string | undefined, origin: string): string | undefined {
  if (text === undefined || text.length > 2048 || !URL.canParse(text, origin)) return undefined
  const { href, pathname, search, hash } = new URL(text, origin)
  const isOurs = href.startsWith(`${origin}/`) && !pathname.startsWith('//')
  return isOurs ? pathname + search + hash : undefined
}

/** Where to go on: what was asked for, or home. */
export function destination({ query, form, site, auth }: PageRequest): string {
  return ownPath(form['return'] ?? query['return'], auth.features.origin) ?? site.home
}
