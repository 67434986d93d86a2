import { answerTo, HttpError, lineOf, readDocument, runExample } from '@sallyport/example-shared'
import { principalOf, protect, sallyport } from '@sallyport/express'
import { ldap } from '@sallyport/ldap'
import express, { type NextFunction, type Request, type Response } from 'express'
import { people, service, startDirectory, suffix } from './directory.ts'

const directory = await startDirectory()

const staff = ldap({
  id: 'staff',
  label: 'Staff directory',
  url: directory.secureUrl,
  ca: directory.ca,
  base: `ou=people,${suffix}`,
  service,
  groups: { base: `ou=groups,${suffix}` },
  roles: { Editors: ['editor'], Everybody: ['reader'] },
})

await runExample(
  'LDAP',
  {
    settings: { providers: [staff] },
    providersOnly: true,
    ways(origin) {
      const users = people.map(({ username, password, groups }) => ({ username, password, roles: groups }))
      const commands = users.slice(0, 1).map((user) => `  ${readDocument(origin, '/auth/login/staff', user)}`)
      return [
        `Open ${origin} in a browser, choose the staff directory, and log in as one of its people:`,
        ...users.map(lineOf),
        '',
        'Or stay in the terminal:',
        ...commands,
      ]
    },
  },
  ({ auth, documents, page }) => {
    const app = express()
    app.disable('x-powered-by')
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
