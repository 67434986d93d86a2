import { deepStrictEqual } from 'node:assert'
import { type Answer, openConnection, type RawConnection } from './adapter-client.ts'
import { type AdapterOptions, fixed } from './adapter-fixture.ts'
import { exchangeHttp2 } from './adapter-http2-client.ts'
import { createTranscript, type Transcript } from './adapter-transcript.ts'

/** A running server with the fixed application. */
export interface AdapterServer {
  /** Without the mount path. */
  readonly url: string
  /** It speaks HTTP/2, without TLS. */
  readonly http2?: boolean | undefined
  /**
   * Its HTTP is not Node's: what is not good HTTP it refuses in its own way, and it may end a connection when nobody has
   * read the body of a request.
   */
  readonly foreign?: boolean | undefined
  close(): Promise<void>
}

/** One rule of the contract. `run` rejects, and says why, if the adapter breaks it. */
export interface AdapterCase {
  readonly title: string
  /** The server that it needs. */
  readonly options: AdapterOptions
  /** The answers, as far as they must be the same for every adapter. */
  run(server: AdapterServer): Promise<Transcript>
}

/** What is sent. The body is JSON unless it is a text. */
export interface Sent {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  /** The value of our cookie; on a change it brings our own `Origin` along. */
  readonly cookie?: string | undefined
}

/** Somebody of the fixed application, who has logged in. */
export interface Someone {
  readonly id: string
  readonly username: string
  readonly token: string
}

/** What a case works with. */
export interface AdapterTools {
  send(method: string, target: string, sent?: Sent): Promise<Answer>
  get(target: string, sent?: Sent): Promise<Answer>
  post(target: string, body?: unknown, sent?: Sent): Promise<Answer>
  /** Sends what frameworks answer each in their own way. */
  peek(method: string, target: string, sent?: Sent): Promise<Answer>
  /** Does to the server what no client can: see the fixture. */
  control(query: string): Promise<Readonly<Record<string, unknown>>>
  /** A new user: `roles=editor&factor=1`. */
  user(query?: string): Promise<{ readonly id: string; readonly username: string }>
  /** Logs a user in, without a cookie. */
  logIn(username: string): Promise<string>
  /** A new user who has logged in. */
  someone(query?: string): Promise<Someone>
  /** An API token of that session. */
  apiToken(session: string, wanted?: object): Promise<{ readonly id: string; readonly token: string }>
  /** A connection on which anything may be said. */
  connect(): Promise<RawConnection>
  /** The `Host` of this server. */
  readonly host: string
  /** See `AdapterServer`. */
  readonly foreign: boolean
  /** What the logger behind Sallyport has written since it was asked last. */
  lines(): Promise<readonly string[]>
  /** The faults that were reported, to be called by a case that causes some. */
  faults(): Promise<readonly string[]>
}

/** The name of our cookie. */
export const cookieName = '__Host-sallyport'

/** A case out of its title and what it does. */
export function adapterCase(
  title: string,
  body: (tools: AdapterTools) => Promise<void>,
  options: AdapterOptions = {},
): AdapterCase {
  return {
    title,
    options,
    async run(server) {
      const transcript = createTranscript()
      const tools = createTools(server, options, transcript.record)
      transcript.begin(Number((await tools.control('')).now))
      await body(tools)
      same(await tools.faults(), [], 'the faults that were reported')
      return transcript.entries
    },
  }
}

