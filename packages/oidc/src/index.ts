export { oauth2 } from './oauth2.ts'
export { oidc } from './oidc.ts'
export { apple, appleSecret, auth0, discord, github, gitlab, google, keycloak, microsoft, okta } from './presets.ts'
export type { ClaimNames, ClientSettings, OAuth2Settings, OidcSettings, SigningAlgorithm } from './settings.ts'
