import { createHash, randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { exportJWK, generateKeyPair, type JWK, type JWTHeaderParameters, SignJWT } from 'jose'
import { type Listening, listen } from './house.ts'

/** Claims or fields by name; `undefined` leaves one out. */
type Fields = Record<string, unknown>

/** What the provider says instead of the truth. */
export interface Lies {
  metadata?: Fields
  header?: Fields
  claims?: Fields
  /** Claims by what was asked, as `nonce` and the like. */
  claimsOf?: (request: URLSearchParams) => Fields
  /** Does something to the finished ID token. */
  token?: (jwt: string) => string
  signWith?: string
  /** Fields of the answer that the browser brings back. */
  answer?: Fields
  tokenResponse?: Fields
  tokenStatus?: number
  userinfo?: Fields
  keys?: () => JWK[]
  /** Takes over the answer to a path. */
  serve?: Record<string, (request: IncomingMessage, response: ServerResponse) => void>
}

/** A provider of our own that does everything right until it is told to lie. */
export interface LyingProvider extends Listening {
  lies: Lies
  readonly keys: Map<string, { key: CryptoKey; jwk: JWK; alg: string }>
  /** How often each path was asked. */
  readonly asked: Map<string, number>
  /** What came to the token endpoint, last. */
  lastToken: { body: URLSearchParams; authorization: string | undefined } | undefined
  addKey(kid: string, alg?: string): Promise<void>
  sign(claims: Fields, header?: Fields): Promise<string>
  /** A logout token that is good but for what is said. */
  logoutToken(claims?: Fields, header?: Fields): Promise<string>
}

export const clientId = 'sallyport'
export const clientSecret = 'a secret of at least thirty two characters'
export const logoutEvent = 'http://schemas.openid.net/event/backchannel-logout'

const now = () => Math.floor(Date.now() / 1000)

export async function lyingProvider(): Promise<LyingProvider> {
  const keys: LyingProvider['keys'] = new Map()
  const codes = new Map<string, URLSearchParams>()
  const asked = new Map<string, number>()
  let issuer = ''

  async function addKey(kid: string, alg = 'RS256'): Promise<void> {
    const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
    keys.set(kid, { key: privateKey, alg, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } })
  }

  async function sign(claims: Fields, header: Fields = {}): Promise<string> {
    const { lies } = self
    const name = lies.signWith ?? [...keys.keys()].at(-1) ?? ''
    const made = keys.get(name)
    if (made === undefined) throw new Error(`no key ${name}`)
    const full = { alg: made.alg, kid: name, ...header }
    const payload = without(claims)
    if (full.alg === 'none') return `${encode(without(full))}.${encode(payload)}.`
    // The header may say what it likes: the signature is made by the key that there is.
    const signed = await new SignJWT(payload)
      .setProtectedHeader({ ...without(full), alg: made.alg } as JWTHeaderParameters)
      .sign(made.key, { crit: { exp2: true } })
    return full.alg === made.alg ? signed : [encode(without(full)), ...signed.split('.').slice(1)].join('.')
  }

  function metadata(): Fields {
    return without({
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      userinfo_endpoint: `${issuer}/userinfo`,
      jwks_uri: `${issuer}/jwks`,
      end_session_endpoint: `${issuer}/logout`,
      pushed_authorization_request_endpoint: `${issuer}/par`,
      id_token_signing_alg_values_supported: ['RS256', 'ES256'],
      code_challenge_methods_supported: ['S256'],
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      authorization_response_iss_parameter_supported: true,
      ...self.lies.metadata,
    })
  }

  function authorize(url: URL, response: ServerResponse): void {
    const code = randomBytes(16).toString('base64url')
    codes.set(code, url.searchParams)
    const back = new URL(url.searchParams.get('redirect_uri') ?? '')
    const fields = { code, state: url.searchParams.get('state'), iss: issuer, ...self.lies.answer }
    for (const [name, value] of Object.entries(without(fields))) back.searchParams.set(name, String(value))
    response.writeHead(302, { location: back.href }).end()
  }

  async function token(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { lies } = self
    const body = new URLSearchParams(await read(request))
    self.lastToken = { body, authorization: request.headers.authorization }
    const of = codes.get(body.get('code') ?? '')
    codes.delete(body.get('code') ?? '')
    const challenge = createHash('sha256')
      .update(body.get('code_verifier') ?? '')
      .digest('base64url')
    if (of === undefined || of.get('code_challenge') !== challenge) {
      return send(response, 400, { error: 'invalid_grant' })
    }
    const accessToken = randomBytes(16).toString('base64url')
    const claims = {
      iss: issuer,
      sub: 'alice',
      aud: clientId,
      exp: now() + 300,
      iat: now(),
      nonce: of.get('nonce'),
      ...lies.claims,
      ...lies.claimsOf?.(of),
    }
    const jwt = await sign(claims, lies.header)
    const answer = {
      access_token: accessToken,
      token_type: 'Bearer',
      id_token: lies.token?.(jwt) ?? jwt,
      ...lies.tokenResponse,
    }
    send(response, lies.tokenStatus ?? 200, without(answer))
  }

  const listening = await listen((origin) => {
    issuer = origin
    return (request, response) => {
      const url = new URL(request.url ?? '/', origin)
      asked.set(url.pathname, (asked.get(url.pathname) ?? 0) + 1)
      const lie = self.lies.serve?.[url.pathname]
      if (lie !== undefined) return lie(request, response)
      if (url.pathname === '/.well-known/openid-configuration') return send(response, 200, metadata())
      if (url.pathname === '/jwks')
        return send(response, 200, { keys: self.lies.keys?.() ?? [...keys.values()].map(({ jwk }) => jwk) })
      if (url.pathname === '/authorize') return authorize(url, response)
      if (url.pathname === '/userinfo')
        return send(response, 200, without({ sub: 'alice', name: 'Alice', ...self.lies.userinfo }))
      if (url.pathname === '/token') return void token(request, response)
      response.writeHead(404).end()
    }
  })

  const self: LyingProvider = {
    ...listening,
    lies: {},
    keys,
    asked,
    lastToken: undefined,
    addKey,
    sign,

    logoutToken: async (claims = {}, header = {}) =>
      sign(
        {
          iss: issuer,
          aud: clientId,
          iat: now(),
          exp: now() + 120,
          jti: randomBytes(8).toString('hex'),
          events: { [logoutEvent]: {} },
          ...claims,
        },
        { typ: 'logout+jwt', ...header },
      ),
  }
  await addKey('first')
  return self
}

function without(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

async function read(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}
