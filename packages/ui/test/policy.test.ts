import { type Auth, createAuth } from '@sallyport/core'
import { visitFetch } from '@sallyport/core/fetch'
import { beforeEach, describe, expect, test } from 'vitest'
import { type Content, html, trusted } from '../src/html.ts'
import { pages, type PagesSettings } from '../src/index.ts'
import { respond } from './asking.ts'
import { house, type House, password } from './house.ts'

const origin = 'https://app.example.com'
const cookieName = '__Host-sallyport'

let home: House

beforeEach(() => {
  home = house(origin)
})

/** What the pages answer. */
async function ask(path: string, init: RequestInit = {}, settings: PagesSettings = {}): Promise<Response> {
  return respond(home, new Request(origin + path, init), settings)
}

const ours = { 'sec-fetch-site': 'same-origin', 'content-type': 'application/x-www-form-urlencoded' }

async function post(path: string, fields: Record<string, string>, headers: Record<string, string> = ours) {
  return ask(path, { method: 'POST', headers, body: new URLSearchParams(fields).toString() })
}

/** The cookie of a user who is in. */
async function cookieOf(username: string, userAgent?: string): Promise<string> {
  const result = await home.auth.logIn({ username, password }, { address: '203.0.113.7', userAgent })
  return `${cookieName}=${result.token.reveal()}`
}

describe('a page of another site', () => {
  const elsewhere = [
    { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
    { 'sec-fetch-site': 'same-site', origin: 'https://other.example.com' },
    { origin: 'null' },
    {},
  ]

  test.each(elsewhere)('%o logs nobody in, with a cookie or without', async (headers) => {
    await home.auth.users.create({ username: 'ada', password })
    const fields = { username: 'ada', password }
    const type = { 'content-type': 'application/x-www-form-urlencoded' }
    for (const cookie of ['', await cookieOf('ada')]) {
      const answer = await post('/account/log-in', fields, { ...type, ...headers, ...(cookie !== '' && { cookie }) })
      expect([answer.status, answer.headers.getSetCookie()]).toEqual([403, []])
      expect(await answer.text()).toContain('This form was sent from another site')
    }
  })

  test.each(elsewhere)('D11: %o begins no log-in at a provider; a link does not either', async (headers) => {
    const type = { 'content-type': 'application/x-www-form-urlencoded' }
    const path = '/account/providers/acme/log-in'
    const sent = await post(path, {}, { ...type, ...headers })
    const followed = await ask(path, { headers })
    for (const answer of [sent, followed]) {
      expect([answer.headers.get('location'), answer.headers.getSetCookie()]).toEqual([null, []])
    }
    expect([sent.status, followed.status]).toEqual([403, 405])
  })

  test('a form of ours begins one, and leaves by a page: a form leads to no other origin', async () => {
    const answer = await post('/account/providers/acme/log-in', { return: '/documents/7' })
    expect([answer.status, answer.headers.get('location')]).toEqual([200, null])
    expect(answer.headers.getSetCookie()).toEqual([expect.stringMatching(/^__Host-sallyport-browser=/)])
    expect(answer.headers.get('content-security-policy')).toContain("form-action 'self';")
    expect(await answer.text()).toMatch(/<meta http-equiv="refresh" content="0; url=https:\/\/[^"]+\?state=/)
  })

  test('a form of ours does', async () => {
    await home.auth.users.create({ username: 'ada', password })
    const answer = await post('/account/log-in', { username: 'ada', password })
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/account'])
    expect(answer.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^__Host-sallyport=sp_s_.*HttpOnly; Secure; SameSite=Lax$/),
    ])
  })

  test('too many guesses are refused, and it is said for how long', async () => {
    const limit = { account: [{ limit: 1, windowMs: 90 * 60_000 }] }
    home = house(origin, { throttle: limit })
    const fields = { username: 'nobody', password: 'it was not this one' }
    await post('/account/log-in', fields)
    const answer = await post('/account/log-in', fields)
    expect([answer.status, await answer.text()]).toEqual([429, expect.stringContaining('Try again in 90 minutes.')])
  })

  test('a token in the address logs nobody in', async () => {
    await home.auth.users.create({ username: 'ada', password })
    const { token } = await home.auth.logIn({ username: 'ada', password })
    const answer = await ask(`/account/sessions?token=${token.reveal()}`)
    expect([answer.status, answer.headers.get('location')]).toEqual([
      303,
      '/account/log-in?return=%2Faccount%2Fsessions',
    ])
    expect(answer.headers.getSetCookie()).toEqual([])
  })
})

