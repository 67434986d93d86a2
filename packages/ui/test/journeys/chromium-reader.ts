import type { Page } from 'playwright-core'
import { type Reader, valueIn } from '../reader.ts'

/**
 * Somebody in front of a page of Chromium, who reads what is to be seen, types into what can be typed into, opens what
 * is folded, and clicks.
 */
export function readerOf(page: Page, origin: string): Reader {
  let [status, document, markup, text] = [0, 0, '', '']
  page.on('response', (response) => {
    const request = response.request()
    if (request.isNavigationRequest() && request.frame() === page.mainFrame()) status = response.status()
  })

  /** Waits for another document than the last one, which is whole and leads nowhere by itself. */
  async function arrive(): Promise<void> {
    const seen = await page.waitForFunction((last) => {
      const isThere = performance.timeOrigin !== last && globalThis.document.readyState === 'complete'
      if (!isThere || globalThis.document.querySelector('meta[http-equiv=refresh]') !== null) return
      return [
        performance.timeOrigin,
        globalThis.document.documentElement.outerHTML,
        globalThis.document.body.innerText,
      ] as const
    }, document)
    ;[document, markup, text] = (await seen.jsonValue()) ?? [0, '', '']
  }

  return {
    get at() {
      return page.url().slice(origin.length)
    },
    get status() {
      return status
    },
    get markup() {
      return markup
    },
    get text() {
      return text.replace(/\s+/g, ' ').trim()
    },

    async go(path) {
      await page.goto(origin + path, { waitUntil: 'commit' })
      await arrive()
    },

    async press(name, values = {}) {
      const button = page.getByRole('button', { name, exact: typeof name === 'string', includeHidden: true })
      const folded = page.locator('details:not([open])').filter({ has: button })
      if ((await folded.count()) > 0) await folded.locator('summary').click()
      const form = page.locator('form').filter({ has: button })
      for (const [field, value] of Object.entries(values)) {
        const control = form.locator(`[name="${field}"]`)
        if (typeof value === 'boolean') await control.setChecked(value)
        else if ((await form.locator(`select[name="${field}"]`).count()) > 0) await control.selectOption(value)
        else await control.fill(value)
      }
      await button.click()
      await arrive()
    },

    async follow(name) {
      await page
        .getByRole('link', { name, exact: typeof name === 'string' })
        .first()
        .click()
      await arrive()
    },

    valueOf: (id) => valueIn(markup, id),
  }
}
