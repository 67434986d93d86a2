import { DOMParser, XMLSerializer } from '@xmldom/xmldom'
import { ns } from '../src/xml.ts'

const evilSubject = 'root'

/** A response taken apart, to be put together wrongly. */
interface Parts {
  readonly document: Document
  readonly response: Element
  readonly assertion: Element
  /** A copy of the assertion without its signature, about somebody else. */
  readonly evil: Element
  readonly signature: Element
}

/**
 * The eight shapes of signature wrapping against SAML (Somorovsky et al., USENIX Security 2012): the signed part stays somewhere in
 * the document, and another stands where it is read.
 */
export const wrappings: Readonly<Record<string, (parts: Parts) => void>> = {
  'XSW1: the signed response inside the signature of a forged one'({ document, response, evil, signature }) {
    const original = response.cloneNode(true) as Element
    drop(signatureOf(original))
    forgeResponse(response, evil)
    const moved = signatureOf(response) ?? response.insertBefore(signature, response.firstChild)
    moved.appendChild(original)
    document.documentElement.setAttribute('ID', '_forged')
  },
  'XSW2: the signed response beside the signature of a forged one'({ document, response, evil }) {
    const original = response.cloneNode(true) as Element
    drop(signatureOf(original))
    forgeResponse(response, evil)
    response.insertBefore(original, response.firstChild)
    document.documentElement.setAttribute('ID', '_forged')
  },
  'XSW3: a forged assertion before the signed one'({ response, assertion, evil }) {
    response.insertBefore(evil, assertion)
  },
  'XSW4: the signed assertion inside a forged one'({ response, assertion, evil }) {
    response.replaceChild(evil, assertion)
    evil.appendChild(assertion)
  },
  'XSW5: the signature in a forged assertion, the signed one behind it'({ response, assertion, evil, signature }) {
    const original = assertion.cloneNode(true) as Element
    drop(signatureOf(original))
    evil.insertBefore(signature.cloneNode(true), evil.firstChild?.nextSibling ?? null)
    response.replaceChild(evil, assertion)
    response.appendChild(original)
  },
  'XSW6: the signed assertion inside the signature of a forged one'({ response, assertion, evil, signature }) {
    const original = assertion.cloneNode(true) as Element
    drop(signatureOf(original))
    const moved = signature.cloneNode(true)
    moved.appendChild(original)
    evil.insertBefore(moved, evil.firstChild?.nextSibling ?? null)
    response.replaceChild(evil, assertion)
  },
  'XSW7: a forged assertion in the extensions'({ document, response, evil }) {
    const extensions = document.createElementNS(ns.protocol, 'samlp:Extensions')
    extensions.appendChild(evil)
    response.insertBefore(extensions, response.firstChild)
  },
  'XSW8: the signed assertion in an object of the signature of a forged one'({
    document,
    response,
    assertion,
    evil,
    signature,
  }) {
    const original = assertion.cloneNode(true) as Element
    drop(signatureOf(original))
    const object = document.createElementNS(ns.signature, 'ds:Object')
    object.appendChild(original)
    const moved = signature.cloneNode(true)
    moved.appendChild(object)
    evil.insertBefore(moved, evil.firstChild?.nextSibling ?? null)
    response.replaceChild(evil, assertion)
  },
}

/** Applies a shape to a genuine response; the forged part has the id of the signed one, or one of its own. */
export function wrap(xml: string, shape: (parts: Parts) => void, hasOwnId: boolean): string {
  const document = new DOMParser().parseFromString(xml, 'text/xml')
  const response = document.documentElement
  const assertion = response.getElementsByTagNameNS(ns.assertion, 'Assertion')[0]
  if (assertion === undefined) throw new Error('there is no assertion')
  const signature = signatureOf(assertion) ?? signatureOf(response)
  if (signature === undefined) throw new Error('there is no signature')
  const evil = assertion.cloneNode(true) as Element
  drop(signatureOf(evil))
  const name = evil.getElementsByTagNameNS(ns.assertion, 'NameID')[0]
  if (name === undefined) throw new Error('there is no name')
  name.textContent = evilSubject
  if (hasOwnId) evil.setAttribute('ID', '_evil')
  shape({ document, response, assertion, evil, signature })
  const forged = new XMLSerializer().serializeToString(document)
  if (!forged.includes(`>${evilSubject}<`)) throw new Error('nothing was forged')
  return forged
}

function forgeResponse(response: Element, evil: Element): void {
  const assertion = response.getElementsByTagNameNS(ns.assertion, 'Assertion')[0]
  if (assertion !== undefined) response.replaceChild(evil, assertion)
}

function signatureOf(element: Element): Element | undefined {
  for (let at = element.firstChild; at !== null; at = at.nextSibling) {
    if ((at as Element).localName === 'Signature') return at as Element
  }
  return undefined
}

function drop(element: Element | undefined): void {
  element?.parentNode?.removeChild(element)
}
