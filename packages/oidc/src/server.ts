import { createOutbound, type Outbound, type OutboundRequest } from '@sallyport/core/outbound'
import { importJWK, type JSONWebKeySet, type JWK } from 'jose'
import * as client from 'openid-client'
import { tellOutages } from './failure.ts'
import { paced } from './paced.ts'
import { type ClientSettings, isSafe, type OidcSettings, signingAlgorithms } from './settings.ts'

/** An OpenID provider as its metadata describes it, of bounded age. */
export interface OidcServer {
  /**
   * A client of the provider for one piece of work. Metadata and keys come from what is known, so that mostly nothing is
   * fetched; a key that is not known is looked for once.
   */
  connect(): Promise<client.Configuration>
  /** Takes over the keys that a piece of work has fetched. */
  learn(from: client.Configuration): void
  /** After a signature that was wrong: the keys may have changed under their old names. */
  forgetKeys(): void
  /** The provider's keys, fetched anew with `fresh`, though not more often than the provider can bear. */
  keys(fresh?: boolean): Promise<JSONWebKeySet>
  readonly fetch: Outbound
}

const metadataAgeMs = 60 * 60_000
/** How long metadata is used while it can't be fetched anew. */
const staleAgeMs = 24 * 60 * 60_000
/** How long nobody waits for an answer of a provider that has just failed to describe itself. */
const stalePauseMs = 60_000
const keysAgeMs = 5 * 60_000
const keysPauseMs = 10_000

interface Kept<Value> {
  readonly value: Value
  readonly at: number
}

interface Metadata {
  readonly text: string
  readonly server: client.ServerMetadata
}

