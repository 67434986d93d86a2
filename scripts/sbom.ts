import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Outcome, run } from './run.ts'

/**
 * Writes a bill of materials (CycloneDX 1.6, JSON) for each package that is published into a folder: everything that it
 * brings along, on every platform, with where it comes from and its hash.
 */
export function writeBills(folder: string): Promise<Outcome> {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  // From the lockfile: the store holds only what is for the platform of this machine.
  const what = ['--sbom-format', 'cyclonedx', '--sbom-spec-version', '1.6', '--prod', '--lockfile-only']
  return run('pnpm', ['sbom', ...what, '--filter', './packages/*', '--split', '--out', join(folder, '%s.cdx.json')])
}
