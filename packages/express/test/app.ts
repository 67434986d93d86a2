import { createServer } from 'node:http'
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
import express, { type Express, type NextFunction, type Request, type RequestHandler, type Response } from 'express'
import { identify, protect, sallyport } from '../src/index.ts'

const require = createRequire(import.meta.url)

/** Express by its major version. */
export const versions: Readonly<Record<4 | 5, typeof express>> = {
  4: require('express4') as typeof express,
  5: express,
}

/** What the adapter exports: the real one, or one that breaks the contract. */
export type Adapter = Pick<typeof import('../src/index.ts'), 'identify' | 'protect' | 'sallyport'>

/** A server of the adapter contract on Express. */
export function openExpress(
  version: 4 | 5,
  adapter: Adapter = { identify, protect, sallyport },
): (options: AdapterOptions) => Promise<AdapterServer> {
  return (options) => {
    const fixture = adapterFixture(memoryStorage(), options)
    return listen(createServer(fixedApplication(versions[version], adapter, fixture, options)), fixture)
  }
}

function fixedApplication(
  framework: typeof express,
  adapter: Adapter,
  fixture: AdapterFixture,
  { mount, parser = false, uninstalled = false }: AdapterOptions,
): Express {
  const app = framework()
  app.set('env', 'test')
  if (parser) {
    app.use(framework.json(), framework.urlencoded({ extended: false }), framework.text(), framework.raw())
  }
  const router = mount === undefined ? app : framework.Router()
  if (!uninstalled) router.use(adapter.sallyport(fixture.auth))
  router.use((req, _res, next) => {
    fixture.log(`${req.method} ${pathOf(req.originalUrl)} ${pathOf(req.baseUrl + req.url)}`)
    next()
  })
  for (const route of fixture.routes) router[route.method](route.path, ...guardsOf(adapter, route), handlerOf(route))
  if (mount !== undefined) app.use(mount, router)
  return app
}

function guardsOf({ identify, protect }: Adapter, { guard }: FixedRoute): RequestHandler[] {
  if (guard === undefined) return []
  if (guard === 'identify') return [identify()]
  const { permission, requirement } = guard
  return [permission === undefined ? protect(requirement) : protect(permission, requirement)]
}

function handlerOf(route: FixedRoute): RequestHandler {
  return (req, res, next) => void handle(route, req, res, next)
}

async function handle(route: FixedRoute, req: Request, res: Response, next: NextFunction): Promise<void> {
  try {
    const { body, headers = {} } = await route.handle({
      url: pathOf(req.baseUrl + req.url),
      originalUrl: pathOf(req.originalUrl),
      query: req.query,
      params: req.params as Record<string, string>,
      principal: req.auth,
      header: (name) => req.get(name),
      bodyLength: () => bodyLength(req),
    })
    res.set({ 'Content-Type': fixedType, ...headers }).send(body)
  } catch (error) {
    next(error)
  }
}

async function bodyLength(req: Request): Promise<number> {
  let length = 0
  for await (const chunk of req as AsyncIterable<Uint8Array>) length += chunk.length
  return length
}

function pathOf(url: string): string {
  return url.replace(/^https?:\/\/[^/?]*/i, '')
}
