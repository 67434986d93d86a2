import { AuthError, providerRuleNames, refuseUnknown, type ProviderRules } from '@sallyport/core'

/** The formats of a NameID that may be a subject. A transient one names nobody twice. */
export const nameIdFormats = {
  persistent: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
  unspecified: 'urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified',
  emailAddress: 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress',
} as const

/** What identifies an identity provider: its own metadata says it (`readIdpMetadata`). */
export interface IdpMetadata {
  /** Its entity id. */
  readonly idpEntityId: string
  /** Where the browser is sent (HTTP-Redirect binding). */
  readonly entryPoint: string
  /** Its signing certificates (PEM, or base64 as in metadata): several while it rolls over. */
  readonly certificates: readonly string[]
}

/** An identity provider that speaks SAML 2.0. */
export interface SamlSettings extends ProviderRules, IdpMetadata {
  /** Its name in paths and in storage, as in `acme`. */
  readonly id: string
  /** What the button says: the id by default. */
  readonly label?: string | undefined
  /** Our entity id: the address of our metadata by default. */
  readonly entityId?: string | undefined
  /** What must be signed besides every assertion: the whole response too, with `true`. */
  readonly wantResponseSigned?: boolean | undefined
  /** Signs our requests: a private key (PEM). Its certificate stands in our metadata. */
  readonly signing?: { readonly privateKey: string; readonly certificate: string } | undefined
  /**
   * The format of NameID that is a subject: `'persistent'` by default. `'emailAddress'` is for providers that give an
   * address for ever to one person only.
   */
  readonly nameIdFormat?: keyof typeof nameIdFormats | undefined
  /** An attribute that is the subject instead of NameID: one that never changes and is never reassigned. */
  readonly subjectAttribute?: string | undefined
  /** What is asked for as `RequestedAuthnContext`. What came is judged by `trust.acr`. */
  readonly authnContext?: readonly string[] | undefined
  /** How far clocks may be apart, in milliseconds: a minute by default, five at most. */
  readonly clockSkewMs?: number | undefined
  /** Reads answers that nobody here asked for (IdP-initiated). Off by default: no browser vouches for them. */
  readonly unsolicited?: boolean | undefined
}

const names: Readonly<Record<keyof SamlSettings, true>> = {
  ...providerRuleNames,
  idpEntityId: true,
  entryPoint: true,
  certificates: true,
  id: true,
  label: true,
  entityId: true,
  wantResponseSigned: true,
  signing: true,
  nameIdFormat: true,
  subjectAttribute: true,
  authnContext: true,
  clockSkewMs: true,
  unsolicited: true,
}

/** Checks the settings. Throws `invalid_setting`, with its mend. */
export function checkSettings(settings: SamlSettings): void {
  refuseUnknown('option of saml', settings, names)
  const { idpEntityId, entryPoint, certificates, clockSkewMs = 0 } = settings
  const mend = 'take it from the provider’s metadata (readIdpMetadata)'
  if (!idpEntityId) throw invalid('idpEntityId', `is missing: ${mend}`)
  const url = URL.canParse(entryPoint) ? new URL(entryPoint) : undefined
  const isLocal = url !== undefined && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname)
  if (url === undefined || (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLocal))) {
    throw invalid('entryPoint', `is no https address: ${mend}`)
  }
  if (!Array.isArray(certificates) || certificates.length === 0 || certificates.includes('')) {
    throw invalid('certificates', `is empty, so nothing could be verified: ${mend}`)
  }
  if (!(clockSkewMs >= 0 && clockSkewMs <= 5 * 60_000)) {
    throw invalid('clockSkewMs', 'is not between 0 and 300000: leave it out for a minute')
  }
}

function invalid(name: string, problem: string): AuthError {
  return new AuthError('invalid_setting', { detail: `saml: \`${name}\` ${problem}.` })
}
