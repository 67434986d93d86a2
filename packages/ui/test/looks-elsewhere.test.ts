import { emailCodes, smsCodes } from '@sallyport/core'
import { totp } from '@sallyport/core/totp'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { arrives, go, logIn, program, says, startBrowser, type Watched } from './browser.ts'
import { password } from './house.ts'
import { lookerAt, openForLooks } from './looker.ts'
import { type Running, start } from './servers.ts'

const hour = 60 * 60_000

describe.skipIf(!program)('pages that are seldom seen', { timeout: 120_000 }, () => {
  let watched: Watched
  let app: Running

  beforeAll(async () => {
    const settings = { factors: [totp(), smsCodes(), emailCodes()], verification: 'code' } as const
    ;[app, watched] = await Promise.all([start('express', {}, settings), startBrowser()])
    for (const username of ['ada', 'grace']) {
      const address = { email: `${username}@example.com`, emailVerified: username === 'ada' }
      await app.auth.users.create({ username, password, ...address, roles: username === 'ada' ? ['admin'] : [] })
    }
  })

  afterAll(async () => {
    await watched.browser.close()
    app.close()
    watched.check()
  })

  async function enter(page: Page, username: string): Promise<void> {
    await page.goto('/account/log-in')
    await Promise.all([page.waitForEvent('load'), logIn(page, username)])
  }

  async function code(purpose: string): Promise<string> {
    await expect.poll(() => app.lastCode(purpose)).toBeDefined()
    return app.lastCode(purpose) ?? ''
  }

  test('codes: by text message, for a registration, for an address', async () => {
    const page = await openForLooks(watched, app.origin)
    const look = lookerAt(page, 'codes')
    await page.goto('/account/register')
    await page.getByLabel('E-mail').fill('new@example.com')
    await go(page, 'Create an account')
    await look()
    await page.getByLabel('Code', { exact: true }).fill('00000000')
    await page.getByLabel('Password', { exact: true }).fill(password)
    await go(page, 'Create an account')
    await says(page, 'The code is wrong or has expired.')
    await look()

    await enter(page, 'grace')
    await page.goto('/account/email')
    await go(page, 'Send code to confirm')
    await look()

    await page.goto('/account/factors/add/sms')
    await look()
    await page.getByLabel('Telephone number').fill('+49 30 1234567')
    await go(page, 'Send code')
    await look()
    await page.getByLabel('Code', { exact: true }).fill(await code('enrol'))
    await go(page, 'Finish')
    await says(page, 'Added.')
    await look()
    await go(page, 'Log out')
    await enter(page, 'grace')
    await arrives(page, /^.account.unlock/)
    await look()
    await go(page, 'Send code')
    await look()
    await page.getByLabel('Code', { exact: true }).fill(await code('unlock'))
    await go(page, 'Continue')
    await arrives(page, '/account')
    app.clock.later += 2 * hour
    await page.goto('/account/factors/add/totp')
    await look()
  })

  test('on the way to a provider, and back out; who has no password is not asked for one', async () => {
    const page = await openForLooks(watched, app.origin)
    const look = lookerAt(page, 'provider')
    // A provider of another origin, as all real ones are: the policy lets no form lead there.
    app.acme.origin = 'https://acme.example'
    await page.route('https://acme.example/**', (route) => {
      const to = route.request().url().replace('https://acme.example', app.origin)
      return route.fulfill({ contentType: 'text/html', body: `<title>Acme</title><a href="${to}">That is me</a>` })
    })
    await page.goto('/account/log-in')
    await go(page, 'Continue with Acme')
    await go(page, 'That is me')
    await arrives(page, '/account')
    delete app.acme.origin
    await page.goto('/account/password')
    await look()
    app.clock.later += 2 * hour
    await page.goto('/account/factors/add/totp')
    await arrives(page, /^.account.confirm/)
    expect(await page.locator('input:not([type=hidden])').count()).toBe(0)
    await look()
    // A provider that does not answer: the page on the way to it stays.
    await page.route('**/auth/callback/**', (route) => route.fulfill({ status: 204 }))
    await go(page, 'Continue with Acme')
    await says(page, 'On to Acme')
    await look()
    await page.unroute('**/auth/callback/**')
    await go(page, 'Continue')
    await arrives(page, '/account/factors/add/totp')
    await go(page, 'Log out')
    await says(page, 'You are still logged in at the provider')
    await look()
  })

  test('an administrator in somebody’s place, a link to hand over, a ticket', async () => {
    const page = await openForLooks(watched, app.origin)
    const look = lookerAt(page, 'place')
    await enter(page, 'ada')
    await page.goto('/account/admin/users/new')
    await page.getByLabel('User name').fill('mary')
    await go(page, 'Invite')
    await look()
    await page.goto('/account/admin/revoke')
    await page.getByLabel('Part of the user agent').fill('Mozilla')
    await go(page, 'Look for them')
    await look()
    const { id } = await app.auth.users.create({ username: 'hedy-2', displayName: 'Hedy', password })
    await page.goto(`/account/admin/users/${id}`)
    await page.locator('summary', { hasText: 'Act in their place' }).click()
    await go(page, /^Yes, act in their place/)
    await says(page, 'You are acting in the place of hedy-2.')
    await look()
    await page.goto('/account/sessions')
    await look()
    await go(page, 'Stop and log out')
    await app.auth.users.setMfa(id, 'required')
    await enter(page, 'hedy-2')
    await says(page, 'One more thing to set up')
    await look()
  })
})
