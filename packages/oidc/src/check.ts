import type { Finding, ProviderContext } from '@sallyport/core'
import * as client from 'openid-client'
import { explain } from './failure.ts'
import { algorithmOf, type OidcServer } from './server.ts'
import type { OidcSettings } from './settings.ts'

/** Tries everything that a log-in will need, but for the user. */
export async function checkServer(
  settings: OidcSettings,
  server: OidcServer,
  { callbackUrl }: ProviderContext,
): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  const tell = (name: string, ok: boolean, detail: string) => void findings.push({ name, ok, detail })

  const config = await server.connect().catch((error: unknown) => {
    tell('discovery', false, `${explain(error)}. Is ${settings.issuer} the issuer, exactly as the provider writes it?`)
  })
  if (config === undefined) return findings
  const metadata = config.serverMetadata()
  const transport = settings.network === 'localhost' ? 'http is allowed on localhost' : 'https throughout'
  tell('discovery', true, `${settings.issuer} describes itself; ${transport}`)

  const methods = metadata['code_challenge_methods_supported'] as readonly string[] | undefined
  tell(
    'pkce',
    methods?.includes('S256') !== false,
    methods === undefined ? 'not announced; sent all the same' : methods.join(', '),
  )
  if (settings.acrValues !== undefined) {
    const known = metadata['acr_values_supported'] as readonly string[] | undefined
    const ok = known === undefined || settings.acrValues.some((value) => known.includes(value))
    tell('acr', ok, ok ? 'acrValues can be had' : `acrValues are not among ${known?.join(', ')}`)
  }
  await checkKeys(settings, server, metadata, tell)
  await checkRegistration(config, callbackUrl, tell)
  tell('callback', true, `${callbackUrl} must be registered as redirect URI`)
  const { end_session_endpoint: logout } = metadata
  tell('logout', true, logout === undefined ? 'no logout at the provider' : 'RP-initiated logout works')
  return findings
}

type Tell = (name: string, ok: boolean, detail: string) => void

async function checkKeys(
  settings: OidcSettings,
  server: OidcServer,
  metadata: client.ServerMetadata,
  tell: Tell,
): Promise<void> {
  try {
    const algorithm = algorithmOf(settings, metadata)
    const { keys } = await server.keys(true)
    const type = algorithm.startsWith('Ed') ? 'OKP' : algorithm.startsWith('ES') ? 'EC' : 'RSA'
    const usable = keys.filter(
      ({ kty, alg = algorithm, use = 'sig' }) => kty === type && alg === algorithm && use === 'sig',
    )
    const ok = usable.length > 0
    tell('keys', ok, ok ? `${usable.length} for ${algorithm}` : `none for ${algorithm}: set \`signingAlgorithm\``)
  } catch (error) {
    tell('keys', false, explain(error))
  }
}

/** A code that there can't be: whoever refuses the code has accepted the client. */
async function checkRegistration(config: client.Configuration, callbackUrl: string, tell: Tell): Promise<void> {
  const url = new URL(callbackUrl)
  url.searchParams.set('code', 'sallyport-dry-run')
  const { issuer } = config.serverMetadata()
  url.searchParams.set('iss', issuer)
  try {
    await client.authorizationCodeGrant(config, url, { pkceCodeVerifier: client.randomPKCECodeVerifier() })
    tell('client', false, 'the provider accepts any code')
  } catch (error) {
    const isAccepted = error instanceof client.ResponseBodyError && error.error === 'invalid_grant'
    const mend = 'Are `clientId`, the secret and `clientAuthentication` as registered?'
    tell('client', isAccepted, isAccepted ? 'the provider knows this client' : `${explain(error)}. ${mend}`)
  }
}
