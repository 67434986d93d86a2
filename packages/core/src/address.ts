/** An IP address as eight groups of 16 bits; IPv4 stands in `::ffff:0:0/96` (RFC 4291 §2.5.5.2). */
export type IpAddress = readonly number[]

/** A block of addresses: those that share the first `bits` bits of `base`. */
export interface IpRange {
  readonly base: IpAddress
  readonly bits: number
}

const mappedPrefix = [0, 0, 0, 0, 0, 0xffff]

/** Reads IPv4 or IPv6, with brackets or a zone allowed; `undefined` for anything else. */
export function parseAddress(text: string): IpAddress | undefined {
  const bare = text.replace(/^\[(.*)\]$/, '$1').replace(/%[\w.-]+$/, '')
  return bare.includes(':') ? parseV6(bare) : parseV4(bare)
}

/** Reads `203.0.113.0/24`, `2001:db8::/32` or a single address. */
export function parseRange(text: string): IpRange | undefined {
  const [address = '', length, ...rest] = text.split('/')
  const base = parseAddress(address)
  const width = address.includes(':') ? 128 : 32
  if (base === undefined || rest.length > 0) return undefined
  if (length === undefined) return { base, bits: 128 }
  const bits = /^\d{1,3}$/.test(length) ? Number(length) : Number.NaN
  return bits <= width ? { base, bits: bits + 128 - width } : undefined
}

/** Whether an address lies in one of the ranges. */
export function inRanges(address: IpAddress, ranges: readonly IpRange[]): boolean {
  return ranges.some(({ base, bits }) =>
    base.every((group, i) => {
      const shift = 16 - Math.min(16, Math.max(0, bits - 16 * i))
      return group >> shift === (address[i] ?? -1) >> shift
    }),
  )
}

/** The network that attempts are counted for: the IPv4 address, or the /64 of an IPv6 one. */
export function networkOf(address: string | undefined): string | undefined {
  const ip = address === undefined ? undefined : parseAddress(address)
  if (ip === undefined) return undefined
  if (isV4(ip)) return formatV4(ip)
  return `${ip
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')}::/64`
}

/** Loopback, link-local, private (RFC 1918, RFC 4193) and carrier-grade (RFC 6598) addresses. */
export function isPrivate(address: IpAddress): boolean {
  return inRanges(address, privateRanges)
}

const privateRanges = [
  '127.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '169.254.0.0/16',
  '100.64.0.0/10',
  '::1/128',
  'fc00::/7',
  'fe80::/10',
].flatMap((text) => parseRange(text) ?? [])

function isV4(ip: IpAddress): boolean {
  return mappedPrefix.every((group, i) => ip[i] === group)
}

function formatV4(ip: IpAddress): string {
  return ip
    .slice(6)
    .flatMap((group) => [group >> 8, group & 255])
    .join('.')
}

function parseV4(text: string): IpAddress | undefined {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256))
    return undefined
  const [a = 0, b = 0, c = 0, d = 0] = parts.map(Number)
  return [...mappedPrefix, a * 256 + b, c * 256 + d]
}

function parseV6(text: string): IpAddress | undefined {
  const lastColon = text.lastIndexOf(':')
  const tail = text.slice(lastColon + 1)
  const v4 = tail.includes('.') ? parseV4(tail) : undefined
  if (tail.includes('.') && v4 === undefined) return undefined
  const hex = v4
    ? `${text.slice(0, lastColon + 1)}${v4
        .slice(6)
        .map((group) => group.toString(16))
        .join(':')}`
    : text

  const [left = '', right, ...rest] = hex.split('::')
  if (rest.length > 0) return undefined
  const head = left === '' ? [] : left.split(':')
  const back = right === undefined || right === '' ? [] : right.split(':')
  const missing = 8 - head.length - back.length
  if (right === undefined ? missing !== 0 : missing < 1) return undefined
  const groups = [...head, ...Array.from({ length: right === undefined ? 0 : missing }, () => '0'), ...back]
  return groups.every((group) => /^[\da-f]{1,4}$/i.test(group))
    ? groups.map((group) => Number.parseInt(group, 16))
    : undefined
}
