import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Spec, Validation } from '@cyclonedx/cyclonedx-library'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nameOf, packageFolders } from '../../scripts/packages.ts'
import { root } from '../../scripts/run.ts'
import { writeBills } from '../../scripts/sbom.ts'

const folder = mkdtempSync(join(tmpdir(), 'sallyport-sbom-'))
const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6)

interface Manifest {
  readonly version: string
  readonly dependencies?: object
  readonly optionalDependencies?: object
}

interface Bill {
  readonly metadata: { readonly component: { readonly purl: string } }
  readonly components?: readonly { readonly purl: string; readonly externalReferences?: readonly Reference[] }[]
}

interface Reference {
  readonly type: string
  readonly hashes?: readonly { readonly alg: string }[]
}

const fileOf = (name: string) => `${nameOf(name).replace(/^@(.+)\//, '$1-')}.cdx.json`
const textOf = (name: string) => readFileSync(join(folder, fileOf(name)), 'utf8')
const billOf = (name: string) => JSON.parse(textOf(name)) as Bill
const purl = (name: string, version: string) => `pkg:npm/${name.replace('@', '%40')}@${version}`

/** What is installed for a package, all the way down, as its own `package.json` and theirs say. */
function installedFor(folder: string, found: Set<string> = new Set()): Set<string> {
  const { dependencies = {}, optionalDependencies = {} } = manifestOf(folder)
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
    const there = folderOf(name, folder)
    // Native code for another platform.
    if (there === undefined && name in optionalDependencies) continue
    if (there === undefined) throw new Error(`${name} is not installed for ${folder}`)
    const id = purl(name, manifestOf(there).version)
    if (found.has(id)) continue
    found.add(id)
    installedFor(there, found)
  }
  return found
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
}

function folderOf(name: string, from: string): string | undefined {
  const there = join(from, 'node_modules', name)
  if (existsSync(there)) return realpathSync(there)
  return dirname(from) === from ? undefined : folderOf(name, dirname(from))
}

const own = /^pkg:npm\/(?:%40sallyport\/[\w-]+|create-sallyport)@/

beforeAll(async () => {
  const { ok, output } = await writeBills(folder)
  if (!ok) throw new Error(output)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the bills of materials', () => {
  test('there is one for each package', () => {
    const names = packageFolders().map(fileOf)
    expect(readdirSync(folder).sort()).toEqual(names.sort())
    for (const name of packageFolders()) expect(billOf(name).metadata.component.purl).toMatch(own)
  })

  test.each(packageFolders())('%s is valid CycloneDX 1.6', async (name) => {
    expect(await validator.validate(textOf(name))).toBeNull()
    expect(await validator.validate(textOf(name).replace('"library"', '"nonsense"'))).not.toBeNull()
  })

  test.each(packageFolders())('%s names everything that it brings along, where it comes from, and its hash', (name) => {
    const components = billOf(name).components ?? []
    const ids = components.map((one) => one.purl)
    const wanted = [...installedFor(join(root, 'packages', name))]
    expect(wanted.filter((id) => !ids.includes(id))).toEqual([])
    for (const { purl: id, externalReferences = [] } of components.filter((one) => !own.test(one.purl))) {
      const [from, ...more] = externalReferences.filter(({ type }) => type === 'distribution')
      expect([id, from?.hashes, more]).toEqual([id, [expect.objectContaining({ alg: 'SHA-512' })], []])
    }
  })

  test('the native code of every platform is in it, not that of this machine alone', () => {
    const platforms = (billOf('core').components ?? []).filter((one) => one.purl.includes('/argon2-'))
    expect(platforms.map((one) => one.purl).join()).toMatch(/(?=.*darwin-arm64)(?=.*linux-x64-musl)(?=.*win32-x64)/)
  })
})
