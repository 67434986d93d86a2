import type { AuthError, Evidence, ProviderContext } from '@sallyport/core'
import { saml, type SamlSettings } from '../src/index.ts'
import { callbackUrl, facts, type Facts, idpEntityId, type KeyPair, metadataUrl } from './idp.ts'

/** Our side of one provider: settings, and what core lends to it, with a memory of what it has seen. */
export function serviceProvider(key: KeyPair, more: Partial<SamlSettings> = {}) {
  const settings: SamlSettings = {
    id: 'acme',
    idpEntityId,
    entryPoint: 'https://idp.example.org/sso',
    certificates: [key.certificate],
    ...more,
  }
  const provider = saml(settings)
  const seen = new Set<string>()
  const context: ProviderContext = {
    origin: 'https://app.example.com',
    callbackUrl,
    metadataUrl,
    now: Date.now,
    canonicalName: (text) => text,
    once: async (id) => !seen.has(id) && Boolean(seen.add(id)),
  }

  return {
    provider,
    context,

    async start() {
      const { redirectTo, kept } = await provider.start({ state: 'state', fresh: false }, context)
      return { redirectTo, kept, facts: facts((kept as { requestId: string }).requestId) }
    },

    /** What becomes of a response, and how often it used up the request. */
    async finish(xml: string, kept: unknown): Promise<{ evidence?: Evidence; refusal?: string; claims: number }> {
      let claims = 0
      const answer = {
        fields: { SAMLResponse: Buffer.from(xml).toString('base64'), RelayState: 'state' },
        kept: kept as never,
        fresh: false,
        startedAt: Date.now(),
        claim: async () => void claims++,
      }
      try {
        return { evidence: await provider.finish(answer, context), claims }
      } catch (error) {
        const { code, cause } = error as AuthError & { cause?: Error }
        if (code !== 'provider_refused') throw error
        return { refusal: cause?.message ?? '', claims }
      }
    },
  }
}

export type ServiceProvider = ReturnType<typeof serviceProvider>

/** A log-in in which the provider's answer is made by a test. */
export async function attempt(
  sp: ServiceProvider,
  make: (f: Facts) => string,
): Promise<Awaited<ReturnType<ServiceProvider['finish']>>> {
  const { facts: f, kept } = await sp.start()
  return sp.finish(make(f), kept)
}
