import { readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import type { Environment } from './environment.ts'
import type { Outbox } from './outbox.ts'

/** A file of the page, ready to be sent. */
export interface PageFile {
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer<ArrayBuffer>
}

/** The file of a path, `undefined` when the page has none there. */
export type Page = (path: string) => PageFile | undefined

const folder = join(import.meta.dirname, '../page')

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json; charset=utf-8',
}

// Scripts, styles and requests of this origin alone; nothing inline, no frames, no text that becomes markup.
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  // blob: the QR code that a script of ours has drawn.
  "img-src 'self' blob:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

/** Without JavaScript the first page leads to the pages of `@sallyport/ui`; where there are none, it says what works. */
function withoutPages(index: string): string {
  const sentence =
    '<p class="noscript">This page needs JavaScript. The routes do not: the terminal has a curl line.</p>'
  return index
    .replace(/<noscript><meta .*?<\/noscript>/, '')
    .replace(/<noscript>.*?<\/noscript>/s, `<noscript>${sentence}</noscript>`)
}

/** What the page has to know of its service. */
export interface PageOf {
  readonly framework: string
  readonly factors: readonly string[]
  /** Whether the pages of `@sallyport/ui` are there too. */
  readonly hasPages: boolean
  /** Whether anything can be sent. */
  readonly sends: boolean
  readonly outbox: Outbox | undefined
}

/** The page in memory. `/page/demo.json` says what there is to try, and as whom; `/page/outbox.json` what the demo would send. */
export function loadPage({ outbox, ...service }: PageOf, { isDemo, users }: Environment): Page {
  const demo = {
    ...service,
    hasOutbox: outbox !== undefined,
    users: isDemo ? users.map(({ username, password, roles }) => ({ username, password, roles })) : [],
  }
  const files = new Map([['/page/demo.json', file('.json', Buffer.from(JSON.stringify(demo)))]])
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const type = extname(name)
    if (type in types) files.set(`/page/${name.replaceAll('\\', '/')}`, file(type, readFileSync(join(folder, name))))
  }
  if (!service.hasPages) {
    const index = readFileSync(join(folder, 'index.html'), 'utf8')
    files.set('/page/index.html', file('.html', Buffer.from(withoutPages(index))))
  }
  return (path) => {
    if (path === '/page/outbox.json' && outbox !== undefined) {
      return file('.json', Buffer.from(JSON.stringify({ items: outbox.letters() })))
    }
    return files.get(path === '/' ? '/page/index.html' : path)
  }
}

function file(type: string, body: Buffer<ArrayBuffer>): PageFile {
  return {
    body,
    headers: {
      'Content-Type': types[type] ?? '',
      'Cache-Control': 'no-cache',
      'Content-Security-Policy': policy,
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Resource-Policy': 'same-origin',
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
    },
  }
}
