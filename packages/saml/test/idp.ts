import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SignedXml } from 'xml-crypto'

export const callbackUrl = 'https://app.example.com/auth/callback/acme'
export const metadataUrl = 'https://app.example.com/auth/saml/acme/metadata'
export const idpEntityId = 'https://idp.example.org/metadata'

/** A key and its certificate (PEM), made for this run. */
export interface KeyPair {
  readonly privateKey: string
  readonly certificate: string
}

/** A fresh RSA key with a certificate of its own. */
export function makeKeyPair(): KeyPair {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-saml-'))
  const file = (name: string) => join(folder, name)
  try {
    const key = ['-newkey', 'rsa:2048', '-nodes', '-keyout', file('key'), '-subj', '/CN=idp']
    execFileSync('openssl', ['req', '-x509', ...key, '-out', file('certificate'), '-days', '2'], { stdio: 'ignore' })
    return { privateKey: readFileSync(file('key'), 'utf8'), certificate: readFileSync(file('certificate'), 'utf8') }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const at = (offsetMs: number) => new Date(Date.now() + offsetMs).toISOString()
const minute = 60_000

/** Everything that a response says; a test changes what it is about. `undefined` leaves an attribute or element out. */
export function facts(requestId: string | undefined) {
  return {
    requestId,
    responseId: '_response',
    assertionId: `_assertion${Math.random().toString(36).slice(2)}`,
    destination: callbackUrl as string | undefined,
    responseIssuer: idpEntityId as string | undefined,
    issuer: idpEntityId as string | undefined,
    status: 'urn:oasis:names:tc:SAML:2.0:status:Success',
    nameId: 'ada-7' as string | undefined,
    nameIdFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent' as string | undefined,
    issueInstant: at(0),
    recipient: callbackUrl as string | undefined,
    confirmedRequestId: requestId,
    confirmedUntil: at(5 * minute) as string | undefined,
    confirmationMethod: 'urn:oasis:names:tc:SAML:2.0:cm:bearer',
    notBefore: at(-minute) as string | undefined,
    notOnOrAfter: at(5 * minute) as string | undefined,
    audience: metadataUrl as string | undefined,
    authnInstant: at(0) as string | undefined,
    classRef: 'urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport',
    prolog: '',
  }
}

export type Facts = ReturnType<typeof facts>

const attr = (name: string, value: string | undefined) => (value === undefined ? '' : ` ${name}="${value}"`)
const saml = 'xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"'
const samlp = 'xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"'

/** An assertion, not signed. */
export function assertionXml(f: Facts): string {
  const issuer = f.issuer === undefined ? '' : `<saml:Issuer>${f.issuer}</saml:Issuer>`
  const name = f.nameId === undefined ? '' : `<saml:NameID${attr('Format', f.nameIdFormat)}>${f.nameId}</saml:NameID>`
  const confirmation = `<saml:SubjectConfirmation Method="${f.confirmationMethod}"><saml:SubjectConfirmationData${attr('Recipient', f.recipient)}${attr('InResponseTo', f.confirmedRequestId)}${attr('NotOnOrAfter', f.confirmedUntil)}/></saml:SubjectConfirmation>`
  const audience =
    f.audience === undefined
      ? ''
      : `<saml:AudienceRestriction><saml:Audience>${f.audience}</saml:Audience></saml:AudienceRestriction>`
  return `<saml:Assertion ${saml} ID="${f.assertionId}" Version="2.0" IssueInstant="${f.issueInstant}">${issuer}<saml:Subject>${name}${confirmation}</saml:Subject><saml:Conditions${attr('NotBefore', f.notBefore)}${attr('NotOnOrAfter', f.notOnOrAfter)}>${audience}</saml:Conditions><saml:AuthnStatement${attr('AuthnInstant', f.authnInstant)} SessionIndex="s1"><saml:AuthnContext><saml:AuthnContextClassRef>${f.classRef}</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement><saml:AttributeStatement><saml:Attribute Name="mail"><saml:AttributeValue>ada@example.org</saml:AttributeValue></saml:Attribute><saml:Attribute Name="groups"><saml:AttributeValue>staff</saml:AttributeValue><saml:AttributeValue>editors</saml:AttributeValue></saml:Attribute></saml:AttributeStatement></saml:Assertion>`
}

/** A response around whatever it is to hold. */
export function responseXml(f: Facts, content: string): string {
  const issuer = f.responseIssuer === undefined ? '' : `<saml:Issuer ${saml}>${f.responseIssuer}</saml:Issuer>`
  return `${f.prolog}<samlp:Response ${samlp} ID="${f.responseId}" Version="2.0" IssueInstant="${f.issueInstant}"${attr('Destination', f.destination)}${attr('InResponseTo', f.requestId)}>${issuer}<samlp:Status><samlp:StatusCode Value="${f.status}"/></samlp:Status>${content}</samlp:Response>`
}

/** How something is signed. */
export interface Signing {
  readonly key: KeyPair
  readonly signature?: string
  readonly digest?: string
  readonly canonicalization?: string
  readonly transforms?: readonly string[]
}

const exclusive = 'http://www.w3.org/2001/10/xml-exc-c14n#'

/** Signs the element of an id, with the signature behind its issuer. */
export function sign(xml: string, id: string, signing: Signing): string {
  const { key, signature, digest, canonicalization, transforms } = signing
  const signed = new SignedXml({
    privateKey: key.privateKey,
    publicCert: key.certificate,
    signatureAlgorithm: signature ?? 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    canonicalizationAlgorithm: (canonicalization ?? exclusive) as typeof exclusive,
  })
  const element = `//*[@ID="${id}"]`
  signed.addReference({
    xpath: element,
    transforms: [...(transforms ?? ['http://www.w3.org/2000/09/xmldsig#enveloped-signature', exclusive])],
    digestAlgorithm: digest ?? 'http://www.w3.org/2001/04/xmlenc#sha256',
  })
  signed.computeSignature(xml, {
    location: { reference: `${element}/*[local-name()="Issuer"]`, action: 'after' },
  })
  return signed.getSignedXml()
}

/** A response with one signed assertion, as an honest provider makes it. */
export function signedResponse(f: Facts, signing: Signing): string {
  return sign(responseXml(f, assertionXml(f)), f.assertionId, signing)
}

/** A response that is signed as a whole, and its assertion too. */
export function doublySignedResponse(f: Facts, signing: Signing): string {
  return sign(signedResponse(f, signing), f.responseId, signing)
}
