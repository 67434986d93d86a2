import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inflateRawSync } from 'node:zlib'
import { SignedXml } from 'xml-crypto'

/** Who may log in at the provider. */
export const people = [
  { subject: 'p-1914', name: 'Hedy Lamarr', mail: 'hedy@example.org', groups: ['editors', 'staff'] },
  { subject: 'p-1918', name: 'Katherine Johnson', mail: 'katherine@example.org', groups: ['staff'] },
] as const

type Person = (typeof people)[number]

/** What our side must know of a provider. */
export interface IdentityProvider {
  readonly idpEntityId: string
  readonly entryPoint: string
  readonly certificates: readonly string[]
}

/** What a service has asked. */
interface AuthnRequest {
  readonly id: string
  readonly issuer: string
  readonly answerTo: string
  readonly relayState: string
}

const idpEntityId = 'urn:example:local-identity-provider'
const minute = 60_000

/** Starts a SAML provider on this machine: people log in at it by saying who they are. For trying things out, and nothing else. */
export async function startIdentityProvider(): Promise<IdentityProvider> {
  const { privateKey, certificate } = makeKeyPair()
  const server = createServer((request, response) => {
    const asked = readRequest(new URL(request.url ?? '', 'http://localhost').searchParams)
    if (asked === undefined) return void response.writeHead(400).end()
    const forms = people.map((person) => form(asked, person, sign(responseXml(asked, person), privateKey, certificate)))
    sendPage(response, `<p>This provider runs on your machine, and believes you. Who are you?</p>${forms.join('')}`)
  })
  server.listen(0, 'localhost').unref()
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { idpEntityId, entryPoint: `http://localhost:${port}/sso`, certificates: [certificate] }
}

function makeKeyPair() {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-idp-'))
  const [keyFile, certificateFile] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')]
  const args = ['-newkey', 'rsa:2048', '-nodes', '-keyout', keyFile, '-out', certificateFile, '-days', '30']
  try {
    execFileSync('openssl', ['req', '-x509', ...args, '-subj', '/CN=local identity provider'], { stdio: 'ignore' })
    return { privateKey: readFileSync(keyFile, 'utf8'), certificate: readFileSync(certificateFile, 'utf8') }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The request in an address (HTTP-Redirect binding). Answers go to this machine alone. */
function readRequest(query: URLSearchParams): AuthnRequest | undefined {
  try {
    const packed = Buffer.from(query.get('SAMLRequest') ?? '', 'base64')
    const xml = inflateRawSync(packed, { maxOutputLength: 64 * 1024 }).toString()
    const [, id = ''] = /\bID="([^"<&]+)"/.exec(xml) ?? []
    const [, answerTo = ''] = /\bAssertionConsumerServiceURL="([^"<&]+)"/.exec(xml) ?? []
    const [, issuer = ''] = /<(?:\w+:)?Issuer[^>]*>([^<&]+)</.exec(xml) ?? []
    const isLocal = new URL(answerTo).hostname === 'localhost'
    return isLocal ? { id, issuer, answerTo, relayState: query.get('RelayState') ?? '' } : undefined
  } catch {
    return undefined
  }
}

function responseXml({ id, issuer, answerTo }: AuthnRequest, { subject, name, mail, groups }: Person): string {
  const at = (offsetMs: number) => new Date(Date.now() + offsetMs).toISOString()
  const [now, until] = [at(0), at(5 * minute)]
  const attribute = (key: string, values: readonly string[]) =>
    `<saml:Attribute Name="${key}">${values.map((value) => `<saml:AttributeValue>${value}</saml:AttributeValue>`).join('')}</saml:Attribute>`
  const assertion = `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_${randomUUID()}" Version="2.0" IssueInstant="${now}"><saml:Issuer>${idpEntityId}</saml:Issuer><saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">${subject}</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData Recipient="${answerTo}" InResponseTo="${id}" NotOnOrAfter="${until}"/></saml:SubjectConfirmation></saml:Subject><saml:Conditions NotBefore="${at(-minute)}" NotOnOrAfter="${until}"><saml:AudienceRestriction><saml:Audience>${issuer}</saml:Audience></saml:AudienceRestriction></saml:Conditions><saml:AuthnStatement AuthnInstant="${now}" SessionIndex="_${randomUUID()}"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement><saml:AttributeStatement>${attribute('mail', [mail])}${attribute('displayName', [name])}${attribute('groups', groups)}</saml:AttributeStatement></saml:Assertion>`
  return `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_${randomUUID()}" Version="2.0" IssueInstant="${now}" Destination="${answerTo}" InResponseTo="${id}"><saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">${idpEntityId}</saml:Issuer><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>${assertion}</samlp:Response>`
}

/** Signs the assertion, with the signature behind its issuer. */
function sign(xml: string, privateKey: string, certificate: string): string {
  const exclusive = 'http://www.w3.org/2001/10/xml-exc-c14n#'
  const signed = new SignedXml({
    privateKey,
    publicCert: certificate,
    signatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    canonicalizationAlgorithm: exclusive,
  })
  const assertion = '//*[local-name()="Assertion"]'
  signed.addReference({
    xpath: assertion,
    transforms: ['http://www.w3.org/2000/09/xmldsig#enveloped-signature', exclusive],
    digestAlgorithm: 'http://www.w3.org/2001/04/xmlenc#sha256',
  })
  signed.computeSignature(xml, {
    location: { reference: `${assertion}/*[local-name()="Issuer"]`, action: 'after' },
  })
  return signed.getSignedXml()
}

function form({ answerTo, relayState }: AuthnRequest, { name }: Person, response: string): string {
  const hidden = (key: string, value: string) => `<input type="hidden" name="${key}" value="${escape(value)}">`
  const fields = hidden('SAMLResponse', Buffer.from(response).toString('base64')) + hidden('RelayState', relayState)
  return `<form method="post" action="${escape(answerTo)}">${fields}<button>${name}</button></form>`
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')
}

function sendPage(response: ServerResponse, content: string): void {
  response.writeHead(200, {
    'Content-Type': 'text/html; charset=utf-8',
    'Cache-Control': 'no-store',
    'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  })
  const head = '<title>Identity provider</title><meta name="viewport" content="width=device-width">'
  response.end(`<!doctype html><html lang="en"><head>${head}</head><h1>Identity provider</h1>${content}</html>`)
}
