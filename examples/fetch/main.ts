import { getRequestListener } from '@hono/node-server'
import type { AuthenticationRequirement, Principal, Visit } from '@sallyport/core'
import { forceHeaders, toResponse, visitFetch, withHeaders } from '@sallyport/core/fetch'
import { answerTo, echo, HttpError, look, runExample } from '@sallyport/example-shared'
import { linkPages, pages } from '@sallyport/ui'

const quarterOfAnHour = 15 * 60_000

interface Requirement extends AuthenticationRequirement {
  readonly permission?: string
}

/** No framework: a function from `Request` to `Response`, as Bun, Deno, Workers, Next.js and SvelteKit take it. */
await runExample('fetch', { settings: { linkPages: linkPages() } }, ({ auth, documents, page }) => {
  // With the pages under /account.
  const site = pages(auth, look)

  async function handle(request: Request, address: string | undefined): Promise<Response> {
    try {
      const outcome = await visitFetch(site, request, { address })
      if (outcome.response !== undefined) return outcome.response
      // From here on there is no token in the URL.
      return forceHeaders(await route(outcome.request, outcome.visit), outcome.visit.headers)
    } catch (error) {
      const { status, type, body } = answerTo(error)
      return new Response(body, { status, headers: { 'Content-Type': type } })
    }
  }

  async function route(request: Request, visit: Visit): Promise<Response> {
    const { pathname } = new URL(request.url)
    const method = request.method === 'HEAD' ? 'GET' : request.method
    const id = documentIn(pathname)
    if (id !== undefined && method === 'GET') {
      return protect(visit, { permission: 'documents:read' }, () => Response.json(documents.read(id)))
    }
    if (id !== undefined && method === 'PUT') {
      return protect(visit, { permission: 'documents:write' }, async ({ user }) => {
        const { document, isNew } = documents.write(id, await readJson(request), user.username)
        return Response.json(document, { status: isNew ? 201 : 200 })
      })
    }
    if (id !== undefined && method === 'DELETE') {
      return protect(visit, { permission: 'documents:delete', within: quarterOfAnHour }, () => {
        documents.remove(id)
        return new Response(null, { status: 204 })
      })
    }
    if (method !== 'GET') throw new HttpError(404, 'not_found')
    if (pathname === '/public') return Response.json({ message: 'Anybody may read this.' })
    if (pathname === '/api/v1/documents') {
      return protect(visit, { permission: 'documents:read' }, () => Response.json({ items: documents.list() }))
    }
    if (pathname === '/api/v1/echo') {
      return protect(visit, {}, (principal) => Response.json(echo({ ...seen(request), principal })))
    }
    const file = page(pathname)
    if (file === undefined) throw new HttpError(404, 'not_found')
    return new Response(file.body, { headers: file.headers })
  }

  return getRequestListener((request, { incoming }) => handle(request, incoming.socket.remoteAddress), {
    overrideGlobalObjects: false,
  })
})

/** Runs a handler for whoever meets the requirement; Sallyport answers anybody else. */
async function protect(
  visit: Visit,
  requirement: Requirement,
  handler: (principal: Principal) => Response | Promise<Response>,
): Promise<Response> {
  const outcome = await visit.authorize(requirement)
  if ('reply' in outcome) return toResponse(outcome.reply)
  return withHeaders(await handler(outcome.principal), outcome.headers)
}

function documentIn(pathname: string): string | undefined {
  const [, id] = /^\/api\/v1\/documents\/([^/]+)$/.exec(pathname) ?? []
  try {
    return id && decodeURIComponent(id)
  } catch {
    throw new HttpError(400, 'invalid_request')
  }
}

async function readJson(request: Request): Promise<unknown> {
  if (Number(request.headers.get('content-length')) > 100 * 1024) throw new HttpError(413, 'body_too_large')
  return request.json().catch(() => {
    throw new HttpError(400, 'invalid_request')
  })
}

function seen({ method, url, headers }: Request) {
  const { searchParams } = new URL(url)
  const query = Object.fromEntries([...searchParams.keys()].map((name) => [name, searchParams.getAll(name)]))
  return { method, url, query, headers: Object.fromEntries(headers) }
}
