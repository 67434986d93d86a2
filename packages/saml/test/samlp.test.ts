import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import express from 'express'
import { afterAll, beforeAll, expect, it } from 'vitest'
import samlp from 'samlp'
import { callbackUrl, type KeyPair, makeKeyPair, metadataUrl } from './idp.ts'
import { serviceProvider } from './harness.ts'

let key: KeyPair
let entryPoint: string
let server: Server

/** A log-in page that lets everybody in as Ada. */
function identityProvider(): express.Express {
  const user = { id: 'ada-7', displayName: 'Ada', emails: [{ value: 'ada@example.org' }], name: {} }
  const options = {
    issuer: 'https://samlp.example.org',
    cert: key.certificate,
    key: key.privateKey,
    audience: metadataUrl,
    destination: callbackUrl,
    recipient: callbackUrl,
    signResponse: true,
    digestAlgorithm: 'sha256',
    signatureAlgorithm: 'rsa-sha256',
    getPostURL: (_wtrealm: string, _wreply: string, _request: unknown, done: (error: null, url: string) => void) =>
      done(null, callbackUrl),
    profileMapper: () => ({
      getClaims: () => ({ mail: 'ada@example.org' }),
      getNameIdentifier: () => ({
        nameIdentifier: user.id,
        nameIdentifierFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
      }),
    }),
  }
  const app = express()
  app.get('/', (req, _res, next) => next(void Object.assign(req, { user })), samlp.auth(options))
  return app
}

beforeAll(async () => {
  key = makeKeyPair()
  server = identityProvider().listen(0, 'localhost')
  await once(server, 'listening')
  entryPoint = `http://localhost:${(server.address() as AddressInfo).port}/`
})
afterAll(() => server.close())

it('an identity provider that others wrote (samlp) logs somebody in', async () => {
  const sp = serviceProvider(key, { idpEntityId: 'https://samlp.example.org', entryPoint, wantResponseSigned: true })
  const { redirectTo, kept } = await sp.start()
  const page = await (await fetch(redirectTo)).text()
  const [, field = ''] = /name="SAMLResponse"\s+value="([^"]+)"/.exec(page) ?? []
  const xml = Buffer.from(field.replaceAll('&#x3D;', '=').replaceAll('&#x2B;', '+'), 'base64').toString()
  const { evidence, refusal } = await sp.finish(xml, kept)
  expect(refusal).toBeUndefined()
  expect(evidence).toMatchObject({ subject: 'ada-7', issuer: 'https://samlp.example.org' })
})
