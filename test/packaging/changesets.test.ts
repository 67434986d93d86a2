import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { packageFolders } from '../../scripts/packages.ts'
import { root, run, runTool } from '../../scripts/run.ts'

const folder = mkdtempSync(join(tmpdir(), 'sallyport-changesets-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The manifests of the workspace, in a repository of their own, whose versions may change. */
async function workspace(): Promise<void> {
  for (const file of ['package.json', 'pnpm-workspace.yaml', 'pnpm-lock.yaml', '.changeset']) {
    cpSync(join(root, file), join(folder, file), { recursive: true })
  }
  for (const name of packageFolders()) {
    mkdirSync(join(folder, 'packages', name), { recursive: true })
    cpSync(join(root, 'packages', name, 'package.json'), join(folder, 'packages', name, 'package.json'))
  }
  const author = ['-c', 'user.name=test', '-c', 'user.email=test@example.com']
  for (const args of [
    ['init', '-q', '-b', 'main'],
    ['add', '.'],
    [...author, 'commit', '-qm', 'As it is'],
  ]) {
    const { ok, output } = await run('git', args, { cwd: folder })
    if (!ok) throw new Error(output)
  }
}

test('a changeset for one package raises the version of all, and writes no changelog beside ours', async () => {
  await workspace()
  const versionOf = (name: string) =>
    (JSON.parse(readFileSync(join(folder, 'packages', name, 'package.json'), 'utf8')) as { version: string }).version
  const [major, minor] = versionOf('core').split('.').map(Number)
  writeFileSync(join(folder, '.changeset/a-change.md'), "---\n'@sallyport/express': minor\n---\n\nSomething new.\n")
  const { ok, output } = await runTool('changeset', ['version'], { cwd: folder })
  expect([ok, output]).toEqual([true, expect.any(String)])
  const raised = `${major}.${(minor ?? 0) + 1}.0`
  expect(packageFolders().map((name) => [name, versionOf(name)])).toEqual(
    packageFolders().map((name) => [name, raised]),
  )
  expect(packageFolders().filter((name) => existsSync(join(folder, 'packages', name, 'CHANGELOG.md')))).toEqual([])
  expect(existsSync(join(folder, '.changeset/a-change.md'))).toBe(false)
})
