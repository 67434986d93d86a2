import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { interceptStorage } from '@sallyport/core/testing'
import { memoryStorage } from '@sallyport/storage-memory'
import { oidc } from '../src/index.ts'
import { type Browser, createBrowser, type House, house, listen } from './house.ts'
import { clientId, clientSecret, type Lies, logoutEvent, type LyingProvider, lyingProvider } from './lying-provider.ts'

// Every module of the OpenID Foundation's relying party plans for the Basic, Config and back-channel logout profiles, by its name.

let idp: LyingProvider
let app: House
let browser: Browser

beforeAll(async () => {
  idp = await lyingProvider()
})

beforeEach(async () => {
  await app?.close()
  app = await house(() => [oidc({ id: 'acme', issuer: idp.origin, clientId, clientSecret, network: 'localhost' })], {
    clock: () => Date.now(),
  })
  browser = createBrowser()
  for (const name of idp.keys.keys()) if (name !== 'first') idp.keys.delete(name)
  idp.asked.clear()
})

afterAll(async () => {
  await app.close()
  await idp.close()
})

async function logIn(lies: Lies = {}) {
  idp.lies = lies
  browser = createBrowser()
  const response = await browser.go(`${app.origin}/auth/login/acme`)
  return { status: response.status, session: await session() }
}

async function session(): Promise<Record<string, unknown>> {
  return (await (await browser.fetch(`${app.origin}/auth/session`)).json()) as Record<string, unknown>
}

const accepted = { status: 200, session: { status: 'unlocked' } }
const refused = { status: 401, session: { status: 'anonymous' } }

describe('oidcc-client-basic-certification-test-plan', () => {
  test('oidcc-client-test: code flow, ID token and UserInfo', async () => {
    const result = await logIn()
    expect(result).toMatchObject(accepted)
    expect(result.session).toMatchObject({ user: { displayName: 'Alice' } })
    expect(idp.asked.get('/userinfo')).toBe(1)
  })

  test('oidcc-client-test-client-secret-basic', async () => {
    await logIn({ metadata: { token_endpoint_auth_methods_supported: ['client_secret_basic'] } })
    expect(idp.lastToken?.authorization).toMatch(/^Basic /)
  })

  test('oidcc-client-test-idtoken-sig-none: without a signature there is no log-in', async () => {
    const metadata = { id_token_signing_alg_values_supported: ['none', 'RS256'] }
    expect(await logIn({ metadata, header: { alg: 'none', kid: undefined } })).toMatchObject(refused)
    const only = await logIn({ metadata: { id_token_signing_alg_values_supported: ['none'] }, header: { alg: 'none' } })
    expect(only).toMatchObject({ session: { status: 'anonymous' } })
  })

  test('oidcc-client-test-idtoken-sig-rs256', async () => {
    expect(await logIn({ header: { alg: 'RS256' } })).toMatchObject(accepted)
  })

  test('oidcc-client-test-invalid-sig-rs256', async () => {
    expect(await logIn({ token: (jwt) => `${jwt.slice(0, -8)}AAAAAAAA` })).toMatchObject(refused)
  })

  test('oidcc-client-test-invalid-iss', async () => {
    expect(await logIn({ claims: { iss: 'https://other.example' } })).toMatchObject(refused)
  })

  test('oidcc-client-test-missing-sub', async () => {
    expect(await logIn({ claims: { sub: undefined } })).toMatchObject(refused)
  })

  test('oidcc-client-test-invalid-aud', async () => {
    expect(await logIn({ claims: { aud: 'other' } })).toMatchObject(refused)
  })

  test('oidcc-client-test-missing-iat', async () => {
    expect(await logIn({ claims: { iat: undefined } })).toMatchObject(refused)
  })

  test('oidcc-client-test-nonce-invalid', async () => {
    expect(await logIn({ claims: { nonce: 'other' } })).toMatchObject(refused)
  })

  test('oidcc-client-test-kid-absent-single-jwks: the only key will do', async () => {
    expect(await logIn({ header: { kid: undefined } })).toMatchObject(accepted)
  })

  test('oidcc-client-test-kid-absent-multiple-jwks: which key it is may not be guessed', async () => {
    await idp.addKey('second')
    expect(await logIn({ header: { kid: undefined }, signWith: 'first' })).toMatchObject(refused)
  })

  test('oidcc-client-test-userinfo-invalid-sub', async () => {
    expect(await logIn({ userinfo: { sub: 'somebody else' } })).toMatchObject(refused)
  })

  test('oidcc-client-test-scope-userinfo-claims (ASVS 10.2.3): scopes are asked for, and their claims are used', async () => {
    let scope = ''
    const { session: found } = await logIn({
      claimsOf: (request) => ((scope = request.get('scope') ?? ''), {}),
      userinfo: { name: 'Alice L.', email: 'alice@example.com', email_verified: true },
    })
    expect(scope).toBe('openid profile email')
    expect(found).toMatchObject({
      user: { displayName: 'Alice L.', email: 'alice@example.com', emailVerified: true },
    })
  })
})

