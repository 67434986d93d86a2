import { problemOf } from './error.ts'
import type { Requirement } from './wire/problem.ts'

/** How a program bears its token. */
export interface TokenMode {
  /** As `Authorization: Bearer`, where the server has `bearer: true`, or in the query. */
  readonly by: 'bearer' | 'query'
  /** The token to begin with, as an API token. */
  readonly value?: string | undefined
  /** The setting `queryParameter` of the server; `token` by default. */
  readonly parameter?: string | undefined
  /** Told of each new token, and of `undefined` after a log-out, for whoever keeps it. */
  readonly onChange?: ((token: string | undefined) => void) | undefined
}

/** A `fetch`. */
type Fetch = (target: URL, init: RequestInit) => Promise<Response>

/** What sending needs. */
export interface SenderDeps {
  readonly base: URL
  readonly token: TokenMode | undefined
  readonly credentials: 'same-origin' | 'include' | 'omit'
  readonly onStepUp: ((requirement: Requirement) => Promise<unknown>) | undefined
}

/** Sends requests with what proves who is asking, and proves it anew where that is wanted. */
export interface Sender {
  readonly token: string | undefined
  setToken(token: string | undefined): void
  /** The session has another token now. */
  renewed(): void
  send(target: URL, init: RequestInit, mayStepUp: boolean, fetch: Fetch): Promise<Response>
}

/** A server has few; one that thinks up ever more fills no memory with them. */
const maxKinds = 100

export function createSender({ base, token: mode, credentials, onStepUp }: SenderDeps): Sender {
  let token = mode?.value
  /** Counts how often the session was renewed: what was sent before may have been refused for what is mended by now. */
  let renewals = 0
  let stepping: { readonly wanted: string; readonly end: Promise<void> } | undefined
  /** Step-ups that were done: for what, and which renewal the last one was. */
  const done = new Map<string, number>()

  /** One for all that wait: nobody is asked twice at a time. */
  function stepUp(requirement: Requirement, wanted: string): Promise<void> {
    const end = Promise.resolve(onStepUp?.(requirement))
      .then(() => {
        if (done.size >= maxKinds) done.clear()
        done.set(wanted, ++renewals)
      })
      .finally(() => (stepping = undefined))
    stepping = { wanted, end }
    return end
  }

  /** Whether a step-up is for whoever has answered: the session is not a stranger's, nor what a stranger asks for. */
  function isOurs(target: URL, response: Response): boolean {
    const { origin } = response.redirected ? new URL(response.url) : target
    return origin === base.origin || origin === globalThis.location?.origin
  }

  function sendOnce(target: URL, init: RequestInit, fetch: Fetch): Promise<Response> {
    const headers = new Headers(init.headers)
    const url = new URL(target)
    // As a cookie does, a token goes to where it came from, and nowhere else.
    if (token !== undefined && url.origin === base.origin && url.origin !== 'null') {
      if (mode?.by === 'bearer') headers.set('authorization', `Bearer ${token}`)
      else url.search += `${url.search === '' ? '?' : '&'}${mode?.parameter ?? 'token'}=${encodeURIComponent(token)}`
    }
    return fetch(url, { credentials, ...init, headers })
  }

  return {
    get token() {
      return token
    },

    setToken(next) {
      token = next
      mode?.onChange?.(next)
    },

    renewed: () => void renewals++,

    async send(target, init, mayStepUp, fetch) {
      const begun = renewals
      for (let hasAsked = false, isStale = false; ; ) {
        const before = renewals
        const response = await sendOnce(target, init, fetch)
        if (!mayStepUp || onStepUp === undefined || (response.status !== 401 && response.status !== 403))
          return response
        const problem = isOurs(target, response) ? await problemOf(response) : undefined
        if (renewals !== before && !isStale && /^(?:step_up_required|invalid_token)$/.test(problem?.code ?? '')) {
          isStale = true
          continue
        }
        if (problem?.code !== 'step_up_required' || hasAsked) return response
        const { requirement = {} } = problem
        const wanted = JSON.stringify(requirement)
        const renewal = done.get(wanted) ?? 0
        // What was done meanwhile is tried, and not asked for again when it did not help, whoever has asked for it.
        if (renewal > before) continue
        if (renewal > begun) return response
        // Another's may ask for less than this one: it is waited for, and does not count.
        hasAsked = stepping === undefined || stepping.wanted === wanted
        await (stepping?.end ?? stepUp(requirement, wanted))
      }
    },
  }
}
