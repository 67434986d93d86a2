import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig, type MarkdownEnv, type MarkdownRenderer } from 'vitepress'
import { groups } from '../../scripts/docs/site/groups.ts'
import { nameOf } from '../../scripts/packages.ts'
import { drawSequences } from './sequence.ts'

const link = (path: string) => `/${path.replace(/(?:^|(?<=\/))index\.md$|\.md$/, '')}`
const reference = readdirSync(join(import.meta.dirname, '../.site/api')).filter(
  (name) => !['index.md', 'openapi.md'].includes(name),
)

/** A package or an entry of it, as an import names it. */
function titleOf(page: string): string {
  const [folder = '', ...entry] = page.replace(/\.md$/, '').split('.')
  return [nameOf(folder), ...entry].join('/')
}

/** What is searched: the prose. Code would be highlighted a second time for it. */
function withoutCode(text: string, env: MarkdownEnv, md: { render(text: string, env: MarkdownEnv): string }): string {
  return md.render(text.replace(/^```.*?^```$/gms, ''), env)
}

function extend(md: MarkdownRenderer): void {
  drawSequences(md)
  // The one tag that our pages have: a line break in the cell of a table.
  md.inline.ruler.before('html_inline', 'br', (state, isSilent) => {
    if (!state.src.startsWith('<br>', state.pos)) return false
    if (!isSilent) state.push('hardbreak', 'br', 0)
    state.pos += '<br>'.length
    return true
  })
}

// The pages are put together by scripts/docs/site: `npm run docs:build`, `npm run docs:dev`.
export default defineConfig({
  title: 'Sallyport',
  description: 'Authentication that you embed in the TypeScript server that you have',
  lang: 'en',
  srcDir: '.site',
  srcExclude: ['public/**'],
  outDir: '.vitepress/dist',
  cleanUrls: true,
  ignoreDeadLinks: 'localhostLinks',
  markdown: { html: false, linkify: false, config: extend },
  themeConfig: {
    search: { provider: 'local', options: { _render: withoutCode } },
    outline: [2, 3],
    nav: [
      { text: 'Start', link: '/start/express' },
      { text: 'Routes', link: '/http' },
      { text: 'Settings', link: '/settings' },
      { text: 'API', link: '/api/' },
    ],
    sidebar: [
      ...groups().map(({ text, items }) => ({
        text,
        collapsed: false,
        items: items.map((item) => ({ text: item.text, link: link(item.path) })),
      })),
      {
        text: 'API reference',
        collapsed: true,
        items: [
          { text: 'OpenAPI', link: '/api/openapi' },
          ...reference.map((name) => ({
            text: titleOf(name),
            link: `/api/${name.replace(/\.md$/, '')}`,
          })),
        ],
      },
    ],
  },
})
