import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { oidc, type OidcSettings } from '../src/index.ts'
import { type CertifiedProvider, certifiedProvider, client } from './certified-provider.ts'
import { type Browser, createBrowser, type House, house, post } from './house.ts'

let app: House
let idp: CertifiedProvider
let browser: Browser

/** Everything that the certified provider can do besides the plain code flow. */
const variants: Readonly<Record<string, Partial<OidcSettings>>> = {
  acme: {},
  form: { responseMode: 'form_post' },
  pushed: { pushedRequests: true },
  strong: { acrValues: ['urn:strong'], trust: { amr: ['mfa'] }, userinfo: false },
}

beforeAll(async () => {
  app = await house(async (origin) => {
    idp = await certifiedProvider(origin, Object.keys(variants))
    return Object.entries(variants).map(([id, more]) =>
      oidc({ id, label: id.toUpperCase(), issuer: idp.origin, ...client, network: 'localhost', ...more }),
    )
  })
})

beforeEach(() => {
  browser = createBrowser()
  app.events.length = 0
  idp.user = `user-${Math.random().toString(36).slice(2)}`
  idp.prompts.length = 0
})

afterAll(async () => {
  await app.close()
  await idp.close()
})

interface Shown {
  readonly status: string
  readonly user: { readonly id: string; readonly username: string }
  readonly assurance: { readonly level: number; readonly methods: readonly string[]; readonly authenticatedAt: string }
}

async function session(of: Browser = browser): Promise<Shown> {
  return (await (await of.fetch(`${app.origin}/auth/session`)).json()) as Shown
}

/** Through the provider and back, also where it answers by a form that a page posts by itself. */
async function logIn(provider: string, of: Browser = browser, query = ''): Promise<Response> {
  const response = await of.go(`${app.origin}/auth/login/${provider}${query}`)
  const page = response.status === 200 ? await response.clone().text() : ''
  const [, action] = /<form method="post" action="([^"]+)"/.exec(page) ?? []
  if (action === undefined) return response
  const fields = [...page.matchAll(/name="([^"]+)" value="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value])
  const body = new URLSearchParams(fields)
  return of.go(action, { method: 'POST', body, headers: { origin: idp.origin } })
}

