import { readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { root } from '../../run.ts'
import { sitePages } from './pages.ts'

/** Pages that stand together in the site. */
export interface Group {
  readonly text: string
  readonly items: readonly { readonly text: string; readonly path: string; readonly about: string }[]
}

/** The groups of `docs/README.md`, in its order; what it does not name stands in the last one. */
export function groups(): readonly Group[] {
  const pages = sitePages()
  const index = readFileSync(join(root, 'docs/README.md'), 'utf8')
  const named = index
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const links = [...section.matchAll(/^- \[(.+?)\]\((.+?)\): (.+)$/gm)]
      const items = links.flatMap(([, text = '', to = '', about = '']) => {
        const source = posix.join('docs', to)
        const page = pages.find((one) => one.source === source)
        return page === undefined ? [] : [{ text, path: page.path, about }]
      })
      return { text: section.split('\n')[0] ?? '', items }
    })
  const known = new Set(['index.md', ...named.flatMap(({ items }) => items.map(({ path }) => path))])
  const rest = pages
    .filter(({ path }) => !known.has(path))
    .map(({ title, path }) => ({ text: title, path, about: title }))
  return [...named, { text: 'More', items: rest }].filter(({ items }) => items.length > 0)
}
