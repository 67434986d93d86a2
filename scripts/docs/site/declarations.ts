import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

/** What a module exports under a name, as its declaration file says it. */
export interface Declaration {
  readonly name: string
  readonly kind: 'function' | 'class' | 'const' | 'interface' | 'type'
  /** The text of its docstring. */
  readonly doc: string
  readonly code: string
  /** The declaration file that it stands in. */
  readonly file: string
}

/** The declarations of everything that a declaration file exports, in its order. Throws for one that can't be found. */
export function exportsOf(file: string): readonly Declaration[] {
  const text = readFileSync(file, 'utf8')
  const passedOn = [...text.matchAll(/^export (?:type )?\{([^}]*)\} from '(\.[^']+)';$/gms)].flatMap(
    ([, names = '', from = '']) => {
      const there = exportsOf(resolve(dirname(file), from.replace(/\.[jt]s$/, '.d.ts')))
      return namesOf(names).map(([name, as]) => {
        const found = there.find((one) => one.name === name)
        if (found === undefined) throw new Error(`${file} exports ${name}, which ${from} does not declare.`)
        return { ...found, name: as }
      })
    },
  )
  const all = [...text.matchAll(/^export \* from '(\.[^']+)';$/gm)].flatMap(([, from = '']) =>
    exportsOf(resolve(dirname(file), from.replace(/\.[jt]s$/, '.d.ts'))),
  )
  return merged([...passedOn, ...all, ...declaredIn(file, text).filter(({ isExported }) => isExported)])
}

/** Everything that is not exported and that somebody needs who writes out the types of what is, by all the ways down. */
export function reachedBy(exported: readonly Declaration[]): readonly Declaration[] {
  const known = new Map(exported.map((one) => [keyOf(one), one]))
  // What is found on the way is gone through as well.
  for (const { code, file } of known.values()) {
    for (const name of new Set(code.match(/\b[A-Z]\w*/g))) {
      const found = resolveName(name, file)
      if (found !== undefined && !known.has(keyOf(found))) known.set(keyOf(found), found)
    }
  }
  const own = new Set(exported.map(keyOf))
  return [...known].flatMap(([key, one]) => (own.has(key) ? [] : [one]))
}

const keyOf = ({ file, code }: Declaration): string => `${file} ${code}`

/** What a name means in a file, if it is one of ours. */
function resolveName(name: string, file: string): Declaration | undefined {
  const text = readFileSync(file, 'utf8')
  const own = merged(declaredIn(file, text)).find((one) => one.name === name)
  if (own !== undefined) return own
  for (const [, names = '', from = ''] of text.matchAll(/^import (?:type )?\{([^}]*)\} from '(\.[^']+)';$/gms)) {
    const imported = namesOf(names).find(([, as]) => as === name)
    if (imported === undefined) continue
    return exportsOf(resolve(dirname(file), from.replace(/\.[jt]s$/, '.d.ts'))).find((one) => one.name === imported[0])
  }
  return undefined
}

/** `a, type B, c as d`, as pairs of what it is and what it is called. */
function namesOf(list: string): readonly (readonly [string, string])[] {
  return list
    .split(',')
    .map((part) => part.trim().replace(/^type /, ''))
    .filter((part) => part !== '')
    .map((part) => {
      const [name = '', as = name] = part.split(' as ')
      return [name, as]
    })
}

// The compiler writes one form: what is exported begins at the margin, and so does whatever comes after it.
const shape =
  /(?:^\/\*\*((?:(?!\*\/).)*)\*\/\n)?^(?:export )?(?:declare )?(?:abstract )?(function|class|const|interface|type) (\w+).*?[;}]$(?=\n[^\s})]|\n*(?!.))/gms

function declaredIn(file: string, text: string): readonly (Declaration & { readonly isExported: boolean })[] {
  return [...text.matchAll(shape)].map(([whole, doc = '', kind = '', name = '']) => {
    const declared = whole.slice(
      whole.search(/^(?:export |declare |abstract |function |class |const |interface |type )/m),
    )
    const code = declared.replace(/^(?:export )?(?:declare )?/, '').replaceAll('    ', '  ')
    const isExported = declared.startsWith('export ')
    return { name, kind: kind as Declaration['kind'], doc: prose(doc), code, file, isExported }
  })
}

/** The text between the stars. */
function prose(doc: string): string {
  return doc
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, '').trim())
    .join('\n')
    .trim()
}

/** Overloads of one name stand together. */
function merged(found: readonly Declaration[]): readonly Declaration[] {
  const byName = new Map<string, Declaration>()
  for (const one of found) {
    const before = byName.get(one.name)
    byName.set(one.name, before === undefined ? one : { ...before, code: `${before.code}\n${one.code}` })
  }
  return [...byName.values()]
}
