import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pack } from '../scripts/packages.ts'
import { weighCore } from '../test/parity/bundle.ts'
import { median, report, section } from './measure.ts'

const core = new URL('../packages/core/dist/index.js', import.meta.url).pathname

/** What core weighs: to load, to install, to send. */
export async function benchWeight(): Promise<void> {
  section('Weight')
  report("import '@sallyport/core', processor time over an empty process", importTime(), 'ms', ['at most', 20])
  const { initial, all } = await weighCore(core)
  report('createAuth bundled, minified, gzipped: what is loaded at the start', initial / 1000, 'kB', ['at most', 25])
  report('with what is loaded on demand: routes, third-party login', all / 1000, 'kB')
  report('packages installed for core and the Express adapter beyond Express', await installed(), '', ['at most', 18])
}

function importTime(): number {
  const run = (code: string) => {
    const script = `${code};process.stdout.write(String(process.cpuUsage().user + process.cpuUsage().system))`
    return Number(execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })) / 1000
  }
  const times = Array.from({ length: 15 }, () => run(`await import('${core}')`) - run('await 0'))
  return median(times)
}

async function installed(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-weight-'))
  try {
    const { tarballs } = await pack()
    const ours = tarballs.filter((path) => /sallyport-(core|express)-/.test(path))
    const count = (packages: readonly string[]) => {
      writeFileSync(join(folder, 'package.json'), '{ "private": true }')
      const quiet = ['--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline']
      execFileSync('npm', ['install', ...quiet, ...packages], { cwd: folder, stdio: 'ignore' })
      const lock = JSON.parse(readFileSync(join(folder, 'node_modules/.package-lock.json'), 'utf8')) as {
        packages: object
      }
      return Object.keys(lock.packages).length
    }
    const alone = count(['express'])
    return count([...ours, 'express']) - alone
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
