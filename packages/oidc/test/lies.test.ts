import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { oidc, type OidcSettings } from '../src/index.ts'
import { createBrowser, type House, house } from './house.ts'
import { clientId, clientSecret, type Lies, type LyingProvider, lyingProvider } from './lying-provider.ts'

let idp: LyingProvider
let app: House

/** A fresh application, which knows nothing of the provider yet. */
async function build(settings: Partial<OidcSettings> = {}): Promise<House> {
  return house(() => [
    oidc({
      id: 'acme',
      issuer: idp.origin,
      clientId,
      clientSecret,
      network: 'localhost',
      timeoutMs: 1000,
      ...settings,
    }),
    oidc({ id: 'other', issuer: idp.origin, clientId: 'other', clientSecret, network: 'localhost' }),
  ])
}

beforeAll(async () => {
  idp = await lyingProvider()
  await idp.addKey('ec', 'ES256')
  idp.lies.signWith = 'first'
})

beforeEach(async () => {
  await app?.close()
  app = await build()
})

afterAll(async () => {
  await app.close()
  await idp.close()
})

/** A whole log-in while the provider lies, and what the application told its operator. */
async function logIn(lies: Lies = {}, provider = 'acme') {
  idp.lies = { signWith: 'first', ...lies }
  const browser = createBrowser()
  const response = await browser.go(`${app.origin}/auth/login/${provider}`)
  const session = await browser.fetch(`${app.origin}/auth/session`)
  const { status } = (await session.json()) as { status: string }
  const text = await response.text()
  return { status: response.status, code: /"code":"(\w+)"/.exec(text)?.[1], session: status, reasons: app.reasons() }
}

const past = () => Math.floor(Date.now() / 1000) - 3600
const future = () => Math.floor(Date.now() / 1000) + 3600

test('a provider that tells the truth is believed', async () => {
  expect(await logIn()).toMatchObject({ status: 200, session: 'unlocked', reasons: [] })
})

