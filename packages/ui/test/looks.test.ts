import { generateSync } from 'otplib/functional'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { arrives, go, logIn, program, startBrowser, type Watched } from './browser.ts'
import { password } from './house.ts'
import { complaints, everything, lookerAt, openForLooks } from './looker.ts'
import { type Running, start } from './servers.ts'

const hour = 60 * 60_000

describe.skipIf(!program)('every page to look at', { timeout: 120_000 }, () => {
  let app: Running
  let watched: Watched

  beforeAll(async () => {
    ;[app, watched] = await Promise.all([start('express'), startBrowser()])
    for (const username of ['ada', 'grace']) {
      const address = { email: `${username}@example.com`, emailVerified: true }
      await app.auth.users.create({ username, displayName: `The ${username}`, password, ...address, roles: ['admin'] })
    }
    await app.auth.logIn({ username: 'ada', password }, { address: '203.0.113.7', userAgent: 'curl/8' })
  })

  afterAll(async () => {
    await watched.browser.close()
    app.close()
    watched.check()
  })

  test('the tool would complain', async () => {
    const page = await openForLooks(watched, app.origin)
    await page.goto('/account/log-in')
    await page.evaluate(() => {
      for (const label of document.querySelectorAll('label')) label.remove()
      document.body.style.color = 'silver'
    })
    const found = await complaints(page, everything)
    expect(found.map((text) => text.split(':')[0])).toEqual(expect.arrayContaining(['label', 'color-contrast']))
  })

  test('at 390 and 1280 px, in the light and in the dark: nothing is cut off, everything has a name and can be read', async () => {
    const page = await openForLooks(watched, app.origin)
    const look = lookerAt(page, 'page')
    const lookAt = async (...paths: readonly string[]) => {
      for (const path of paths) {
        await page.goto(`/account${path}`)
        await look()
      }
    }
    await lookAt(
      '/register',
      '/forgot-password',
      '/choose-password?link=x',
      '/verify-email?link=x',
      '/nowhere',
      '/log-in',
    )
    await app.auth.account.forgotPassword('ada')
    await expect.poll(() => app.lastLink('password-reset')).toBeDefined()
    await page.goto(app.lastLink('password-reset') ?? '')
    await look()
    await page.goto('/account/log-in')
    await page.getByLabel('User name or e-mail').fill('ada')
    await page.getByLabel('Password', { exact: true }).fill('it was not this one')
    await go(page, 'Log in')
    await look()
    await Promise.all([page.waitForEvent('load'), logIn(page, 'ada')])
    await lookAt('', '/sessions', '/factors', '/password', '/email', '/identities', '/factors/add/email')
    await lookAt('/factors/add/passkey', '/change-email?link=x', '/factors/add/totp')
    const secret = (await page.locator('code.secret').textContent())?.replaceAll(' ', '') ?? ''
    await page.getByLabel('Code', { exact: true }).fill(generateSync({ secret }))
    await go(page, 'Finish')
    await look()
    await page.goto('/account/factors/add/recovery-codes')
    await go(page, 'Make recovery codes')
    await look()
    await page.goto('/account/api-tokens')
    await page
      .getByLabel('Name', { exact: true })
      .fill('A name that is rather long, as names of programs sometimes are')
    await go(page, 'Create token')
    await look()
    await page.goto('/account/api-tokens')
    for (const summary of await page.locator('summary').all()) await summary.click()
    await look()
    await lookAt('/events', '/admin/users', '/admin/users/new', '/admin/events', '/admin/revoke', '/admin/providers')
    await go(page, /^Check/)
    await look()
    await page.goto('/account/admin/users')
    await go(page, 'grace')
    for (const summary of await page.locator('summary').all()) await summary.click()
    await look()
    app.clock.later += 2 * hour
    await lookAt('/password')
    await page.goto('/account')
    await go(page, 'Log out')
    await Promise.all([page.waitForEvent('load'), logIn(page, 'ada')])
    await look()
    await go(page, 'Recovery codes')
    await look()
  })

  test('with the keyboard one skips to the content, sees where one is, and does everything', async () => {
    const page = await watched.open({ baseURL: app.origin })
    const active = () => page.evaluate(() => document.activeElement?.textContent ?? '')
    await page.goto('/account/log-in')
    expect(await page.evaluate(() => document.activeElement?.getAttribute('name'))).toBe('username')
    await page.keyboard.type('grace')
    await page.keyboard.press('Tab')
    await page.keyboard.type(password)
    await page.keyboard.press('Enter')
    await arrives(page, '/account')
    await page.reload()
    await page.keyboard.press('Tab')
    expect(await active()).toBe('Skip to the content')
    const outline = () => page.evaluate(() => getComputedStyle(document.activeElement ?? document.body).outlineStyle)
    expect(await outline()).toBe('solid')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    expect(await active()).toContain('Sessions and devices')
    expect(await outline()).toBe('solid')
    await page.goto('/account/api-tokens')
    const isDateShown = () => page.getByLabel('Last day').isVisible()
    expect(await isDateShown()).toBe(false)
    await page.getByLabel('Good for').selectOption('Until a date …')
    expect(await isDateShown()).toBe(true)
    await page.getByLabel('Good for').selectOption('90 days')
    await page.getByLabel('Name', { exact: true }).fill('Backup')
    await page.getByLabel('Name', { exact: true }).press('Enter')
    await page.getByLabel('Token', { exact: true }).waitFor()
    await page.goto('/account/api-tokens')
    await page.locator('summary', { hasText: 'Revoke' }).press('Enter')
    await page.keyboard.press('Tab')
    expect(await active()).toContain('Yes, revoke it')
    await page.keyboard.press('Enter')
    await arrives(page, '/account/api-tokens?done=token_revoked')
  })
})
