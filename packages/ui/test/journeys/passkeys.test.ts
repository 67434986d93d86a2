import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import {
  addAuthenticator,
  arrives,
  logIn,
  picture,
  press,
  program,
  says,
  startBrowser,
  type Watched,
} from '../browser.ts'
import { password } from '../house.ts'
import type { Reader } from '../reader.ts'
import { frameworks, type Running, start } from '../servers.ts'
import { readerOf } from './chromium-reader.ts'
import { hour } from './flow.ts'

let watched: Watched
beforeAll(async () => {
  if (program) watched = await startBrowser()
})
afterAll(async () => {
  await watched?.browser.close()
  watched?.check()
})

describe.skipIf(!program).each(frameworks)('what needs a script, on %s', { timeout: 60_000 }, (framework) => {
  let app: Running

  beforeAll(async () => {
    app = await start(framework)
    for (const username of ['ada', 'grace', 'hedy', 'mary']) await app.auth.users.create({ username, password })
  })
  afterEach(() => Promise.all(watched.browser.contexts().map((context) => context.close())))
  afterAll(() => app.close())

  const open = (more: object = {}) => watched.open({ baseURL: app.origin, ...more })

  test('ASVS 14.3.1: a page that the browser has kept is asked for again, and shows nothing to who is out by now', async () => {
    const { browser, open } = await startBrowser({ keepsPages: true })
    onTestFinished(() => browser.close())
    const page = await open({ baseURL: app.origin })
    await page.goto('/account/log-in')
    await logIn(page, 'ada')
    await arrives(page, '/account')
    await page.goto('about:blank')
    const { id = '' } = (await app.auth.users.findByLogin('ada')) ?? {}
    await app.auth.sessions.revokeAll(id)
    await page.goBack({ waitUntil: 'commit' })
    await page.waitForURL(/\/account\/log-in/)
  })

  async function openAs(username: string): Promise<readonly [Reader, Page]> {
    const page = await open()
    await addAuthenticator(page)
    const reader = readerOf(page, app.origin)
    await reader.go('/account/log-in')
    await reader.press('Log in', { username, password })
    expect(reader.at).toBe('/account')
    return [reader, page]
  }

  async function addPasskey(reader: Reader): Promise<void> {
    await reader.go('/account/factors/add/passkey')
    await reader.press('Create passkey', { name: 'This laptop' })
    expect(reader.text).toMatch(/Added\. .*This laptop/)
  }

  test('a passkey is created, opens the second door, confirms, logs in by itself, and is removed', async () => {
    const [reader, page] = await openAs('ada')
    // A browser that offers nothing by itself: everything is pressed.
    await page.addInitScript('PublicKeyCredential.isConditionalMediationAvailable = async () => false')
    await addPasskey(reader)
    await picture(page, `journey-passkey-${framework}`)
    await reader.press('Log out')
    await reader.press('Log in', { username: 'ada', password })
    expect(reader.text).toContain('Your device will ask you')
    await reader.press('Use a passkey')
    expect(reader.at).toBe('/account')
    app.clock.later += 2 * hour
    await reader.go('/account/password')
    await reader.press('Use a passkey')
    expect(reader.at).toBe('/account/password')
    await reader.press('Log out')
    await reader.press('Log in with a passkey')
    expect([reader.at, reader.text]).toEqual(['/account', expect.stringContaining('Hello, ada')])
    await reader.go('/account/factors')
    await reader.press('Yes, remove it This laptop')
    expect([reader.at, reader.text]).toEqual([
      '/account/factors?done=factor_removed',
      expect.stringContaining('Nothing yet.'),
    ])
  })

  test('a passkey is offered where the user name is typed', async () => {
    const [reader, page] = await openAs('grace')
    await addPasskey(reader)
    await press(page, 'Log out')
    // The authenticator consents at once: to be asked is to choose what is offered.
    await arrives(page, '/account')
    await says(page, 'Hello, grace')
  })

  test('without a passkey the button says that it did not work', async () => {
    const page = await open()
    await page.goto('/account/log-in')
    await addAuthenticator(page)
    await press(page, 'Log in with a passkey')
    await page.getByRole('alert').filter({ hasText: 'That did not work.' }).waitFor()
  })

  test('a token is copied by its button', async () => {
    const [reader, page] = await openAs('hedy')
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await reader.go('/account/api-tokens')
    await reader.press('Create token', { name: 'Backup' })
    await press(page, 'Copy')
    await page.getByRole('button', { name: 'Copied' }).waitFor()
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(reader.valueOf('token'))
  })

  test('with scripts switched off a browser logs in, and what needs a script is not there', async () => {
    const page = await open({ javaScriptEnabled: false })
    await page.goto('/account/log-in')
    expect(await page.getByRole('button').allTextContents()).toEqual(['Log in', 'Continue with Acme'])
    await logIn(page, 'mary')
    await arrives(page, '/account')
    await page.goto('/account/factors/add/passkey')
    await says(page, 'Passkeys need JavaScript')
    await page.goto('/account/sessions')
    await says(page, 'This device')
    await press(page, 'Log out')
    await says(page, 'You are logged out.')
  })
})

test.skipIf(!program)('a logo that is a drawing without measures of its own is seen all the same', async () => {
  const branded = await start('express', { logo: '/logo.svg' })
  const page = await watched.open({ baseURL: branded.origin })
  const body = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 32"><rect width="64" height="32" /></svg>'
  await page.route('**/logo.svg', (route) => route.fulfill({ contentType: 'image/svg+xml', body }))
  await page.goto('/account/log-in')
  expect(await page.locator('img.logo').boundingBox()).toMatchObject({ width: 64, height: 32 })
  branded.close()
})
