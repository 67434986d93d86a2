import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { protect as protectExpress, sallyport as forExpress } from '@sallyport/express'
import { protect as protectHono, sallyport as forHono } from '@sallyport/hono'
import { protect as protectKoa, sallyport as forKoa } from '@sallyport/koa'
import type { Settings } from '@sallyport/core'
import express from 'express'
import { Hono } from 'hono'
import Koa from 'koa'
import { pages, type Pages, type PagesSettings } from '../src/index.ts'
import { house, type House } from './house.ts'

/** The frameworks whose adapters the pages are served by. */
export const frameworks = ['express', 'koa', 'hono'] as const

/** A running application with pages and one document of its own. */
export interface Running extends House {
  readonly origin: string
  close(): void
}

/** Starts an application on a free port of this machine. */
export async function start(
  framework: (typeof frameworks)[number],
  settings: PagesSettings = {},
  more: Partial<Settings> = {},
): Promise<Running> {
  const holder = createServer()
  await listen(holder)
  const { port } = holder.address() as AddressInfo
  const origin = `http://localhost:${port}`
  const built = house(origin, more)
  const mounted = pages(built.auth, { service: 'Lighthouse', ...settings })
  holder.on('request', listenerOf(framework, mounted))
  return {
    ...built,
    origin,
    close() {
      holder.closeAllConnections()
      holder.close()
    },
  }
}

async function listen(server: Server): Promise<void> {
  server.listen(0, 'localhost')
  await once(server, 'listening')
}

const within = { within: 15 * 60_000 }
const front = '<!doctype html><html lang="en"><title>The application</title><h1>The application</h1></html>'

function listenerOf(framework: (typeof frameworks)[number], mounted: Pages): RequestListener {
  switch (framework) {
    case 'express': {
      const app = express()
      app.use(forExpress(mounted))
      app.get('/', (_, res) => void res.send(front))
      app.get('/documents/7', protectExpress('documents:read'), (_, res) => void res.send('a document'))
      app.get(
        '/documents/8',
        protectExpress('documents:read', within),
        (_, res) => void res.send('the secret document'),
      )
      return app
    }
    case 'koa': {
      const app = new Koa()
      app.use(forKoa(mounted))
      app.use(async (ctx, next) => {
        if (ctx.path === '/') ctx.body = front
        else if (ctx.path === '/documents/7') {
          await protectKoa('documents:read')(ctx as never, async () => {
            ctx.body = 'a document'
          })
        } else if (ctx.path === '/documents/8') {
          await protectKoa('documents:read', within)(ctx as never, async () => void (ctx.body = 'the secret document'))
        } else await next()
      })
      return app.callback()
    }
    case 'hono': {
      const app = new Hono()
      app.use(forHono(mounted))
      app.get('/', (c) => c.html(front))
      app.get('/documents/7', protectHono('documents:read'), (c) => c.text('a document'))
      app.get('/documents/8', protectHono('documents:read', within), (c) => c.text('the secret document'))
      return getRequestListener(app.fetch)
    }
  }
}