/** The provider behind an issuer. Caches live in this process, and hold public data only. */
export function createServer(settings: OidcSettings): OidcServer {
  const outbound = fetchOf(settings)
  const wellKnown = `${settings.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  let metadata: Kept<Metadata> | undefined
  let staleUntil = 0
  let keys: Kept<JSONWebKeySet> | undefined

  const fetchMetadata = paced(async (): Promise<Metadata> => {
    const response = await outbound(wellKnown, { headers: { accept: 'application/json' } })
    if (response.status !== 200) throw new Error(`${wellKnown} answers ${response.status}`)
    const text = await response.text()
    const server = JSON.parse(text) as client.ServerMetadata
    checkIssuer(settings, server.issuer)
    checkEndpoints(settings, server)
    metadata = { value: { text, server }, at: Date.now() }
    return metadata.value
  })

  /** From memory while it is young, and, while the provider is away, until it is too old. */
  async function load(): Promise<Metadata> {
    const age = metadata === undefined ? Number.POSITIVE_INFINITY : Date.now() - metadata.at
    const maxAge = Date.now() < staleUntil ? staleAgeMs : metadataAgeMs
    if (metadata !== undefined && age < maxAge) return metadata.value
    return fetchMetadata().catch((error: unknown) => {
      if (metadata === undefined || age >= staleAgeMs) throw error
      staleUntil = Date.now() + stalePauseMs
      return metadata.value
    })
  }

  async function connect(): Promise<client.Configuration> {
    const { text, server } = await load()
    const known: client.CustomFetch = async (url, request) =>
      url === wellKnown
        ? new Response(text, { headers: { 'content-type': 'application/json' } })
        : outbound(url, request as OutboundRequest)
    const registration = {
      id_token_signed_response_alg: algorithmOf(settings, server),
      [client.clockTolerance]: 30,
    }
    const authentication = await authenticationOf(settings, server.token_endpoint_auth_methods_supported)
    const insecure = settings.network === 'localhost' ? [client.allowInsecureRequests] : []
    const config = await client.discovery(new URL(settings.issuer), settings.clientId, registration, authentication, {
      [client.customFetch]: known,
      execute: [...insecure, client.enableNonRepudiationChecks],
    })
    if (keys !== undefined && Date.now() - keys.at < keysAgeMs) {
      // Of an age at which the library uses them, but asks once more for a key that is not among them.
      const uat = Math.floor(Date.now() / 1000) - 100
      client.setJwksCache(config, { jwks: keys.value as client.JWKS, uat })
    }
    return config
  }

  const fetchKeys = paced(async (): Promise<JSONWebKeySet> => {
    const { jwks_uri: uri } = (await connect()).serverMetadata()
    if (uri === undefined) throw new Error('the metadata has no jwks_uri')
    const response = await outbound(uri, { headers: { accept: 'application/json' } })
    const body = (await response.json()) as JSONWebKeySet
    if (response.status !== 200 || !Array.isArray(body.keys)) throw new Error('jwks_uri gives no key set')
    keys = { value: body, at: Date.now() }
    return body
  })

  return {
    connect,
    fetch: outbound,

    learn(from) {
      const cache = client.getJwksCache(from)
      const isFetched = cache !== undefined && Math.floor(Date.now() / 1000) - cache.uat < 60
      if (isFetched) keys = { value: cache.jwks as JSONWebKeySet, at: cache.uat * 1000 }
    },

    forgetKeys() {
      keys = undefined
    },

    async keys(fresh = false) {
      const age = keys === undefined ? Number.POSITIVE_INFINITY : Date.now() - keys.at
      if (keys !== undefined && age < (fresh ? keysPauseMs : keysAgeMs)) return keys.value
      return fetchKeys()
    },
  }
}

/** The guarded `fetch` of a provider. */
export function fetchOf({ fetch, network, ca, timeoutMs }: ClientSettings): Outbound {
  return tellOutages(fetch ?? createOutbound({ network, ca, timeoutMs }))
}

/** OpenID Connect Discovery §4.3: exactly the same. Only Entra ID has one document for many issuers. */
function checkIssuer(settings: OidcSettings, found: string): void {
  const isTemplate = found.startsWith('https://login.microsoftonline.com/{tenantid}/')
  const isMultiTenant = /^https:\/\/login\.microsoftonline\.com\/(common|organizations|consumers)\//.test(
    settings.issuer,
  )
  if (found === settings.issuer || (isTemplate && isMultiTenant)) return
  throw new Error(`the metadata is that of ${found}, not of ${settings.issuer}`)
}

const required = ['authorization_endpoint', 'token_endpoint', 'jwks_uri'] as const
const optional = ['userinfo_endpoint', 'end_session_endpoint', 'pushed_authorization_request_endpoint'] as const

/** Everything that is going to be fetched, or shown to a browser, is https. */
function checkEndpoints({ network }: OidcSettings, server: client.ServerMetadata): void {
  for (const name of [...required, ...optional]) {
    const text = server[name]
    if (text === undefined && optional.includes(name as (typeof optional)[number])) continue
    const isGood = typeof text === 'string' && URL.canParse(text) && isSafe(new URL(text), network)
    if (!isGood) throw new Error(`the metadata has ${String(text)} for ${name}, which is no address that may be used`)
  }
}

/** One algorithm, from configuration or metadata: what a token says of itself decides nothing. */
export function algorithmOf({ signingAlgorithm }: OidcSettings, server: client.ServerMetadata): string {
  if (signingAlgorithm !== undefined) return signingAlgorithm
  const listed = server.id_token_signing_alg_values_supported
  if (listed === undefined || listed.includes('RS256')) return 'RS256'
  const first = signingAlgorithms.find((name) => listed.includes(name))
  if (first === undefined) throw new Error(`none of the signature algorithms ${listed.join(', ')} is accepted`)
  return first
}

/** How the client proves who it is at the token endpoint. */
export async function authenticationOf(
  settings: ClientSettings & { readonly privateKey?: JWK | undefined },
  listed: readonly string[] | undefined,
): Promise<client.ClientAuth> {
  const { clientSecret, clientAuthentication, privateKey } = settings
  if (privateKey !== undefined) {
    const key = await importJWK(privateKey, privateKey.alg)
    if (key instanceof Uint8Array) throw new Error('`privateKey` is a symmetric key')
    return client.PrivateKeyJwt(privateKey.kid === undefined ? key : { key, kid: privateKey.kid })
  }
  if (clientSecret === undefined) return client.None()
  const secret = typeof clientSecret === 'string' ? clientSecret : await clientSecret()
  const isBasic =
    listed === undefined || listed.includes('client_secret_basic') || !listed.includes('client_secret_post')
  const way = clientAuthentication ?? (isBasic ? 'basic' : 'post')
  return way === 'basic' ? client.ClientSecretBasic(secret) : client.ClientSecretPost(secret)
}
