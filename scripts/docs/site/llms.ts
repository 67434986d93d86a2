import { groups } from './groups.ts'
import { sitePages } from './pages.ts'
import type { ReferencePage } from './reference.ts'

const head = `# Sallyport

> Authentication that you embed in a TypeScript server (Express, Koa, Hono, any fetch handler): session tokens, API tokens, second
> factors, third-party login, on your own database.
`

/** The site for language models (llmstxt.org): what there is, and everything in one text. */
export function languageModelTexts(reference: readonly ReferencePage[]): Readonly<Record<string, string>> {
  const pages = sitePages()
  const listed = groups().flatMap(({ text, items }) => [
    `## ${text}\n`,
    ...items.map((item) => `- [${item.text}](/${item.path}): ${item.about}`),
    '',
  ])
  const api = reference.map(({ title, path, about }) => `- [${title}](/${path}): ${about}.`)
  const ordered = groups().flatMap(({ items }) =>
    items.flatMap(({ path }) => pages.find((page) => page.path === path) ?? []),
  )
  return {
    'llms.txt': `${head}\n${listed.join('\n')}\n## API reference\n\n${api.join('\n')}\n`,
    'llms-full.txt': [head, ...[...ordered, ...reference].map(({ path, text }) => `<!-- ${path} -->\n${text}`)].join(
      '\n',
    ),
  }
}
