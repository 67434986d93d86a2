import { attribute, children, descendants, ns, onlyChild, optionalAttribute, parseXml, textOf } from './xml.ts'

const maxBase64 = 256 * 1024
const success = 'urn:oasis:names:tc:SAML:2.0:status:Success'

const exclusive = 'http://www.w3.org/2001/10/xml-exc-c14n#'
/** What a signature may be made of. Nothing with SHA-1, nothing keyed with a secret, no transform that changes what is read. */
export const algorithms: Readonly<Record<string, ReadonlySet<string>>> = {
  SignatureMethod: new Set([
    'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512',
  ]),
  DigestMethod: new Set(['http://www.w3.org/2001/04/xmlenc#sha256', 'http://www.w3.org/2001/04/xmlenc#sha512']),
  CanonicalizationMethod: new Set([exclusive]),
  Transform: new Set([exclusive, 'http://www.w3.org/2000/09/xmldsig#enveloped-signature']),
}

/** What a response must be addressed to. */
export interface Expected {
  readonly destination: string
  readonly issuer: string
  /** The id of our request; `undefined` for an answer that nobody asked for. */
  readonly requestId: string | undefined
}

/** The XML of a `SAMLResponse` field. */
export function decodeResponse(field: string): string {
  if (field.length > maxBase64) throw new Error('it is too long')
  const compact = field.replace(/[\r\n]/g, '')
  if (!/^[\da-z+/]+={0,2}$/i.test(compact)) throw new Error('it is not in base64')
  return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(compact, 'base64'))
}

/**
 * Judges a response before any signature: what is outside the signature can't make it true, but must not contradict it.
 * One response for us, to our request, of this provider, that holds one assertion, with signatures only where they belong.
 */
export function checkEnvelope(xml: string, expected: Expected): void {
  const root = parseXml(xml)
  if (root.localName !== 'Response' || root.namespaceURI !== ns.protocol) throw new Error('it is no Response')
  if (attribute(root, 'Version') !== '2.0') throw new Error('it is not of version 2.0')
  if (attribute(root, 'Destination') !== expected.destination) throw new Error('Destination is somebody else')
  if (optionalAttribute(root, 'InResponseTo') !== expected.requestId) throw new Error('InResponseTo is another request')
  for (const issuer of children(root, ns.assertion, 'Issuer')) {
    if (textOf(issuer) !== expected.issuer) throw new Error('Issuer of the response is somebody else')
  }
  const status = attribute(onlyChild(onlyChild(root, ns.protocol, 'Status'), ns.protocol, 'StatusCode'), 'Value')
  if (status !== success) throw new Error(`the provider answers ${status.split(':').at(-1) ?? ''}`)
  checkElements(root)
}

function checkElements(root: Element): void {
  const assertion = onlyChild(root, ns.assertion, 'Assertion')
  const ids = new Set<string>()
  for (const element of descendants(root)) {
    const { localName } = element
    const isAssertion = localName === 'Assertion' || localName === 'EncryptedAssertion'
    if (isAssertion && element !== assertion) throw new Error('it has more than one assertion')
    if (localName === 'Response' && element !== root) throw new Error('it has a response in it')
    const isPlaced = element.parentNode === root || element.parentNode === assertion
    if (localName === 'Signature' && !isPlaced) throw new Error('it has a signature where none belongs')
    if (localName === 'Object' && element.namespaceURI === ns.signature)
      throw new Error('a signature has objects in it')
    checkIds(element, ids)
    const allowed = element.namespaceURI === ns.signature ? algorithms[localName] : undefined
    if (allowed !== undefined && !allowed.has(attribute(element, 'Algorithm'))) {
      throw new Error(`${localName} is not allowed: ${attribute(element, 'Algorithm')}`)
    }
  }
}

/** Whatever a library may take for an id is there once. */
function checkIds(element: Element, ids: Set<string>): void {
  for (const name of ['ID', 'Id', 'id', 'xml:id']) {
    const id = optionalAttribute(element, name)
    if (id === undefined) continue
    if (ids.has(id)) throw new Error('an ID is there twice')
    ids.add(id)
  }
}