describe('D14: where a log-in may lead', () => {
  const places = [
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    'javascript:alert(1)',
    `blob:${origin}/x`,
    `${origin}.evil.example/`,
    '/%5Cx',
    ' /documents',
    '/documents#part',
  ]

  test.each(places)('%s stays on our origin', async (place) => {
    await home.auth.users.create({ username: 'ada', password })
    const answer = await post('/account/log-in', { username: 'ada', password, return: place })
    const to = answer.headers.get('location') ?? ''
    expect(new URL(to, origin).origin).toBe(origin)
    expect(to).toMatch(/^\/(?![/\\])/)
  })
})

describe('markup that somebody has typed', () => {
  const evil = `"><img src=x onerror=alert(1)>'</title><script>alert(1)</script>`

  test('in names, addresses, tokens, user agents and events is text', async () => {
    const userAgent = `Mozilla/5.0 ${evil}`
    const user = await home.auth.users.create({ username: evil, displayName: evil, password, roles: ['admin', evil] })
    const cookie = await cookieOf(evil, userAgent)
    const resolution = await home.auth.authenticate(new Request(origin, { headers: { cookie } }))
    if (resolution.status !== 'unlocked') return expect.fail('not in')
    await home.auth.apiTokens.issue(resolution.principal, { name: evil })
    await home.auth.identities.add(user.id, { provider: 'acme', issuer: evil, subject: evil })
    await home.auth.factors.beginEnrolment(resolution.principal, { factor: 'totp', name: evil })
    const paths = [
      '',
      '/sessions',
      '/factors',
      '/factors/add/totp',
      '/factors/add/passkey',
      '/password',
      '/email',
      '/identities',
    ]
    const more = ['/api-tokens', '/events', '/admin/users', `/admin/users/${user.id}`, '/admin/events', '/confirm']
    const spots = [`/log-in?return=${encodeURIComponent(evil)}`, `/log-in?error=${encodeURIComponent(evil)}`]
    const search = [
      `/admin/users?search=${encodeURIComponent(evil)}`,
      `/choose-password?link=${encodeURIComponent(evil)}`,
    ]
    await expect.poll(async () => (await home.auth.events.list()).items.length).toBeGreaterThan(2)
    let seen = 0
    for (const path of [...paths, ...more, ...spots, ...search]) {
      const text = await (await ask(`/account${path}`, { headers: { cookie } })).text()
      expect([path, text]).toEqual([
        path,
        expect.not.stringMatching(/<img src=x|<script>|onerror=alert\(1\)>'<\/title>/),
      ])
      if (text.includes('&lt;img src=x onerror=alert(1)&gt;')) seen++
    }
    expect(seen).toBeGreaterThan(10)
  })

  test('in a form that is shown again is text', async () => {
    const answer = await post('/account/log-in', { username: evil, password: 'x', return: evil })
    const text = await answer.text()
    expect([answer.status, text]).toEqual([401, expect.not.stringContaining('<img')])
    expect(text).toContain('&quot;&gt;&lt;img')
  })

  test('is escaped by the template itself, but for what the template has made', () => {
    const values: readonly Content[] = [evil, undefined, null, false, 0, ['<', html`<b>${'&'}</b>`]]
    expect(html`<p title="${evil}">${values}</p>`.toString()).not.toMatch(/<img|<script|'/)
    expect(html`${values.slice(1)}`.toString()).toBe('0&lt;<b>&amp;</b>')
    expect(html`${{ toString: () => '<b>' } as never}`.toString()).not.toContain('<b>')
    expect(html`${trusted('<i>')}`.toString()).toBe('<i>')
  })
})

describe('what a page may load', () => {
  test('only what bears the nonce of this very answer; no frame holds it', async () => {
    const [one, other] = await Promise.all([ask('/account/log-in'), ask('/account/log-in')])
    const policy = one.headers.get('content-security-policy') ?? ''
    const nonce = /'nonce-([^']+)'/.exec(policy)?.[1] ?? ''
    expect(nonce).toMatch(/^[\w+/]{22}==$/)
    expect(other.headers.get('content-security-policy')).not.toContain(nonce)
    expect(policy).toBe(
      `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; img-src 'self' data:; ` +
        "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; " +
        "require-trusted-types-for 'script'; trusted-types 'none'",
    )
    const text = await one.text()
    expect(text).not.toMatch(/<style|\sstyle=|\son\w+=|javascript:/)
    for (const [tag] of text.matchAll(/<(?:script|link rel="stylesheet")[^>]*>/g))
      expect(tag).toContain(`nonce="${nonce}"`)
    expect(Object.fromEntries(one.headers)).toMatchObject({
      'cache-control': 'no-store',
      'referrer-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'cross-origin-opener-policy': 'same-origin',
    })
  })

  test('style and script are files that are kept for ever, under names that change with them', async () => {
    const text = await (await ask('/account/log-in')).text()
    const files = [...text.matchAll(/"(\/account\/assets\/[^"]+)"/g)].map(([, path = '']) => path)
    expect(files).toHaveLength(2)
    for (const path of files) {
      const answer = await ask(path)
      expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'public, max-age=31536000, immutable'])
    }
    const themed = await (await ask('/account/log-in', {}, { theme: { accent: '#006644' } })).text()
    expect(themed).not.toContain(files.find((path) => path.endsWith('.css')))
    expect((await ask('/account/assets/style-0.css')).status).toBe(404)
  })

  test('a logo from elsewhere, a stylesheet of one’s own', async () => {
    const settings = { logo: { src: 'https://cdn.example/logo.svg', dark: '/dark.svg' }, stylesheet: '/brand.css' }
    const answer = await ask('/account/log-in', {}, settings)
    expect(answer.headers.get('content-security-policy')).toContain("img-src 'self' data: https://cdn.example;")
    expect(await answer.text()).toMatch(/<link rel="stylesheet" href="\/brand\.css" nonce="[^"]+">/)
  })
})

