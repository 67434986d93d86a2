import { globSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { root } from '../../run.ts'

/** A page of the documentation site. */
export interface SitePage {
  /** Where it is written, in this repository. */
  readonly source: string
  /** Where it stands in the site, as in `packages/core.md`. */
  readonly path: string
  readonly title: string
  /** The page as the site has it: its links lead to pages of the site. */
  readonly text: string
}

/** Pages that are read in the repository too, at the root of the site. */
const others: Readonly<Record<string, string>> = {
  'README.md': 'about.md',
  'SECURITY.md': 'reporting.md',
  'CHANGELOG.md': 'changelog.md',
  'CONTRIBUTING.md': 'contributing.md',
  'examples/README.md': 'examples.md',
  'bench/RESULTS.md': 'benchmarks.md',
}

/** Every page of the site, in the order of their paths. Throws for a link that leads to no page and no file. */
export function sitePages(): readonly SitePage[] {
  const paths = pathsOfSources()
  return [...paths].map(([source, path]) => {
    const text = readFileSync(join(root, source), 'utf8')
    const title = /^# (.+)$/m.exec(text)?.[1] ?? path
    return { source, path, title: title.replaceAll('`', ''), text: withLinks(source, path, text, paths) }
  })
}

function pathsOfSources(): ReadonlyMap<string, string> {
  const docs = globSync('docs/**/*.md', { cwd: root }).map((source) => [source, source.slice('docs/'.length)] as const)
  const packages = globSync('packages/*/README.md', { cwd: root }).map(
    (source) => [source, `${dirname(source)}.md`] as const,
  )
  const all = [...docs, ...packages, ...Object.entries(others)]
  return new Map(all.map(([source, path]) => [source, path === 'README.md' ? 'index.md' : path] as const).sort(byPath))
}

function byPath([, a]: readonly [string, string], [, b]: readonly [string, string]): number {
  return a < b ? -1 : 1
}

/** The text with its links turned from files of the repository to pages of the site. What is no page loses its link. */
function withLinks(source: string, path: string, text: string, paths: ReadonlyMap<string, string>): string {
  return text.replace(
    /(!?)\[((?:[^[\]]|\[[^\]]*\])*)\]\((?!\w+:|#)([^)#\s]+)(#[^)\s]*)?\)/g,
    (_, mark: string, label: string, to: string, hash = '') => {
      const target = posix.normalize(posix.join(posix.dirname(source), to)).replace(/\/$/, '')
      if (mark !== '') return `![${label}](${from(path, target.replace(/^docs\//, ''))})`
      const page = paths.get(target) ?? paths.get(`${target}/README.md`)
      return page === undefined ? label : `[${label}](${from(path, page)}${hash as string})`
    },
  )
}

function from(path: string, to: string): string {
  const way = posix.relative(posix.dirname(path), to)
  return way.startsWith('.') ? way : `./${way}`
}
