import { getRequestListener } from '@hono/node-server'
import { answerTo, echo, HttpError, look, runExample } from '@sallyport/example-shared'
import { protect, sallyport } from '@sallyport/hono'
import { linkPages, pages } from '@sallyport/ui'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'

const quarterOfAnHour = 15 * 60_000

await runExample('Hono', { settings: { linkPages: linkPages() } }, ({ auth, documents, page }) => {
  const app = new Hono()
  // First: whatever comes after it sees no token in a URL. With the pages under /account.
  app.use(sallyport(pages(auth, look)))
  app.use(bodyLimit({ maxSize: 100 * 1024, onError: () => refuse(413, 'body_too_large') }))

  app.get('/public', (c) => c.json({ message: 'Anybody may read this.' }))

  app.get('/api/v1/documents', protect('documents:read'), (c) => c.json({ items: documents.list() }))

  app.get('/api/v1/documents/:id', protect('documents:read'), (c) => c.json(documents.read(c.req.param('id'))))

  app.put('/api/v1/documents/:id', protect('documents:write'), async (c) => {
    const body: unknown = await c.req.json().catch(() => refuse(400, 'invalid_request'))
    const { document, isNew } = documents.write(c.req.param('id'), body, c.var.auth.user.username)
    return c.json(document, isNew ? 201 : 200)
  })

  app.delete('/api/v1/documents/:id', protect('documents:delete', { within: quarterOfAnHour }), (c) => {
    documents.remove(c.req.param('id'))
    return c.body(null, 204)
  })

  app.get('/api/v1/echo', protect(), (c) => {
    const { method, url } = c.req
    return c.json(echo({ method, url, query: c.req.queries(), headers: c.req.header(), principal: c.var.auth }))
  })

  app.get('*', (c) => {
    const file = page(c.req.path)
    return file === undefined ? c.notFound() : c.body(file.body, 200, file.headers)
  })

  app.notFound(() => refuse(404, 'not_found'))

  app.onError((error) => {
    const { status, type, body } = answerTo(error)
    return new Response(body, { status, headers: { 'Content-Type': type } })
  })

  return getRequestListener(app.fetch)
})

function refuse(status: number, code: string): never {
  throw new HttpError(status, code)
}
