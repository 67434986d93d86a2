import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { importsOf, repositoryFiles, sourcesOf } from './architecture/files.ts'
import type { File } from './architecture/files.ts'
import { rules } from './architecture/rules.ts'

const files = repositoryFiles()
const sources = sourcesOf(files)
const text = (path: string) => files.find((file) => file.path === path)?.text ?? ''

/** For each rule, files that break it. */
const samples: Readonly<Record<keyof typeof rules, readonly File[]>> = {
  coreDirection: [
    source('core/src/session.ts', "import { cookie } from './http/cookie.ts'"),
    source('core/src/factors/totp.ts', "import type { Route } from '../http/route.ts'"),
    source('core/src/errors.ts', "import { token } from './token.ts'"),
    source('core/src/storage.ts', "import type { Session } from './session.ts'"),
    source('core/src/collection.ts', "import type { Session } from './session.ts'"),
    source('core/src/session.ts', "import { clock } from './testing/clock.ts'"),
    source('core/src/session.ts', "import { sallyport } from '@sallyport/express'"),
  ],
  storageDirection: [
    source('storage-x/src/index.ts', "import { AuthError } from '@sallyport/core'"),
    source('storage-x/src/index.ts', "import type { Entry, Session } from '@sallyport/core'"),
    source('storage-x/src/index.ts', "import type { Entry } from '@sallyport/core/testing'"),
    source('storage-x/src/index.ts', "import { memoryStorage } from '@sallyport/storage-memory'"),
  ],
  packageBorders: [
    source('express/src/index.ts', "import { token } from '../../core/src/token.ts'"),
    source('express/src/index.ts', "export * from '../test/helper.ts'"),
    source('express/src/index.ts', "import lodash from 'lodash'"),
    source('express/src/index.ts', "import { x } from '@sallyport/undeclared/x'"),
  ],
  resolvedImports: [source('core/src/a.ts', "import { b } from './not-there.ts'")],
  noCycles: [source('core/src/a.ts', "import type { B } from './b.ts'\n")],
  fileCeiling: [source('core/src/a.ts', 'x\n'.repeat(251))],
  noAny: [
    source('core/src/a.ts', 'const x: any = 1'),
    source('core/src/a.ts', 'const x = y as any'),
    source('core/src/a.ts', 'type X = Record<string, any>'),
    source('core/src/a.ts', 'const x = `${y as any}`'),
  ],
  strongRandomness: [source('core/src/a.ts', 'const code = Math.random()')],
  noRegistryHost: [{ path: 'README.md', text: ['https://registry.npm', 'js.org/x'].join('') }],
  noMachinePath: [
    { path: 'a.md', text: ['cd /ro', 'ot/x'].join('') },
    { path: 'a.ts', text: ["'file:///ho", "me/jo/x'"].join('') },
    { path: 'a.ts', text: ['"C:\\Us', 'ers\\jo"'].join('') },
  ],
  noLeftovers: [
    { path: 'a.ts', text: ['// TO', 'DO: later'].join('') },
    { path: 'a.ts', text: ['// FIX', 'ME'].join('') },
  ],
  noSwitchedOffTest: [
    { path: 'a.test.ts', text: ['it.sk', "ip('x')"].join('') },
    { path: 'a.test.ts', text: ['describe.concurrent.on', "ly('x')"].join('') },
  ],
}

function source(path: string, code: string): File {
  return { path: `packages/${path}`, text: code }
}

describe('the rules see what there is', () => {
  test('all packages and their modules', () => {
    const packages = new Set(sources.map((file) => file.path.split('/')[1]))
    expect([...packages].sort()).toEqual(readdirSync(join(import.meta.dirname, '../packages')).sort())
    expect(sources.filter((file) => file.path.startsWith('packages/core/')).length).toBeGreaterThan(25)
    expect(sources.length).toBeGreaterThan(30)
    expect(sources.flatMap(importsOf).length).toBeGreaterThan(100)
    expect(files.length).toBeGreaterThan(60)
  })

  test('every form of import', () => {
    const code = [
      "import a from './1.ts'",
      "import {\n  b,\n  type c,\n} from './2.ts'",
      "import type { d } from './3.ts'",
      "export * from './4.ts'",
      "export type { e } from './5.ts'",
      "import './6.ts'",
      "const f = await import('./7.ts')",
      "type G = import('./8.ts').G",
      "/** import x from './no.ts' */",
      "// import('./no.ts')",
    ]
    const imports = importsOf(source('core/src/a.ts', code.join('\n')))
    expect(imports.map(({ specifier }) => specifier).sort()).toEqual(
      [1, 2, 3, 4, 5, 6, 7, 8].map((number) => `./${number}.ts`),
    )
    expect(imports.filter(({ typeOnly }) => typeOnly).map(({ specifier }) => specifier)).toEqual(['./3.ts', './5.ts'])
  })

  test('the compiler builds every package', () => {
    const { references } = JSON.parse(text('tsconfig.json')) as { references: { path: string }[] }
    const folders = readdirSync(join(import.meta.dirname, '../packages'))
    expect(references.map(({ path }) => path).sort()).toEqual(folders.map((name) => `packages/${name}`).sort())
  })
})

test('ASVS 6.5.3: no code, seed or token is of a generator that can be predicted', () => {
  expect(rules.strongRandomness(files)).toEqual([])
})

describe.each(Object.keys(samples) as (keyof typeof rules)[])('%s', (name) => {
  test('holds', () => {
    expect(rules[name](files)).toEqual([])
  })

  test.each(samples[name])('would see a breach in $path, case %#', (file) => {
    const surroundings = [
      source('core/src/b.ts', "import type { A } from './a.ts'"),
      source('core/src/storage.ts', 'export interface Entry {}'),
      source('express/package.json', '{ "dependencies": { "@sallyport/core": "1" } }'),
    ].filter(({ path }) => path !== file.path)
    const before = rules[name](surroundings)
    const after = rules[name]([...surroundings, file])
    expect(after.filter((breach) => !before.includes(breach))).not.toEqual([])
  })
})
