import type { Framework } from './choices.ts'

/** A server in a framework. */
export interface FrameworkTemplate {
  readonly imports: readonly string[]
  /** What comes before it listens. */
  readonly code: string
  /** What listens, on `port`; `announce` is to be called then. */
  readonly listen: string
  readonly dependencies: Readonly<Record<string, string>>
  readonly types?: Readonly<Record<string, string>>
}

const first = '// first: serves /auth and /account, and takes tokens out of URLs before anybody logs them'

export const frameworkTemplates: Readonly<Record<Framework, FrameworkTemplate>> = {
  express: {
    imports: [
      "import { principalOf, protect, sallyport } from '@sallyport/express'",
      "import { pages } from '@sallyport/ui'",
      "import express from 'express'",
    ],
    code: `const app = express()
app.use(sallyport(pages(auth))) ${first}

app.get('/', (_req, res) => {
  res.type('html').send(home)
})

app.get('/documents/:id', protect('documents:read'), (req, res) => {
  res.json({ id: req.params.id, reader: principalOf(req).user.username })
})`,
    listen: 'app.listen(port, announce)',
    dependencies: { '@sallyport/express': '', express: '^5.3.0' },
    types: { '@types/express': '^5.0.6' },
  },
  koa: {
    imports: [
      "import Router from '@koa/router'",
      "import { protect, sallyport } from '@sallyport/koa'",
      "import { pages } from '@sallyport/ui'",
      "import Koa from 'koa'",
    ],
    code: `const app = new Koa()
app.use(sallyport(pages(auth))) ${first}

const router = new Router()
router.get('/', (ctx) => {
  ctx.type = 'html'
  ctx.body = home
})

router.get('/documents/:id', protect('documents:read'), (ctx) => {
  ctx.body = { id: ctx.params.id, reader: ctx.state.auth.user.username }
})
app.use(router.routes())`,
    listen: 'app.listen(port, announce)',
    dependencies: { '@koa/router': '^15.7.0', '@sallyport/koa': '', koa: '^3.3.0' },
    types: { '@types/koa': '^3.0.3' },
  },
  hono: {
    imports: [
      "import { serve } from '@hono/node-server'",
      "import { protect, sallyport } from '@sallyport/hono'",
      "import { pages } from '@sallyport/ui'",
      "import { Hono } from 'hono'",
    ],
    code: `const app = new Hono()
app.use(sallyport(pages(auth))) ${first}

app.get('/', (c) => c.html(home))

app.get('/documents/:id', protect('documents:read'), (c) =>
  c.json({ id: c.req.param('id'), reader: c.var.auth.user.username }),
)`,
    listen: 'serve({ fetch: app.fetch, port }, announce)',
    dependencies: { '@hono/node-server': '^2.1.9', '@sallyport/hono': '', hono: '^4.13.19' },
  },
  fetch: {
    imports: [
      "import { createServer } from 'node:http'",
      "import { getRequestListener } from '@hono/node-server'",
      "import { forceHeaders, toResponse, visitFetch } from '@sallyport/core/fetch'",
      "import { pages } from '@sallyport/ui'",
    ],
    code: `const site = pages(auth)

/** From \`Request\` to \`Response\`, as Bun, Deno, Workers, Next.js and SvelteKit take it. */
async function handle(request: Request, address: string | undefined): Promise<Response> {
  const outcome = await visitFetch(site, request, { address })
  if (outcome.response !== undefined) return outcome.response // /auth, /account, or a refusal
  const { visit } = outcome // outcome.request is the request without the token in its URL
  const { pathname } = new URL(outcome.request.url)
  if (pathname === '/') {
    return new Response(home, { headers: { 'content-type': 'text/html' } })
  }
  const id = /^\\/documents\\/(\\w+)$/.exec(pathname)?.[1]
  if (id === undefined) return new Response('There is nothing here.', { status: 404 })
  const admitted = await visit.authorize({ permission: 'documents:read' })
  if ('reply' in admitted) return toResponse(admitted.reply)
  return forceHeaders(Response.json({ id, reader: admitted.principal.user.username }), visit.headers)
}

const listener = getRequestListener((request, { incoming }) => handle(request, incoming.socket.remoteAddress))`,
    listen: 'createServer(listener).listen(port, announce)',
    dependencies: { '@hono/node-server': '^2.1.9' },
  },
}
