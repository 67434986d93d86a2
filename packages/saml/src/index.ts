import { randomBytes } from 'node:crypto'
import { type SamlConfig, SAML, ValidateInResponseTo } from '@node-saml/node-saml'
import {
  AuthError,
  type Evidence,
  type Finding,
  type ProviderAnswer,
  type ProviderContext,
  providerRefused,
  type RedirectProvider,
} from '@sallyport/core'
import { type Assertion, readAssertion } from './assertion.ts'
import { checkEnvelope, decodeResponse } from './envelope.ts'
import { judgeAssertion, lastUse, subjectOf } from './judge.ts'
import { checkSettings, nameIdFormats, type SamlSettings } from './settings.ts'

export { readIdpMetadata } from './metadata.ts'
export type { IdpMetadata, SamlSettings } from './settings.ts'

/** What `finish` must know again of a request. */
interface Kept {
  readonly requestId: string
}

/**
 * Log-in at a SAML 2.0 identity provider (web browser SSO): the request by redirect, the response by POST. Every
 * assertion is signed, read from the bytes that the signature covers, for us, for this request, for now, and accepted once.
 */
export function saml(settings: SamlSettings): RedirectProvider {
  checkSettings(settings)
  const {
    id,
    label = id,
    onFirstLogin,
    onLogin,
    profile,
    mapOn,
    maxSinceLoginMs,
    trust,
    unsolicited = false,
  } = settings

  return {
    id,
    label,
    protocol: 'saml',
    stateField: 'RelayState',
    unsolicited,
    canReauthenticate: true,
    onFirstLogin,
    onLogin,
    profile,
    mapOn,
    maxSinceLoginMs,
    trust,

    async start({ state, fresh }, context) {
      // SAML core §1.3.4: an id begins with a letter or an underscore.
      const requestId = `_${randomBytes(20).toString('hex')}`
      const client = clientOf(settings, context, { forceAuthn: fresh, generateUniqueId: () => requestId })
      const redirectTo = await client.getAuthorizeUrlAsync(state, undefined, {})
      return { redirectTo, kept: { requestId } satisfies Kept }
    },

    finish: (answer, context) => finish(settings, answer, context),

    async metadata(context) {
      const certificate = settings.signing?.certificate ?? null
      const body = clientOf(settings, context).generateServiceProviderMetadata(null, certificate)
      return { contentType: 'application/samlmetadata+xml', body }
    },

    check: async (context) => dryRun(settings, context),
  }
}

async function finish(settings: SamlSettings, answer: ProviderAnswer, context: ProviderContext): Promise<Evidence> {
  const { clockSkewMs: skewMs = 60_000, idpEntityId: issuer } = settings
  const assertion = await refusing(async () => {
    const { requestId } = (answer.kept ?? {}) as Partial<Kept>
    const xml = decodeResponse(answer.fields['SAMLResponse'] ?? '')
    checkEnvelope(xml, { destination: context.callbackUrl, issuer, requestId })
    const read = readAssertion(await signedAssertion(settings, context, xml))
    const audience = settings.entityId ?? context.metadataUrl
    judgeAssertion(read, { now: context.now(), skewMs, issuer, audience, recipient: context.callbackUrl, requestId })
    return read
  })
  const subject = await refusing(async () => subjectOf(assertion, settings))
  // Only a response in which all of this is true uses up the request: a forged one does not burn the genuine one.
  await answer.claim()
  if (!(await context.once(`assertion:${issuer}:${assertion.id}`, lastUse(assertion, skewMs)))) {
    throw providerRefused('the assertion was used before')
  }
  return evidenceOf(assertion, subject, issuer)
}

/** The assertion as the signature covers it: what the verifier gives back, and nothing that it was given. */
async function signedAssertion(settings: SamlSettings, context: ProviderContext, xml: string): Promise<string> {
  const SAMLResponse = Buffer.from(xml).toString('base64')
  const { profile } = await clientOf(settings, context).validatePostResponseAsync({ SAMLResponse })
  const signed: unknown = profile?.getAssertionXml?.()
  if (typeof signed !== 'string') throw new Error('nothing is signed')
  return signed
}

function evidenceOf(assertion: Assertion, subject: string, issuer: string): Evidence {
  const { attributes, classRef, authenticatedAt, issuedAt, sessionIndex, nameId } = assertion
  return {
    issuer,
    subject,
    claims: { ...attributes, ...(nameId !== undefined && { nameId }) },
    methods: ['fed'],
    acr: classRef,
    authenticatedAt,
    issuedAt,
    sessionId: sessionIndex,
  }
}

/** node-saml, which makes requests and verifies signatures. What it leaves out, and what it keeps in memory, is ours. */
function clientOf(settings: SamlSettings, context: ProviderContext, more: Partial<SamlConfig> = {}): SAML {
  const { certificates, entityId = context.metadataUrl, signing, authnContext, nameIdFormat = 'persistent' } = settings
  return new SAML({
    entryPoint: settings.entryPoint,
    issuer: entityId,
    audience: entityId,
    callbackUrl: context.callbackUrl,
    idpCert: [...certificates],
    idpIssuer: settings.idpEntityId,
    wantAssertionsSigned: true,
    wantAuthnResponseSigned: settings.wantResponseSigned ?? false,
    // Its memory of requests is read before it is emptied, and emptied by a forged response: core has its own.
    validateInResponseTo: ValidateInResponseTo.never,
    acceptedClockSkewMs: settings.clockSkewMs ?? 60_000,
    identifierFormat: settings.subjectAttribute === undefined ? nameIdFormats[nameIdFormat] : null,
    disableRequestedAuthnContext: authnContext === undefined,
    ...(authnContext !== undefined && { authnContext: [...authnContext] }),
    ...(signing !== undefined && { privateKey: signing.privateKey, publicCert: signing.certificate }),
    signatureAlgorithm: 'sha256',
    digestAlgorithm: 'sha256',
    ...more,
  })
}

/** What fails in there proves nothing: the reason is for the operator. */
async function refusing<Result>(run: () => Promise<Result>): Promise<Result> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof AuthError) throw error
    throw providerRefused(error instanceof Error ? error.message : 'it can not be read', error)
  }
}

/** There is nothing to ask a provider without a browser: what can be tried is that our own side holds together. */
async function dryRun(settings: SamlSettings, context: ProviderContext): Promise<readonly Finding[]> {
  try {
    const url = await clientOf(settings, context).getAuthorizeUrlAsync('', undefined, {})
    const detail = `Requests go to ${new URL(url).origin}; the provider must know ${context.callbackUrl} and ${settings.entityId ?? context.metadataUrl}.`
    return [{ name: 'request', ok: true, detail }]
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return [{ name: 'request', ok: false, detail: `Check \`signing\` and \`entryPoint\` (${reason}).` }]
  }
}