describe('a provider that is wrong in one field is refused, and nobody is logged in', () => {
  const wrong: Record<string, Lies> = {
    'D17: iss of another': { claims: { iss: 'https://evil.example' } },
    'D17: no iss': { claims: { iss: undefined } },
    'D17: iss with a slash more': { claimsOf: () => ({ iss: `${idp.origin}/` }) },
    'ASVS 9.2.3, 10.5.4: aud of another': { claims: { aud: 'somebody else' } },
    'ASVS 9.2.3, 10.5.4: no aud': { claims: { aud: undefined } },
    'ASVS 9.2.3, 10.5.4: aud an empty list': { claims: { aud: [] } },
    'several aud without azp': { claims: { aud: [clientId, 'other'] } },
    'azp of another': { claims: { aud: [clientId, 'other'], azp: 'other' } },
    'azp of another with a single aud': { claims: { azp: 'other' } },
    'ASVS 10.5.1: nonce of another log-in': { claims: { nonce: 'x'.repeat(43) } },
    'ASVS 10.5.1: no nonce': { claims: { nonce: undefined } },
    'ASVS 10.5.1: nonce that is no text': { claims: { nonce: ['x'] } },
    'ASVS 9.2.1: exp in the past': { claims: { exp: past() } },
    'ASVS 9.2.1: no exp': { claims: { exp: undefined } },
    'ASVS 9.2.1: exp a text': { claims: { exp: '9999999999' } },
    'ASVS 9.2.1: nbf in the future': { claims: { nbf: future() } },
    'no iat': { claims: { iat: undefined } },
    'iat in the future': { claims: { iat: future() } },
    'no sub': { claims: { sub: undefined } },
    'an empty sub': { claims: { sub: '' } },
    'sub a number': { claims: { sub: 7 } },
    'a sub of 256 characters': { claims: { sub: 'x'.repeat(256) } },
    'at_hash of another token': { claims: { at_hash: 'x'.repeat(22) } },
    'at_hash a number': { claims: { at_hash: 1 } },
    'auth_time a text': { claims: { auth_time: 'today' } },
    'auth_time in the future': { claims: { auth_time: future() } },
    'ASVS 9.1.2: alg none': { header: { alg: 'none' } },
    'ASVS 9.1.2: alg None': { header: { alg: 'None' } },
    'ASVS 9.1.2: alg HS256': { header: { alg: 'HS256' } },
    'D17, ASVS 11.6.1: another good algorithm than the configured one': { signWith: 'ec' },
    'D17: the algorithm of another key': { header: { alg: 'ES256' } },
    'ASVS 9.1.3: a key in the header': { header: { jwk: { kty: 'RSA', n: 'x', e: 'AQAB' }, kid: 'unknown' } },
    'ASVS 9.1.3: an unknown kid with a jku': { header: { jku: 'https://evil.example/jwks', kid: 'unknown' } },
    'a crit that nobody knows': { header: { crit: ['exp2'], exp2: 1 } },
    'ASVS 6.8.2: a signature that is wrong': { token: (jwt) => `${jwt.slice(0, -10)}AAAAAAAAAA` },
    'ASVS 6.8.2: no signature': { token: (jwt) => jwt.slice(0, jwt.lastIndexOf('.') + 1) },
    'ASVS 6.8.2: claims changed after signing': {
      token: (jwt) => {
        const [header, payload = '', signature] = jwt.split('.')
        const claims = { ...(JSON.parse(Buffer.from(payload, 'base64url').toString()) as object), sub: 'bob' }
        return [header, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.')
      },
    },
    'a token that is none': { token: () => 'x.y.z' },
    'an encrypted token': { token: () => 'a.b.c.d.e' },
    'no ID token': { tokenResponse: { id_token: undefined } },
    'no access token': { tokenResponse: { access_token: undefined } },
    'an unknown type of token': { tokenResponse: { token_type: 'mac' } },
    'RFC 9207: the answer of another issuer': { answer: { iss: 'https://evil.example' } },
    'RFC 9207: no iss in the answer, though announced': { answer: { iss: undefined } },
    'an answer without a code': { answer: { code: undefined } },
    'a code that it does not know': { answer: { code: 'unknown' } },
    'an answer of the implicit flow': { answer: { id_token: 'x.y.z' } },
    'an answer that is signed as a whole, which was not asked for': { answer: { response: 'x.y.z' } },
    'the user said no': { answer: { error: 'access_denied', code: undefined } },
    'UserInfo of another subject': { userinfo: { sub: 'bob' } },
    'UserInfo without a subject': { userinfo: { sub: undefined } },
  }

  test.each(Object.entries(wrong))('%s', async (_, lies) => {
    const { status, session, reasons, code } = await logIn(lies)
    expect([status, code]).toEqual([401, 'provider_refused'])
    expect(session).toBe('anonymous')
    expect(reasons).toHaveLength(1)
    expect(app.events.map(({ type }) => type)).toContain('provider.refused')
    expect(app.events.map(({ type }) => type)).not.toContain('user.created')
  })

  test.each(['', 'x'.repeat(43)])('ASVS 10.2.1: a state that was not given out: %j', async (state) => {
    expect(await logIn({ answer: { state } })).toMatchObject({
      status: 400,
      code: 'invalid_code',
      session: 'anonymous',
    })
  })

  test('D19: nothing that a lie has left behind spoils the next log-in', async () => {
    for (const lies of Object.values(wrong).slice(0, 10)) await logIn(lies)
    expect(await logIn()).toMatchObject({ status: 200, session: 'unlocked' })
  })

  test('ASVS 16.2.5: what the operator is told holds no token and no code', async () => {
    const { reasons } = await logIn({ claims: { aud: 'somebody else' } })
    expect(reasons[0]).not.toContain('eyJ')
    expect(JSON.stringify(app.events)).not.toContain('eyJ')
  })
})

describe('the optional checks', () => {
  test.each(['RS256', 'ES256'])('at_hash, where it is sent, is that of the access token: %s', async (algorithm) => {
    await app.close()
    app = await build({ signingAlgorithm: algorithm as 'RS256' })
    const { createHash } = await import('node:crypto')
    const hash = createHash('sha256').update('the token').digest().subarray(0, 16).toString('base64url')
    const signWith = algorithm === 'ES256' ? 'ec' : 'first'
    const lies = { signWith, tokenResponse: { access_token: 'the token' }, claims: { at_hash: hash } }
    expect(await logIn(lies)).toMatchObject({ session: 'unlocked' })
  })

  test('ASVS 10.3.4: acr_values are asked for, and one of them must be in the answer', async () => {
    await app.close()
    app = await build({ acrValues: ['gold', 'silver'] })
    let asked = ''
    const claimsOf = (acr: string | undefined) => (request: URLSearchParams) => {
      asked = request.get('acr_values') ?? ''
      return { acr }
    }
    expect(await logIn({ claimsOf: claimsOf('silver') })).toMatchObject({ session: 'unlocked' })
    expect(asked).toBe('gold silver')
    expect(await logIn({ claimsOf: claimsOf('bronze') })).toMatchObject({ session: 'anonymous' })
    expect(await logIn({ claimsOf: claimsOf(undefined) })).toMatchObject({ session: 'anonymous' })
  })

  test('ASVS 6.8.4: max_age is asked for, and auth_time must prove it', async () => {
    await app.close()
    app = await build({ maxAgeMs: 600_000 })
    let asked = ''
    const claimsOf = (authTime: number | undefined) => (request: URLSearchParams) => {
      asked = request.get('max_age') ?? ''
      return { auth_time: authTime }
    }
    const now = Math.floor(Date.now() / 1000)
    expect(await logIn({ claimsOf: claimsOf(now - 500) })).toMatchObject({ session: 'unlocked' })
    expect(asked).toBe('600')
    expect(await logIn({ claimsOf: claimsOf(now - 700) })).toMatchObject({ session: 'anonymous' })
    expect(await logIn({ claimsOf: claimsOf(undefined) })).toMatchObject({ session: 'anonymous' })
  })

  test('prompt and further parameters are passed on', async () => {
    await app.close()
    app = await build({ prompt: 'select_account', parameters: { hd: 'example.com' } })
    let asked = new URLSearchParams()
    await logIn({ claimsOf: (request) => ((asked = request), {}) })
    expect(asked.get('prompt')).toBe('select_account')
    expect(asked.get('hd')).toBe('example.com')
    expect(asked.get('response_type')).toBe('code')
  })

  test('the secret goes by Basic, or in the body where that is all the provider takes', async () => {
    await logIn()
    const basic = Buffer.from(`${clientId}:${clientSecret.replaceAll(' ', '+')}`).toString('base64')
    expect(idp.lastToken?.authorization).toBe(`Basic ${basic}`)
    expect(idp.lastToken?.body.has('client_secret')).toBe(false)
    await app.close()
    app = await build()
    await logIn({ metadata: { token_endpoint_auth_methods_supported: ['client_secret_post'] } })
    expect(idp.lastToken?.authorization).toBeUndefined()
    expect(idp.lastToken?.body.get('client_secret')).toBe(clientSecret)
  })

  test('a private key in place of a secret', async () => {
    const { exportJWK, generateKeyPair, jwtVerify } = await import('jose')
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
    await app.close()
    app = await build({
      clientSecret: undefined,
      privateKey: { ...(await exportJWK(privateKey)), alg: 'ES256', kid: 'k1' },
    })
    expect(await logIn()).toMatchObject({ session: 'unlocked' })
    const assertion = idp.lastToken?.body.get('client_assertion') ?? ''
    const { payload, protectedHeader } = await jwtVerify(assertion, publicKey, { issuer: clientId, subject: clientId })
    expect(payload.aud).toBeDefined()
    expect(protectedHeader.kid).toBe('k1')
  })
})

describe('ASVS 16.5.2: a provider that is away is 503, never a refusal', () => {
  const away: Record<string, Lies['serve']> = {
    'discovery answers 500': { '/.well-known/openid-configuration': (_, response) => response.writeHead(500).end() },
    'discovery answers 404': { '/.well-known/openid-configuration': (_, response) => response.writeHead(404).end() },
    'discovery is no JSON': { '/.well-known/openid-configuration': (_, response) => response.end('<html>') },
    'D18: discovery redirects': {
      '/.well-known/openid-configuration': (_, response) => response.writeHead(302, { location: '/evil' }).end(),
    },
    'D18: discovery is huge': {
      '/.well-known/openid-configuration': (_, response) => response.end('x'.repeat(600_000)),
    },
    'D18: discovery is slow': { '/.well-known/openid-configuration': () => {} },
    'the token endpoint answers 503': { '/token': (_, response) => response.writeHead(503).end() },
    'the token endpoint answers 429': { '/token': (_, response) => response.writeHead(429).end() },
    'the token endpoint hangs up': { '/token': (request) => request.socket.destroy() },
    'D18: the token endpoint redirects': {
      '/token': (_, response) => response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end(),
    },
    'D18: the token endpoint is slow': { '/token': () => {} },
    'D18: the token endpoint answers without end': {
      '/token': (_, response) => {
        response.writeHead(200, { 'content-type': 'application/json' })
        const more = () => response.write('x'.repeat(100_000), (error) => (error ? undefined : setImmediate(more)))
        more()
      },
    },
    'the keys are away': { '/jwks': (_, response) => response.writeHead(500).end() },
    'UserInfo is away': { '/userinfo': (_, response) => response.writeHead(502).end() },
  }

  test.each(Object.entries(away))('%s', async (_, serve) => {
    const { status, session, code } = await logIn({ serve: serve ?? {} })
    expect([status, code]).toEqual([503, 'unavailable'])
    expect(session).toBe('anonymous')
    expect(app.events.map(({ type }) => type)).toContain('provider.failed')
  })

  test.each(['invalid_client', 'unauthorized_client'])('our own registration is wrong: %s', async (error) => {
    const serve: Lies['serve'] = {
      '/token': (_, response) =>
        response.writeHead(401, { 'content-type': 'application/json' }).end(JSON.stringify({ error })),
    }
    expect(await logIn({ serve })).toMatchObject({ status: 503, session: 'anonymous' })
  })

  test.each(['server_error', 'temporarily_unavailable'])('the provider says so itself: %s', async (error) => {
    expect(await logIn({ answer: { error, code: undefined } })).toMatchObject({ status: 503, session: 'anonymous' })
  })
})

describe('D18: a provider whose metadata points elsewhere', () => {
  test.each([
    ['token_endpoint', 'https://169.254.169.254/latest/meta-data/'],
    ['token_endpoint', 'https://10.0.0.1/token'],
    ['token_endpoint', 'http://evil.example/token'],
    ['token_endpoint', 'file:///etc/passwd'],
    ['jwks_uri', 'https://[::ffff:10.0.0.1]/jwks'],
    ['jwks_uri', 'http://evil.example/jwks'],
    ['userinfo_endpoint', 'https://192.168.0.1/userinfo'],
  ])('%s at %s', async (name, address) => {
    const { status, session } = await logIn({ metadata: { [name]: address } })
    expect(status).toBe(503)
    expect(session).toBe('anonymous')
  })

  test.each(['javascript:alert(1)', 'http://evil.example/authorize', 'data:text/html,x', 'ftp://evil.example/'])(
    'authorization_endpoint %s: the browser is not sent there',
    async (address) => {
      idp.lies = { metadata: { authorization_endpoint: address } }
      const response = await createBrowser().fetch(`${app.origin}/auth/login/acme`)
      expect(response.status).toBe(503)
      expect(response.headers.get('location')).toBeNull()
    },
  )
})

describe('ASVS 10.5.3: whose metadata it is', () => {
  test.each(['https://evil.example', 'http://localhost', undefined, 7, `${'x'}`])('issuer %j', async (issuer) => {
    expect(await logIn({ metadata: { issuer } })).toMatchObject({ status: 503, session: 'anonymous' })
  })

  test('an issuer with a slash more is another', async () => {
    expect(await logIn({ metadata: { issuer: `${idp.origin}/` } })).toMatchObject({ status: 503 })
  })
})

describe('ASVS 10.2.2: mix-up', () => {
  test('the answer of one provider does not count at another’s callback', async () => {
    idp.lies = { signWith: 'first' }
    const browser = createBrowser()
    await browser.go(`${app.origin}/auth/login/acme`, {}, (url) => url.includes('/callback/'))
    const moved = browser.url.replace('/callback/acme', '/callback/other')
    expect((await browser.fetch(moved)).status).toBe(400)
    expect((await browser.go(browser.url)).status).toBe(200)
  })
})

describe('settings', () => {
  const make = (more: object) => () =>
    oidc({ id: 'acme', issuer: 'https://idp.example', clientId, clientSecret, ...more })

  test.each([
    [{ clientId: '' }, '`clientId` is missing'],
    [{ issuer: 'no address' }, 'is no address'],
    [{ issuer: 'http://idp.example' }, 'is not https'],
    [{ issuer: 'http://localhost:1' }, 'is not https'],
    [{ scopes: ['email'] }, '"openid"'],
    [{ parameters: { redirect_uri: 'x' } }, 'redirect_uri'],
    [{ parameters: { nonce: 'x' } }, 'nonce'],
  ])('%j can’t work', (more, problem) => {
    expect(make(more)).toThrow(problem)
  })
})
