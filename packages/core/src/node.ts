import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Auth } from './auth.ts'
import type { Visit } from './http/visit.ts'
import type { Reply } from './http/reply.ts'
import type { RequestView } from './http/view.ts'

/** A request of Node's `http` or `http2`, perhaps with the body that a parser in front has read already. */
export interface NodeRequest extends IncomingMessage {
  readonly body?: unknown
}

/** How an adapter's framework has taken the request apart before us. */
export interface NodeViewOptions {
  /** The target below the mount point; `request.url` by default. */
  readonly url?: string | undefined
  /** The path of the mount point: empty by default. */
  readonly mountedAt?: string | undefined
}

/** A Node request as the web layer reads it. Nothing is copied; the body is read when a route asks for it. */
export function nodeView(
  request: NodeRequest,
  response: ServerResponse,
  { url = request.url ?? '/', mountedAt = '' }: NodeViewOptions = {},
): RequestView {
  return {
    method: request.method ?? 'GET',
    url,
    mountedAt,
    header: (name) => readHeader(request, name),
    address: request.socket?.remoteAddress,
    body: (limit) => readBody(request, limit),
    get departed() {
      const controller = new AbortController()
      response.once('close', () => controller.abort())
      return controller.signal
    },
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

/** Adds headers that the answer must carry, whoever makes it. */
export function writeHeaders(response: ServerResponse, headers: Reply['headers']): void {
  for (const [name, value] of headers) response.setHeader(name, value)
}

/**
 * Sallyport in front of a bare `node:http` server: answers what is for it, takes the token out of `request.url`, and
 * resolves to the visit for everything else; `undefined` when it has answered.
 */
export async function visitNode(
  auth: Pick<Auth, 'visit'>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Visit | undefined> {
  const visit = auth.visit(nodeView(request, response))
  request.url = visit.url
  writeHeaders(response, visit.headers)
  const reply = visit.isRoute ? await visit.serve() : visit.refusal
  if (reply === undefined) return visit
  writeReply(response, reply)
  return undefined
}

/** Node keeps only the first of some headers that were sent twice: of those that decide anything, all are read. */
const neverMerged = new Set(['authorization', 'origin', 'sec-fetch-site', 'content-type', 'user-agent'])

function readHeader(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name]
  if (value === undefined) return undefined
  if (neverMerged.has(name)) return request.headersDistinct[name]?.join(', ')
  return typeof value === 'string' ? value : value.join(', ')
}

async function readBody(request: NodeRequest, limit: number): Promise<Uint8Array | undefined> {
  // A parser in front has read the stream: what it made of the body is all there is left.
  if (request.readableDidRead && request.body !== undefined) return encode(request.body, limit)
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of request) {
    length += chunk.length
    // The rest is read and dropped, or the client would be cut off before it sees the answer.
    if (length <= limit) chunks.push(chunk)
    else if (length > maxDrained) return undefined
  }
  return length > limit ? undefined : Buffer.concat(chunks)
}

const maxDrained = 1024 * 1024

function encode(body: unknown, limit: number): Uint8Array | undefined {
  const bytes = Buffer.isBuffer(body)
    ? body
    : Buffer.from(typeof body === 'string' ? body : (JSON.stringify(body) ?? ''))
  return bytes.length > limit ? undefined : bytes
}
