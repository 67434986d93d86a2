import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import type { Terminal } from '../src/index.ts'
import { afterAll } from 'vitest'

/** What became of a command. */
export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** The document of `--json`. */
  json<Document = unknown>(): Document
}

/** An application in a folder of its own, with the packages of this repository. */
export interface Place {
  readonly folder: string
  /** Runs the real bin in a process of its own. */
  run(
    line: string | readonly string[],
    options?: { readonly stdin?: string; readonly env?: NodeJS.ProcessEnv },
  ): Promise<Outcome>
  write(name: string, text: string): void
}

export const testSecret = 'Yh3nXw0pKq7TzB5mUe9RsL2vGc8DfJ4a'

const packageFolder = join(import.meta.dirname, '..')
const flags = ['--conditions=@sallyport/source', '--disable-warning=ExperimentalWarning']
// Every command is a process: half of its time is the compiling of the same files.
const compiled = join(packageFolder, 'node_modules/.cache/compiled')
const bin = join(packageFolder, 'bin/sallyport.js')

/** Makes a folder with these files; it goes with the end of the tests. */
export function place(files: Readonly<Record<string, string>> = {}): Place {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-cli-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  symlinkSync(join(packageFolder, 'node_modules'), join(folder, 'node_modules'))
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text)
  write('package.json', '{ "private": true, "type": "module" }')
  for (const [name, text] of Object.entries(files)) write(name, text)

  return {
    folder,
    write,
    run(line, { stdin = '', env = {} } = {}) {
      const args = typeof line === 'string' ? line.split(' ').filter((word) => word !== '') : line
      const child = spawn(process.execPath, [...flags, bin, ...args], {
        cwd: folder,
        env: { ...process.env, NODE_OPTIONS: '', NODE_COMPILE_CACHE: compiled, ...env },
      })
      const texts = { stdout: '', stderr: '' }
      child.stdout.setEncoding('utf8').on('data', (text: string) => (texts.stdout += text))
      child.stderr.setEncoding('utf8').on('data', (text: string) => (texts.stderr += text))
      child.stdin.on('error', () => {}).end(stdin)
      return new Promise((resolve, reject) => {
        child.on('error', reject)
        child.on('close', (code) =>
          resolve({ code, ...texts, json: <Document>() => JSON.parse(texts.stdout) as Document }),
        )
      })
    },
  }
}

/** A terminal in this process, and what was written to it. */
export function terminalOf(cwd: string): { terminal: Terminal; texts: () => { stdout: string; stderr: string } } {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
  const read = (stream: PassThrough) => ((stream.read() as Buffer | null) ?? '').toString()
  const terminal = { cwd, stdin, stdout, stderr } as unknown as Terminal
  return { terminal, texts: () => ({ stdout: read(stdout), stderr: read(stderr) }) }
}

/** A config module on a SQLite file, with further settings as source text. */
export function sqliteAuth(settings = ''): string {
  return `
    import { DatabaseSync } from 'node:sqlite'
    import { createAuth } from '@sallyport/core'
    import { sqlStorage } from '@sallyport/storage-sql'
    export const storage = sqlStorage(new DatabaseSync('app.sqlite'))
    export const auth = createAuth({
      origin: 'http://localhost:3000',
      secret: process.env.SALLYPORT_SECRET,
      storage,
      permissions: (user: { roles: readonly string[] }) => user.roles.map((role) => 'be:' + role),
      ${settings}
    })`
}
