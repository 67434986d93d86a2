import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Auth, type AuthEvent, createAuth, type Provider, type Settings } from '@sallyport/core'
import { visitNode } from '@sallyport/core/node'
import { memoryStorage } from '@sallyport/storage-memory'

/** A server of the test, and how to be rid of it. */
export interface Listening {
  readonly origin: string
  close(): Promise<void>
}

/** Listens on a free port; `listener` is asked for once the origin is known. */
export async function listen(
  listener: (origin: string) => RequestListener | Promise<RequestListener>,
): Promise<Listening> {
  let handle: RequestListener = (_, response) => response.writeHead(503).end()
  const server: Server = createServer((request, response) => handle(request, response))
  await new Promise<void>((accept) => server.listen(0, '127.0.0.1', accept))
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`
  handle = await listener(origin)
  return {
    origin,
    close: () =>
      new Promise((accept) => {
        server.closeAllConnections()
        server.close(() => accept())
      }),
  }
}

/** An application on a bare `node:http` server: Sallyport, and a page that says where the browser has come to. */
export interface House extends Listening {
  readonly auth: Auth
  readonly events: AuthEvent[]
  /** The reasons that operators were told for refusals and outages. */
  reasons(): readonly string[]
}

/** Builds it with the providers that `providersAt` makes. */
export async function house(
  providersAt: (origin: string) => readonly Provider[] | Promise<readonly Provider[]>,
  settings: Partial<Settings> = {},
): Promise<House> {
  const events: AuthEvent[] = []
  let auth: Auth | undefined
  const listening = await listen(async (origin) => {
    const providers = await providersAt(origin)
    auth = createAuth({
      origin,
      secret: 'k7Jq2xV9mZ4tR8wY1pL6sD3fG5hB0nCvXaQeUiOo',
      storage: memoryStorage(),
      permissions: ({ roles }) => roles,
      providers,
      onEvent: (event) => void events.push(event),
      onError: () => {},
      ...settings,
    })
    const served = auth
    return async (request: IncomingMessage, response: ServerResponse) => {
      const visit = await visitNode(served, request, response)
      if (visit !== undefined) response.end(`page ${request.url}`)
    }
  })
  if (auth === undefined) throw new Error('unreachable')
  return {
    ...listening,
    auth,
    events,
    reasons: () => events.flatMap((event) => ('reason' in event ? [String(event.reason)] : [])),
  }
}

/** A browser without a screen: it keeps cookies for each origin, and follows redirects as a navigation would. */
export interface Browser {
  /** Where the last navigation ended. */
  readonly url: string
  /** Goes there and follows every redirect; `until` stops in front of an address. */
  go(url: string, init?: RequestInit, until?: (url: string) => boolean): Promise<Response>
  /** One request, without following redirects. */
  fetch(url: string, init?: RequestInit): Promise<Response>
  cookies(origin: string): Map<string, string>
}

/** A JSON request as a page of the origin sends it. */
export function post(origin: string, body: unknown = {}, method = 'POST'): RequestInit {
  return { method, headers: { 'content-type': 'application/json', origin }, body: JSON.stringify(body) }
}

export function createBrowser(): Browser {
  const jars = new Map<string, Map<string, string>>()
  let at = ''

  const cookies = (origin: string): Map<string, string> => {
    const jar = jars.get(origin) ?? new Map<string, string>()
    jars.set(origin, jar)
    return jar
  }

  async function fetchOnce(url: string, init: RequestInit = {}): Promise<Response> {
    const jar = cookies(new URL(url).origin)
    const headers = new Headers(init.headers)
    if (jar.size > 0) headers.set('cookie', [...jar].map(([name, value]) => `${name}=${value}`).join('; '))
    const response = await fetch(url, { ...init, headers, redirect: 'manual' })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '' || /max-age=0|expires=Thu, 01 Jan 1970/i.test(line)) jar.delete(name)
      else jar.set(name, value)
    }
    return response
  }

  return {
    get url() {
      return at
    },
    cookies,
    fetch: fetchOnce,

    async go(url, init, until = () => false) {
      let [next, request] = [url, init]
      for (let hop = 0; hop < 20; hop++) {
        at = next
        const response = await fetchOnce(next, request)
        const location = response.headers.get('location')
        if (location === null || response.status < 300 || response.status > 399) return response
        await response.body?.cancel()
        ;[next, request] = [new URL(location, next).href, undefined]
        if (until(next)) {
          at = next
          return response
        }
      }
      throw new Error('too many redirects')
    },
  }
}
