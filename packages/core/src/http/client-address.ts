import { inRanges, type IpAddress, type IpRange, isPrivate, networkOf, parseAddress } from '../address.ts'
import type { Client } from '../client.ts'
import type { Emit } from '../events.ts'
import type { CookieJar } from './cookie.ts'
import type { RequestView } from './view.ts'

const maxUserAgent = 256
const maxReported = 100
const noCookies = { readDevice: () => undefined, readKnown: () => undefined }

/** Who is at the other end of a request, by the peer's address and the proxies that are listed. */
export type ClientReader = (view: RequestView) => Client

/**
 * Believes `X-Forwarded-For` from listed proxies only, from right to left. A private peer that forwards without being
 * listed is reported once, and no network limit is applied to it: all its clients would share one.
 */
export function createClientReader(
  proxies: readonly IpRange[],
  emit: Emit,
  jar: Pick<CookieJar, 'readDevice' | 'readKnown'> = noCookies,
): ClientReader {
  const reported = new Set<string>()

  function isUnlistedProxy(peer: string, ip: IpAddress, view: RequestView): boolean {
    if (view.header('x-forwarded-for') === undefined && view.header('forwarded') === undefined) return false
    if (!isPrivate(ip)) return false
    if (!reported.has(peer) && reported.size < maxReported) {
      reported.add(peer)
      emit('proxy.unlisted', { peer })
    }
    return true
  }

  function whereFrom(view: RequestView): Pick<Client, 'address' | 'network'> {
    const peer = view.address === undefined ? undefined : unmapped(view.address)
    const ip = peer === undefined ? undefined : parseAddress(peer)
    if (peer === undefined || ip === undefined) return { address: peer, network: undefined }
    if (inRanges(ip, proxies)) {
      const address = forwardedFor(view.header('x-forwarded-for'), proxies) ?? peer
      return { address, network: networkOf(address) }
    }
    return { address: peer, network: isUnlistedProxy(peer, ip, view) ? undefined : networkOf(peer) }
  }

  return (view) => {
    const userAgent = printable(view.header('user-agent'))
    const { address, network } = whereFrom(view)
    return {
      address,
      network,
      userAgent,
      get device() {
        return jar.readDevice(view.header('cookie'))
      },
      get known() {
        return jar.readKnown(view.header('cookie'))
      },
      get isBrowser() {
        // Fetch Metadata §2.1: a browser says what it wants an answer for, and nothing else does.
        return view.header('sec-fetch-dest') !== undefined
      },
      quotas: [],
      get departed() {
        return view.departed
      },
    }
  }
}

/** The nearest address that is not a listed proxy; what stands left of something unreadable is not believed. */
function forwardedFor(header: string | undefined, proxies: readonly IpRange[]): string | undefined {
  let client: string | undefined
  for (const hop of (header ?? '').split(',').reverse()) {
    const address = hop
      .trim()
      .replace(/^\[(.*)\](:\d+)?$/, '$1')
      .replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1')
    const ip = parseAddress(address)
    if (ip === undefined) return client
    client = unmapped(address)
    if (!inRanges(ip, proxies)) return client
  }
  return client
}

/** A socket for both families shows an IPv4 address as `::ffff:192.0.2.1` (RFC 4291 §2.5.5.2), which nobody would recognise. */
function unmapped(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '')
}

/** Bounded, and without what could forge a line of a log. */
function printable(text: string | undefined): string | undefined {
  return text?.slice(0, maxUserAgent).replace(/[^\x20-\x7e]/g, '?')
}
