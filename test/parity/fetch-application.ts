import type { IncomingMessage } from 'node:http'
import type { Visit } from '@sallyport/core'
import { forceHeaders, toResponse, visitFetch, withHeaders } from '@sallyport/core/fetch'
import { type AdapterFixture, type AdapterOptions, type FixedRoute, fixedType } from '@sallyport/core/testing'

/** The fixed application of the adapter contract as a bare fetch handler, through `@sallyport/core/fetch` alone. */
export function fetchApplication(
  fixture: AdapterFixture,
  { mount = '', parser = false, uninstalled = false }: AdapterOptions,
): (request: Request, env: { readonly incoming: IncomingMessage }) => Promise<Response> {
  return async (received, { incoming }) => {
    const { origin } = new URL(received.url)
    if (!received.url.startsWith(origin + mount)) return new Response('', { status: 404 })
    const below = (url: string) => url.slice(origin.length + mount.length)
    // What has read the body has made another request with it.
    const whole = parser && received.body !== null ? await withBody(received) : received
    if (uninstalled) return serve(undefined, whole, below(whole.url))
    const options = { address: incoming.socket.remoteAddress, url: below(whole.url) }
    const outcome = await visitFetch(fixture.auth, whole, options)
    if (outcome.response !== undefined) return outcome.response
    const { visit, request } = outcome
    return forceHeaders(await serve(visit, request, below(request.url)), visit.headers)
  }

  async function serve(visit: Visit | undefined, request: Request, url: string): Promise<Response> {
    const target = mount + url
    fixture.log(`${request.method} ${target} ${target}`)
    const { pathname, searchParams } = new URL(url, 'http://localhost')
    const found = fixture.match(request.method, pathname)
    if (found === undefined) return new Response('', { status: 404 })
    const admitted = await admit(visit, found.route)
    if (admitted === undefined) return new Response('', { status: 500 })
    if ('reply' in admitted) return toResponse(admitted.reply)
    const { principal } = admitted
    try {
      const { body, headers = {} } = await found.route.handle({
        url: target,
        originalUrl: target,
        params: found.params,
        principal,
        query: Object.fromEntries([...searchParams.keys()].map((name) => [name, searchParams.getAll(name)])),
        header: (name) => request.headers.get(name) ?? undefined,
        bodyLength: async () => (await request.bytes()).length,
      })
      const answer = new Response(body, { headers: { 'Content-Type': fixedType, ...headers } })
      return 'headers' in admitted ? withHeaders(answer, admitted.headers) : answer
    } catch {
      return new Response('', { status: 500 })
    }
  }
}

async function withBody(request: Request): Promise<Request> {
  const { url, method, headers } = request
  return new Request(url, { method, headers, body: await request.arrayBuffer() })
}

async function admit(visit: Visit | undefined, { guard }: FixedRoute) {
  if (guard === undefined) return { principal: undefined }
  if (guard === 'identify') return visit?.identify()
  return visit?.authorize({ ...guard.requirement, permission: guard.permission })
}
