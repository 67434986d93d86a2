import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import { generateSync } from 'otplib/functional'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { startExample } from '../examples/start-example.ts'
import { goTo, picture, program, setStage } from './open-page.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What a tool for accessibility finds to complain of: labels, roles, contrast, order of headings. */
async function complaints(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe)
  const { violations } = await page.evaluate<AxeResults>('axe.run()')
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html} ${node.failureSummary}`))
}

const looks = [
  [390, 'light'],
  [390, 'dark'],
  [1280, 'dark'],
  [1280, 'light'],
] as const

async function isTooWide(page: Page): Promise<boolean> {
  return page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth)
}

/** Looks at a page in every way, and keeps the pictures. */
async function lookAt(page: Page, name: string): Promise<void> {
  for (const [width, colorScheme] of looks) {
    await page.setViewportSize({ width, height: 844 })
    await page.emulateMedia({ colorScheme })
    expect([name, width, colorScheme, await complaints(page)]).toEqual([name, width, colorScheme, []])
    expect([name, width, await isTooWide(page)]).toEqual([name, width, false])
    await picture(page, `${name}-${width}-${colorScheme}`)
  }
}

describe.skipIf(!program)('the page to look at', { timeout: 60_000 }, () => {
  const stage = setStage('express')

  test('390 and 1280 px wide, light and dark: nothing is cut off, everything has a name and can be read', async () => {
    const page = await stage.open({ reducedMotion: 'reduce' })
    const look = (name: string) => lookAt(page, name)
    const user = stage.user('admin')
    await look('log-in')
    await page.getByLabel('User name').fill(user.username)
    await page.getByLabel('Password', { exact: true }).fill('wrong')
    await page.getByRole('button', { name: 'Log in', exact: true }).click()
    await page.getByRole('alert').waitFor()
    await look('log-in-wrong')
    await page.getByLabel('Password', { exact: true }).fill(user.password)
    await page.getByRole('button', { name: 'Log in', exact: true }).click()
    await page.getByRole('link', { name: /The sally port/ }).waitFor()
    await look('documents')
    await page.getByRole('link', { name: /The sally port/ }).click()
    await page.getByRole('button', { name: 'Link that works once' }).click()
    await page.getByLabel('Link', { exact: true }).waitFor()
    await look('document')
    await page.getByRole('button', { name: 'Edit' }).click()
    await page.getByLabel('Title').waitFor()
    await look('edit')
    await goTo(page, 'API tokens')
    await page.getByLabel('Name').fill('A name that is rather long, as names of programs sometimes are')
    await page.getByRole('button', { name: 'Create token' }).click()
    await page.getByLabel('Token', { exact: true }).waitFor()
    await page.getByRole('button', { name: /^Rotate/ }).click()
    await look('rotate')
    await page.getByRole('dialog').getByRole('button', { name: 'Rotate' }).click()
    await page.getByText(/so that you can move over/).waitFor()
    await look('api-tokens')
    await goTo(page, 'Sessions')
    await page.getByRole('list', { name: 'Your sessions' }).waitFor()
    await look('sessions')
    await goTo(page, 'Password')
    await look('password')
    await goTo(page, 'Two-step verification')
    await look('factors')
    await page.getByRole('button', { name: 'Add Authenticator app' }).click()
    await page.getByText('I can’t scan it').click()
    await look('totp')
    const secret = await page.getByLabel('Secret', { exact: true }).inputValue()
    await page.getByLabel('Code', { exact: true }).fill(generateSync({ secret }))
    await page.getByRole('dialog').getByRole('button', { name: 'Add' }).click()
    await page.getByRole('button', { name: 'Add Recovery codes' }).click()
    await page.getByRole('list', { name: 'Recovery codes' }).waitFor()
    await look('recovery-codes')
    await page.getByRole('button', { name: 'Log out' }).click()
    await page.getByLabel('User name').fill(user.username)
    await page.getByLabel('Password', { exact: true }).fill(user.password)
    await page.getByRole('button', { name: 'Log in', exact: true }).click()
    await page.getByRole('heading', { name: 'Two-step verification' }).waitFor()
    await look('second-door')
  })

  describe('with the keyboard', () => {
    test('one can skip to the content, go through the sections, and see where one is', async () => {
      const page = await stage.openAs(stage.user('reader'))
      const active = () => page.evaluate(() => document.activeElement?.textContent)
      await expect.poll(active).toBe('Documents')
      await page.reload()
      await page.getByRole('link', { name: /The sally port/ }).waitFor()
      await page.keyboard.press('Tab')
      expect(await active()).toBe('Skip to the content')
      await picture(page, 'skip')
      await page.keyboard.press('Enter')
      await page.keyboard.press('Tab')
      expect(await active()).toContain('The sally port')
      const outline = await page.evaluate(() => getComputedStyle(document.activeElement ?? document.body).outlineStyle)
      expect(outline).toBe('solid')
      await page.keyboard.press('Enter')
      await page.getByRole('link', { name: '← All documents' }).waitFor()
      await expect.poll(active).toBe('Documents')
      const current = () => page.locator('[aria-current=page]').textContent()
      const onHeading = () => page.evaluate(() => document.activeElement?.tagName)
      for (const section of ['API tokens', 'Sessions', 'Two-step verification', 'Password']) {
        await page.getByRole('navigation').getByRole('link', { name: section }).press('Enter')
        await expect.poll(current).toBe(section)
        await expect.poll(onHeading).toBe('H1')
        expect(await active()).toBe(section)
      }
    })

    test('a dialog keeps the focus, Escape shuts it, and the focus is back where it was', async () => {
      const page = await stage.openAs(stage.user('admin'))
      await page.getByRole('link', { name: /Two lanterns/ }).click()
      await page.getByRole('article').getByRole('button', { name: 'Delete' }).press('Enter')
      const active = () => page.evaluate(() => document.activeElement?.textContent)
      expect(await active()).toBe('Cancel')
      await page.keyboard.press('Tab')
      expect(await active()).toBe('Delete')
      await page.keyboard.press('Escape')
      await page.getByRole('dialog').waitFor({ state: 'detached' })
      expect(await page.evaluate(() => document.activeElement?.closest('article') !== null)).toBe(true)
      await page.getByRole('heading', { name: 'Two lanterns' }).waitFor()
    })
  })

  test('without JavaScript neither the first page nor what leads back to it is a dead end', async () => {
    const page = await stage.open({ javaScriptEnabled: false })
    expect(page.url()).toBe(`${stage.url}/account/log-in?return=%2Faccount`)
    const { username, password } = stage.user('reader')
    await page.getByLabel('User name').fill(username)
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.getByRole('button', { name: 'Log in', exact: true }).click()
    await page.waitForURL(`${stage.url}/account`)
    const first = page.waitForRequest(`${stage.url}/`)
    await page.getByRole('banner').getByRole('link').click()
    await first
    await page.waitForURL(`${stage.url}/account`)
    await page.getByRole('navigation').waitFor()
  })

  test('the demo offers its users and a tour, and each link of it leads somewhere', async () => {
    await using demo = await startExample('express', { USERS: '' })
    const page = await stage.open({ baseURL: demo.url, reducedMotion: 'reduce' })
    await page.goto(demo.url)
    await page.getByRole('heading', { name: 'A short tour' }).waitFor()
    await lookAt(page, 'demo-front')
    await page.getByRole('link', { name: 'Forgotten password' }).click()
    await page.getByLabel('User name or e-mail').fill('grace')
    await page.getByRole('button', { name: 'Send link' }).click()
    await page.goto(`${demo.url}/#outbox`)
    await page.getByRole('link', { name: /choose-password/ }).waitFor()
    await lookAt(page, 'demo-outbox')
    await page.getByRole('link', { name: 'Back' }).click()
    await page.getByRole('link', { name: 'API tokens' }).click()
    await page.getByText('Log in first').waitFor()
    await page.getByRole('button', { name: /^ada/ }).click()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'API tokens', level: 1 }).waitFor()
    expect(await page.getByRole('banner').textContent()).toContain('adaadmin')
    await goTo(page, 'Tour')
    await lookAt(page, 'demo-tour')
    const places = await page.locator('.steps a').evaluateAll((links) => links.map((link) => link.getAttribute('href')))
    for (const place of new Set(places)) {
      if (place?.startsWith('#')) {
        await page.goto(`${demo.url}/${place}`)
        await page.locator(`[data-section="${place.slice(1)}"][aria-current=page]`).waitFor()
      } else expect([place, (await page.goto(place ?? ''))?.status()]).toEqual([place, 200])
    }
  })
})
