import { importsOf, sourcesOf, withoutComments } from './files.ts'
import type { File } from './files.ts'

/** Reads the repository's files and names what breaks the rule. */
export type Rule = (files: readonly File[]) => string[]

const core = 'packages/core/src/'
const aboveHttp = /^(?:auth|fetch|index|node|pages)\.ts$|^(?:http|testing)\//

/** In core: errors and storage types import nothing, the collection only those two, and features nothing of HTTP. */
const coreDirection: Rule = (files) =>
  eachImport(files, (file, { specifier, target }) => {
    if (!file.path.startsWith(core)) return false
    const from = file.path.slice(core.length)
    if (specifier.startsWith('@sallyport/')) return true
    if (from === 'errors.ts' || from === 'storage.ts') return true
    if (!target?.startsWith(core)) return false
    const to = target.slice(core.length)
    if (from === 'collection.ts') return to !== 'errors.ts' && to !== 'storage.ts'
    if (to.startsWith('testing/')) return !from.startsWith('testing/')
    return to.startsWith('http/') && !aboveHttp.test(from)
  })

/** A storage package imports from core only the types of `storage.ts`. */
const storageDirection: Rule = (files) => {
  const text = files.find((file) => file.path === `${core}storage.ts`)?.text ?? ''
  const types = new Set([...text.matchAll(/^export (?:interface|type) (\w+)/gm)].map(([, name]) => name))
  return eachImport(files, (file, { specifier, typeOnly, clause }) => {
    if (!file.path.startsWith('packages/storage-') || !specifier.startsWith('@sallyport/')) return false
    const names = clause.replace(/^type|[{}]/g, '').split(',')
    const imported = names.map((name) => name.trim().split(/\s+as\s+/)[0]).filter((name) => name !== '')
    return specifier !== '@sallyport/core' || !typeOnly || imported.some((name) => !types.has(name))
  })
}

/** A package reaches its own files by path, and other packages by a name that its package.json declares. */
const packageBorders: Rule = (files) =>
  eachImport(files, (file, { specifier, target }) => {
    const folder = file.path.split('/').slice(0, 2).join('/')
    if (target !== undefined) return !target.startsWith(`${folder}/src/`)
    if (specifier.startsWith('node:') || specifier.startsWith('#')) return false
    const manifest = JSON.parse(files.find(({ path }) => path === `${folder}/package.json`)?.text ?? '{}') as Manifest
    const declared = { ...manifest.dependencies, ...manifest.peerDependencies }
    const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
    return !Object.hasOwn(declared, name)
  })

/** A relative import names a file that is there, as it is called: what the other rules see is the whole graph. */
const resolvedImports: Rule = (files) => {
  const paths = new Set(files.map((file) => file.path))
  return eachImport(files, (_, { target }) => target !== undefined && !paths.has(target))
}

/** No file imports itself, by whatever way round. Type imports count. */
const noCycles: Rule = (files) => {
  const sources = sourcesOf(files)
  const targets = new Map(sources.map((file) => [file.path, importsOf(file).flatMap(({ target }) => target ?? [])]))
  const done = new Set<string>()
  const cycles: string[] = []
  const visit = (path: string, way: readonly string[]): void => {
    if (way.includes(path)) cycles.push([...way.slice(way.indexOf(path)), path].join(' -> '))
    if (done.has(path) || way.includes(path)) return
    for (const target of targets.get(path) ?? []) visit(target, [...way, path])
    done.add(path)
  }
  for (const { path } of sources) visit(path, [])
  return cycles
}

/** A source file is one idea read in one sitting. */
const fileCeiling: Rule = (files) =>
  sourcesOf(files)
    .map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }))
    .filter(({ lines }) => lines > 250)
    .map(({ path, lines }) => `${path}: ${lines} lines`)

const noAny: Rule = (files) =>
  eachLine(
    sourcesOf(files).map(({ path, text }) => ({ path, text: blankStrings(withoutComments(text)) })),
    /(?<![.\w$])any(?![\w$])/,
  )

/** Randomness is that of `node:crypto`; what only spreads retries in time may say so by its name. */
const strongRandomness: Rule = (files) =>
  eachLine(
    sourcesOf(files).filter(
      ({ path }) => !path.startsWith(`${core}testing/`) && path !== 'packages/storage-sql/src/deadline.ts',
    ),
    /\bMath\.random\b/,
  )

// The words are put together here, so that this file does not break its own rules.
const word = (...parts: string[]) => parts.join('')
const hosts = [
  ['registry.', 'npmjs', '.org'],
  ['npmjs', '.com'],
  ['registry.', 'yarnpkg', '.com'],
  ['npm.', 'pkg.github', '.com'],
  ['npm', 'mirror'],
  ['npm.', 'jsr', '.io'],
  ['pypi', '.org'],
  ['proxy.', 'golang', '.org'],
  ['ghcr', '.io'],
].map((parts) => word(...parts).replaceAll('.', '\\.'))

const noRegistryHost: Rule = (files) => eachLine(files, new RegExp(hosts.join('|'), 'i'))

const homes = [
  ['/ro', 'ot'],
  ['/ho', 'me'],
  ['/Us', 'ers'],
  ['/wo', 'rk'],
  ['[A-Z]:\\\\', 'Users'],
].map((parts) => word(...parts))

const noMachinePath: Rule = (files) =>
  eachLine(files, new RegExp(`(?:^|[\\s'"\`=(:>]|file://)(?:${homes.join('|')})[/\\\\][\\w.-]`))

const noLeftovers: Rule = (files) => eachLine(files, new RegExp(`\\b${word('TO', 'DO')}|\\b${word('FIX', 'ME')}`))

const switches = ['sk' + 'ip', 'on' + 'ly', 'to' + 'do'].join('|')

const noSwitchedOffTest: Rule = (files) =>
  eachLine(files, new RegExp(`\\b(?:it|test|describe|suite|bench)(?:\\.\\w+)*\\.(?:${switches})\\b`))

/** Every rule of the house. */
export const rules = {
  coreDirection,
  storageDirection,
  packageBorders,
  resolvedImports,
  noCycles,
  fileCeiling,
  noAny,
  strongRandomness,
  noRegistryHost,
  noMachinePath,
  noLeftovers,
  noSwitchedOffTest,
}

interface Manifest {
  readonly dependencies?: object
  readonly peerDependencies?: object
}

type Breaks = (file: File, imported: ReturnType<typeof importsOf>[number]) => boolean

function eachImport(files: readonly File[], breaks: Breaks): string[] {
  return sourcesOf(files).flatMap((file) =>
    importsOf(file)
      .filter((imported) => breaks(file, imported))
      .map(({ specifier }) => `${file.path} imports ${specifier}`),
  )
}

function eachLine(files: readonly File[], pattern: RegExp): string[] {
  return files.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [])),
  )
}

function blankStrings(code: string): string {
  return code.replace(/'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/g, "''").replace(/(?<=`|\})[^`${]*(?=`|\$\{)/g, '')
}
