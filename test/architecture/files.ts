import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { posix } from 'node:path'

/** A file of the repository. `path` is relative to its root. */
export interface File {
  readonly path: string
  readonly text: string
}

export interface Import {
  readonly specifier: string
  /** The whole statement is `import type` or `export type`. */
  readonly typeOnly: boolean
  /** What stands between the keyword and `from`. */
  readonly clause: string
  /** The file that a relative specifier names. */
  readonly target: string | undefined
}

const root = join(import.meta.dirname, '../..')

/** All text files that git knows or would add. */
export function repositoryFiles(): File[] {
  const list = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], { cwd: root, encoding: 'utf8' })
  return list
    .split('\0')
    .filter((path) => path !== '')
    .flatMap((path) => {
      try {
        return [{ path, text: readFileSync(join(root, path), 'utf8') }]
      } catch {
        return [] // removed, and not yet committed
      }
    })
    .filter((file) => !file.text.includes('\0'))
}

/** The sources that are published. */
export function sourcesOf(files: readonly File[]): File[] {
  return files.filter((file) => /^packages\/[^/]+\/src\/.+\.tsx?$/.test(file.path))
}

/** The code without its comments. */
export function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1')
}

const statement = /^[ \t]*(?:import|export)\b(?<clause>[^'"`;=]*?)\bfrom\s*['"](?<specifier>[^'"]+)['"]/gm
const bare = /^[ \t]*import\s*['"](?<specifier>[^'"]+)['"]/gm
const call = /\bimport\(\s*['"](?<specifier>[^'"]+)['"]/g

/** Everything that a file imports or exports again: statically, dynamically, and as a type. */
export function importsOf(file: File): Import[] {
  const code = withoutComments(file.text)
  return [statement, bare, call].flatMap((pattern) =>
    [...code.matchAll(pattern)].map(({ groups }) => {
      const specifier = groups?.['specifier'] ?? ''
      const clause = (groups?.['clause'] ?? '').trim()
      const relative = specifier.startsWith('.')
      return {
        specifier,
        clause,
        typeOnly: /^type\b/.test(clause),
        target: relative ? posix.join(dirname(file.path), specifier) : undefined,
      }
    }),
  )
}
