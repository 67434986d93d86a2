import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { continuousIntegration } from './ci.ts'
import { apiReport, reportPath } from './docs/site/api-report.ts'
import { build, declare, pack, packageFolders } from './packages.ts'
import { endTogether, root, run } from './run.ts'
import type { Outcome } from './run.ts'
import { writeBills } from './sbom.ts'

const [task = '', ...args] = process.argv.slice(2)

const tasks: Readonly<Record<string, () => Promise<boolean>>> = {
  demo: () => example('express'),
  example: () => example(...args),
  bench: () => measure('main.ts'),
  soak: () => measure('soak.ts'),
  pack: tarballs,
  sbom: bills,
  api: reports,
  docs: async () => (await install()) && fromSources('docs/generate.ts'),
  site,
  ci: () => continuousIntegration(args),
}

async function install(cwd = root): Promise<boolean> {
  return report(await run('pnpm', ['install', '--frozen-lockfile'], { cwd }))
}

/** What is published, for whoever tries it in a project of their own. */
async function tarballs(): Promise<boolean> {
  const folder = join(root, 'tarballs')
  rmSync(folder, { recursive: true, force: true })
  if (!(await install()) || !report(await build())) return false
  const packed = await pack(folder)
  if (packed.ok) console.log(packed.tarballs.join('\n'))
  return report(packed)
}

/** What each package exports, for a test to compare. */
async function reports(): Promise<boolean> {
  if (!(await install()) || !report(await declare())) return false
  for (const folder of packageFolders()) {
    mkdirSync(dirname(reportPath(folder)), { recursive: true })
    writeFileSync(reportPath(folder), apiReport(folder))
  }
  return true
}

/** The documentation site. Its reference is made of what is built; whoever writes a page (`--serve`) need not wait for that. */
async function site(): Promise<boolean> {
  if (!(await install())) return false
  if (!args.includes('--serve') && !report(await build())) return false
  return fromSources('docs/site/build.ts', ...args)
}

/** Runs a script from the sources of the packages. */
async function fromSources(script: string, ...rest: string[]): Promise<boolean> {
  const flags = ['--conditions=@sallyport/source', '--disable-warning=ExperimentalWarning']
  return (await run(process.execPath, [...flags, join(root, 'scripts', script), ...rest], { show: true })).ok
}

/** What each package brings along. */
async function bills(): Promise<boolean> {
  return (await install()) && report(await writeBills(join(root, 'sbom')))
}

function report({ ok, output }: Outcome): boolean {
  if (!ok) console.error(output)
  return ok
}

/** Runs an example from the sources: there is nothing to build. */
async function example(name = '', ...rest: string[]): Promise<boolean> {
  const names = readdirSync(join(root, 'examples')).filter((folder) => existsSync(mainOf(folder)))
  if (!names.includes(name)) {
    console.error(`Which example? There are: ${names.join(', ')}`)
    return false
  }
  if (!(await install())) return false
  const flags = ['--conditions=@sallyport/source', '--disable-warning=ExperimentalWarning']
  return (await run(process.execPath, [...flags, mainOf(name), ...rest], { show: true })).ok
}

function mainOf(name: string): string {
  return join(root, 'examples', name, 'main.ts')
}

/** Measures what is published: the built packages. What they are compared with is installed for this alone. */
async function measure(file: string): Promise<boolean> {
  const peers = join(root, 'bench/peers')
  if (!(await install())) return false
  if (existsSync(join(peers, 'package.json')) && !(await install(peers))) return false
  if (!report(await build())) return false
  const flags = ['--expose-gc', '--disable-warning=ExperimentalWarning']
  return (await run(process.execPath, [...flags, join(root, 'bench', file), ...args], { show: true })).ok
}

endTogether()
if (!Object.hasOwn(tasks, task))
  throw new Error(`There is no task ${task}; there are: ${Object.keys(tasks).join(', ')}`)
if (!(await tasks[task]?.())) process.exitCode = 1
