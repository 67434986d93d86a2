import type { Call, Routes } from './calls.ts'
import { errorOf, isAbort, SallyportError } from './error.ts'
import { createPasskeys, type Passkeys } from './passkeys.ts'
import { createSender, type TokenMode } from './sender.ts'
import type { Requirement } from './wire/problem.ts'
import type { Anonymous, Caller, Locked, Unlocked } from './wire/shapes.ts'

/** How a client is made. */
export interface ClientOptions {
  /** The mount path of the server: `/auth` by default; for a program with its origin, as in `https://app.example.com/auth`. */
  readonly url?: string | undefined
  /**
   * Who bears its token itself, as a program does; without it the session is a cookie that no script sees. A log-in then asks
   * for the token, and the client keeps it.
   */
  readonly token?: TokenMode | undefined
  /**
   * Asked when a route wants a more recent or stronger authentication. What was asked for is sent again, once, when it resolves;
   * when it rejects, so does the request. Requests at the same time share one, also when it does not help.
   */
  readonly onStepUp?: ((requirement: Requirement) => Promise<unknown>) | undefined
  /** `include` for a page on another origin that is in `trustedOrigins`; `same-origin` by default. */
  readonly credentials?: 'same-origin' | 'include' | undefined
  /** Used instead of the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch | undefined
}

/** What `client.logIn` sends. */
export type LogIn = Omit<Routes['POST /login']['body'], 'returnToken'>

/** Sallyport, from outside. */
export interface Client {
  /** The token, for a client that bears it itself. */
  readonly token: string | undefined
  /** Calls any of the routes, by method and path, as in `call('DELETE /sessions/:id', { params: { id } })`; follows no redirect. */
  readonly call: Call
  readonly passkeys: Passkeys
  /** Whose this client is. A token that is no good throws `invalid_token` or `expired_token`. */
  session(): Promise<Caller | Locked | Anonymous>
  /** The first door. */
  logIn(credentials: LogIn): Promise<Unlocked | Locked>
  /** The second door. */
  unlock(evidence: Routes['POST /unlock']['body']): Promise<Unlocked | Locked>
  /** Proves the session anew, as `onStepUp` does it. */
  reauthenticate(evidence: NonNullable<Routes['POST /reauthenticate']['body']>): Promise<Unlocked | Locked>
  /** Ends the session. */
  logOut(): Promise<void>
  /** A link to a path of the application that needs no other credential; good once, unless `uses` says otherwise. */
  urlToken(
    path: string,
    options: { readonly withinMs: number; readonly uses?: 'once' | 'untilExpiry' },
  ): Promise<UrlToken>
  /**
   * `fetch` for the routes of the application: relative to the page or to the server, with the token of this client (to no other
   * origin), and sent again after a step-up. A body that is a stream can't be.
   */
  fetch(target: string | URL, init?: RequestInit): Promise<Response>
}

/** A link, and when it ends. */
export type UrlToken = Routes['POST /url-tokens']['answer']

/** A client. Throws a `TypeError` outside a page where `url` has no origin, or nothing is said that keeps the session. */
export function createClient(options: ClientOptions = {}): Client {
  const { url = '/auth', token: mode, onStepUp } = options
  const page = globalThis.location?.href
  const isKept = page !== undefined || (mode ?? options.fetch ?? options.credentials) !== undefined
  if (!isKept || !URL.canParse(url, page))
    throw new TypeError(
      `createClient: ${isKept ? `\`url\` is ${JSON.stringify(url)}` : 'there is no page here, and nothing keeps its cookies'}. ` +
        "Outside a page give both: { url: 'https://app.example.com/auth', token: { by: 'query' } }",
    )
  const base = new URL(url, page)
  const mount = base.href.replace(/\/$/, '')
  const send = options.fetch ?? ((target, init) => fetch(target, init))
  const sender = createSender({
    base,
    token: mode,
    onStepUp,
    // A cookie of another session beside the token would be one credential too many.
    credentials: mode === undefined ? (options.credentials ?? 'same-origin') : 'omit',
  })

  const call: Call = async (route, ...[given]) => {
    const { query = {}, params, body, signal } = (given ?? {}) as Loose
    const [method = '', path = ''] = route.split(' ')
    const asked = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, plain(value)]]))
    const target = new URL(mount + fill(path, params) + (asked.length === 0 ? '' : `?${new URLSearchParams(asked)}`))
    const wantsToken = mode !== undefined && method === 'POST' && /^\/login(?!.*\/options$)/.test(path)
    const sent = wantsToken ? { returnToken: true, ...body } : body
    const json = sent && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(sent) }
    // What is sent here is for this server alone, and no route answers with a redirect.
    const init: RequestInit = { method, redirect: 'manual', ...json, ...(signal && { signal }) }
    // Whoever proves the session anew can't be asked to do so first.
    const mayStepUp = !path.startsWith('/reauthenticate')
    const response = await sender.send(target, init, mayStepUp, (...to) => send(...to).catch(noAnswer))
    // Of what has an id the id may be wrong; of all else it is the address.
    if (!response.ok) throw await errorOf(response, params === undefined ? `${method} ${mount}${path}` : undefined)
    const answer = read(await response.text().catch(noAnswer), response)
    if (method !== 'GET' && answer?.status) {
      if (mode !== undefined && answer.token !== undefined) sender.setToken(tokenOf(answer.token, response))
      sender.renewed()
    }
    return answer as never
  }

  return {
    get token() {
      return sender.token
    },
    call,
    passkeys: createPasskeys(call),
    session: () => call('GET /session'),
    logIn: (body) => call('POST /login', { body }),
    unlock: (body) => call('POST /unlock', { body }),
    reauthenticate: (body) => call('POST /reauthenticate', { body }),

    async logOut() {
      await call('POST /logout')
      if (mode !== undefined) sender.setToken(undefined)
    },

    urlToken: (path, wanted) => call('POST /url-tokens', { body: { method: 'GET', path, ...wanted } }),
    fetch: (target, init = {}) => sender.send(new URL(target, globalThis.location?.href ?? base), init, true, send),
  }
}

/** A path with its parts. One of dots alone would lead elsewhere, and is the id of nothing, as is what no URL can bear. */
function fill(path: string, params: Readonly<Record<string, string>> = {}): string {
  return path.replaceAll(/:(\w+)/g, (_, name: string) => {
    const value: unknown = params[name]
    if (typeof value !== 'string' || /^\.{0,2}$|\p{Cs}/u.test(value))
      throw new SallyportError('not_found', 'There is nothing here.')
    return encodeURIComponent(value)
  })
}

/** What can stand in a query. A cursor is whatever the server has said. */
function plain(value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number') return `${value}`
  throw new SallyportError('invalid_request', 'The query has a value that is neither a text nor a number.')
}

function noAnswer(cause: unknown): never {
  if (isAbort(cause)) throw cause
  throw new SallyportError('no_answer', 'The server does not answer.', { cause })
}

function read(text: string, { status }: Response): Result | undefined {
  let cause: unknown
  try {
    if (text === '' && (status === 202 || status === 204)) return undefined
    const answer: unknown = JSON.parse(text)
    if (typeof answer === 'object' && answer !== null) return answer
  } catch (error) {
    cause = error
  }
  throw new SallyportError('unexpected_answer', 'The answer is no JSON object.', { status, cause })
}

/** A token that a header can carry. */
function tokenOf(token: unknown, { status }: Response): string {
  if (typeof token === 'string' && /^[\x21-\x7e]+$/.test(token)) return token
  throw new SallyportError('unexpected_answer', 'The answer has no token that can be sent.', { status })
}

interface Loose {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, unknown>>
  readonly body?: object
  readonly signal?: AbortSignal
}

interface Result {
  readonly status?: unknown
  readonly token?: unknown
}
