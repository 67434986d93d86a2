import { join } from 'node:path'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { expect } from 'vitest'
import { serverUrl } from '../../../scripts/servers/server-url.ts'
import { password } from './house.ts'

/** Chromium's program; `undefined` when there is none and this may be. */
export const program: string | undefined = await serverUrl('chromium')

const artifacts = join(import.meta.dirname, 'artifacts')
const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking']

/** A browser, and what it complained of. */
export interface Watched {
  readonly browser: Browser
  /** Fails for whatever a page did that its policy does not allow, or that went wrong in its script. */
  check(): void
  /** A browser of somebody's own. */
  open(options?: BrowserContextOptions): Promise<Page>
}

/** Starts Chromium. As people have it, it keeps pages for going back to; that costs a process for each, so it is asked for. */
export async function startBrowser({ keepsPages = false } = {}): Promise<Watched> {
  const ignoreDefaultArgs = keepsPages ? ['--disable-back-forward-cache'] : []
  const browser = await chromium.launch({ executablePath: program ?? '', args, ignoreDefaultArgs })
  const complaints: string[] = []
  return {
    browser,
    check: () => expect(complaints).toEqual([]),

    async open(options = {}) {
      const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, ...options })
      // Two busy cores are slow, not wrong.
      context.setDefaultTimeout(20_000)
      context.on('console', (message) => {
        // Chromium notes every refusal of the server; what a page does about it is what the tests look at.
        const isRefusal = message.text().startsWith('Failed to load resource')
        if (['error', 'warning'].includes(message.type()) && !isRefusal) complaints.push(message.text())
      })
      context.on('weberror', (error) => complaints.push(String(error.error())))
      return context.newPage()
    },
  }
}

/** Fills in the log-in that is on the page. */
export async function logIn(page: Page, username: string, secret: string = password): Promise<void> {
  await page.getByLabel('User name or e-mail').fill(username)
  await page.getByLabel('Password', { exact: true }).fill(secret)
  await press(page, 'Log in')
}

/** Presses the one button, or follows the one link, of this name. */
export async function press(page: Page, name: string | RegExp): Promise<void> {
  const exact = typeof name === 'string'
  const button = page.getByRole('button', { name, exact }).or(page.getByRole('link', { name, exact }))
  await button.click()
}

/** Presses what leads to another page, and waits for it. */
export async function go(page: Page, name: string | RegExp): Promise<void> {
  await Promise.all([page.waitForEvent('load'), press(page, name)])
}

/** Keeps a picture of the page, for people. */
export async function picture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(artifacts, `${name}.png`), fullPage: true })
}

/** Whether the page says something. */
export async function says(page: Page, text: string | RegExp): Promise<void> {
  await page.getByText(text).first().waitFor()
}

/** Where the page is, as a path. */
export function at(page: Page): string {
  const { pathname, search } = new URL(page.url())
  return pathname + search
}

/** Waits until the page is at a path. */
export async function arrives(page: Page, path: string | RegExp): Promise<void> {
  await expect.poll(() => at(page)).toEqual(typeof path === 'string' ? path : expect.stringMatching(path))
}

/** Gives a page an authenticator that keeps passkeys, verifies whoever sits there, and asks nothing. */
export async function addAuthenticator(page: Page): Promise<void> {
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('WebAuthn.enable')
  await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
}
