import { lookup as systemLookup, type LookupAddress } from 'node:dns'
import { type IncomingMessage, request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { LookupFunction } from 'node:net'
import { type IpAddress, inRanges, parseAddress, parseRange } from './address.ts'

/**
 * Which addresses may be reached. `'public'`: the Internet only. `'private'`: also the networks of an organisation, never
 * link-local addresses, where clouds hand out credentials. `'localhost'`: the Internet and this machine, plain http
 * included; for development.
 */
export type Network = 'public' | 'private' | 'localhost'

/** How far an outbound request may go. */
export interface OutboundLimits {
  /** `'public'` by default. */
  readonly network?: Network | undefined
  /** From the look-up of the name to the last byte, in milliseconds: 5000 by default. */
  readonly timeoutMs?: number | undefined
  /** The longest answer, in bytes: 512 KiB by default. */
  readonly maxBytes?: number | undefined
  /** Certificates (PEM) to be trusted instead of the system's. */
  readonly ca?: string | readonly string[] | undefined
  /** How a name is resolved: by the system, by default. */
  readonly resolve?: ((hostname: string) => Promise<readonly LookupAddress[]>) | undefined
}

/** A request as `fetch` takes it, as far as it is understood here. */
export interface OutboundRequest {
  readonly method?: string | undefined
  readonly headers?: ConstructorParameters<typeof Headers>[0] | undefined
  readonly body?: string | URLSearchParams | Uint8Array | null | undefined
  readonly signal?: AbortSignal | null | undefined
}

/** A `fetch` under guard. Rejects for what it may not do, and when the other side is away, too slow or too long. */
export type Outbound = (url: string | URL, request?: OutboundRequest) => Promise<Response>

/**
 * Fetches what a third party names, and nothing else: https, a name resolved once, every address of it checked, the
 * connection made to a checked address, no redirect followed, time and size bounded.
 */
export function createOutbound(limits: OutboundLimits = {}): Outbound {
  const { network = 'public', timeoutMs = 5000, maxBytes = 512 * 1024, ca, resolve = resolveBySystem } = limits

  async function find(hostname: string): Promise<readonly LookupAddress[]> {
    const addresses = await resolve(hostname)
    const refused = addresses.find(({ address }) => !isAllowed(address, network))
    if (refused !== undefined) throw notAllowed(hostname, refused.address, network)
    if (addresses.length === 0) throw new Error(`${hostname} has no address.`)
    return addresses
  }

  const lookUp = async (...[hostname, options, callback]: Parameters<LookupFunction>): Promise<void> => {
    try {
      const [first, ...more] = await find(hostname)
      if (options.all || first === undefined) callback(null, first === undefined ? [] : [first, ...more])
      else callback(null, first.address, first.family)
    } catch (error) {
      callback(error as NodeJS.ErrnoException, [])
    }
  }

  return async (address, { method = 'GET', headers, body, signal } = {}) => {
    const url = checkUrl(address, network)
    const deadline = AbortSignal.timeout(timeoutMs)
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest
    const bytes = typeof body === 'string' || body instanceof Uint8Array ? body : body?.toString()
    const outgoing = send(url, {
      method,
      headers: { 'accept-encoding': 'identity', ...Object.fromEntries(new Headers(headers)) },
      signal: signal ? AbortSignal.any([deadline, signal]) : deadline,
      lookup: (hostname, options, callback) => void lookUp(hostname, options, callback),
      // A connection is used once: one that is kept would outlive the check of its address.
      agent: false,
      ...(ca !== undefined && { ca: [ca].flat() }),
    })
    try {
      const incoming = await new Promise<IncomingMessage>((accept, reject) => {
        outgoing.once('error', reject).once('response', accept).end(bytes)
      })
      return await toResponse(incoming, maxBytes)
    } catch (cause) {
      outgoing.destroy()
      throw deadline.aborted ? new Error(`${url.origin} did not answer within ${timeoutMs} ms.`, { cause }) : cause
    }
  }
}

function checkUrl(address: string | URL, network: Network): URL {
  const url = new URL(address)
  const { protocol, hostname, username, password } = url
  const local = network === 'localhost' && protocol === 'http:' && isLocalName(hostname)
  if (protocol !== 'https:' && !local) throw new Error(`${url.origin} is not https.`)
  if (username !== '' || password !== '') throw new Error(`The address of ${hostname} holds a password.`)
  // Node looks up names only. The parser has brought every notation of an address into one form.
  const literal = parseAddress(hostname)
  if (literal !== undefined && !isAllowed(hostname, network)) throw notAllowed(hostname, hostname, network)
  return url
}

async function toResponse(incoming: IncomingMessage, maxBytes: number): Promise<Response> {
  const { statusCode: status = 0, headers } = incoming
  if (status >= 300 && status < 400) throw new Error(`A redirect to ${String(headers.location)} is not followed.`)
  const encoding = headers['content-encoding'] ?? 'identity'
  if (encoding !== 'identity') throw new Error(`The answer is encoded as ${encoding}, which was not asked for.`)
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of incoming as AsyncIterable<Uint8Array>) {
    length += chunk.length
    if (length > maxBytes) throw new Error(`The answer is longer than ${maxBytes} bytes.`)
    chunks.push(chunk)
  }
  const list = new Headers()
  for (const [name, values] of Object.entries(incoming.headersDistinct)) {
    for (const value of values ?? []) list.append(name, value)
  }
  const empty = status === 204 || status === 205
  return new Response(empty ? null : Buffer.concat(chunks), { status, headers: list })
}

async function resolveBySystem(hostname: string): Promise<readonly LookupAddress[]> {
  return new Promise((accept, reject) => {
    systemLookup(hostname, { all: true }, (error, addresses) => (error ? reject(error) : accept(addresses)))
  })
}

function notAllowed(hostname: string, address: string, network: Network): Error {
  const mend = network === 'public' ? ' Set `network` to "private" if this is meant.' : ''
  return new Error(`${hostname} is at ${address}, which may not be reached.${mend}`)
}

function isLocalName(hostname: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\]|.+\.localhost)$/.test(hostname)
}

/** Whether an address lies in what a network allows. */
function isAllowed(address: string, network: Network): boolean {
  const ip = parseAddress(address)
  if (ip === undefined || inRanges(ip, never)) return false
  if (network === 'private' && inRanges(ip, organisation)) return true
  if (network === 'localhost' && inRanges(ip, loopback)) return true
  return isPublic(ip)
}

/** Whether an address is one of the Internet: RFC 6890 and the registries that it founded, read strictly. */
function isPublic(ip: IpAddress): boolean {
  // RFC 6052 §2.1: the IPv4 address that a NAT64 gateway will connect to.
  const inside = inRanges(ip, nat64) ? [0, 0, 0, 0, 0, 0xffff, ...ip.slice(6)] : ip
  return inRanges(inside, assigned) && !inRanges(inside, special)
}

const ranges = (...texts: string[]) => texts.flatMap((text) => parseRange(text) ?? [])

const loopback = ranges('127.0.0.0/8', '::1')
const organisation = [
  ...loopback,
  ...ranges('10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7'),
]
// Where clouds answer who a machine is, and with what credentials.
const never = ranges('169.254.0.0/16', 'fe80::/10', 'fd00:ec2::/32', '100.100.100.200', '192.0.0.0/24', '168.63.129.16')
const nat64 = ranges('64:ff9b::/96')
const assigned = ranges('0.0.0.0/0', '2000::/3')
const special = ranges(
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
)
