import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addAuthenticator, arrives, logIn, press, program, says, startBrowser, type Watched } from './browser.ts'
import { password } from './house.ts'
import { type Running, start } from './servers.ts'

const hour = 60 * 60_000

describe.skipIf(!program)('the pages in Chromium', { timeout: 60_000 }, () => {
  let app: Running
  let watched: Watched

  beforeAll(async () => {
    ;[app, watched] = await Promise.all([start('express'), startBrowser()])
    for (const username of ['ada', 'grace', 'hedy', 'mary']) await app.auth.users.create({ username, password })
  })

  afterAll(async () => {
    await watched.browser.close()
    app.close()
    watched.check()
  })

  const open = (more: object = {}) => watched.open({ baseURL: app.origin, ...more })

  async function openAs(username: string): Promise<Page> {
    const page = await open()
    await addAuthenticator(page)
    await page.goto('/account/log-in')
    await logIn(page, username)
    await arrives(page, '/account')
    return page
  }

  async function addPasskey(page: Page): Promise<void> {
    await page.goto('/account/factors/add/passkey')
    await page.getByLabel('Name (optional)').fill('This laptop')
    await press(page, 'Create passkey')
    await says(page, 'Added.')
    await says(page, 'This laptop')
  }

  test('a passkey is created, opens the second door, confirms, and logs in by itself', async () => {
    const page = await openAs('ada')
    // A browser that offers nothing by itself: everything is pressed.
    await page.addInitScript('PublicKeyCredential.isConditionalMediationAvailable = async () => false')
    await addPasskey(page)
    await press(page, 'Log out')
    await logIn(page, 'ada')
    await says(page, 'Your device will ask you')
    await press(page, 'Use a passkey')
    await arrives(page, '/account')
    app.clock.later += 2 * hour
    await page.goto('/account/password')
    await press(page, 'Use a passkey')
    await arrives(page, '/account/password')
    await press(page, 'Log out')
    await press(page, 'Log in with a passkey')
    await arrives(page, '/account')
  })

  test('a passkey is offered where the user name is typed', async () => {
    const page = await openAs('grace')
    await addPasskey(page)
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
    const page = await openAs('hedy')
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await page.goto('/account/api-tokens')
    await page.getByLabel('Name', { exact: true }).fill('Backup')
    await press(page, 'Create token')
    await press(page, 'Copy')
    await page.getByRole('button', { name: 'Copied' }).waitFor()
    const copied = await page.evaluate(() => navigator.clipboard.readText())
    expect(copied).toBe(await page.getByLabel('Token', { exact: true }).inputValue())
  })

  test('a logo that is a drawing without measures of its own is seen all the same', async () => {
    const branded = await start('express', { logo: '/logo.svg' })
    const page = await watched.open({ baseURL: branded.origin })
    const body = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 32"><rect width="64" height="32" /></svg>'
    await page.route('**/logo.svg', (route) => route.fulfill({ contentType: 'image/svg+xml', body }))
    await page.goto('/account/log-in')
    expect(await page.locator('img.logo').boundingBox()).toMatchObject({ width: 64, height: 32 })
    branded.close()
  })

  test('with scripts switched off a browser logs in, and what needs a script is not there', async () => {
    const page = await open({ javaScriptEnabled: false })
    await page.goto('/account/log-in')
    expect(await page.getByRole('button').allTextContents()).toEqual(['Log in'])
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
