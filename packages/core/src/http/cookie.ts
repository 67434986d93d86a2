import { stringifySetCookie } from 'cookie'

/** How our cookies are named and marked: `__Host-` and `Secure`, but for plain http on localhost. */
export interface CookieJar {
  /** The name of the cookie that carries the token. */
  readonly name: string
  /** The value of the token cookie: `undefined` when it is absent, `'duplicate'` when it is there twice. */
  read(header: string | undefined): { readonly value: string } | 'duplicate' | undefined
  /** A `Set-Cookie` value; without `maxAgeMs` the cookie ends with the browser. */
  write(value: string, maxAgeMs: number | undefined): string
  /** A `Set-Cookie` value that removes the cookie. */
  clear(): string
  /** The value of the cookie that binds a log-in at a provider to its browser; `undefined` also when it is there twice. */
  readBrowser(header: string | undefined): string | undefined
  writeBrowser(value: string, maxAgeMs: number): string
  /** The value of the cookie of a trusted device; `undefined` also when it is there twice. */
  readDevice(header: string | undefined): string | undefined
  writeDevice(value: string, maxAgeMs: number): string
  /** The value of the cookie of a known device; `undefined` also when it is there twice. */
  readKnown(header: string | undefined): string | undefined
  writeKnown(value: string, maxAgeMs: number): string
}

/** The cookies of an origin. */
export function createCookieJar(origin: string): CookieJar {
  const secure = origin.startsWith('https:')
  const name = secure ? '__Host-sallyport' : 'sallyport'
  const attributes = { name, path: '/', httpOnly: true, secure, sameSite: 'lax' } as const

  /** The cookies besides the token, each under a name that says what for. */
  function readMore(purpose: string, header: string | undefined): string | undefined {
    if (header === undefined || !header.includes(`${name}-${purpose}`)) return undefined
    const found = readCookie(header, `${name}-${purpose}`)
    return found === undefined || found === 'duplicate' ? undefined : found.value
  }

  function writeMore(purpose: string, value: string, maxAgeMs: number): string {
    return stringifySetCookie({ ...attributes, name: `${name}-${purpose}`, value, maxAge: Math.ceil(maxAgeMs / 1000) })
  }

  return {
    name,
    read: (header) => (header === undefined || !header.includes(name) ? undefined : readCookie(header, name)),
    write: (value, maxAgeMs) =>
      stringifySetCookie({
        ...attributes,
        value,
        ...(maxAgeMs !== undefined && { maxAge: Math.max(0, Math.ceil(maxAgeMs / 1000)) }),
      }),
    clear: () => stringifySetCookie({ ...attributes, value: '', maxAge: 0 }),

    readBrowser: (header) => readMore('browser', header),
    writeBrowser: (value, maxAgeMs) => writeMore('browser', value, maxAgeMs),
    readDevice: (header) => readMore('device', header),
    writeDevice: (value, maxAgeMs) => writeMore('device', value, maxAgeMs),
    readKnown: (header) => readMore('known', header),
    writeKnown: (value, maxAgeMs) => writeMore('known', value, maxAgeMs),
  }
}

/**
 * A cookie by its exact name, byte for byte: nothing is decoded, only SP and HTAB are trimmed (RFC 6265 §5.2), and a
 * second cookie of the name is an error, since it may be another's that was planted.
 */
function readCookie(header: string, name: string): { readonly value: string } | 'duplicate' | undefined {
  let found: { readonly value: string } | undefined
  let equals = -1
  for (let start = 0, end = 0; start <= header.length; start = end + 1) {
    end = indexOf(header, ';', start)
    if (equals < start) equals = indexOf(header, '=', start)
    if (equals >= end || trimmed(header, start, equals) !== name) continue
    if (found !== undefined) return 'duplicate'
    found = { value: trimmed(header, equals + 1, end) }
  }
  return found
}

/** Where a character is next; at the end when it is nowhere. */
function indexOf(text: string, character: string, from: number): number {
  const index = text.indexOf(character, from)
  return index < 0 ? text.length : index
}

function trimmed(text: string, from: number, to: number): string {
  let start = from
  let end = to
  while (start < end && isBlank(text.charCodeAt(start))) start++
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09
}
