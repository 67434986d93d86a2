import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import type { AdapterOptions, AdapterServer } from '@sallyport/core/testing'
import { build, pack } from '../../scripts/packages.ts'
import { root } from '../../scripts/run.ts'

const execute = promisify(execFile)
const needed = /sallyport-(core|hono|storage-memory)-/
const others = [
  'hono@4.13.19',
  '@noble/hashes@2.4.0',
  'bun@1.4.5',
  'deno@2.9.6',
  'miniflare@4.20260730.0',
  'esbuild@0.28.2',
]

/** A runtime on which the packed packages serve the fixed application. */
export interface Runtime {
  open(options: AdapterOptions): Promise<AdapterServer>
}

/** The packed packages and the runtimes, installed with npm outside of the repository. */
export interface Runtimes {
  readonly bun: Runtime
  readonly deno: Runtime
  /** Deno that may load native code. */
  readonly denoWithNativeCode: Runtime
  readonly workerd: Runtime
  dispose(): void
}

export async function installRuntimes(): Promise<Runtimes> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-runtimes-'))
  const built = process.env['SALLYPORT_BUILT'] ? { ok: true, output: '' } : await build()
  if (!built.ok) throw new Error(built.output)
  const { ok, output, tarballs } = await pack()
  if (!ok) throw new Error(output)
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }')
  const quiet = ['--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline']
  const ours = tarballs.filter((tarball) => needed.test(tarball))
  await execute('npm', ['install', ...quiet, ...ours, ...others], { cwd: folder })

  for (const name of ['server', 'bun', 'deno', 'worker']) {
    cpSync(join(import.meta.dirname, `${name}.mjs`), join(folder, `${name}.mjs`))
  }
  const application = readFileSync(join(root, 'packages/hono/test/application.ts'), 'utf8')
  writeFileSync(join(folder, 'application.ts'), application.replace("'../src/index.ts'", "'@sallyport/hono'"))

  const deno = [
    'run',
    '--no-remote',
    '--node-modules-dir=manual',
    '--allow-net=127.0.0.1',
    '--allow-env',
    '--allow-read',
  ]
  return {
    bun: processes(binary(folder, '@oven/bun-*/bin/bun'), ['bun.mjs'], folder),
    deno: processes(binary(folder, '@deno/*/deno'), [...deno, 'deno.mjs'], folder),
    denoWithNativeCode: processes(binary(folder, '@deno/*/deno'), [...deno, '--allow-ffi', 'deno.mjs'], folder),
    workerd: await workers(folder),
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** What npm has put there for this machine: the packages' own scripts, which would find it, are left off. */
function binary(folder: string, pattern: string): string {
  const [found] = globSync(join(folder, 'node_modules', pattern))
  if (found === undefined) throw new Error(`npm has installed no ${pattern} for this machine`)
  return found
}

function processes(command: string, args: readonly string[], cwd: string): Runtime {
  return {
    async open(options) {
      const child = spawn(command, [...args, JSON.stringify(options)], { cwd, stdio: ['ignore', 'pipe', 'inherit'] })
      return { url: await firstLine(child), foreign: true, close: () => end(child) }
    },
  }
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('The server has no output.')
  for await (const line of createInterface(child.stdout)) return line
  throw new Error('The server has ended before it was ready.')
}

async function end(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit')
  child.kill()
  await ended
}

interface Bundled {
  readonly outputFiles: readonly [{ readonly text: string }]
}

interface Modules {
  readonly esbuild: { build(options: object): Promise<Bundled> }
  readonly miniflare: {
    readonly Miniflare: new (options: object) => { readonly ready: Promise<URL>; dispose(): Promise<void> }
  }
}

async function load<Name extends keyof Modules>(folder: string, name: Name, file: string): Promise<Modules[Name]> {
  return (await import(pathToFileURL(join(folder, 'node_modules', name, file)).href)) as Modules[Name]
}

async function workers(folder: string): Promise<Runtime> {
  const { build: bundle } = await load(folder, 'esbuild', 'lib/main.js')
  const { Miniflare } = await load(folder, 'miniflare', 'dist/src/index.js')
  const { outputFiles } = await bundle({
    absWorkingDir: folder,
    entryPoints: ['worker.mjs'],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['node:*', 'cloudflare:*'],
  })
  return {
    async open(options) {
      const worker = new Miniflare({
        // Named, and not as a text: what an application has not installed is then missing when it is asked for, not before.
        modules: [{ type: 'ESModule', path: 'worker.mjs', contents: outputFiles[0].text }],
        compatibilityDate: '2026-07-01',
        compatibilityFlags: ['nodejs_compat'],
        bindings: { OPTIONS: JSON.stringify(options) },
        host: '127.0.0.1',
        cf: false,
      })
      const url = await worker.ready
      return { url: url.origin, foreign: true, close: () => worker.dispose() }
    },
  }
}