describe('a log-in at a certified provider', () => {
  test('the list of providers', async () => {
    const { items } = (await (await browser.fetch(`${app.origin}/auth/providers`)).json()) as { items: unknown[] }
    expect(items[0]).toEqual({ id: 'acme', label: 'ACME', protocol: 'oidc' })
  })

  test('by a link: through the redirects to the page that was asked for, with a session in a cookie', async () => {
    const response = await logIn('acme', browser, '?returnTo=/inbox?a=1')
    expect(app.reasons()).toEqual([])
    expect(await response.text()).toBe('page /inbox?a=1')
    expect(await session()).toMatchObject({
      status: 'unlocked',
      user: {
        username: `acme:${idp.user}`,
        displayName: `User ${idp.user}`,
        email: `${idp.user}@example.com`,
        emailVerified: true,
      },
      assurance: { level: 1, methods: ['fed'] },
    })
  })

  test('by POST: the address to go to, with PKCE, state and nonce', async () => {
    const started = await browser.fetch(`${app.origin}/auth/login/acme`, post(app.origin, { returnTo: '/' }))
    const { redirectTo } = (await started.json()) as { redirectTo: string }
    const { searchParams } = new URL(redirectTo)
    expect(searchParams.get('code_challenge_method')).toBe('S256')
    for (const name of ['code_challenge', 'state', 'nonce']) expect(searchParams.get(name)).toHaveLength(43)
    await browser.go(redirectTo)
    expect(await session()).toMatchObject({ status: 'unlocked' })
  })

  test('the second log-in is the same user', async () => {
    await logIn('acme')
    const second = createBrowser()
    await logIn('acme', second)
    expect((await session(second)).user.id).toBe((await session()).user.id)
  })

  test('D1: the same callback 50 times at once gives one session, and redeems the code once', async () => {
    await browser.go(`${app.origin}/auth/login/acme`, {}, (url) => url.includes('/callback/'))
    const cookie = [...browser.cookies(app.origin)].map(([name, value]) => `${name}=${value}`).join('; ')
    const callbacks = Array.from({ length: 50 }, () => fetch(browser.url, { headers: { cookie }, redirect: 'manual' }))
    const statuses = (await Promise.all(callbacks)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 303)).toHaveLength(1)
    expect(statuses.filter((status) => status === 400)).toHaveLength(49)
    expect(app.events.filter(({ type }) => type === 'login.succeeded')).toHaveLength(1)
  })

  test('form post: the provider’s page posts it, the handle brings it to this browser', async () => {
    const response = await logIn('form', browser, '?returnTo=/inbox')
    expect(app.reasons()).toEqual([])
    expect(await response.text()).toBe('page /inbox')
    expect(await session()).toMatchObject({ status: 'unlocked', user: { username: `form:${idp.user}` } })
  })

  test('pushed authorization requests (RFC 9126): the browser carries a reference only', async () => {
    const started = await browser.fetch(`${app.origin}/auth/login/pushed`)
    const { searchParams } = new URL(started.headers.get('location') ?? '')
    expect([...searchParams.keys()].sort()).toEqual(['client_id', 'request_uri'])
    await logIn('pushed')
    expect(await session()).toMatchObject({ status: 'unlocked' })
  })

  test('a class that was asked for, and methods that are trusted, make a session of two factors', async () => {
    await logIn('strong')
    expect(app.reasons()).toEqual([])
    expect(await session()).toMatchObject({ assurance: { level: 2, methods: ['fed', 'mfa'] } })
  })

  test('a rotation of the provider’s keys is survived', async () => {
    await logIn('acme')
    idp.rotateKeys()
    const second = createBrowser()
    await logIn('acme', second)
    expect(app.reasons()).toEqual([])
    expect(await session(second)).toMatchObject({ status: 'unlocked' })
  })

  test('a user who changes their mind comes back with an error', async () => {
    const started = await browser.fetch(`${app.origin}/auth/login/acme?returnTo=/inbox`)
    const { searchParams } = new URL(started.headers.get('location') ?? '')
    const query = new URLSearchParams({
      error: 'access_denied',
      state: searchParams.get('state') ?? '',
      iss: idp.origin,
    })
    const back = await browser.fetch(`${app.origin}/auth/callback/acme?${query}`, { headers: { accept: 'text/html' } })
    expect([back.status, back.headers.get('location')]).toEqual([303, '/inbox?error=provider_refused'])
    expect(app.reasons()).toEqual(['the provider answers access_denied'])
  })
})

describe('a session that is there already', () => {
  test('is renewed by a fresh log-in at the provider', async () => {
    await logIn('acme')
    const before = await session()
    idp.prompts.length = 0
    await new Promise((resolve) => setTimeout(resolve, 1100))
    const started = await browser.fetch(`${app.origin}/auth/reauthenticate/acme`, post(app.origin, { returnTo: '/ok' }))
    const { redirectTo } = (await started.json()) as { redirectTo: string }
    expect(new URL(redirectTo).searchParams.get('max_age')).toBe('0')
    expect(await (await browser.go(redirectTo)).text()).toBe('page /ok')
    expect(idp.prompts).toContain('login')
    const after = await session()
    expect(after.user.id).toBe(before.user.id)
    expect(Date.parse(after.assurance.authenticatedAt)).toBeGreaterThan(Date.parse(before.assurance.authenticatedAt))
  })

  test('gets a second identity', async () => {
    await logIn('acme')
    const started = await browser.fetch(`${app.origin}/auth/identities/form/link`, post(app.origin))
    expect(started.status).toBe(200)
    const linked = await browser.fetch(
      `${app.origin}/auth/identities/pushed/link`,
      post(app.origin, { returnTo: '/ok' }),
    )
    const { redirectTo } = (await linked.json()) as { redirectTo: string }
    expect(await (await browser.go(redirectTo)).text()).toBe('page /ok')
    const { items } = (await (await browser.fetch(`${app.origin}/auth/identities`)).json()) as {
      items: { provider: string }[]
    }
    expect(items.map(({ provider }) => provider).sort()).toEqual(['acme', 'pushed'])
  })
})

