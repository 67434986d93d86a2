import { attribute, children, instant, ns, onlyChild, optionalAttribute, parseXml, textOf } from './xml.ts'

/** What a verified assertion says. Times are in milliseconds since the epoch. */
export interface Assertion {
  readonly id: string
  readonly issuer: string
  readonly issuedAt: number
  readonly nameId: string | undefined
  readonly nameIdFormat: string | undefined
  readonly conditions: { readonly notBefore: number | undefined; readonly notOnOrAfter: number }
  /** For each restriction, whom it allows: all of them must name us. */
  readonly audiences: readonly (readonly string[])[]
  readonly confirmations: readonly Confirmation[]
  readonly authenticatedAt: number
  readonly sessionIndex: string | undefined
  /** When the provider's own session ends. */
  readonly sessionNotOnOrAfter: number | undefined
  readonly classRef: string | undefined
  readonly attributes: Readonly<Record<string, string | readonly string[]>>
}

/** Under which conditions its bearer may be taken for the subject. */
export interface Confirmation {
  readonly recipient: string
  readonly notOnOrAfter: number
  readonly hasNotBefore: boolean
  readonly inResponseTo: string | undefined
}

const bearer = 'urn:oasis:names:tc:SAML:2.0:cm:bearer'

/** Reads the bytes that the signature covers, and no others. Throws where something that must be there is not. */
export function readAssertion(signedXml: string): Assertion {
  const root = parseXml(signedXml)
  if (root.localName !== 'Assertion' || root.namespaceURI !== ns.assertion)
    throw new Error('what is signed is no Assertion')
  const subject = onlyChild(root, ns.assertion, 'Subject')
  const [nameId, ...moreNames] = children(subject, ns.assertion, 'NameID')
  if (moreNames.length > 0) throw new Error('it has more than one NameID')
  const conditions = onlyChild(root, ns.assertion, 'Conditions')
  const statement = onlyChild(root, ns.assertion, 'AuthnStatement')
  const context = onlyChild(statement, ns.assertion, 'AuthnContext')
  const [classRef] = children(context, ns.assertion, 'AuthnContextClassRef')
  const optionalInstant = (element: Element, name: string) => {
    const value = optionalAttribute(element, name)
    return value === undefined ? undefined : instant(value)
  }
  return {
    id: attribute(root, 'ID'),
    issuer: textOf(onlyChild(root, ns.assertion, 'Issuer')),
    issuedAt: instant(attribute(root, 'IssueInstant')),
    nameId: nameId && textOf(nameId),
    nameIdFormat: nameId && optionalAttribute(nameId, 'Format'),
    conditions: {
      notBefore: optionalInstant(conditions, 'NotBefore'),
      notOnOrAfter: instant(attribute(conditions, 'NotOnOrAfter')),
    },
    audiences: children(conditions, ns.assertion, 'AudienceRestriction').map((restriction) =>
      children(restriction, ns.assertion, 'Audience').map(textOf),
    ),
    confirmations: children(subject, ns.assertion, 'SubjectConfirmation').flatMap(readConfirmation),
    authenticatedAt: instant(attribute(statement, 'AuthnInstant')),
    sessionIndex: optionalAttribute(statement, 'SessionIndex'),
    sessionNotOnOrAfter: optionalInstant(statement, 'SessionNotOnOrAfter'),
    classRef: classRef && textOf(classRef),
    attributes: readAttributes(root),
  }
}

function readConfirmation(element: Element): readonly Confirmation[] {
  if (attribute(element, 'Method') !== bearer) return []
  const data = onlyChild(element, ns.assertion, 'SubjectConfirmationData')
  return [
    {
      recipient: attribute(data, 'Recipient'),
      notOnOrAfter: instant(attribute(data, 'NotOnOrAfter')),
      hasNotBefore: data.hasAttribute('NotBefore'),
      inResponseTo: optionalAttribute(data, 'InResponseTo'),
    },
  ]
}

function readAttributes(root: Element): Record<string, string | readonly string[]> {
  const values = new Map<string, string[]>()
  for (const statement of children(root, ns.assertion, 'AttributeStatement')) {
    for (const element of children(statement, ns.assertion, 'Attribute')) {
      const name = attribute(element, 'Name')
      const read = children(element, ns.assertion, 'AttributeValue').map((value) => (value.textContent ?? '').trim())
      values.set(name, [...(values.get(name) ?? []), ...read])
    }
  }
  return Object.fromEntries(
    [...values].map(([name, [one = '', ...more]]) => [name, more.length > 0 ? [one, ...more] : one]),
  )
}