test('ASVS 10.1.1: no token of the provider reaches the browser, storage as it is, or an event', async () => {
  const storage = memoryStorage()
  const entries: unknown[] = []
  await app.close()
  const provider = () => [oidc({ id: 'acme', issuer: idp.origin, clientId, clientSecret, network: 'localhost' })]
  app = await house(provider, {
    clock: () => Date.now(),
    storage: { ...storage, insert: (entry, now) => (entries.push(entry), storage.insert(entry, now)) },
  })
  let idToken = ''
  const response = await logIn({ token: (jwt) => (idToken = jwt), tokenResponse: { access_token: 'access-4711' } })
  expect(response).toMatchObject(accepted)
  const seen = JSON.stringify([response, [...browser.cookies(app.origin)], browser.url, entries, app.events])
  expect(idToken).toMatch(/^ey/)
  expect(seen).not.toContain('access-4711')
  expect(seen).not.toContain(idToken)
})

describe('oidcc-client-config-certification-test-plan', () => {
  test('oidcc-client-test-discovery-openid-config: the issuer is enough', async () => {
    await logIn()
    expect(idp.asked.get('/.well-known/openid-configuration')).toBe(1)
  })

  test('oidcc-client-test-discovery-jwks-uri-keys: the keys are where the metadata says', async () => {
    const keys = await listen(() => (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ keys: [...idp.keys.values()].map(({ jwk }) => jwk) }))
    })
    expect(await logIn({ metadata: { jwks_uri: `${keys.origin}/elsewhere` } })).toMatchObject(accepted)
    expect(idp.asked.get('/jwks')).toBeUndefined()
    await keys.close()
  })

  test('oidcc-client-test-discovery-issuer-mismatch', async () => {
    const result = await logIn({ metadata: { issuer: 'https://other.example' } })
    expect(result).toMatchObject({ status: 503, session: { status: 'anonymous' } })
    expect(idp.asked.get('/authorize')).toBeUndefined()
  })

  test('oidcc-client-test-idtoken-sig-none (Config)', async () => {
    expect(await logIn({ header: { alg: 'none', kid: undefined } })).toMatchObject(refused)
  })

  test('oidcc-client-test-signing-key-rotation: between two log-ins', async () => {
    expect(await logIn()).toMatchObject(accepted)
    await idp.addKey('second')
    idp.keys.delete('first')
    expect(await logIn()).toMatchObject(accepted)
    await idp.addKey('first')
    idp.keys.delete('second')
  })

  test('oidcc-client-test-signing-key-rotation-just-before-signing: within one', async () => {
    expect(await logIn()).toMatchObject(accepted)
    idp.lies = {}
    browser = createBrowser()
    await browser.go(`${app.origin}/auth/login/acme`, {}, (url) => url.includes('/callback/'))
    await idp.addKey('third')
    const response = await browser.go(browser.url)
    expect(response.status).toBe(200)
    expect(await session()).toMatchObject({ status: 'unlocked' })
  })
})

