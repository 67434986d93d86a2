import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { Tally } from './closing-line.ts'
import { build, pack } from './packages.ts'
import { root, run, runTool } from './run.ts'
import type { Outcome } from './run.ts'

/** Runs every check, or those named, and prints the closing line. One that fails stops none of the others. */
export async function continuousIntegration(only: readonly string[]): Promise<boolean> {
  const tally = { passed: 0, failed: 0 }
  const failures: string[] = []
  let built = false

  async function step(name: string, check: () => Promise<Outcome>): Promise<boolean> {
    const group = name.split(' ')[0] as string
    if (only.length > 0 && !only.includes(group)) return true
    const start = performance.now()
    const { ok, output } = await check().catch((error: unknown) => ({ ok: false, output: String(error) }))
    console.log(`${ok ? 'ok  ' : 'FAIL'} ${name} (${((performance.now() - start) / 1000).toFixed(1)} s)`)
    if (ok) tally.passed++
    else {
      console.log(output.trimEnd())
      tally.failed++
      failures.push(name)
    }
    return ok
  }

  async function packages(): Promise<void> {
    built = await step('build', build)
    if (!built) return
    await Promise.all([step('docs', site), published()])
  }

  async function published(): Promise<void> {
    let tarballs: readonly string[] = []
    await step('pack', async () => {
      const outcome = await pack()
      tarballs = outcome.tarballs
      return outcome
    })
    for (const tarball of tarballs) {
      await step(`pack publint ${basename(tarball)}`, () => runTool('publint', ['run', tarball, '--strict']))
      await step(`pack attw ${basename(tarball)}`, () => runTool('attw', [tarball, '--profile', 'esm-only']))
    }
  }

  /** The documentation site, which fails for a link that leads nowhere. */
  function site(): Promise<Outcome> {
    const flags = ['--conditions=@sallyport/source', '--disable-warning=ExperimentalWarning']
    return run(process.execPath, [...flags, join(root, 'scripts/docs/site/build.ts')])
  }

  async function tests(): Promise<void> {
    if (only.length > 0 && !only.includes('tests')) return
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-tally-'))
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
    const file = join(folder, 'tally.json')
    const { ok } = await runTool('vitest', ['run'], {
      show: true,
      env: { SALLYPORT_TALLY: file, ...(built && { SALLYPORT_BUILT: '1' }) },
    })
    const result = existsSync(file)
      ? (JSON.parse(readFileSync(file, 'utf8')) as Tally)
      : { passed: 0, failed: 0, leftOut: [] }
    tally.passed += result.passed
    // A run can fail without a failed test: a crash, a missed threshold.
    tally.failed += ok ? result.failed : Math.max(result.failed, 1)
    if (!ok) failures.push('tests')
    for (const name of result.leftOut) console.log(`left out: ${name}`)
  }

  await step('install', () => run('pnpm', ['install', '--frozen-lockfile']))
  await Promise.all([
    (async () => {
      await step('format', () => runTool('biome', ['format', '--reporter=summary']))
      await step('unused', () => runTool('knip', ['--no-progress', '--include', 'files,dependencies,unlisted,exports']))
      await step('types', () => runTool('tsc', ['-p', 'tsconfig.test.json']))
    })(),
    packages(),
  ])
  // After the build: it looks types up where the packages are published.
  await step('lint', () => runTool('oxlint', ['--type-aware']))
  await tests()
  for (const name of failures) console.log(`failed: ${name}`)
  process.stdout.write(`\n${tally.passed} passed, ${tally.failed} failed\n`)
  return tally.failed === 0
}
