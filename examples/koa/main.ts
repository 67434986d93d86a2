import Router from '@koa/router'
import { answerTo, echo, HttpError, look, runExample } from '@sallyport/example-shared'
import { protect, sallyport } from '@sallyport/koa'
import { linkPages, pages } from '@sallyport/ui'
import Koa from 'koa'
import { koaBody } from 'koa-body'

const quarterOfAnHour = 15 * 60_000

await runExample('Koa', { settings: { linkPages: linkPages() } }, ({ auth, documents, page }) => {
  const app = new Koa()
  app.use(async (ctx, next) => {
    try {
      await next()
    } catch (error) {
      const { status, type, body } = answerTo(error)
      ctx.status = status
      ctx.type = type
      ctx.body = body
    }
  })
  // Before whatever looks at the request: it sees no token in a URL. With the pages under /account.
  app.use(sallyport(pages(auth, look)))
  app.use(koaBody({ jsonLimit: '100kb' }))

  const router = new Router()
  router.get('/public', (ctx) => {
    ctx.body = { message: 'Anybody may read this.' }
  })

  router.get('/api/v1/documents', protect('documents:read'), (ctx) => {
    ctx.body = { items: documents.list() }
  })

  router.get('/api/v1/documents/:id', protect('documents:read'), (ctx) => {
    const { id = '' } = ctx.params
    ctx.body = documents.read(id)
  })

  router.put('/api/v1/documents/:id', protect('documents:write'), (ctx) => {
    const { id = '' } = ctx.params
    const { document, isNew } = documents.write(id, ctx.request.body, ctx.state.auth.user.username)
    ctx.status = isNew ? 201 : 200
    ctx.body = document
  })

  router.delete('/api/v1/documents/:id', protect('documents:delete', { within: quarterOfAnHour }), (ctx) => {
    const { id = '' } = ctx.params
    documents.remove(id)
    ctx.status = 204
  })

  router.get('/api/v1/echo', protect(), (ctx) => {
    const { method, url, originalUrl, query, headers } = ctx
    ctx.body = echo({ method, url, originalUrl, query, headers, principal: ctx.state.auth })
  })

  app.use(router.routes())

  app.use((ctx) => {
    const file = ctx.method === 'GET' || ctx.method === 'HEAD' ? page(ctx.path) : undefined
    if (file === undefined) throw new HttpError(404, 'not_found')
    ctx.set(file.headers)
    ctx.body = file.body
  })

  return app.callback()
})
