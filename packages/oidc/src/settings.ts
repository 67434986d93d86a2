import {
  AuthError,
  providerRuleNames,
  refuseUnknown,
  type Json,
  type MappedProfile,
  type ProviderRules,
} from '@sallyport/core'
import type { Network, Outbound } from '@sallyport/core/outbound'
import type { JWK } from 'jose'

/** What both kinds of provider are told. */
export interface ClientSettings extends ProviderRules {
  /** Its name in paths and in storage, as in `acme`. */
  readonly id: string
  /** What the button says: the id by default. */
  readonly label?: string | undefined
  readonly clientId: string
  /** Without a secret or a key the client is a public one, and PKCE alone stands behind it. */
  readonly clientSecret?: string | (() => Promise<string> | string) | undefined
  /** How the secret is sent: `'basic'` where the provider lists it or says nothing, by default. */
  readonly clientAuthentication?: 'basic' | 'post' | undefined
  readonly scopes?: readonly string[] | undefined
  /** Further parameters for the provider's own purposes. None of those that a log-in rests on can be set. */
  readonly parameters?: Readonly<Record<string, string>> | undefined
  /** Which addresses are reached: `'public'` by default, `'private'` for one's own network, `'localhost'` for development. */
  readonly network?: Network | undefined
  /** Certificates (PEM) to be trusted instead of the system's. */
  readonly ca?: string | undefined
  /** For how long an answer is waited for, in milliseconds: 5000 by default. */
  readonly timeoutMs?: number | undefined
  /** Takes the place of the guarded `fetch`: for runtimes that can't open connections, or for a proxy. */
  readonly fetch?: Outbound | undefined
}

/** An OpenID provider: its issuer is enough. */
export interface OidcSettings extends ClientSettings {
  readonly issuer: string
  /** A private key instead of a secret (`private_key_jwt`), as JWK with its `alg`. */
  readonly privateKey?: JWK | undefined
  /** The algorithm of ID tokens: RS256, or the first one that the provider lists and we allow, by default. */
  readonly signingAlgorithm?: SigningAlgorithm | undefined
  /** How the answer comes back: `'query'` by default. */
  readonly responseMode?: 'query' | 'form_post' | undefined
  /** Whether requests are pushed (RFC 9126): where the provider demands it, by default. */
  readonly pushedRequests?: boolean | undefined
  readonly prompt?: 'login' | 'consent' | 'select_account' | undefined
  /** How long ago the user may have authenticated at the provider, in milliseconds. Checked on the answer. */
  readonly maxAgeMs?: number | undefined
  /** Asked for, and one of them must be in the answer. */
  readonly acrValues?: readonly string[] | undefined
  /** Whether claims are read from the UserInfo endpoint too: where there is one, by default. */
  readonly userinfo?: boolean | undefined
  /** Whether the provider can authenticate somebody anew and prove it by `auth_time`: `true` by default. */
  readonly canReauthenticate?: boolean | undefined
  /** Where the provider sends the browser after a logout there: a path on our origin, registered with it. `/` by default. */
  readonly afterLogout?: string | undefined
  /** Accepts logout tokens that do not say by `typ` that they are. */
  readonly untypedLogoutTokens?: boolean | undefined
}

/** An OAuth 2.0 server without OpenID: what it says of a user comes from an API of its own. */
export interface OAuth2Settings extends ClientSettings {
  readonly authorizationEndpoint: string
  readonly tokenEndpoint: string
  readonly userinfoEndpoint: string
  /** What identities are filed under; the origin of the authorization endpoint by default. */
  readonly issuer?: string | undefined
  /** The member of the user's record that never changes and is never given to somebody else, as in `id`. */
  readonly subject: string
  /** Members of the record for a profile, where `profile` is not given. */
  readonly claims?: ClaimNames | undefined
}

/** Which members of a record make a profile. */
export type ClaimNames = Readonly<Partial<Record<Exclude<keyof MappedProfile, 'roles'>, string>>>

