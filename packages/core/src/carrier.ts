import type { Clock } from './collection.ts'
import { AuthError } from './errors.ts'
import type { Keys, SealContext } from './keys.ts'
import type { Principal } from './principal.ts'

/** What a page carries through a browser to its next form: sealed for one session of one user, and for an hour. */
export interface Carrier {
  /** Seals a text for the session of a principal. Throws `session_required` where there is none. */
  seal(principal: Principal, text: string): string
  /** The text; `undefined` when it is late, was changed, or is another user's or session's. */
  open(principal: Principal, sealed: string | undefined): string | undefined
}

const lifetimeMs = 60 * 60_000
const timeDigits = 15

/** Seals under the keys of an installation. */
export function createCarrier(keys: Pick<Keys, 'seal' | 'open'>, now: Clock): Carrier {
  return {
    seal: (principal, text) =>
      keys.seal(String(now() + lifetimeMs).padStart(timeDigits, '0') + text, contextOf(principal)),

    open(principal, sealed) {
      const context = contextOf(principal)
      // Whatever a form may hold in its place.
      const text = typeof sealed === 'string' ? keys.open(sealed, context) : undefined
      return text !== undefined && Number(text.slice(0, timeDigits)) > now() ? text.slice(timeDigits) : undefined
    },
  }
}

function contextOf(principal: Principal | undefined): SealContext {
  if (principal?.session === undefined) throw new AuthError('session_required')
  return { kind: 'carried', id: principal.session.id, owner: principal.user.id }
}
