import { answerTo, echo, HttpError, look, runExample } from '@sallyport/example-shared'
import { principalOf, protect, sallyport } from '@sallyport/express'
import { linkPages, pages } from '@sallyport/ui'
import express, { type NextFunction, type Request, type Response } from 'express'

const quarterOfAnHour = 15 * 60_000

await runExample('Express', { settings: { linkPages: linkPages() } }, ({ auth, documents, page }) => {
  const app = express()
  app.disable('x-powered-by')
  // First: whatever comes after it sees no token in a URL. With the pages under /account.
  app.use(sallyport(pages(auth, look)))
  app.use(express.json())

  app.get('/public', (_req, res) => {
    res.json({ message: 'Anybody may read this.' })
  })

  app.get('/api/v1/documents', protect('documents:read'), (_req, res) => {
    res.json({ items: documents.list() })
  })

  app.get('/api/v1/documents/:id', protect('documents:read'), (req, res) => {
    res.json(documents.read(req.params.id))
  })

  app.put('/api/v1/documents/:id', protect('documents:write'), (req, res) => {
    const { document, isNew } = documents.write(req.params.id, req.body, principalOf(req).user.username)
    res.status(isNew ? 201 : 200).json(document)
  })

  app.delete('/api/v1/documents/:id', protect('documents:delete', { within: quarterOfAnHour }), (req, res) => {
    documents.remove(req.params.id)
    res.status(204).end()
  })

  app.get('/api/v1/echo', protect(), (req, res) => {
    const { method, url, originalUrl, query, headers } = req
    res.json(echo({ method, url, originalUrl, query, headers, principal: principalOf(req) }))
  })

  app.use((req, res) => {
    const file = req.method === 'GET' || req.method === 'HEAD' ? page(req.path) : undefined
    if (file === undefined) throw new HttpError(404, 'not_found')
    res.set(file.headers).send(file.body)
  })

  app.use((error: unknown, _req: Request, res: Response, _next: NextFunction) => {
    const { status, type, body } = answerTo(error)
    res.status(status).type(type).send(body)
  })

  return app
})
