// Starts a task under a Node.js and a pnpm that can do it, and brings both from npm where the machine has none.
// Plain JavaScript: this file runs on whatever Node.js is there.
import { spawn, spawnSync } from 'node:child_process'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const shell = process.platform === 'win32'

function missing() {
  const wanted = []
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major < 22 || (major === 22 && minor < 18)) wanted.push('node@24.21.0')
  const pnpm = spawnSync('pnpm', ['--version'], { encoding: 'utf8', shell })
  if (pnpm.stdout?.trim().split('.')[0] !== '12') wanted.push('pnpm@12.21.0')
  return wanted
}

function bring(packages) {
  // npx goes through a shell, which must see nothing to expand.
  const report = 'process.stdout.write(JSON.stringify([process.execPath, process.env.PATH]))'
  const code = `eval(atob('${Buffer.from(report).toString('base64')}'))`
  const args = ['--yes', '--quiet', ...packages.flatMap((name) => ['-p', name]), '--', 'node', '-e', code]
  const npx = spawnSync('npx', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], shell })
  if (npx.status !== 0) {
    console.error(`This needs ${packages.join(' and ')}, and npx could not bring it. Please install it by hand.`)
    process.exit(1)
  }
  return JSON.parse(npx.stdout)
}

const wanted = missing()
const [node, path] = wanted.length > 0 ? bring(wanted) : [process.execPath, process.env.PATH]

const task = ['--disable-warning=ExperimentalWarning', 'scripts/tasks.ts', ...process.argv.slice(2)]
const child = spawn(node, task, { cwd: root, stdio: 'inherit', env: { ...process.env, PATH: path } })

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
// npm does not pass a SIGTERM on: when it is gone, the task ends.
const parent = process.ppid
setInterval(() => process.ppid !== parent && child.kill('SIGTERM'), 500).unref()
child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)))
