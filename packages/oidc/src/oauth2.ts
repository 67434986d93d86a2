import {
  type Evidence,
  type Json,
  type ProviderAnswer,
  type ProviderContext,
  providerRefused,
  type RedirectProvider,
} from '@sallyport/core'
import * as client from 'openid-client'
import { explain, prepare, step } from './failure.ts'
import { authenticationOf, fetchOf } from './server.ts'
import { checkAddress, checkClient, type OAuth2Settings, profileOf } from './settings.ts'

/**
 * An OAuth 2.0 server without OpenID: code flow with PKCE and state, and a record of the user that must have a stable
 * subject. It says neither when nor how the user authenticated. Throws `invalid_setting`.
 */
export function oauth2(settings: OAuth2Settings): RedirectProvider {
  const { id, label = id, scopes = [], claims = {} } = settings
  checkClient('oauth2', settings)
  const authorization = checkAddress('oauth2', settings, 'authorizationEndpoint', settings.authorizationEndpoint)
  checkAddress('oauth2', settings, 'tokenEndpoint', settings.tokenEndpoint)
  checkAddress('oauth2', settings, 'userinfoEndpoint', settings.userinfoEndpoint)
  const { onFirstLogin, onLogin, profile, mapOn, maxSinceLoginMs, trust } = settings
  const issuer = settings.issuer ?? authorization.origin
  const outbound = fetchOf(settings)

  async function connect(): Promise<client.Configuration> {
    const metadata = {
      issuer,
      authorization_endpoint: settings.authorizationEndpoint,
      token_endpoint: settings.tokenEndpoint,
    }
    const config = new client.Configuration(
      metadata,
      settings.clientId,
      undefined,
      await authenticationOf(settings, undefined),
    )
    config[client.customFetch] = outbound as client.CustomFetch
    if (settings.network === 'localhost') client.allowInsecureRequests(config)
    return config
  }

  /** What the server's own API says of whoever the token is for. */
  async function fetchRecord(accessToken: string): Promise<Readonly<Record<string, Json>>> {
    const headers = { accept: 'application/json', authorization: `Bearer ${accessToken}`, 'user-agent': 'sallyport' }
    const response = await outbound(settings.userinfoEndpoint, { headers })
    if (response.status !== 200) throw new Error(`the userinfo endpoint answers ${response.status}`)
    const body: unknown = await response.json()
    if (typeof body !== 'object' || body === null || Array.isArray(body)) throw new Error('userinfo is no record')
    return body as Readonly<Record<string, Json>>
  }

  async function finish(answer: ProviderAnswer, { callbackUrl }: ProviderContext): Promise<Evidence> {
    const { fields } = answer
    const kept = answer.kept as { readonly verifier: string } | undefined
    if (kept === undefined) throw providerRefused('nobody has asked for this answer')
    if (fields['iss'] !== undefined && fields['iss'] !== issuer)
      throw providerRefused('the answer comes from another issuer')
    if (fields['code'] === undefined && fields['error'] === undefined) throw providerRefused('the answer holds no code')
    await answer.claim()
    if (fields['error'] !== undefined) throw providerRefused(`the provider answers ${fields['error'].slice(0, 64)}`)
    const url = new URL(callbackUrl)
    for (const name of ['code', 'state']) url.searchParams.set(name, fields[name] ?? '')
    const config = await connect()
    const checks = { pkceCodeVerifier: kept.verifier, expectedState: fields['state'] ?? '' }
    const tokens = await step('the access token', () => client.authorizationCodeGrant(config, url, checks))
    const record = await step('the record of the user', () => fetchRecord(tokens.access_token))
    const subject = subjectIn(record, settings.subject)
    return { issuer, subject, claims: record, methods: ['fed'], profile: profileOf(record, claims) }
  }

  return {
    id,
    label,
    protocol: 'oauth2',
    stateField: 'state',
    canReauthenticate: false,
    onFirstLogin,
    onLogin,
    profile,
    mapOn,
    maxSinceLoginMs,
    trust,

    start: ({ state }, { callbackUrl }) =>
      prepare(async () => {
        const verifier = client.randomPKCECodeVerifier()
        const url = client.buildAuthorizationUrl(await connect(), {
          ...settings.parameters,
          redirect_uri: callbackUrl,
          state,
          code_challenge: await client.calculatePKCECodeChallenge(verifier),
          code_challenge_method: 'S256',
          ...(scopes.length > 0 && { scope: scopes.join(' ') }),
        })
        return { redirectTo: url.href, kept: { verifier } }
      }),

    finish,

    async check({ callbackUrl }) {
      const token = await outbound(settings.tokenEndpoint, { method: 'POST', body: new URLSearchParams() }).then(
        () => ({ name: 'token', ok: true, detail: `${settings.tokenEndpoint} answers` }),
        (error: unknown) => ({ name: 'token', ok: false, detail: explain(error) }),
      )
      return [token, { name: 'callback', ok: true, detail: `${callbackUrl} must be registered as redirect URI` }]
    },
  }
}

/** A subject is a number or a text, and never an object that would be called `[object Object]`. */
function subjectIn(record: Readonly<Record<string, Json>>, name: string): string {
  const value = Object.hasOwn(record, name) ? record[name] : undefined
  if (typeof value === 'string' && value !== '') return value
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value)
  throw providerRefused(`the record of the user has no ${name}`)
}
