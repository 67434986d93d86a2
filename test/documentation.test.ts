import { execFile } from 'node:child_process'
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'
import { refusals } from '@sallyport/core'
import { root } from '../scripts/run.ts'

const folder = join(import.meta.dirname, 'documentation')
const pages = globSync(['*.md', 'packages/*/README.md', 'examples/*.md', 'docs/**/*.md'], { cwd: root }).sort()

/** What a block takes as given, unless it says itself what it is. */
const given: Readonly<Record<string, string>> = {
  origin: 'string',
  secret: 'string',
  storage: "import('@sallyport/core').Storage",
  settings: "import('@sallyport/core').Settings",
  auth: "import('@sallyport/core').Auth",
  servicePassword: 'string',
  clientId: 'string',
  clientSecret: 'string',
  post: '(path: string, body?: object) => Promise<any>',
  redis: "import('@sallyport/core').Storage",
  sql: "import('@sallyport/core').Storage",
}

/** What `app` is depends on the framework that the page is about. */
const frameworks: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'packages/express/README.md': { app: "import('express').Express" },
  'packages/koa/README.md': { app: "import('koa')", router: "import('@koa/router').Router" },
  'packages/hono/README.md': { app: "import('hono').Hono" },
  'packages/ui/README.md': { app: "import('express').Express" },
}

interface Block {
  readonly page: string
  readonly code: string
  readonly file: string
}

const blocks: readonly Block[] = pages.flatMap((page) => {
  const text = readFileSync(join(root, page), 'utf8')
  return [...text.matchAll(/^```ts(?: .*)?\n(.*?)^```$/gms)].map(([, code = ''], i) => {
    const file = `${page.replace(/[^\w]+/g, '-')}-${i + 1}.ts`
    return { page, code, file }
  })
})

function moduleOf({ page, code }: Block): string {
  const names = Object.entries({ ...given, ...frameworks[page] })
  const missing = names.filter(
    ([name]) => !new RegExp(`\\b(?:const|let|function|import)\\b[^\\n=(]*\\b${name}\\b`).test(code),
  )
  const imports = missing.map(([name, type]) => `declare const ${name}: ${type}\n`)
  return `${code}\nexport {}\n${imports.join('')}`
}

afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('every block of TypeScript in the documentation compiles', async () => {
  mkdirSync(folder, { recursive: true })
  for (const block of blocks) writeFileSync(join(folder, block.file), moduleOf(block))
  const options = { noUnusedLocals: false, noUnusedParameters: false }
  const config = { extends: '../../tsconfig.test.json', compilerOptions: options, include: ['*.ts'], exclude: [] }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  const compiled = promisify(execFile)(join(root, 'node_modules/.bin/tsc'), ['-p', folder], { cwd: root })
  expect(await compiled.catch(({ stdout }: { stdout: string }) => ({ stdout }))).toMatchObject({ stdout: '' })
  expect(blocks.length).toBeGreaterThan(15)
}, 60_000)

test('every package has a page of its own, and a line in the README', () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  const packages = globSync('packages/*/package.json', { cwd: root }).map((path) => path.split('/')[1])
  for (const name of packages) {
    expect(pages).toContain(`packages/${name}/README.md`)
    expect(readme).toContain(`](packages/${name})`)
  }
})

test('every entry of core has a line in its README', () => {
  const { exports } = JSON.parse(readFileSync(join(root, 'packages/core/package.json'), 'utf8')) as { exports: object }
  const readme = readFileSync(join(root, 'packages/core/README.md'), 'utf8')
  const named = [...readme.matchAll(/^\| `@sallyport\/core(\S*)` \|/gm)].map(([, entry]) => `.${entry}`)
  expect(named.sort()).toEqual(Object.keys(exports).sort())
})

test('every link within the repository leads somewhere', () => {
  const broken = pages.flatMap((page) => {
    const text = readFileSync(join(root, page), 'utf8')
    const links = [...text.matchAll(/\]\((?!https?:|#|mailto:)([^)#]+)/g)].map(([, to = '']) => to)
    return links.filter((to) => globSync(join(root, page, '..', to)).length === 0).map((to) => `${page}: ${to}`)
  })
  expect(broken).toEqual([])
})

/** What leads to a heading: on a page of the repository and, where it is the same, on the site. */
function anchorsOf(page: string): readonly string[] {
  const text = readFileSync(join(root, page), 'utf8').replace(/^```.*?^```$/gms, '')
  return [...text.matchAll(/^#+ (.+)$/gm)].flatMap(([, heading = '']) => {
    const lower = heading.toLowerCase()
    const there = lower.replace(/[^\p{L}\p{N}_ -]/gu, '').replaceAll(' ', '-')
    const onSite = lower.replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '')
    return there === onSite ? [there] : []
  })
}

test('every link to a heading leads to one', () => {
  const links = pages.flatMap((page) => {
    const text = readFileSync(join(root, page), 'utf8')
    return [...text.matchAll(/\]\((?!https?:)([^)#\s]*)#([^)\s]+)\)/g)].map(([, to = '', anchor = '']) => {
      const target = to === '' ? page : relative(root, join(root, page, '..', to))
      return { page, target, anchor }
    })
  })
  expect(links.length).toBeGreaterThan(10)
  expect(links.filter(({ target, anchor }) => !anchorsOf(target).includes(anchor))).toEqual([])
})

test('the README, or the first page of docs, leads to every page of docs', () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  const first = readFileSync(join(root, 'docs/README.md'), 'utf8')
  const isNamed = (page: string) => readme.includes(`](${page})`) || first.includes(`](${page.slice('docs/'.length)})`)
  const unknown = pages.filter((page) => page.startsWith('docs/') && !isNamed(page))
  expect(unknown).toEqual([])
})

test('the first page of docs says of every page what is on it', () => {
  const first = readFileSync(join(root, 'docs/README.md'), 'utf8')
  const lines = [...first.matchAll(/^- .*$/gm)].map(([line]) => line)
  expect(lines.length).toBeGreaterThan(40)
  expect(lines.filter((line) => !/^- \[[^\]]+\]\([^)]+\): .+\.$/.test(line))).toEqual([])
})

test('every page that a source names is there', () => {
  // What puts the site together names pages of the site.
  const options = { cwd: root, exclude: ['scripts/docs/site/**'] }
  const sources = globSync(['packages/*/src/**/*.ts', 'examples/**/*.{ts,js}', 'scripts/**/*.ts'], options)
  const named = sources.flatMap((path) => {
    const text = readFileSync(join(root, path), 'utf8')
    return [...text.matchAll(/[\w/.-]+\.md\b/g)].map(([page]) => ({ path, page }))
  })
  expect(named.length).toBeGreaterThan(0)
  expect(named.filter(({ page }) => !pages.includes(page))).toEqual([])
})

test('the page of codes is the table of refusals', () => {
  const page = readFileSync(join(root, 'docs/errors.md'), 'utf8')
  const rows = [...page.matchAll(/^\| `(\w+)` \| (\d+) \| (.+) \|$/gm)].map(([, code, status, title]) => [
    code,
    Number(status),
    title,
  ])
  expect(rows).toEqual(Object.entries(refusals).map(([code, [status, title]]) => [code, status, title]))
})
