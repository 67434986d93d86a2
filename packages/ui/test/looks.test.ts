import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { AxeResults } from 'axe-core'
import { generateSync } from 'otplib/functional'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { arrives, at, logIn, press, program, startBrowser, type Watched } from './browser.ts'
import { password } from './house.ts'
import { type Running, start } from './servers.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const artifacts = join(import.meta.dirname, 'artifacts')
const hour = 60 * 60_000
const everything = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
// What the second look can change.
const looks = [
  [390, 'light', everything],
  [1280, 'dark', ['color-contrast', 'target-size']],
] as const

/** What a tool for accessibility finds to complain of in WCAG 2.2 AA, and in good practice. */
async function complaints(page: Page, only: readonly string[]): Promise<readonly string[]> {
  const { violations } = await page.evaluate<AxeResults>(`axe.run({ runOnly: ${JSON.stringify(only)} })`)
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html} ${node.failureSummary}`))
}

/** Presses what leads to another page, and waits for it. */
async function go(page: Page, name: string | RegExp): Promise<void> {
  await Promise.all([page.waitForEvent('load'), press(page, name)])
}

/** What is wider than the screen. */
async function isTooWide(page: Page): Promise<boolean> {
  return page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth)
}

describe.skipIf(!program)('every page to look at', { timeout: 120_000 }, () => {
  let app: Running
  let watched: Watched

  beforeAll(async () => {
    mkdirSync(artifacts, { recursive: true })
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
    const page = await watched.open({ baseURL: app.origin, bypassCSP: true })
    await page.addInitScript(axe)
    await page.goto('/account/log-in')
    await page.evaluate(() => {
      for (const label of document.querySelectorAll('label')) label.remove()
      document.body.style.color = 'silver'
    })
    const found = await complaints(page, everything)
    expect(found.map((text) => text.split(':')[0])).toEqual(expect.arrayContaining(['label', 'color-contrast']))
  })

  test('390 px in the light, 1280 px in the dark: nothing is cut off, everything has a name and can be read', async () => {
    // The tool itself is a script that no page of ours lets in.
    const page = await watched.open({ reducedMotion: 'reduce', baseURL: app.origin, bypassCSP: true })
    await page.addInitScript(axe)
    let pictures = 0
    const look = async () => {
      for (const [width, colorScheme, rules] of looks) {
        await page.setViewportSize({ width, height: 844 })
        await page.emulateMedia({ colorScheme })
        const name = `${++pictures}-${width}-${colorScheme}`.padStart(16, '0')
        await page.screenshot({ path: join(artifacts, `${name}.png`), fullPage: true })
        expect([at(page), width, await complaints(page, rules), await isTooWide(page)]).toEqual([
          at(page),
          width,
          [],
          false,
        ])
      }
    }
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