describe('the end of a session', () => {
  test('RP-initiated: here and there, and the provider’s back channel ends what else came of its session', async () => {
    await logIn('acme')
    const second = createBrowser()
    for (const [name, value] of browser.cookies(idp.origin)) second.cookies(idp.origin).set(name, value)
    await logIn('acme', second)
    expect(await session(second)).toMatchObject({ status: 'unlocked' })

    const out = await browser.fetch(`${app.origin}/auth/logout/provider`, post(app.origin))
    const { redirectTo } = (await out.json()) as { redirectTo: string }
    expect(new URL(redirectTo).searchParams.get('id_token_hint')).toMatch(/^eyJ/)
    expect(await session()).toEqual({ status: 'anonymous' })

    const page = await (await browser.go(redirectTo)).text()
    const [, xsrf = ''] = /name="xsrf" value="([^"]+)"/.exec(page) ?? []
    const body = new URLSearchParams({ xsrf, logout: 'yes' })
    const landed = await browser.go(`${idp.origin}/session/end/confirm`, { method: 'POST', body })
    expect(await landed.text()).toBe('page /')

    await expect.poll(async () => (await second.fetch(`${app.origin}/auth/session`)).status).toBe(401)
    expect(app.reasons()).not.toContain('the logout token')
    expect(app.events.filter(({ type }) => type === 'provider.logout').length).toBeGreaterThan(0)
  })
})

describe('a dry run', () => {
  test('against a good registration finds nothing wrong', async () => {
    const findings = await app.auth.providers.check('acme')
    expect(findings.filter(({ ok }) => !ok)).toEqual([])
    expect(findings.map(({ name }) => name)).toEqual(['discovery', 'pkce', 'keys', 'client', 'callback', 'logout'])
    expect(findings[0]?.detail).toBe(`${idp.origin} describes itself; http is allowed on localhost`)
  })

  test('says what is wrong with a bad one', async () => {
    const provider = oidc({
      id: 'bad',
      issuer: idp.origin,
      clientId: client.clientId,
      clientSecret: 'wrong',
      network: 'localhost',
    })
    const other = await house(() => [
      provider,
      oidc({ id: 'away', issuer: 'http://localhost:1', ...client, network: 'localhost' }),
      oidc({ id: 'acr', issuer: idp.origin, ...client, network: 'localhost', acrValues: ['urn:unheard-of'] }),
      oidc({ id: 'alg', issuer: idp.origin, ...client, network: 'localhost', signingAlgorithm: 'EdDSA' }),
      oidc({ id: 'private', issuer: idp.origin.replace('http:', 'https:'), ...client }),
    ])
    const wrong = async (id: string) => (await other.auth.providers.check(id)).filter(({ ok }) => !ok)
    expect(await wrong('bad')).toMatchObject([
      { name: 'client', detail: expect.stringContaining('does not accept our credentials') },
    ])
    const [away] = await wrong('away')
    expect(away?.detail).toMatch(/^(?!.*\.[.:]).*The identity provider does not answer: .*ECONNREFUSED.*\. Is http/)
    expect(await wrong('acr')).toMatchObject([{ name: 'acr' }])
    expect(await wrong('alg')).toMatchObject([{ name: 'keys', detail: expect.stringContaining('signingAlgorithm') }])
    expect(await wrong('private')).toMatchObject([{ name: 'discovery', detail: expect.stringContaining('"private"') }])
    await other.close()
  })
})
