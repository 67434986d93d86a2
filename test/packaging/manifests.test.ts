import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { packageFolders } from '../../scripts/packages.ts'
import { root } from '../../scripts/run.ts'

interface Target {
  readonly types?: string
  readonly default?: string
  readonly '@sallyport/source'?: string
}

interface Manifest {
  readonly name: string
  readonly version: string
  readonly exports: Readonly<Record<string, Target>>
  readonly files: readonly string[]
  readonly publishConfig: { readonly exports: Readonly<Record<string, Target>> }
  readonly [field: string]: unknown
}

const read = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8')) as Manifest
const folders = packageFolders()

test('all packages share one version', () => {
  expect(folders.length).toBeGreaterThan(12)
  expect(new Set(folders.map((folder) => read(folder).version)).size).toBe(1)
})

describe.each(folders)('%s', (folder) => {
  const manifest = read(folder)
  const { exports, files, publishConfig } = manifest

  test('says what it is, and is read from its README', () => {
    expect(manifest).toMatchObject({
      name: folder.startsWith('create-') ? folder : `@sallyport/${folder}`,
      description: expect.stringMatching(/^\S.{15,}[^.]$/),
      license: 'MIT',
      type: 'module',
      sideEffects: false,
      engines: { node: '>=22.18' },
    })
    expect(readFileSync(join(root, 'packages', folder, 'README.md'), 'utf8')).toMatch(
      new RegExp(`^# ${manifest.name}\n[^]{300,}`),
    )
  })

  test('has types wherever it has code, and no sources where it is published', () => {
    const published = Object.entries(publishConfig.exports)
    expect(published.length).toBeGreaterThan(0)
    expect(published).toEqual(
      Object.entries(exports).map(([entry, { types, default: code }]) => [entry, { types, default: code }]),
    )
    for (const [, { types, default: code }] of published) {
      expect([types, code]).toEqual([expect.stringMatching(/^\.\/dist\/.+\.d\.ts$/), types?.replace(/\.d\.ts$/, '.js')])
    }
    for (const { '@sallyport/source': source = '' } of Object.values(exports)) {
      expect(existsSync(join(root, 'packages', folder, source))).toBe(true)
    }
  })

  test('is published for everybody, with a proof of where it was built, and with nothing but what is used', () => {
    const { exports: _, ...rest } = publishConfig
    // No `registry`: where it goes is for whoever publishes it to say.
    expect(rest).toEqual({ access: 'public', provenance: true })
    expect(manifest['scripts']).toBeUndefined()
    expect(files.filter((file) => !['bin', 'NOTICE'].includes(file))).toEqual(['dist', 'LICENSE', 'README.md'])
  })
})
