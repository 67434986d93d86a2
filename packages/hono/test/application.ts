import { type AdapterFixture, type AdapterOptions, type FixedRoute, fixedType } from '@sallyport/core/testing'
import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { identify, type Protected, protect, sallyport } from '../src/index.ts'

/** The fixed application of the adapter contract on Hono, for any runtime. */
export function fixedApplication(
  fixture: AdapterFixture,
  { mount, parser = false, uninstalled = false }: AdapterOptions,
  address?: () => string,
): Hono {
  const app = new Hono()
  app.onError((_, c) => c.text('', 500))
  if (parser) app.use(readBody)
  const inner = new Hono()
  if (!uninstalled) inner.use(sallyport(fixture.auth, address && { address }))
  inner.use((c, next) => {
    const url = pathOf(c.req.url)
    fixture.log(`${c.req.method} ${pathOf(c.req.raw.url)} ${url}`)
    return next()
  })
  for (const route of fixture.routes)
    inner.on(route.method.toUpperCase(), [route.path], ...guardsOf(route), handlerOf(route))
  return app.route(mount ?? '/', inner)
}

/** As a validator does that somebody has put in front. */
const readBody: MiddlewareHandler = async (c, next) => {
  const type = c.req.header('content-type')
  if (type === 'application/json') await c.req.json().catch(() => undefined)
  else if (type === 'text/plain') await c.req.text()
  else if (type === 'application/x-www-form-urlencoded') await c.req.parseBody()
  await next()
}

function guardsOf({ guard }: FixedRoute): MiddlewareHandler[] {
  if (guard === undefined) return []
  if (guard === 'identify') return [identify() as MiddlewareHandler]
  const { permission, requirement } = guard
  const handler = permission === undefined ? protect(requirement) : protect(permission, requirement)
  return [handler as unknown as MiddlewareHandler]
}

function handlerOf(route: FixedRoute): (c: Context) => Promise<Response> {
  return async (c) => {
    const { body, headers = {} } = await route.handle({
      url: pathOf(c.req.url),
      originalUrl: pathOf(c.req.raw.url),
      query: c.req.queries(),
      params: c.req.param() as Record<string, string>,
      principal: (c as unknown as Context<Protected>).get('auth'),
      header: (name) => c.req.header(name),
      bodyLength: () => bodyLength(c.req.raw.body),
    })
    return c.body(body, 200, { 'Content-Type': fixedType, ...headers })
  }
}

async function bodyLength(stream: ReadableStream<Uint8Array> | null): Promise<number> {
  let length = 0
  for await (const chunk of stream ?? []) length += chunk.length
  return length
}

function pathOf(url: string): string {
  return url.replace(/^https?:\/\/[^/?]*/i, '')
}
