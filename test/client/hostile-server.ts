import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** A server that answers as it likes. */
export interface HostileServer {
  readonly origin: string
  /** What has come in: the method and target, who is said to ask, and the body. */
  readonly seen: { readonly target: string; readonly authorization: string | undefined; readonly body: string }[]
  readonly server: Server
}

export async function startHostile(
  answer: (request: IncomingMessage, response: ServerResponse) => unknown,
): Promise<HostileServer> {
  const seen: HostileServer['seen'] = []
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      seen.push({ target: `${request.method} ${request.url}`, authorization: request.headers.authorization, body })
      return answer(request, response)
    })
  }).listen(0, 'localhost')
  await once(server, 'listening')
  return { origin: `http://localhost:${(server.address() as AddressInfo).port}`, seen, server }
}

/** A thief: takes whatever comes from wherever, and says that all is well. */
export function steal({ headers }: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, {
    'content-type': 'application/json',
    'access-control-allow-origin': headers.origin ?? '*',
    'access-control-allow-headers': 'content-type, authorization',
    'access-control-allow-credentials': 'true',
  })
  response.end(JSON.stringify({ status: 'unlocked', token: 'sp_s_of-the-thief' }))
}