describe('oidcc-client-back-channel-logout-rp-basic', () => {
  beforeEach(async () => void (await logIn({ claims: { sid: 'the session' } })))

  async function backChannel(token: string): Promise<Response> {
    const body = new URLSearchParams({ logout_token: token })
    return fetch(`${app.origin}/auth/backchannel-logout/acme`, { method: 'POST', body })
  }

  async function expectRefused(token: string): Promise<void> {
    const response = await backChannel(token)
    expect(response.status).toBe(400)
    expect(await session()).toMatchObject({ status: 'unlocked' })
  }

  test('oidcc-client-test-rp-backchannel-rpinitlogout: by sid, by sub, by both', async () => {
    for (const claims of [{ sid: 'the session' }, { sub: 'alice' }, { sid: 'the session', sub: 'alice' }]) {
      await logIn({ claims: { sid: 'the session', iat: Math.floor(Date.now() / 1000) } })
      const response = await backChannel(await idp.logoutToken(claims))
      expect(response.status).toBe(200)
      expect(response.headers.get('cache-control')).toBe('no-store')
      expect((await browser.fetch(`${app.origin}/auth/session`)).status).toBe(401)
      await new Promise((resolve) => setTimeout(resolve, 1100))
    }
  })

  test('oidcc-client-test-rp-backchannel-rpinitlogout-alg-none', async () => {
    await expectRefused(await idp.logoutToken({ sid: 'the session' }, { alg: 'none' }))
  })

  test('oidcc-client-test-rp-backchannel-rpinitlogout-wrong-alg', async () => {
    await idp.addKey('ec', 'ES256')
    await expectRefused(await idp.logoutToken({ sid: 'the session' }))
  })

  test('oidcc-client-test-rp-backchannel-rpinitlogout-no-event', async () => {
    await expectRefused(await idp.logoutToken({ sid: 'the session', events: undefined }))
  })

  test('oidcc-client-test-rp-backchannel-rpinitlogout-wrong-event', async () => {
    for (const events of [{}, { 'http://other.example/event': {} }, { [logoutEvent]: 'x' }, [logoutEvent], 'x']) {
      await expectRefused(await idp.logoutToken({ sid: 'the session', events }))
    }
  })

  test('oidcc-client-test-rp-backchannel-rpinitlogout-with-nonce', async () => {
    await expectRefused(await idp.logoutToken({ sid: 'the session', nonce: 'x' }))
  })

  test('oidcc-client-test-rp-backchannel-rpinitlogout-wrong-aud', async () => {
    await expectRefused(await idp.logoutToken({ sid: 'the session', aud: 'other' }))
  })

  test('oidcc-client-test-rp-backchannel-rpinitlogout-wrong-iss', async () => {
    await expectRefused(await idp.logoutToken({ sid: 'the session', iss: 'https://other.example' }))
  })

  test('ASVS 10.5.5: an ID token is no logout token, nor is one without its type', async () => {
    const now = Math.floor(Date.now() / 1000)
    const idToken = { iss: idp.origin, aud: clientId, sub: 'alice', iat: now, exp: now + 60, nonce: 'x' }
    await expectRefused(await idp.sign(idToken))
    await expectRefused(await idp.sign({ ...idToken, events: { [logoutEvent]: {} } }))
    await expectRefused(await idp.logoutToken({ sid: 'the session' }, { typ: undefined }))
    await expectRefused(await idp.logoutToken({ sid: 'the session' }, { typ: 'JWT' }))
  })

  test('a logout token that is old, has no end, no id, or names nobody', async () => {
    const now = Math.floor(Date.now() / 1000)
    for (const claims of [
      { exp: now - 60 },
      { exp: undefined },
      { iat: now - 400 },
      { iat: undefined },
      { iat: now + 300 },
      { jti: undefined },
      { jti: 7 },
      { sid: undefined },
      { sid: '' },
    ]) {
      await expectRefused(await idp.logoutToken({ sid: 'the session', ...claims }))
    }
  })

  test('D1, ASVS 9.2.2: a logout token works once, of 20 at once', async () => {
    const token = await idp.logoutToken({ sid: 'the session' })
    const statuses = (await Promise.all(Array.from({ length: 20 }, () => backChannel(token)))).map(
      ({ status }) => status,
    )
    expect(statuses.filter((status) => status === 200)).toHaveLength(1)
    expect(statuses.filter((status) => status === 400)).toHaveLength(19)
  })

  test('D4: a logout that broke off in an outage is heard when it is sent again', async () => {
    let isAway = false
    const storage = interceptStorage(memoryStorage(), async ({ operation, kind }, run) => {
      if (isAway && operation === 'take' && kind === 'session') throw new Error('away')
      return run()
    })
    await app.close()
    app = await house(() => [oidc({ id: 'acme', issuer: idp.origin, clientId, clientSecret, network: 'localhost' })], {
      storage,
    })
    browser = createBrowser()
    await logIn({ claims: { sid: 'the session' } })
    const token = await idp.logoutToken({ sid: 'the session' })
    isAway = true
    expect((await backChannel(token)).status).toBe(503)
    isAway = false
    expect((await backChannel(token)).status).toBe(200)
    expect((await browser.fetch(`${app.origin}/auth/session`)).status).toBe(401)
    expect((await backChannel(token)).status).toBe(400)
  })

  test('what is no token is refused without a word to the provider', async () => {
    const dead = oidc({ id: 'acme', issuer: 'http://localhost:1', clientId, clientSecret, network: 'localhost' })
    await app.close()
    app = await house(() => [dead])
    for (const token of ['', 'x', 'a.b', 'a.b.c.d', `a.b.${'c'.repeat(20_000)}`]) {
      expect((await backChannel(token)).status).toBe(400)
    }
    expect((await backChannel('a.b.c')).status).toBe(503)
  })

  test('a signature that is wrong, or under a key that nobody knows', async () => {
    const token = await idp.logoutToken({ sid: 'the session' })
    await expectRefused(`${token.slice(0, -8)}AAAAAAAA`)
    await expectRefused(await idp.logoutToken({ sid: 'the session' }, { kid: 'unknown' }))
    await expectRefused('no token')
    await expectRefused('')
  })

  test('no flood of tokens under unknown keys makes us ask the provider for keys more than once in ten seconds', async () => {
    idp.asked.clear()
    for (let i = 0; i < 20; i++)
      await backChannel(await idp.logoutToken({ sid: 'the session' }, { kid: `unknown-${i}` }))
    expect(idp.asked.get('/jwks') ?? 0).toBeLessThanOrEqual(1)
  })

  test.each([
    ['/jwks', 503],
    ['/.well-known/openid-configuration', 404],
  ])(
    'D4, ASVS 2.4.1: a flood while %s answers %i asks once a second, and keeps out no good token once it is back',
    async (path, status) => {
      const flood = async () => {
        const tokens = Array.from({ length: 120 }, (_, i) =>
          idp.logoutToken({ sid: 'the session' }, { kid: `no-${i}` }),
        )
        const answers = await Promise.all((await Promise.all(tokens)).map(backChannel))
        return new Set(answers.map((answer) => answer.status))
      }
      vi.useFakeTimers({ toFake: ['Date'] })
      try {
        vi.advanceTimersByTime(25 * 60 * 60_000)
        idp.asked.clear()
        idp.lies = { serve: { [path]: (_, response) => response.writeHead(status).end() } }
        const startedAt = performance.now()
        expect([await flood(), await flood()]).toEqual([new Set([503]), new Set([503])])
        expect(idp.asked.get(path)).toBeLessThanOrEqual(1 + (performance.now() - startedAt) / 1000)
        idp.lies = {}
        const [good] = await Promise.all([backChannel(await idp.logoutToken({ sid: 'the session' })), flood()])
        expect(good.status).toBe(200)
        expect(await session()).toMatchObject({ status: 401 })
      } finally {
        vi.useRealTimers()
      }
    },
  )

  test('a key that is new is looked for, once the pause is over', async () => {
    await idp.addKey('fresh')
    expect((await backChannel(await idp.logoutToken({ sid: 'the session' }))).status).toBe(400)
    const later = await house(() => [
      oidc({ id: 'acme', issuer: idp.origin, clientId, clientSecret, network: 'localhost' }),
    ])
    const body = new URLSearchParams({ logout_token: await idp.logoutToken({ sid: 'the session' }) })
    expect((await fetch(`${later.origin}/auth/backchannel-logout/acme`, { method: 'POST', body })).status).toBe(200)
    await later.close()
  })
})

