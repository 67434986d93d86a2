import { createServer } from 'node:http'
import { createServer as createServer2 } from 'node:http2'
import { createRequire } from 'node:module'
import {
  type AdapterFixture,
  adapterFixture,
  type AdapterOptions,
  type AdapterServer,
  type FixedRoute,
  fixedType,
  listen,
} from '@sallyport/core/testing'
import { memoryStorage } from '@sallyport/storage-memory'
import Koa, { type Context, type Middleware } from 'koa'
import { koaBody } from 'koa-body'
import mount from 'koa-mount'
import { identify, protect, sallyport } from '../src/index.ts'

const require = createRequire(import.meta.url)

/** Koa by its major version. */
export const versions: Readonly<Record<2 | 3, typeof Koa>> = { 2: require('koa2') as typeof Koa, 3: Koa }

/** A server of the adapter contract on Koa. */
export function openKoa(version: 2 | 3, http2 = false): (options: AdapterOptions) => Promise<AdapterServer> {
  return (options) => {
    const fixture = adapterFixture(memoryStorage(), options)
    const answer = fixedApplication(versions[version], fixture, options).callback()
    return listen(http2 ? createServer2(answer) : createServer(answer), fixture, http2)
  }
}

function fixedApplication(
  framework: typeof Koa,
  fixture: AdapterFixture,
  { mount: prefix, parser = false, uninstalled = false }: AdapterOptions,
): Koa {
  const app = new framework()
  app.silent = true
  if (parser) app.use(koaBody({ multipart: true }))
  const inner = new framework()
  if (!uninstalled) inner.use(sallyport(fixture.auth))
  inner.use((ctx, next) => {
    fixture.log(`${ctx.method} ${pathOf(ctx.originalUrl)} ${seenUrl(ctx)}`)
    return next()
  })
  inner.use(router(fixture))
  return app.use(prefix === undefined ? mount(inner) : mount(prefix, inner))
}

function router(fixture: AdapterFixture): Middleware {
  return (ctx, next) => {
    const found = fixture.match(ctx.method, ctx.path)
    if (found === undefined) return next()
    const { route, params } = found
    const handle: Middleware = async () => {
      const { body, headers = {} } = await route.handle({
        url: seenUrl(ctx),
        originalUrl: pathOf(ctx.originalUrl),
        query: ctx.query,
        params,
        principal: ctx.state.auth,
        header: (name) => ctx.get(name) || undefined,
        bodyLength: () => bodyLength(ctx.req),
      })
      ctx.set({ 'Content-Type': fixedType, ...headers })
      ctx.body = body
    }
    const guard = guardOf(route)
    return guard === undefined ? handle(ctx, next) : guard(ctx, () => handle(ctx, next) as Promise<void>)
  }
}

function guardOf({ guard }: FixedRoute): Middleware | undefined {
  if (guard === undefined) return undefined
  if (guard === 'identify') return identify() as Middleware
  const { permission, requirement } = guard
  return (permission === undefined ? protect(requirement) : protect(permission, requirement)) as Middleware
}

async function bodyLength(stream: AsyncIterable<Uint8Array>): Promise<number> {
  let length = 0
  for await (const chunk of stream) length += chunk.length
  return length
}

/** `koa-mount` takes the mount path off: here it is put back. */
function seenUrl(ctx: Context): string {
  return (ctx['mountPath'] ?? '') + pathOf(ctx.url)
}

function pathOf(url: string): string {
  return url.replace(/^https?:\/\/[^/?]*/i, '')
}
