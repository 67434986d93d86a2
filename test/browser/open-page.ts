import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { serverUrl } from '../../scripts/servers/server-url.ts'
import { type Example, startExample, type Variables } from '../examples/start-example.ts'

/** Chromium's program; `undefined` when there is none and this may be. */
export const program: string | undefined = await serverUrl('chromium')

const artifacts = join(import.meta.dirname, 'artifacts')

export interface User {
  readonly username: string
  readonly password: string
  readonly roles: readonly string[]
}

/** What a file of browser tests works with: one example, one browser, and as many people as it likes. */
export interface Stage {
  readonly url: string
  /** The SQLite file of the example. */
  readonly file: string
  readonly example: Example
  /** A user that no other test has. */
  user(role: string): User
  /** A browser of somebody's own, on the page. */
  open(options?: Parameters<Browser['newContext']>[0]): Promise<Page>
  /** The same, with a user logged in. */
  openAs(user: User, options?: Parameters<Browser['newContext']>[0]): Promise<Page>
}

/** Prepares the stage for the tests of a file. What the browser complained of fails the run. */
export function setStage(name: string, more: Variables | (() => Promise<Variables>) = {}): Stage {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-browser-'))
  const file = join(folder, 'browser.sqlite')
  // No more than are needed: each costs the hash of a password.
  const users = Object.entries({ reader: 24, editor: 4, admin: 4 }).flatMap(([role, length]) =>
    Array.from({ length }, (_, i) => ({ username: `${role}-${i}`, password: `pw ${i} of ${role}`, roles: [role] })),
  )
  const unused = [...users]
  const complaints: string[] = []
  let example: Example
  let browser: Browser

  beforeAll(async () => {
    mkdirSync(artifacts, { recursive: true })
    const given = typeof more === 'function' ? await more() : more
    const variables = { STORAGE: `sqlite:${file}`, USERS: JSON.stringify(users), ...given }
    const args = [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
    ]
    ;[example, browser] = await Promise.all([
      startExample(name, variables),
      chromium.launch({ executablePath: program ?? '', args }),
    ])
  }, 60_000)

  afterEach(() => Promise.all(browser.contexts().map((context) => context.close())))

  afterAll(async () => {
    await browser.close()
    await example[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true })
    expect(complaints).toEqual([])
  })

  function listen(context: BrowserContext): void {
    context.on('console', (message) => {
      // Chromium notes every refusal of the server; what a page does about it is what the tests look at.
      const isRefusal = message.text().startsWith('Failed to load resource')
      if (['error', 'warning'].includes(message.type()) && !isRefusal) complaints.push(message.text())
    })
    context.on('weberror', (error) => complaints.push(String(error.error())))
    context.on('request', (request) => {
      if (!/^(?:blob:)?http:\/\/localhost:/.test(request.url())) complaints.push(`asked for ${request.url()}`)
    })
  }

  async function open(options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, ...options })
    context.setDefaultTimeout(15_000)
    listen(context)
    const page = await context.newPage()
    await page.goto(example.url)
    await page.getByRole('button', { name: 'Log in', exact: true }).waitFor()
    return page
  }

  return {
    file,
    open,
    get url() {
      return example.url
    },
    get example() {
      return example
    },

    user(role) {
      const index = unused.findIndex(({ roles }) => roles.includes(role))
      return unused.splice(index, 1)[0] ?? expect.fail('There are not enough users.')
    },

    async openAs(user, options) {
      const page = await open(options)
      await logIn(page, user)
      return page
    },
  }
}

/** Types a name and a password, and waits for what is behind the log-in. */
export async function logIn(page: Page, { username, password }: Pick<User, 'username' | 'password'>): Promise<void> {
  await page.getByLabel('User name').fill(username)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Log in', exact: true }).click()
  await page.getByRole('navigation').waitFor()
}

/** An authenticator of a page. */
export interface Authenticator {
  /** Whether somebody sits there and agrees to everything; while nobody does, what is asked waits. */
  attend(isThere: boolean): Promise<void>
}

/**
 * Gives a page an authenticator that keeps passkeys, verifies whoever sits there, and asks nothing. What it holds is
 * not offered by itself where a user name is typed, unless `offers` says so.
 */
export async function addAuthenticator(page: Page, { offers = false } = {}): Promise<Authenticator> {
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('WebAuthn.enable')
  const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  if (!offers) {
    await page.evaluate(() => {
      PublicKeyCredential.isConditionalMediationAvailable = () => Promise.resolve(false)
    })
  }
  return {
    attend: async (enabled) => {
      await devtools.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled })
    },
  }
}

/** Goes to a section by its link. */
export async function goTo(page: Page, section: string): Promise<void> {
  await page.getByRole('navigation').getByRole('link', { name: section, exact: true }).click()
  await page.getByRole('heading', { name: section, level: 1 }).waitFor()
}

/** Keeps a picture of the page, for people. */
export async function picture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(artifacts, `${name}.png`), fullPage: true })
}
