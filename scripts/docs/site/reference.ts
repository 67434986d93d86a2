import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { nameOf, packageFolders } from '../../packages.ts'
import { root } from '../../run.ts'
import { type Declaration, exportsOf } from './declarations.ts'

/** A page of the API reference. */
export interface ReferencePage {
  readonly path: string
  readonly title: string
  /** What is on it, without a full stop. */
  readonly about: string
  readonly text: string
}

interface Manifest {
  readonly description: string
  readonly exports: Readonly<Record<string, { readonly types?: string } | string>>
}

const chapters: readonly (readonly [string, (one: Declaration) => boolean])[] = [
  ['Functions', ({ kind }) => kind === 'function'],
  ['Classes and values', ({ kind }) => kind === 'class' || kind === 'const'],
  ['Types', ({ kind }) => kind === 'interface' || kind === 'type'],
]

/**
 * One page for each entry of each package, from the declarations of the build, and one that leads to them. What is not built
 * is left out if that may be; else it throws.
 */
export function referencePages(mayBePartial: boolean): readonly ReferencePage[] {
  const pages = packageFolders()
    .sort()
    .flatMap((folder) => entriesOf(folder, mayBePartial))
  const lines = pages.map(({ path, title, about }) => `- [\`${title}\`](./${path.slice('api/'.length)}): ${about}`)
  const text = `# API reference\n\nGenerated from the docstrings of what each package exports.\n\n${lines.join('\n')}\n`
  return [
    { path: 'api/index.md', title: 'API reference', about: 'What each package exports, from its docstrings', text },
    ...pages,
  ]
}

function entriesOf(folder: string, mayBePartial: boolean): readonly ReferencePage[] {
  const manifest = JSON.parse(readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8')) as Manifest
  return Object.entries(manifest.exports).flatMap(([entry, target]) => {
    const types = typeof target === 'string' ? undefined : target.types
    if (types === undefined) return []
    const file = resolve(root, 'packages', folder, types)
    if (!existsSync(file) && mayBePartial) return []
    if (!existsSync(file)) throw new Error(`${file} is missing: build the packages first, with npm run build.`)
    const name = entry === '.' ? folder : `${folder}.${entry.slice(2)}`
    const title = nameOf(folder) + entry.slice(1)
    const found = exportsOf(file)
    const about =
      entry === '.'
        ? manifest.description
        : found
            .map((one) => `\`${one.name}\``)
            .slice(0, 4)
            .join(', ')
    return [{ path: `api/${name}.md`, title, about, text: pageOf(title, about, found) }]
  })
}

function pageOf(title: string, about: string, found: readonly Declaration[]): string {
  const sections = chapters.flatMap(([heading, belongs]) => {
    const own = found.filter(belongs).sort((a, b) => (a.name < b.name ? -1 : 1))
    return own.length === 0 ? [] : [`## ${heading}`, ...own.map(sectionOf)]
  })
  return [`# ${title}`, `${about}.`, ...sections, ''].join('\n\n')
}

function sectionOf({ name, doc, code }: Declaration): string {
  return [`### ${name}`, doc, `\`\`\`ts\n${code}\n\`\`\``].filter((part) => part !== '').join('\n\n')
}