/** Deep and strict equality; the failure says what was looked at. */
export function same(actual: unknown, expected: unknown, what: string): void {
  try {
    deepStrictEqual(actual, expected)
  } catch (cause) {
    throw new Error(`${what}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}

/** An answer of a status with a JSON body, in which the named members are as they should be. */
export function answers(answer: Answer, status: number, members: Readonly<Record<string, unknown>> = {}): void {
  same(answer.status, status, `the status of ${answer.body}`)
  if (Object.keys(members).length === 0) return
  const body = answer.json() as Readonly<Record<string, unknown>>
  const shown = Object.fromEntries(Object.keys(members).map((name) => [name, body[name]]))
  same(shown, members, `the body ${answer.body}`)
}

/** A problem document of a code. */
export function refuses(
  answer: Answer,
  status: number,
  code: string,
  members: Readonly<Record<string, unknown>> = {},
): void {
  answers(answer, status, { status, code, type: `urn:sallyport:${code}`, ...members })
  same(answer.header('content-type'), 'application/problem+json; charset=utf-8', 'the type of a problem')
  same(answer.header('cache-control'), 'no-store', 'Cache-Control of a problem')
  same(answer.header('referrer-policy'), 'no-referrer', 'Referrer-Policy of a problem')
  same(answer.header('x-content-type-options'), 'nosniff', 'X-Content-Type-Options of a problem')
}

let made = 0

function createTools(
  { url, http2 = false, foreign = false }: AdapterServer,
  { mount = '' }: AdapterOptions,
  record: (request: string, answer: Answer) => void,
): AdapterTools {
  const { host } = new URL(url)

  async function exchange(method: string, target: string, { headers = {}, body, cookie }: Sent): Promise<Answer> {
    const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body)
    const all: Record<string, string> = {
      Host: host,
      ...(body !== undefined && { 'Content-Type': 'application/json', 'Content-Length': `${Buffer.byteLength(text)}` }),
      ...(body === undefined && method !== 'GET' && method !== 'HEAD' && { 'Content-Length': '0' }),
      ...(cookie !== undefined && { Cookie: `${cookieName}=${cookie}` }),
      ...(cookie !== undefined && method !== 'GET' && { Origin: fixed.origin }),
      ...headers,
    }
    if (http2) return exchangeHttp2(url, method, mount + target, all, text)
    const fields = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
    const connection = await openConnection(url)
    try {
      connection.write(`${method} ${mount}${target} HTTP/1.1\r\n${fields.join('')}\r\n${text}`)
      const answer = await connection.answer(method === 'HEAD' ? 'HEAD' : 'GET')
      if (answer === undefined) throw new Error(`${method} ${target} was not answered`)
      return answer
    } finally {
      connection.destroy()
    }
  }

  async function send(method: string, target: string, sent: Sent = {}): Promise<Answer> {
    const answer = await exchange(method, target, sent)
    record(`${method} ${target.split('?')[0]}`, answer)
    return answer
  }

  async function control(query: string): Promise<Readonly<Record<string, unknown>>> {
    return (await exchange('POST', `/control?${query}`, {})).json() as Record<string, unknown>
  }

  async function user(query = 'roles=editor'): Promise<{ readonly id: string; readonly username: string }> {
    const username = `user${++made}`
    const { id } = await control(`user=${username}&${query}`)
    return { id: String(id), username }
  }

  async function logIn(username: string): Promise<string> {
    const body = { username, password: fixed.password, returnToken: true }
    const answer = await exchange('POST', '/auth/login', { body })
    answers(answer, 200)
    return String((answer.json() as { token: unknown }).token)
  }

  const tools: AdapterTools = {
    host,
    foreign,
    send,
    peek: (method, target, sent = {}) => exchange(method, target, sent),
    control,
    user,
    logIn,
    get: (target, sent) => send('GET', target, sent),
    post: (target, body, sent) => send('POST', target, { body, ...sent }),
    connect: () => openConnection(url),
    lines: async () => (await control('')).lines as string[],
    faults: async () => (await control('')).faults as string[],

    async someone(query) {
      const { id, username } = await user(query)
      return { id, username, token: await logIn(username) }
    },

    async apiToken(session, wanted = {}) {
      const answer = await exchange('POST', '/auth/api-tokens', { body: { name: 'robot', ...wanted }, cookie: session })
      answers(answer, 201)
      const { apiToken, token } = answer.json() as { apiToken: { id: string }; token: string }
      return { id: apiToken.id, token }
    },
  }
  return tools
}
