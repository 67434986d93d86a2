import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../run.ts'

/** A title in a suite, and the requirements that it says it proves. */
export interface Title {
  readonly file: string
  readonly title: string
  readonly ids: readonly string[]
}

const suites = ['packages/*/test/**/*.test.ts', 'packages/core/src/testing/*.ts', 'test/**/*.test.ts']
const quoted = /(?<quote>['"`])(?<text>(?:(?!\k<quote>)[^\\\n]|\\.)*)\k<quote>/g
const reference = /ASVS (?<ids>\d+\.\d+\.\d+(?:(?:, | to )\d+\.\d+\.\d+)*)/g

/** Every title that names a requirement of ASVS 5.0. */
export function titlesInSuites(): readonly Title[] {
  const files = globSync(suites, { cwd: root, exclude: (path) => path.includes('node_modules') }).sort()
  return files.flatMap((file) =>
    titlesIn(readFileSync(join(root, file), 'utf8')).map((title) => ({ file: file.replaceAll('\\', '/'), ...title })),
  )
}

/** The titles in the text of a suite: strings that say `ASVS 1.2.3`, `ASVS 1.2.3, 1.2.4` or `ASVS 1.2.3 to 1.2.5`. */
export function titlesIn(text: string): readonly Omit<Title, 'file'>[] {
  return [...text.matchAll(quoted)].flatMap(({ groups }) => {
    const title = (groups?.['text'] ?? '').replaceAll(/\\(.)/g, '$1')
    const ids = [...title.matchAll(reference)].flatMap((match) => expand(match.groups?.['ids'] ?? ''))
    return ids.length === 0 ? [] : [{ title, ids }]
  })
}

function expand(ids: string): readonly string[] {
  return ids.split(', ').flatMap((part) => {
    const [first = '', last = first] = part.split(' to ')
    const [chapter, section, from] = first.split('.')
    const to = Number(last.split('.')[2])
    return Array.from({ length: to - Number(from) + 1 }, (_, i) => `${chapter}.${section}.${Number(from) + i}`)
  })
}
