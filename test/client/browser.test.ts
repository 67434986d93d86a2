import { fileURLToPath } from 'node:url'
import type { Client, createClient, SallyportError } from '@sallyport/client'
import { build } from 'esbuild'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { serverUrl } from '../../scripts/servers/server-url.ts'
import { addAuthenticator, type Authenticator } from '../browser/open-page.ts'
import { startHostile, steal } from './hostile-server.ts'
import { minute, password, startServer, type TestServer } from './server.ts'

const program = await serverUrl('chromium')
const html =
  '<!doctype html><html lang="en"><title>client</title><input autocomplete="username webauthn" aria-label="User name">'

/** What stands in the page. */
interface There {
  readonly sallyport: { readonly createClient: typeof createClient }
  client: Client
  asked: unknown[]
}

async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('../../packages/client/src/index.ts', import.meta.url))],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'sallyport',
    platform: 'browser',
  })
  return outputFiles[0]?.text ?? ''
}

describe.skipIf(!program)('the client in Chromium', { timeout: 60_000 }, () => {
  let there: TestServer
  let browser: Browser
  let page: Page
  let authenticator: Authenticator

  beforeAll(async () => {
    const args = [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
    ]
    ;[there, browser] = await Promise.all([
      startServer({}, html),
      chromium.launch({ executablePath: program ?? '', args }),
    ])
    page = await browser.newPage()
    await page.goto(there.origin)
    await page.addScriptTag({ content: await bundle() })
    authenticator = await addAuthenticator(page, { offers: true })
    await page.evaluate(() => {
      const here = globalThis as unknown as There
      here.asked = []
      here.client = here.sallyport.createClient({
        onStepUp: async (requirement) => {
          here.asked.push(requirement)
          await here.client.passkeys.reauthenticate()
        },
      })
    })
  }, 60_000)

  afterAll(async () => {
    await browser?.close()
    there?.server.close()
  })

  /** What comes of something that the client does in the page: a status, or the code of a refusal. */
  async function outcome(act: (client: Client, password: string) => Promise<unknown>): Promise<unknown> {
    return page.evaluate(
      async ([code, secret]) => {
        const { client } = globalThis as unknown as There
        // oxlint-disable-next-line no-eval
        const run = (0, eval)(`(${code})`) as typeof act
        return run(client, secret ?? '').then(
          (result) => (result as { readonly status?: unknown } | undefined)?.status,
          ({ name, code: refusal }: SallyportError) => [name, refusal],
        )
      },
      [act.toString(), password],
    )
  }

  const logIn = () => outcome((client, secret) => client.logIn({ username: 'ada', password: secret }))
  const logOut = () => outcome((client) => client.logOut())

  test('the session is a cookie that no script sees', async () => {
    expect(await outcome((client) => client.session())).toBe('anonymous')
    expect(await outcome((client) => client.logIn({ username: 'ada', password: 'wrong' }))).toEqual([
      'SallyportError',
      'invalid_credentials',
    ])
    expect(await logIn()).toBe('unlocked')
    expect(await outcome((client) => client.session())).toBe('unlocked')
    expect(await page.evaluate(() => (globalThis as unknown as There).client.token ?? document.cookie)).toBe('')
    expect(await page.context().cookies()).toContainEqual(
      expect.objectContaining({ name: 'sallyport', httpOnly: true }),
    )
  })

  test('a passkey is made once, opens both doors, the second door, and proves anew', async () => {
    expect(await outcome((client) => client.passkeys.register({ name: 'This laptop' }))).toBe('unlocked')
    expect(await outcome((client) => client.passkeys.register())).toEqual(['SallyportError', 'passkey_exists'])
    await logOut()
    expect(await outcome((client) => client.session())).toBe('anonymous')

    expect(await outcome((client) => client.passkeys.logIn())).toBe('unlocked')
    await logOut()
    expect(await logIn()).toBe('locked')
    expect(await outcome((client) => client.passkeys.unlock())).toBe('unlocked')

    there.advance(10 * minute)
    expect(await outcome((client) => client.fetch('/secrets'))).toBe(200)
    expect(await page.evaluate(() => (globalThis as unknown as There).asked)).toEqual([{ within: 5 * minute }])
    await logOut()
  })

  test('passkeys are offered where a name is typed, until something else is asked of them', async () => {
    await authenticator.attend(false)
    const offered = outcome((client) => client.passkeys.offer())
    await page.waitForTimeout(300)
    expect(await outcome((client) => client.passkeys.offer({ signal: AbortSignal.timeout(200) }))).toBeUndefined()
    expect(await offered).toBeUndefined()
    const chosen = outcome((client) => client.passkeys.offer())
    await authenticator.attend(true)
    expect(await chosen).toBe('unlocked')
    await logOut()
  })

  test('a redirect takes no password elsewhere', async () => {
    const thief = await startHostile(steal)
    await page.route('**/auth/login', (route) =>
      route.fulfill({ status: 307, headers: { location: `${thief.origin}/auth/login` } }),
    )
    expect(await logIn()).toEqual(['SallyportError', 'unexpected_answer'])
    await page.unroute('**/auth/login')
    expect(thief.seen).toEqual([])
    thief.server.close()
  })

  test.each([
    '',
    '{}',
    '{"challenge":{"toString":1},"user":{"id":"!"}}',
    '{"challenge":"AAAA","user":{"id":"AAAA"},"excludeCredentials":7,"allowCredentials":[null]}',
  ])('a question that no authenticator understands is an unexpected answer: %s', async (body) => {
    await page.route(/passkeys?\/options|begin$/, (route) =>
      route.fulfill({ status: 200, contentType: 'application/json', body }),
    )
    const unexpected = ['SallyportError', 'unexpected_answer']
    expect(await outcome((client) => client.passkeys.register())).toEqual(unexpected)
    expect(await outcome((client) => client.passkeys.logIn())).toEqual(unexpected)
    expect(await outcome((client) => client.passkeys.offer())).toEqual(unexpected)
    expect(await outcome((client) => client.passkeys.unlock())).toEqual(unexpected)
    expect(await outcome((client) => client.passkeys.reauthenticate())).toEqual(unexpected)
    await page.unroute(/passkeys?\/options|begin$/)
  })

  test.each(['0', '-1', '1e999', '"soon"', '{"toString":1}'])(
    'an offer does not ask again and again, whatever the server says of time: %s',
    async (timeout) => {
      let asked = 0
      await page.route('**/passkey/options', (route) => {
        asked++
        return route.fulfill({
          status: 200,
          contentType: 'application/json',
          body: `{"challenge":"AAAA","timeout":${timeout}}`,
        })
      })
      await authenticator.attend(false)
      expect(await outcome((client) => client.passkeys.offer({ signal: AbortSignal.timeout(300) }))).toBeUndefined()
      expect(asked).toBe(1)
      await page.unroute('**/passkey/options')
      await authenticator.attend(true)
    },
  )

  test('an offer ends by its signal, and by the next one, while the server is silent', async () => {
    await page.route('**/passkey/options', () => undefined)
    const first = outcome((client) => client.passkeys.offer())
    expect(await outcome((client) => client.passkeys.offer({ signal: AbortSignal.timeout(100) }))).toBeUndefined()
    expect(await first).toBeUndefined()
    await page.unroute('**/passkey/options')
  })

  test('who does not want to is told apart', async () => {
    await page.evaluate(() => {
      navigator.credentials.get = () => Promise.reject(new DOMException('no', 'NotAllowedError'))
    })
    expect(await outcome((client) => client.passkeys.logIn())).toEqual(['SallyportError', 'passkey_not_used'])
    expect(await outcome((client) => client.passkeys.offer())).toBeUndefined()
  })
})
