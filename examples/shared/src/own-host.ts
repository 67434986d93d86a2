import type { RequestListener } from 'node:http'

/** What programs call, by whatever name they know this machine: it answers to tokens, and shows no letters. */
const wire = /^\/(?:auth|api|public)(?:\/|$)/

/**
 * Keeps the pages of a demo for whoever asks for them by an address of its own. A page elsewhere whose name is made to
 * lead to this machine (DNS rebinding) would otherwise be of the same origin as the outbox, and read it.
 */
export function onlyByOwnHost(answer: RequestListener, origin: string, port: number): RequestListener {
  const hosts = new Set([new URL(origin).host, ...['localhost', '127.0.0.1', '[::1]'].map((name) => `${name}:${port}`)])

  return (request, response) => {
    const isOurs = hosts.has(request.headers.host?.toLowerCase() ?? '')
    if (isOurs || wire.test(pathOf(request.url))) return answer(request, response)
    response.writeHead(421, { 'Cache-Control': 'no-store', 'Content-Type': 'text/plain; charset=utf-8' })
    response.end(`This is ${origin}, and nothing else.\n`)
  }
}

function pathOf(target = '/'): string {
  return URL.canParse(target, 'http://demo') ? new URL(target, 'http://demo').pathname : '/'
}