describe('a link from a message', () => {
  test('is taken out of the address before anybody else sees it, and shown to nobody but its form', () => {
    const visit = pages(home.auth).visit({
      method: 'GET',
      url: '/account/choose-password?link=secret&x=1',
      originalUrl: '/account/choose-password?link=secret&x=1',
      header: () => undefined,
      address: undefined,
      body: async () => new Uint8Array(),
      departed: undefined,
    })
    expect([visit.isRoute, visit.url, visit.scrub('/account/x?a=1&link=secret')]).toEqual([
      true,
      '/account/choose-password?x=1',
      '/account/x?a=1',
    ])
  })

  test('is used up by the form alone, not by who looks at the page', async () => {
    await home.auth.account.register({ email: 'new@example.com' })
    await expect.poll(() => home.lastLink('registration')).toBeDefined()
    const link = home.lastLink('registration') ?? ''
    for (let i = 0; i < 3; i++) expect((await ask(link)).status).toBe(200)
    const token = new URLSearchParams(link.split('?')[1]).get('link') ?? ''
    const answer = await post('/account/choose-password', { link: token, password })
    expect(answer.headers.get('location')).toBe('/account/log-in?done=password_set')
    // From then on whoever opens it is told so before they think of a password, as with one that never was.
    const words = []
    for (const page of [link, '/account/choose-password?link=x']) {
      const gone = await ask(page)
      words.push([gone.status, (await gone.text()).replace(/nonce="[^"]+"/g, '')])
    }
    expect(words[0]).toEqual([410, expect.stringContaining('This link can’t be used any more')])
    expect(words[0]?.[1]).not.toContain('<form')
    expect(new Set(words.map(String)).size).toBe(1)
  })
})

describe('the rest of the application', () => {
  test.each(['/', '/accounts', '/account-of-mine', '/auth/session'])('%s is not ours', async (path) => {
    const answer = await ask(path, { headers: { accept: 'text/html' } })
    expect(answer.status).toBe(path === '/auth/session' ? 200 : 299)
  })

  test('HEAD, a method that is not there, a page that is not there, a form that is none', async () => {
    const head = await ask('/account/log-in', { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
    expect((await ask('/account/log-in', { method: 'DELETE', headers: ours })).status).toBe(405)
    expect((await ask('/account/nowhere')).status).toBe(404)
    expect(
      (await ask('/account/log-in', { method: 'POST', headers: { ...ours, 'content-type': 'text/plain' }, body: 'x' }))
        .status,
    ).toBe(415)
    expect((await ask('/account/log-in?return=/a&return=/b')).status).toBe(400)
  })

  test('a program that is refused is not led to a page', async () => {
    const mounted = pages(home.auth)
    const view = { url: '/x', originalUrl: '/x', address: undefined, body: async () => undefined, departed: undefined }
    const accepting = (accept: string, method = 'GET') =>
      mounted.visit({ ...view, method, header: (name) => (name === 'accept' ? accept : undefined) }).authorize({})
    const led = await accepting('text/html,*/*')
    expect('reply' in led && led.reply.status).toBe(303)
    for (const refused of [await accepting('application/json'), await accepting('text/html', 'POST')]) {
      expect('reply' in refused && refused.reply.status).toBe(401)
    }
  })
})

describe('faults and settings', () => {
  test('an outage is said in a page that tells nothing, and reported', async () => {
    const reported: unknown[] = []
    home = house(origin, { onError: (error) => void reported.push(error) })
    await home.auth.close()
    const broken = new Error('the disk is full at /var/lib/secret')
    const auth = { ...home.auth, providers: { ...home.auth.providers, list: () => Promise.reject(broken) } }
    const seen = await visitFetch(pages(auth), new Request(`${origin}/account/log-in`))
    const text = (await seen.response?.text()) ?? ''
    expect([seen.response?.status, text]).toEqual([500, expect.stringContaining('Something went wrong.')])
    expect([text.includes('secret'), reported]).toEqual([false, [broken]])
  })

  test.each([
    [{ path: 'account' }, '`path`'],
    [{ publicPath: '/a b' }, '`publicPath`'],
    [{ logo: 'javascript:alert(1)' }, '`logo`'],
    [{ home: '//evil.example' }, '`home`'],
    [{ stylesheet: 'https://elsewhere.example/x.css' }, '`stylesheet`'],
    [{ theme: { accent: 'red;}body{display:none' } }, '`theme`'],
    [{ theme: { 'x:y': 'red' } }, '`theme`'],
    [{ basePath: '/account' } as PagesSettings, '`basePath`'],
  ] as const)('%o is refused at start', (settings, name) => {
    expect(() => pages(home.auth, settings)).toThrow(name)
  })

  test('texts in the language of the browser; what is missing is English', async () => {
    const texts = { de: { 'log-in': 'Anmelden', 'log-in.heading': 'Bei {service} anmelden' } }
    const inLanguage = async (accept: string) =>
      (
        await ask('/account/log-in', { headers: { 'accept-language': accept } }, { texts, service: 'Leuchtturm' })
      ).text()
    const german = await inLanguage('fr;q=0.9, de-AT;q=0.8, en;q=0.1')
    expect(german).toContain('<html lang="de">')
    expect(german).toContain('Bei Leuchtturm anmelden')
    expect(german).toContain('Keep me logged in')
    expect(await inLanguage('en, de;q=0.5')).toContain('Log in to Leuchtturm')
  })

  test('without messages, registration, factors and providers no page speaks of them', async () => {
    const auth = createAuth({ origin, secret: 'a secret that is long enough and 0123456789', storage: home.storage })
    const seen = await visitFetch(pages(auth), new Request(`${origin}/account/log-in`))
    const text = (await seen.response?.text()) ?? ''
    expect(text).not.toMatch(/Forgot|Create an account|passkey|>or</)
  })
})

test.each([{}, undefined, { visit: () => {} }])('pages without an auth are refused at once: %j', (none) => {
  const refusal = {
    code: 'invalid_setting',
    detail: expect.stringContaining('`pages` was given no auth: give it what'),
  }
  expect(() => pages(none as unknown as Auth)).toThrow(expect.objectContaining(refusal))
})
