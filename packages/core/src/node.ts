import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Auth } from './auth.ts'
import { AuthError } from './errors.ts'
import type { Reply } from './http/reply.ts'
import { endedEarly, type RequestView } from './http/view.ts'
import type { Visit } from './http/visit.ts'

/** How an adapter's framework has taken the request apart before us. */
export interface NodeViewOptions {
  /** The target below the mount point; `request.url` by default. */
  readonly url?: string | undefined
  /** The whole target, as it was received; `url` by default. */
  readonly originalUrl?: string | undefined
  /** What a parser in front has made of the body; `undefined` when none has read it. */
  readonly parsedBody?: (() => unknown) | undefined
}

/** A response, or the socket of an upgrade: what tells that the client has left. */
export interface Leaving {
  readonly destroyed: boolean
  once(event: 'close', listener: () => void): unknown
}

/**
 * A request of Node's `http` or `http2` as the web layer reads it. Nothing is copied; the body is read when a route asks
 * for it.
 */
export function nodeView(request: IncomingMessage, leaving: Leaving, options: NodeViewOptions = {}): RequestView {
  return new NodeView(request, leaving, options)
}

// A class: with a getter in an object literal V8 makes a hidden class for every request, and what its getter holds lives
// until the next major collection.
class NodeView implements RequestView {
  readonly method: string
  readonly url: string
  readonly originalUrl: string
  readonly address: string | undefined
  readonly #request: IncomingMessage
  readonly #leaving: Leaving
  readonly #parsedBody: (() => unknown) | undefined
  #departed: AbortSignal | undefined

  constructor(request: IncomingMessage, leaving: Leaving, options: NodeViewOptions) {
    const { url = request.url ?? '/', originalUrl = url, parsedBody } = options
    this.method = request.method ?? 'GET'
    this.url = url
    this.originalUrl = originalUrl
    // Read at once: of a client that has left, Node no longer knows it.
    this.address = request.socket.remoteAddress
    this.#request = request
    this.#leaving = leaving
    this.#parsedBody = parsedBody
  }

  header(name: string): string | undefined {
    return readHeader(this.#request, name)
  }

  body(limit: number): Promise<Uint8Array | undefined> {
    return readBody(this.#request, limit, this.#parsedBody)
  }

  get departed(): AbortSignal {
    this.#departed ??= departureOf(this.#leaving)
    return this.#departed
  }
}

/** Sends an answer, and says nothing more of it when the client has left. */
export function writeReply(response: ServerResponse, { status, headers, body }: Reply): void {
  if (response.headersSent) return
  response.statusCode = status
  for (const [name, value] of headers) {
    if (name === 'Set-Cookie') response.appendHeader(name, value)
    else response.setHeader(name, value)
  }
  if (body !== undefined) response.setHeader('Content-Length', Buffer.byteLength(body))
  response.end(body)
}

/** Adds headers that the answer carries unless whoever makes it says otherwise. */
export function writeHeaders(response: ServerResponse, headers: Reply['headers']): void {
  for (const [name, value] of headers) response.setHeader(name, value)
}

/** Adds headers that the answer carries whatever whoever makes it says. */
export function forceHeaders(response: ServerResponse, headers: Reply['headers']): void {
  if (headers.length === 0) return
  writeHeaders(response, headers)
  const { writeHead } = response
  response.writeHead = (status: number, ...rest: unknown[]) => {
    const [first, second] = rest
    for (const [name, value] of pairsOf(typeof first === 'string' ? second : first)) response.setHeader(name, value)
    writeHeaders(response, headers)
    return writeHead.apply(response, (typeof first === 'string' ? [status, first] : [status]) as [number])
  }
}

/**
 * Takes the token out of every place where Node keeps the request target: `url`, and with HTTP/2 the pseudo-header.
 */
export function scrubNode(request: IncomingMessage, visit: Pick<Visit, 'scrub'>): void {
  const url = visit.scrub(request.url ?? '/')
  if (url === request.url) return
  request.url = url
  const path = request.headers[':path']
  if (typeof path !== 'string') return
  const scrubbed = visit.scrub(path)
  request.headers[':path'] = scrubbed
  request.rawHeaders.splice(request.rawHeaders.indexOf(':path') + 1, 1, scrubbed)
}

/**
 * Sallyport in front of a bare `node:http` server: answers what is for it, takes the token out of `request.url`, and
 * resolves to the visit for everything else; `undefined` when it has answered.
 */
export async function visitNode(
  auth: Pick<Auth, 'visit'>,
  request: IncomingMessage,
  response: ServerResponse,
  options?: NodeViewOptions,
): Promise<Visit | undefined> {
  const visit = auth.visit(nodeView(request, response, options))
  scrubNode(request, visit)
  forceHeaders(response, visit.headers)
  const reply = visit.isRoute ? await visit.serve() : visit.refusal
  if (reply === undefined) return visit
  writeReply(response, reply)
  return undefined
}

/** Node keeps only the first of some headers that were sent twice: of those that decide anything, all are read. */
const neverMerged = new Set(['authorization', 'origin', 'sec-fetch-site', 'content-type', 'user-agent'])

function readHeader({ headers, rawHeaders }: IncomingMessage, name: string): string | undefined {
  const value = headers[name]
  if (value === undefined) return undefined
  if (!neverMerged.has(name)) return typeof value === 'string' ? value : value.join(', ')
  return rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]?.toLowerCase() === name).join(', ')
}

function departureOf(leaving: Leaving): AbortSignal {
  if (leaving.destroyed) return AbortSignal.abort()
  const controller = new AbortController()
  leaving.once('close', () => controller.abort())
  return controller.signal
}

async function readBody(
  request: IncomingMessage,
  limit: number,
  parsedBody: (() => unknown) | undefined,
): Promise<Uint8Array | undefined> {
  const length = Number(request.headers['content-length'] ?? 0)
  if (request.readableDidRead) {
    // A parser in front has read the stream: what it made of the body is all there is left.
    const body = parsedBody?.()
    if (body !== undefined) return encode(body, limit)
    if (length === 0 && request.headers['transfer-encoding'] === undefined) return new Uint8Array()
    throw new AuthError('internal_error', {
      cause: new Error('Something in front of Sallyport has read the body. Put `sallyport(auth)` before it.'),
    })
  }
  const bytes = length > limit ? undefined : await readStream(request, limit)
  // The rest is dropped, or the client would not come to read the answer and the connection could not be used again.
  if (bytes === undefined) request.resume()
  return bytes
}

async function readStream(request: IncomingMessage, limit: number): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = []
  let length = 0
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
      length += chunk.length
      if (length > limit) return undefined
      chunks.push(chunk)
    }
  } catch (cause) {
    throw endedEarly(cause)
  }
  return Buffer.concat(chunks)
}

function encode(body: unknown, limit: number): Uint8Array | undefined {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : stringify(body))
  return bytes.length > limit ? undefined : bytes
}

function stringify(body: unknown): string {
  try {
    return JSON.stringify(body) ?? ''
  } catch (cause) {
    // Nested deeper than there is stack: a parser is not stopped by that, a serialiser is.
    throw new AuthError('invalid_request', { detail: 'The body is nested too deeply.', cause })
  }
}

/** The headers that `writeHead` may be given: an object, or a flat list. */
function pairsOf(headers: unknown): readonly (readonly [string, string | string[]])[] {
  if (!Array.isArray(headers)) return Object.entries((headers ?? {}) as Record<string, string | string[]>)
  const list: unknown[] = headers.flat()
  return list.flatMap((name, i) => (i % 2 === 0 ? [[String(name), String(list[i + 1])] as const] : []))
}
