import { answerTo, HttpError, runExample } from '@sallyport/example-shared'
import { principalOf, protect, sallyport } from '@sallyport/express'
import { saml } from '@sallyport/saml'
import express, { type NextFunction, type Request, type Response } from 'express'
import { startIdentityProvider } from './idp.ts'

// With a provider of your own: readIdpMetadata(readFileSync('its-metadata.xml', 'utf8'))
const acme = saml({
  id: 'acme',
  label: 'Acme',
  ...(await startIdentityProvider()),
  profile: ({ mail, displayName, groups }) => ({
    username: textOf(mail),
    displayName: textOf(displayName),
    roles: [groups].flat().includes('editors') ? ['editor'] : ['reader'],
  }),
})

await runExample(
  'SAML',
  {
    settings: { providers: [acme] },
    providersOnly: true,
    ways: (origin) => [
      `Open ${origin} in a browser, and log in with Acme, which runs beside it. What Acme is told of the service:`,
      `  curl -s ${origin}/auth/saml/acme/metadata`,
    ],
  },
  ({ auth, documents, page }) => {
    const app = express()
    app.disable('x-powered-by')
    // First: the provider's answer is a form, and Sallyport reads it itself.
    app.use(sallyport(auth))
    app.use(express.json())

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

    app.use((req, res) => {
      const file = req.method === 'GET' ? page(req.path) : undefined
      if (file === undefined) throw new HttpError(404, 'not_found')
      res.set(file.headers).send(file.body)
    })

    app.use((error: unknown, _req: Request, res: Response, _next: NextFunction) => {
      const { status, type, body } = answerTo(error)
      res.status(status).type(type).send(body)
    })

    return app
  },
)

/** An attribute of one value; what is anything else is left out. */
function textOf(claim: unknown): string | undefined {
  return typeof claim === 'string' ? claim : undefined
}
