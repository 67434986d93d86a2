import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { at, picture, type Watched } from './browser.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
/** WCAG 2.2 AA, and good practice. */
export const everything: readonly string[] = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
// What a look can change that others had before it: colours are those of the other width.
const looks = [
  [390, 'light', everything],
  [390, 'dark', []],
  [1280, 'dark', ['color-contrast', 'target-size']],
  [1280, 'light', []],
] as const

/** Opens a page that the tool for accessibility may look at: it is a script that no page of ours lets in. */
export async function openForLooks(watched: Watched, baseURL: string): Promise<Page> {
  const page = await watched.open({ reducedMotion: 'reduce', baseURL, bypassCSP: true })
  await page.addInitScript(axe)
  return page
}

/** What the tool finds to complain of. */
export async function complaints(page: Page, only: readonly string[]): Promise<readonly string[]> {
  if (only.length === 0) return []
  const { violations } = await page.evaluate<AxeResults>(`axe.run({ runOnly: ${JSON.stringify(only)} })`)
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html} ${node.failureSummary}`))
}

/** Looks at a page as it is, narrow and wide, in the light and in the dark, keeps the pictures, and fails for what is wrong. */
export function lookerAt(page: Page, name: string): () => Promise<void> {
  let pictures = 0
  return async () => {
    const number = String(++pictures).padStart(2, '0')
    for (const [width, colorScheme, rules] of looks) {
      await page.setViewportSize({ width, height: 844 })
      await page.emulateMedia({ colorScheme })
      await picture(page, `${name}-${number}-${width}-${colorScheme}`)
      expect([at(page), width, await complaints(page, rules), await isTooWide(page)]).toEqual([
        at(page),
        width,
        [],
        false,
      ])
    }
  }
}

async function isTooWide(page: Page): Promise<boolean> {
  return page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth)
}
