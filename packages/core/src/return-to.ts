import { AuthError, invalidSetting } from './errors.ts'

/** The callback of an application on another origin. */
export interface Callback {
  /** Exactly as it is called, query included. */
  readonly url: string
  /**
   * `'optional'` lets a log-in start without an S256 challenge and a state: whoever gets hold of the code then has the
   * session. `'required'` by default.
   */
  readonly challenge?: 'required' | 'optional' | undefined
}

/** Where a browser goes after a log-in: a place on our own origin, or the callback of an application elsewhere. */
export type ReturnTo =
  | { readonly kind: 'own'; readonly target: string }
  | { readonly kind: 'callback'; readonly target: string; readonly needsChallenge: boolean }

/** Reads `returnTo`, when a log-in starts and again when it ends. Throws `return_to_not_allowed`. */
export interface ReturnTargets {
  read(text: string | undefined): ReturnTo
  /** A target with further parameters in its query, as a `Location` holds it. */
  extend(target: string, parameters: Readonly<Record<string, string | undefined>>): string
}

const maxLength = 2048

/**
 * What may be returned to: any path on our own origin, and exactly the callbacks that are listed. Only what was parsed
 * and built anew is ever given out.
 */
export function createReturnTargets(origin: string, callbacks: readonly (string | Callback)[]): ReturnTargets {
  const listed = new Map(callbacks.map((callback) => checkCallback(callback, origin)))

  return {
    read(text = '/') {
      const url = text.length <= maxLength && URL.canParse(text, origin) ? new URL(text, origin) : undefined
      if (url === undefined) throw new AuthError('return_to_not_allowed')
      // Not by `origin` alone: a `blob:` address has the one inside it.
      if (url.origin === origin && url.href.startsWith(`${origin}/`)) return { kind: 'own', target: ownTarget(url) }
      const callback = listed.get(url.href)
      if (callback === undefined) throw new AuthError('return_to_not_allowed')
      return { kind: 'callback', ...callback }
    },

    extend(target, parameters) {
      const url = new URL(target, origin)
      for (const [name, value] of Object.entries(parameters)) {
        if (value !== undefined) url.searchParams.set(name, value)
      }
      return url.href.startsWith(`${origin}/`) ? ownTarget(url) : url.href
    },
  }
}

/** Path, query and hash. A path that begins with two slashes would name another host where it stands alone. */
function ownTarget({ pathname, search, hash }: URL): string {
  if (pathname.startsWith('//')) throw new AuthError('return_to_not_allowed')
  return pathname + search + hash
}

function checkCallback(
  callback: string | Callback,
  origin: string,
): readonly [string, { readonly target: string; readonly needsChallenge: boolean }] {
  const { url: text, challenge = 'required' } = typeof callback === 'string' ? { url: callback } : callback
  const name = `\`callbacks\` has ${JSON.stringify(text)}`
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || url.hash !== '' || url.username !== '' || url.password !== '') {
    throw invalidSetting('callbacks', `has ${JSON.stringify(text)}`, 'give the whole address, without a hash')
  }
  if (url.origin === origin)
    throw invalidSetting('callbacks', `${name} on our own origin`, 'leave it out: any path is allowed there')
  const local = url.protocol === 'http:' && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname)
  // RFC 8252: the own scheme of a native application holds a dot, and plain http reaches this machine only.
  const native = /^[a-z][a-z\d+-]*\.[a-z\d.+-]*:$/.test(url.protocol)
  if (url.protocol !== 'https:' && !local && !native) {
    throw invalidSetting(
      'callbacks',
      `has ${JSON.stringify(text)}, which is not safe`,
      'use https; plain http works on localhost only',
    )
  }
  return [url.href, { target: url.href, needsChallenge: challenge === 'required' }]
}
