import { newSecret } from '../commands/secret.ts'
import { version } from '../version.ts'
import type { Choices, Manifest } from './choices.ts'
import { frameworkTemplates } from './frameworks.ts'
import { storeTemplates } from './stores.ts'

/** The files of a project, and what it needs. */
export interface Project {
  /** By their names; in the order in which they are read. */
  readonly files: Readonly<Record<string, string>>
  /** Files of lines, which are added to what is there. */
  readonly lines: Readonly<Record<string, readonly string[]>>
  readonly dependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
}

/** A project in a folder with this name. A `package.json` that is there already says how modules are named. */
export function projectOf(name: string, { framework, store }: Choices, manifest: Manifest | undefined): Project {
  const [server, storage] = [frameworkTemplates[framework], storeTemplates[store]]
  // Under "type": "commonjs", a module says so by its name.
  const ending = manifest === undefined || manifest.type === 'module' ? 'ts' : 'mts'
  const ours = { '@sallyport/core': '', '@sallyport/ui': '', ...server.dependencies, ...storage.dependencies }
  const dependencies = versioned(ours)
  const devDependencies = versioned({
    '@sallyport/cli': '',
    '@types/node': '^22.20.5',
    typescript: '^7.0.2',
    ...server.types,
    ...storage.types,
  })
  const start = `node --env-file=.env --disable-warning=ExperimentalWarning server.${ending}`
  const packageJson = {
    name:
      name
        .toLowerCase()
        .replace(/[^\w.-]+/g, '-')
        .replace(/^[._-]+/, '') || 'app',
    version: '0.0.0',
    private: true,
    type: 'module',
    engines: { node: '>=22.18' },
    scripts: { start, check: 'tsc' },
    dependencies,
    devDependencies,
  }
  return {
    files: {
      ...(manifest === undefined && { 'package.json': json(packageJson) }),
      'tsconfig.json': json(tsconfig),
      [`auth.${ending}`]: authModule(storage),
      [`server.${ending}`]: serverModule(server, storage.prepare, ending),
    },
    lines: {
      '.env': [`SALLYPORT_SECRET=${newSecret()}`, 'ORIGIN=http://localhost:3000', ...storage.environment],
      '.gitignore': ['node_modules', '.env', ...(store === 'sqlite' ? ['*.sqlite', '*.sqlite-*'] : [])],
    },
    dependencies,
    devDependencies,
  }
}

const tsconfig = {
  compilerOptions: {
    target: 'es2023',
    module: 'nodenext',
    types: ['node'],
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    erasableSyntaxOnly: true,
    verbatimModuleSyntax: true,
    allowImportingTsExtensions: true,
  },
}

function authModule({ imports, comment, code }: (typeof storeTemplates)[keyof typeof storeTemplates]): string {
  const all = [
    ...imports,
    "import { createAuth, recoveryCodes } from '@sallyport/core'",
    "import { totp } from '@sallyport/core/totp'",
    "import { linkPages } from '@sallyport/ui'",
  ]
  return `${sorted(all)}

/** ${comment} */
export const storage = ${code}

/** What each role may do. */
const rights: Readonly<Record<string, readonly string[]>> = {
  reader: ['documents:read'],
  admin: ['documents:read', 'sallyport:admin'],
}

export const auth = createAuth({
  origin: process.env.ORIGIN ?? 'http://localhost:3000', // where people reach you; never taken from the Host header
  secret: process.env.SALLYPORT_SECRET,
  storage,
  factors: [totp(), recoveryCodes()],
  audit: true,
  linkPages: linkPages(),
  permissions: ({ roles }) => roles.flatMap((role) => rights[role] ?? []),
})
`
}

function serverModule(
  { imports, code, listen }: (typeof frameworkTemplates)[keyof typeof frameworkTemplates],
  prepare: string,
  ending: string,
): string {
  const names = prepare.includes('storage.') ? 'auth, storage' : 'auth'
  const own = `import { ${names} } from './auth.${ending}'`
  return `${sorted(imports)}
${own}

${prepare}

const home = '<p><a href="/documents/1">A document</a> and <a href="/account">your account</a>.'

${code}

const port = Number(process.env.PORT ?? 3000)
const announce = () => console.log(\`Listening on http://localhost:\${port}\`)
${listen}
`
}

/** Imports by what they import, those of Node first. */
function sorted(imports: readonly string[]): string {
  const key = (line: string) => (line.split("'")[1] ?? '').replace(/^node:/, ' ')
  return imports.toSorted((a, b) => (key(a) < key(b) ? -1 : 1)).join('\n')
}

function versioned(names: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const entries = Object.entries(names).map(([name, range]) => [name, range || `^${version()}`] as const)
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
