import type { Auth } from './auth.ts'
import { fetchView, type FetchViewOptions } from './http/fetch-view.ts'
import { type Reply, toResponse } from './http/reply.ts'
import type { Visit } from './http/visit.ts'

export { fetchView, type FetchViewOptions } from './http/fetch-view.ts'
export { toResponse } from './http/reply.ts'

/** A request that goes on to the application, or the answer that Sallyport has given. */
export type FetchVisit =
  | { readonly visit: Visit; readonly request: Request; readonly response: undefined }
  | { readonly response: Response }

/**
 * Sallyport in front of a bare fetch handler: answers what is for it, and resolves to the visit for everything else,
 * with the request as the application may see it: without the token in its URL.
 */
export async function visitFetch(
  auth: Pick<Auth, 'visit'>,
  request: Request,
  options: FetchViewOptions = {},
): Promise<FetchVisit> {
  const visit = auth.visit(fetchView(request, options))
  const reply = visit.isRoute ? await visit.serve() : visit.refusal
  if (reply !== undefined) return { response: toResponse(reply) }
  return { visit, request: scrubRequest(request, visit), response: undefined }
}

/** The same request without the token in its URL. */
export function scrubRequest(request: Request, visit: Pick<Visit, 'scrub'>): Request {
  const url = visit.scrub(request.url)
  return url === request.url ? request : new Request(url, request)
}

/** An answer with headers that it carries unless it says otherwise. */
export function withHeaders(response: Response, headers: Reply['headers']): Response {
  return merge(
    response,
    headers.filter(([name]) => !response.headers.has(name)),
  )
}

/** An answer with headers that it carries whatever it says: those of a visit. */
export function forceHeaders(response: Response, headers: Reply['headers']): Response {
  return merge(response, headers)
}

function merge(response: Response, headers: Reply['headers']): Response {
  // A change of protocol has no headers to add; and of others a copy, since the headers of some can't be changed.
  if (headers.length === 0 || response.status === 101) return response
  const copy = new Response(response.body, response)
  for (const [name, value] of headers) copy.headers.set(name, value)
  return copy
}
