import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createServer2 } from 'node:http2'
import type { AddressInfo } from 'node:net'
import type { Visit } from '../http/visit.ts'
import { visitNode, writeHeaders, writeReply } from '../node.ts'
import type { Principal } from '../principal.ts'
import type { Storage } from '../storage.ts'
import type { AdapterServer } from './adapter-case.ts'
import {
  type AdapterFixture,
  adapterFixture,
  type AdapterOptions,
  type FixedRoute,
  fixedType,
} from './adapter-fixture.ts'

/**
 * The fixed application on a bare `node:http` server, through `@sallyport/core/node` alone: what every other adapter is
 * compared with.
 */
export async function referenceServer(
  storage: Storage,
  options: AdapterOptions,
  http2 = false,
): Promise<AdapterServer> {
  const fixture = adapterFixture(storage, options)
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    respond(fixture, options, request, response).catch(() => {
      response.statusCode = 500
      response.end()
    })
  }
  const server = http2 ? createServer2(answer as never) : createServer(answer)
  return listen(server, fixture, http2)
}

async function respond(
  fixture: AdapterFixture,
  { mount = '', uninstalled = false }: AdapterOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const originalUrl = request.url ?? '/'
  const path = originalUrl.replace(/^https?:\/\/[^/?]*/i, '')
  if (!path.startsWith(mount)) return void response.writeHead(404).end()
  request.url = path.slice(mount.length)
  const visit = uninstalled ? undefined : await visitNode(fixture.auth, request, response, { originalUrl })
  if (visit === undefined && !uninstalled) return
  const whole = visit?.scrub(path) ?? path
  fixture.log(`${request.method} ${whole} ${whole}`)
  const { pathname, searchParams } = new URL(request.url, 'http://localhost')
  const found = fixture.match(request.method ?? 'GET', pathname)
  if (found === undefined) return void response.writeHead(404).end()
  const { route, params } = found
  const outcome = await admit(visit, route)
  if ('reply' in outcome) return writeReply(response, outcome.reply)
  if (outcome.principal !== undefined) writeHeaders(response, [['Cache-Control', 'no-store']])

  const { body, headers = {} } = await route.handle({
    url: whole,
    originalUrl: whole,
    params,
    principal: outcome.principal,
    query: Object.fromEntries([...searchParams.keys()].map((name) => [name, searchParams.getAll(name)])),
    header: (name) => request.headers[name]?.toString(),
    async bodyLength() {
      let length = 0
      for await (const chunk of request as AsyncIterable<Uint8Array>) length += chunk.length
      return length
    },
  })
  response
    .writeHead(200, { 'Content-Type': fixedType, 'Content-Length': Buffer.byteLength(body), ...headers })
    .end(body)
}

type Admitted =
  | { readonly principal: Principal | undefined }
  | Extract<Awaited<ReturnType<Visit['authorize']>>, { reply: unknown }>

async function admit(visit: Visit | undefined, { guard }: FixedRoute): Promise<Admitted> {
  if (guard === undefined) return { principal: undefined }
  if (visit === undefined) throw new Error('Sallyport is not installed')
  if (guard === 'identify') return visit.identify()
  return visit.authorize({ ...guard.requirement, permission: guard.permission })
}

interface Listening {
  listen(port: number, host: string, done: () => void): unknown
  address(): AddressInfo | string | null
  close(done: () => void): unknown
}

/** Lets a server of the fixed application listen on a free port. */
export async function listen(
  server: Listening & { closeAllConnections?: () => void },
  { auth }: Pick<AdapterFixture, 'auth'>,
  http2 = false,
): Promise<AdapterServer> {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    http2,
    async close() {
      const closed = new Promise<void>((resolve) => void server.close(resolve))
      server.closeAllConnections?.()
      await closed
      await auth.close()
    },
  }
}