describe('keys and metadata are kept, for a bounded time', () => {
  test('ten log-ins fetch them once', async () => {
    for (let i = 0; i < 10; i++) expect(await logIn()).toMatchObject(accepted)
    expect(idp.asked.get('/.well-known/openid-configuration')).toBe(1)
    expect(idp.asked.get('/jwks')).toBe(1)
  })

  test('50 log-ins at once fetch the metadata once', async () => {
    idp.lies = {}
    await Promise.all(Array.from({ length: 50 }, async () => createBrowser().fetch(`${app.origin}/auth/login/acme`)))
    expect(idp.asked.get('/.well-known/openid-configuration')).toBe(1)
  })

  test('a key under an old name: the first log-in is refused, the next one finds it', async () => {
    expect(await logIn()).toMatchObject(accepted)
    await idp.addKey('first')
    expect(await logIn()).toMatchObject(refused)
    expect(await logIn()).toMatchObject(accepted)
  })

  test('ages: metadata an hour, keys five minutes; metadata a day while the provider is away', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    try {
      expect(await logIn()).toMatchObject(accepted)
      vi.setSystemTime(Date.now() + 6 * 60_000)
      expect(await logIn()).toMatchObject(accepted)
      expect([idp.asked.get('/.well-known/openid-configuration'), idp.asked.get('/jwks')]).toEqual([1, 2])
      vi.setSystemTime(Date.now() + 60 * 60_000)
      expect(await logIn()).toMatchObject(accepted)
      expect(idp.asked.get('/.well-known/openid-configuration')).toBe(2)

      const serve: Lies['serve'] = {
        '/.well-known/openid-configuration': (_, response) => response.writeHead(503).end(),
      }
      vi.setSystemTime(Date.now() + 23 * 60 * 60_000)
      expect(await logIn({ serve })).toMatchObject(accepted)
      // Asked once for the whole log-in, which does not wait for it again and again.
      expect(idp.asked.get('/.well-known/openid-configuration')).toBe(3)
      vi.setSystemTime(Date.now() + 2 * 60 * 60_000)
      expect(await logIn({ serve })).toMatchObject({ status: 503, session: { status: 'anonymous' } })
      expect(await logIn()).toMatchObject(accepted)
    } finally {
      vi.useRealTimers()
    }
  })
})
