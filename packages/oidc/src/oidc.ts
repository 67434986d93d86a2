import {
  type AnswerFields,
  type Evidence,
  type Json,
  type ProviderAnswer,
  type ProviderContext,
  providerRefused,
  providerUnavailable,
  type RedirectProvider,
  type StartRequest,
} from '@sallyport/core'
import * as client from 'openid-client'
import { checkServer } from './check.ts'
import { prepare, step } from './failure.ts'
import { problemOf } from './id-token.ts'
import { isLogoutToken, readLogoutToken } from './logout-token.ts'
import { algorithmOf, createServer } from './server.ts'
import { checkAddress, checkClient, invalid, type OidcSettings, profileOf } from './settings.ts'

/** What has to come back in the answer, and what is known of the request. */
interface Kept {
  readonly nonce: string
  readonly verifier: string
}

const standardClaims = { displayName: 'name', email: 'email', emailVerified: 'email_verified' }

/**
 * An OpenID provider, known by its issuer. Authorization code with PKCE, state and nonce, always; the ID token's signature
 * is verified, always, under one algorithm that the token does not choose. Throws `invalid_setting`.
 */
export function oidc(settings: OidcSettings): RedirectProvider {
  const { id, label = id, scopes = ['openid', 'profile', 'email'], canReauthenticate = true } = settings
  checkClient('oidc', settings)
  checkAddress('oidc', settings, 'issuer', settings.issuer)
  if (!scopes.includes('openid')) throw invalid('oidc', id, '`scopes` has no "openid"; without it use oauth2()')
  const { onFirstLogin, onLogin, profile, mapOn, maxSinceLoginMs, trust } = settings
  const server = createServer(settings)

  async function start({ state, fresh }: StartRequest, { callbackUrl }: ProviderContext) {
    const config = await server.connect()
    const { nonce, verifier } = { nonce: client.randomNonce(), verifier: client.randomPKCECodeVerifier() }
    const maxAge = fresh ? 0 : settings.maxAgeMs === undefined ? undefined : Math.floor(settings.maxAgeMs / 1000)
    const prompt = fresh ? 'login' : settings.prompt
    const parameters = {
      ...settings.parameters,
      redirect_uri: callbackUrl,
      scope: scopes.join(' '),
      state,
      nonce,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...(settings.responseMode === 'form_post' && { response_mode: 'form_post' }),
      ...(prompt !== undefined && { prompt }),
      ...(maxAge !== undefined && { max_age: String(maxAge) }),
      ...(settings.acrValues !== undefined && { acr_values: settings.acrValues.join(' ') }),
    }
    const { require_pushed_authorization_requests: isDemanded = false } = config.serverMetadata()
    const isPushed = settings.pushedRequests ?? isDemanded
    const url = isPushed
      ? await client.buildAuthorizationUrlWithPAR(config, parameters)
      : client.buildAuthorizationUrl(config, parameters)
    return { redirectTo: url.href, kept: { nonce, verifier } satisfies Kept }
  }

  /** Checks what needs no request, so that an answer that is not the provider's burns nothing. */
  function checkAnswer(fields: AnswerFields, metadata: client.ServerMetadata): void {
    // RFC 9207 §2.4: against mix-up, also where the provider has not said that it sends it.
    const isAnnounced = metadata['authorization_response_iss_parameter_supported'] === true
    const isMissing = isAnnounced && fields['iss'] === undefined
    const isOther = fields['iss'] !== undefined && fields['iss'] !== metadata.issuer
    if (isMissing || isOther) throw providerRefused('the answer does not come from this issuer')
    if (fields['response'] !== undefined || fields['id_token'] !== undefined) {
      throw providerRefused('the answer is not one of the code flow')
    }
    if (fields['code'] === undefined && fields['error'] === undefined) throw providerRefused('the answer holds no code')
  }

  async function finish(answer: ProviderAnswer, context: ProviderContext): Promise<Evidence> {
    const { fields, fresh, startedAt } = answer
    const kept = answer.kept as Kept | undefined
    if (kept === undefined) throw providerRefused('nobody has asked for this answer')
    const config = await prepare(server.connect)
    checkAnswer(fields, config.serverMetadata())
    await answer.claim()
    if (fields['error'] !== undefined) throw refusalOf(fields['error'])

    const url = new URL(context.callbackUrl)
    for (const [name, value] of Object.entries(fields)) url.searchParams.set(name, value)
    const checks = {
      pkceCodeVerifier: kept.verifier,
      expectedNonce: kept.nonce,
      expectedState: fields['state'] ?? '',
      idTokenExpected: true,
    }
    const tokens = await step('the ID token', () => client.authorizationCodeGrant(config, url, checks)).catch(
      (error: unknown) => {
        server.forgetKeys()
        throw error
      },
    )
    server.learn(config)
    const claims = tokens.claims()
    if (claims === undefined || tokens.id_token === undefined) throw providerRefused('the answer holds no ID token')
    const problem = problemOf(claims, {
      clientId: settings.clientId,
      accessToken: tokens.access_token,
      algorithm: algorithmOf(settings, config.serverMetadata()),
      now: context.now(),
      startedAt,
      maxAgeMs: fresh ? 0 : settings.maxAgeMs,
      acrValues: settings.acrValues,
    })
    if (problem !== undefined) throw providerRefused(problem)
    const { userinfo_endpoint: userinfo } = config.serverMetadata()
    const more =
      settings.userinfo === false || userinfo === undefined
        ? {}
        : await step('UserInfo', () => client.fetchUserInfo(config, tokens.access_token, claims.sub))
    // The signed claims go over the others.
    return evidenceOf(claims, tokens.id_token, { ...more, ...claims } as Record<string, Json>)
  }

  function evidenceOf(claims: client.IDToken, idToken: string, all: Readonly<Record<string, Json>>): Evidence {
    const { iss, sub, iat, auth_time: authTime, acr, amr, sid } = claims
    return {
      issuer: iss,
      subject: sub,
      claims: all,
      methods: ['fed'],
      amr: Array.isArray(amr) ? amr.filter((method): method is string => typeof method === 'string') : undefined,
      acr: typeof acr === 'string' ? acr : undefined,
      authenticatedAt: authTime === undefined ? undefined : authTime * 1000,
      issuedAt: iat * 1000,
      sessionId: typeof sid === 'string' && sid !== '' ? sid : undefined,
      keep: idToken,
      profile: profileOf(all, standardClaims),
    }
  }

  return {
    id,
    label,
    protocol: 'oidc',
    stateField: 'state',
    canReauthenticate,
    onFirstLogin,
    onLogin,
    profile,
    mapOn,
    maxSinceLoginMs,
    trust,
    start: (request, context) => prepare(() => start(request, context)),
    finish,

    readLogout: async (fields, context) => {
      const { logout_token: token = '' } = fields
      if (!isLogoutToken(token)) throw providerRefused('this is no logout token')
      const config = await prepare(server.connect)
      const metadata = config.serverMetadata()
      const algorithm = algorithmOf(settings, metadata)
      const keys = (fresh: boolean) => prepare(() => server.keys(fresh))
      return step('the logout token', () => readLogoutToken(token, settings, metadata.issuer, algorithm, keys, context))
    },

    startLogout: async ({ keep }, { origin }) => {
      const config = await prepare(server.connect)
      if (config.serverMetadata().end_session_endpoint === undefined) return undefined
      const url = client.buildEndSessionUrl(config, {
        post_logout_redirect_uri: new URL(settings.afterLogout ?? '/', origin).href,
        ...(keep !== undefined && { id_token_hint: keep }),
      })
      return url.href
    },

    check: (context) => checkServer(settings, server, context),
  }
}

/** RFC 6749 §4.1.2.1: what the provider says instead of a code. */
function refusalOf(error: string): Error {
  const isOutage = error === 'server_error' || error === 'temporarily_unavailable'
  const reason = `the provider answers ${error.slice(0, 64)}`
  return isOutage ? providerUnavailable(new Error(reason)) : providerRefused(reason)
}