/** Algorithms of signatures that are accepted. What is symmetric or none is not among them. */
export type SigningAlgorithm = (typeof signingAlgorithms)[number]

export const signingAlgorithms = [
  'RS256',
  'PS256',
  'ES256',
  'EdDSA',
  'Ed25519',
  'RS384',
  'PS384',
  'ES384',
  'RS512',
  'PS512',
  'ES512',
] as const

/** Parameters that a log-in rests on. */
const ours = new Set([
  'client_id',
  'redirect_uri',
  'response_type',
  'response_mode',
  'scope',
  'state',
  'nonce',
  'code_challenge',
  'code_challenge_method',
  'prompt',
  'max_age',
  'acr_values',
  'request',
  'request_uri',
  'claims',
  'client_secret',
])

type Names<Of> = Readonly<Record<keyof Of, true>>

const clientNames: Names<ClientSettings> = {
  ...providerRuleNames,
  id: true,
  label: true,
  clientId: true,
  clientSecret: true,
  clientAuthentication: true,
  scopes: true,
  parameters: true,
  network: true,
  ca: true,
  timeoutMs: true,
  fetch: true,
}
const oidcNames: Names<OidcSettings> = {
  ...clientNames,
  issuer: true,
  privateKey: true,
  signingAlgorithm: true,
  responseMode: true,
  pushedRequests: true,
  prompt: true,
  maxAgeMs: true,
  acrValues: true,
  userinfo: true,
  canReauthenticate: true,
  afterLogout: true,
  untypedLogoutTokens: true,
}
const oauth2Names: Names<OAuth2Settings> = {
  ...clientNames,
  authorizationEndpoint: true,
  tokenEndpoint: true,
  userinfoEndpoint: true,
  issuer: true,
  subject: true,
  claims: true,
}

/** Throws `invalid_setting` for what can't work, is not safe, or means nothing. */
export function checkClient(kind: 'oidc' | 'oauth2', settings: ClientSettings): void {
  const { id, clientId, parameters = {} } = settings
  refuseUnknown(`option of ${kind}`, settings, kind === 'oidc' ? oidcNames : oauth2Names)
  if (typeof clientId !== 'string' || clientId === '') throw invalid(kind, id, '`clientId` is missing')
  for (const name of Object.keys(parameters)) {
    if (ours.has(name)) throw invalid(kind, id, `\`parameters\` has ${name}, which is set by Sallyport`)
  }
}

/** Checks an address that is to be fetched or to be sent to. */
export function checkAddress(kind: string, settings: ClientSettings, name: string, text: string): URL {
  const url = typeof text === 'string' && URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined) throw invalid(kind, settings.id, `\`${name}\` is ${JSON.stringify(text)}, which is no address`)
  if (isSafe(url, settings.network)) return url
  throw invalid(kind, settings.id, `\`${name}\` is not https; for development set \`network\` to "localhost"`)
}

/** Whether a browser may be sent there, or a request. */
export function isSafe({ protocol, hostname }: URL, network: Network | undefined): boolean {
  const isLocal = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\]|.+\.localhost)$/.test(hostname)
  return protocol === 'https:' || (protocol === 'http:' && isLocal && network === 'localhost')
}

export function invalid(kind: string, id: string, problem: string): AuthError {
  return new AuthError('invalid_setting', { detail: `${kind}(${JSON.stringify(id)}): ${problem}.` })
}

/** A profile from named members of a record. */
export function profileOf(record: Readonly<Record<string, Json>>, names: ClaimNames): MappedProfile {
  const text = (name: string | undefined) => {
    const value = name === undefined ? undefined : record[name]
    return typeof value === 'string' ? value : undefined
  }
  const { emailVerified } = names
  return {
    username: text(names.username),
    displayName: text(names.displayName),
    email: text(names.email),
    emailVerified: emailVerified !== undefined && record[emailVerified] === true,
  }
}
