import { AuthError } from '../errors.ts'

/** A request as an adapter hands it over: nothing is read or built that is not asked for. */
export interface RequestView {
  readonly method: string
  /** The request target below the place where the framework mounted Sallyport: path and query, or an absolute URL. */
  readonly url: string
  /** The whole request target, as it was received. */
  readonly originalUrl: string
  /** A header by its lower-case name; several of one name are joined by `, ` (cookies by `; `). */
  header(name: string): string | undefined
  /** The address of the peer: the client, or the proxy in front. */
  readonly address: string | undefined
  /** The body, or `undefined` when it is longer than `limit` bytes. */
  body(limit: number): Promise<Uint8Array | undefined>
  /** Aborted when the client leaves before it was answered. */
  readonly departed: AbortSignal | undefined
}

/** The client left, or its connection broke, before the body was whole. */
export function endedEarly(cause: unknown): AuthError {
  return new AuthError('invalid_request', { detail: 'The body ended too early.', cause })
}

/** A request target taken apart. Nothing in it is decoded. */
export interface Target {
  readonly path: string
  /** Without the question mark; `undefined` when there is none. */
  readonly query: string | undefined
}

/** Path and query of a request target, in origin form or absolute form (RFC 9112 §3.2). */
export function readTarget(url: string): Target {
  const absolute = url.startsWith('/') ? null : /^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i.exec(url)
  const rest = absolute === null ? url : url.slice(absolute[0].length)
  const hash = rest.indexOf('#')
  const end = hash < 0 ? rest.length : hash
  const mark = rest.indexOf('?')
  if (mark < 0 || mark > end) return { path: rest.slice(0, end) || '/', query: undefined }
  return { path: rest.slice(0, mark) || '/', query: rest.slice(mark + 1, end) }
}

/** Takes a parameter out of a query: its values, decoded, and the rest of the query byte for byte. */
export function takeParameter(
  query: string,
  name: string,
): { readonly values: readonly string[]; readonly rest: string } {
  const values: string[] = []
  const rest = query.split('&').filter((piece) => {
    const equals = piece.indexOf('=')
    const key = equals < 0 ? piece : piece.slice(0, equals)
    if (decode(key) !== name) return true
    values.push(equals < 0 ? '' : decode(piece.slice(equals + 1)))
    return false
  })
  return { values, rest: rest.join('&') }
}

/** A URL or request target without a parameter of its query; all else stays byte for byte. */
export function withoutParameter(url: string, name: string): string {
  const mark = url.indexOf('?')
  if (mark < 0) return url
  const hash = url.indexOf('#', mark)
  const end = hash < 0 ? url.length : hash
  const { rest } = takeParameter(url.slice(mark + 1, end), name)
  return url.slice(0, mark) + (rest === '' ? '' : `?${rest}`) + url.slice(end)
}

/** The decoded values of a parameter. */
export function parameters(query: string | undefined, name: string): readonly string[] {
  return query === undefined ? [] : takeParameter(query, name).values
}

/** Form decoding that never throws: what can't be decoded stays as it is. */
function decode(text: string): string {
  if (!/[%+]/.test(text)) return text
  const spaced = text.replaceAll('+', ' ')
  try {
    return decodeURIComponent(spaced)
  } catch {
    return spaced
  }
}
