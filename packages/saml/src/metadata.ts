import type { IdpMetadata } from './settings.ts'
import { attribute, children, descendants, ns, optionalAttribute, parseXml } from './xml.ts'

const redirectBinding = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect'
const maxLength = 1024 * 1024

/**
 * What a provider's metadata says of it, for the settings. The document is the operator's to get and to trust; one that
 * holds several providers needs `entityId`. Throws with what is missing.
 */
export function readIdpMetadata(xml: string, entityId?: string): IdpMetadata {
  if (xml.length > maxLength) throw new Error('The metadata is too long.')
  const providers = [...descendants(parseXml(xml))].filter(
    (element) =>
      element.localName === 'EntityDescriptor' &&
      element.namespaceURI === ns.metadata &&
      children(element, ns.metadata, 'IDPSSODescriptor').length > 0 &&
      (entityId === undefined || optionalAttribute(element, 'entityID') === entityId),
  )
  const [provider, ...others] = providers
  if (provider === undefined) throw new Error('The metadata has no such identity provider.')
  if (others.length > 0) throw new Error('The metadata has several identity providers: say which by its entityId.')
  const [role] = children(provider, ns.metadata, 'IDPSSODescriptor')
  const services = role === undefined ? [] : children(role, ns.metadata, 'SingleSignOnService')
  const service = services.find((element) => optionalAttribute(element, 'Binding') === redirectBinding)
  if (role === undefined || service === undefined) throw new Error('The provider has no address for HTTP-Redirect.')
  const certificates = children(role, ns.metadata, 'KeyDescriptor')
    .filter((key) => (optionalAttribute(key, 'use') ?? 'signing') === 'signing')
    .flatMap((key) => [...descendants(key)])
    .filter((element) => element.localName === 'X509Certificate' && element.namespaceURI === ns.signature)
    .map((element) => (element.textContent ?? '').replace(/\s+/g, ''))
  if (certificates.length === 0) throw new Error('The provider names no certificate for signing.')
  return { idpEntityId: attribute(provider, 'entityID'), entryPoint: attribute(service, 'Location'), certificates }
}
