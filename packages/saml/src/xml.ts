import { DOMParser } from '@xmldom/xmldom'

/** The namespaces that are spoken here. */
export const ns = {
  protocol: 'urn:oasis:names:tc:SAML:2.0:protocol',
  assertion: 'urn:oasis:names:tc:SAML:2.0:assertion',
  metadata: 'urn:oasis:names:tc:SAML:2.0:metadata',
  signature: 'http://www.w3.org/2000/09/xmldsig#',
} as const

/** The root of a document. Refuses what is no well-formed XML, and every document type: it brings entities along. */
export function parseXml(text: string): Element {
  if (/<!(?:DOCTYPE|ENTITY|ELEMENT|ATTLIST|NOTATION)/i.test(text)) throw new Error('it has a document type')
  const refuse = (problem: unknown): never => {
    throw new Error(`it is no XML: ${String(problem).slice(0, 100)}`)
  }
  const errorHandler = { warning: refuse, error: refuse, fatalError: refuse }
  const document = new DOMParser({ locator: {}, errorHandler }).parseFromString(text, 'text/xml') as
    | Document
    | undefined
  const root = document?.documentElement as Element | null | undefined
  if (!root || document?.doctype) throw new Error('it is no XML document')
  return root
}

/** The children of an element that have a name. */
export function children(parent: Element, namespace: string, name: string): readonly Element[] {
  const found: Element[] = []
  for (let at = parent.firstChild; at !== null; at = at.nextSibling) {
    if (isElement(at) && at.localName === name && at.namespaceURI === namespace) found.push(at)
  }
  return found
}

/** The one child that has a name. Throws when there is none, or more than one. */
export function onlyChild(parent: Element, namespace: string, name: string): Element {
  const [child, ...others] = children(parent, namespace, name)
  if (child === undefined || others.length > 0) throw new Error(`it does not have exactly one ${name}`)
  return child
}

/** Every element below one, and itself. */
export function* descendants(root: Element): Generator<Element> {
  yield root
  for (let at = root.firstChild; at !== null; at = at.nextSibling) if (isElement(at)) yield* descendants(at)
}

/** An attribute without a namespace. Throws when it is not there. */
export function attribute(element: Element, name: string): string {
  const value = optionalAttribute(element, name)
  if (value === undefined) throw new Error(`${element.localName} has no ${name}`)
  return value
}

/** An attribute without a namespace; `undefined` when it is not there. */
export function optionalAttribute(element: Element, name: string): string | undefined {
  return element.hasAttribute(name) ? (element.getAttribute(name) ?? undefined) : undefined
}

/** The text of an element that holds nothing else. */
export function textOf(element: Element): string {
  for (let at = element.firstChild; at !== null; at = at.nextSibling) {
    if (isElement(at)) throw new Error(`${element.localName} holds more than text`)
  }
  return (element.textContent ?? '').trim()
}

/** An instant (SAML core §1.3.3: in UTC), in milliseconds since the epoch. */
export function instant(text: string): number {
  const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(at)) throw new Error('a time is no time in UTC')
  return at
}

function isElement(node: Node): node is Element {
  return node.nodeType === 1
}
