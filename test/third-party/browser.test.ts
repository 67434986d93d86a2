import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAuth, type RedirectProvider } from '@sallyport/core'
import { visitNode } from '@sallyport/core/node'
import { memoryStorage } from '@sallyport/storage-memory'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { serverUrl } from '../../scripts/servers/server-url.ts'

const program = await serverUrl('chromium')
const servers: Server[] = []

async function listen(host: string, listener: (origin: string) => RequestListener): Promise<string> {
  const server = createServer()
  await new Promise<void>((accept) => server.listen(0, '127.0.0.1', accept))
  servers.push(server)
  const origin = `http://${host}:${(server.address() as AddressInfo).port}`
  server.on('request', listener(origin))
  return origin
}

/** Our application on `localhost`, and a provider on `127.0.0.1`: to a browser two sites, as two domains are. */
describe.skipIf(program === undefined)('third-party login in Chromium', () => {
  let browser: Browser
  let app: string
  let idp: string

  beforeAll(async () => {
    idp = await listen('127.0.0.1', () => (request, response) => {
      const { pathname, searchParams: query } = new URL(request.url ?? '/', 'http://x')
      const back = query.get('back') ?? ''
      response.setHeader('content-type', 'text/html')
      if (pathname === '/redirect') {
        response.writeHead(302, { location: `${back}?code=alice&state=${query.get('state')}` }).end()
      } else {
        const fields = ['code', 'state'].map((name) => `<input name="${name}" value="${query.get(name) ?? 'alice'}">`)
        response.end(
          `<form method="post" action="${back}">${fields.join('')}</form><script>document.forms[0].submit()</script>`,
        )
      }
    })
    app = await listen('localhost', (origin) => {
      const provider = (id: string, path: string): RedirectProvider => ({
        id,
        label: id,
        protocol: 'oidc',
        stateField: 'state',
        canReauthenticate: false,
        start: async ({ state }, { callbackUrl }) => ({
          redirectTo: `${idp}${path}?${new URLSearchParams({ state, back: callbackUrl })}`,
          kept: null,
        }),
        finish: async ({ fields }) => ({ issuer: idp, subject: fields['code'] ?? '', claims: {}, methods: ['fed'] }),
        check: async () => [],
      })
      const auth = createAuth({
        origin,
        secret: 'k7Jq2xV9mZ4tR8wY1pL6sD3fG5hB0nCvXaQeUiOo',
        storage: memoryStorage(),
        providers: [provider('redirect', '/redirect'), provider('form', '/form')],
      })
      return async (request, response) => {
        const visit = await visitNode(auth, request, response)
        if (visit === undefined) return
        const resolution = await visit.resolve()
        response.setHeader('content-type', 'text/html')
        const who = resolution.status === 'unlocked' ? resolution.principal.user.username : resolution.status
        response.end(
          `<p id=who>${who}</p><p id=url>${request.url}</p><a id=go href="/auth/login/form?returnTo=/inbox">log in</a>`,
        )
      }
    })
    const args = [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
    ]
    browser = await chromium.launch({ executablePath: program ?? '', args })
  }, 60_000)

  afterEach(() => Promise.all(browser.contexts().map((context) => context.close())))

  afterAll(async () => {
    await browser?.close()
    for (const server of servers) server.close()
  })

  const open = async (): Promise<Page> => (await browser.newContext()).newPage()
  const text = (page: Page, id: string) => page.locator(`#${id}`).textContent()

  test('through redirects', async () => {
    const page = await open()
    await page.goto(`${app}/auth/login/redirect?returnTo=/inbox`)
    expect([await text(page, 'url'), await text(page, 'who')]).toEqual(['/inbox', 'redirect:alice'])
  })

  test('through a form that the provider’s page posts: the handle gets the cookies that the post did not bear', async () => {
    const page = await open()
    await page.goto(app)
    const posted = page.waitForRequest((request) => request.method() === 'POST' && request.url().includes('/callback/'))
    await page.click('#go')
    expect((await (await posted).allHeaders())['cookie']).toBeUndefined()
    await page.waitForURL(`${app}/inbox`)
    expect(await text(page, 'who')).toBe('form:alice')
  })

  test('ASVS 10.2.1: a page that posts its own user’s answer logs nobody in', async () => {
    const attacker = await fetch(`${app}/auth/login/form`, { redirect: 'manual' })
    const state = new URL(attacker.headers.get('location') ?? '').searchParams.get('state') ?? ''
    const victim = await open()
    await victim.goto(app)
    const query = new URLSearchParams({ back: `${app}/auth/callback/form`, state, code: 'mallory' })
    await victim.goto(`${idp}/form?${query}`)
    await victim.waitForURL(`${app}/?error=invalid_code`)
    expect(await text(victim, 'who')).toBe('anonymous')
  })

  test('ASVS 10.2.1: a link with somebody else’s answer logs nobody in, whatever the victim has under way', async () => {
    const attacker = await fetch(`${app}/auth/login/redirect`, { redirect: 'manual' })
    const state = new URL(attacker.headers.get('location') ?? '').searchParams.get('state') ?? ''
    const victim = await open()
    await victim.goto(`${app}/auth/login/redirect`)
    await victim.context().clearCookies({ name: 'sallyport' })
    await victim.goto(`${app}/auth/callback/redirect?code=mallory&state=${state}`)
    expect(victim.url()).toBe(`${app}/?error=invalid_code`)
    expect(await text(victim, 'who')).toBe('anonymous')
  })
})
