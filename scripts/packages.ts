import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root, run, runTool } from './run.ts'
import type { Outcome } from './run.ts'

/** The folders of all packages that are published. */
export function packageFolders(): string[] {
  return readdirSync(join(root, 'packages')).filter((name) => existsSync(join(root, 'packages', name, 'package.json')))
}

/** The name of a package, by its folder. */
export function nameOf(folder: string): string {
  const manifest = readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8')
  return (JSON.parse(manifest) as { readonly name: string }).name
}

/** Builds every package from nothing: its JavaScript and its declarations. */
export async function build(): Promise<Outcome> {
  const [javascript, declarations] = [await runTool('tsup', []), await declare()]
  return { ok: javascript.ok && declarations.ok, output: javascript.output + declarations.output }
}

/** Writes the declarations of every package anew. */
export function declare(): Promise<Outcome> {
  return runTool('tsc', ['-b', '--force'])
}

/** Packs every package as it would be published, into a folder, by default into one that ends with this process. */
export async function pack(
  folder: string = passingFolder(),
): Promise<Outcome & { readonly tarballs: readonly string[] }> {
  const outcome = await run('pnpm', ['-r', '--filter', './packages/*', 'pack', '--pack-destination', folder])
  return { ...outcome, tarballs: readdirSync(folder).map((name) => join(folder, name)) }
}

function passingFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-pack-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}
