import { importPKCS8, SignJWT } from 'jose'
import type { OAuth2Settings, OidcSettings } from './settings.ts'

type OidcPreset = Omit<OidcSettings, 'id' | 'clientId'>
type OAuth2Preset = Omit<OAuth2Settings, 'id' | 'clientId'>

/** Google. Its ID tokens don't say when the user authenticated. */
export const google: OidcPreset = { label: 'Google', issuer: 'https://accounts.google.com', canReauthenticate: false }

/** Apple: its secret is made by `appleSecret`, and its name and address come by form post. */
export const apple: OidcPreset = {
  label: 'Apple',
  issuer: 'https://appleid.apple.com',
  scopes: ['openid', 'name', 'email'],
  responseMode: 'form_post',
  clientAuthentication: 'post',
  canReauthenticate: false,
}

/** Microsoft Entra ID. A tenant of your own, or `organizations`, `consumers`, `common`: then the issuer tells tenants apart. */
export const microsoft = (tenant: string): OidcPreset => ({
  label: 'Microsoft',
  issuer: `https://login.microsoftonline.com/${tenant}/v2.0`,
})

/** GitLab, theirs or your own. */
export const gitlab = (origin = 'https://gitlab.com'): OidcPreset => ({ label: 'GitLab', issuer: origin })

/** Okta: `https://example.okta.com`, or with `/oauth2/default` behind it. */
export const okta = (issuer: string): OidcPreset => ({ label: 'Okta', issuer })

/** Auth0: the domain, as in `example.eu.auth0.com`. */
export const auth0 = (domain: string): OidcPreset => ({ label: 'Auth0', issuer: `https://${domain}/` })

/** Keycloak: where it is served, and the realm. */
export const keycloak = (origin: string, realm: string): OidcPreset => ({
  label: 'Keycloak',
  issuer: `${origin}/realms/${realm}`,
})

/** GitHub. The id of an account is never given to another; its login name is. */
export const github: OAuth2Preset = {
  label: 'GitHub',
  authorizationEndpoint: 'https://github.com/login/oauth/authorize',
  tokenEndpoint: 'https://github.com/login/oauth/access_token',
  userinfoEndpoint: 'https://api.github.com/user',
  scopes: ['read:user'],
  subject: 'id',
  claims: { displayName: 'name' },
}

/** Discord. */
export const discord: OAuth2Preset = {
  label: 'Discord',
  authorizationEndpoint: 'https://discord.com/oauth2/authorize',
  tokenEndpoint: 'https://discord.com/api/oauth2/token',
  userinfoEndpoint: 'https://discord.com/api/users/@me',
  scopes: ['identify'],
  subject: 'id',
  claims: { displayName: 'global_name' },
}

/** What Apple takes for a client secret: a token of five minutes under the key (PKCS #8) that it gave you. */
export function appleSecret(of: {
  readonly teamId: string
  readonly keyId: string
  readonly clientId: string
  readonly privateKey: string
}): () => Promise<string> {
  return async () =>
    new SignJWT()
      .setProtectedHeader({ alg: 'ES256', kid: of.keyId })
      .setIssuer(of.teamId)
      .setSubject(of.clientId)
      .setAudience('https://appleid.apple.com')
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign(await importPKCS8(of.privateKey, 'ES256'))
}
