import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { watch } from '../../scripts/canary/watch.ts'
import { root } from '../../scripts/run.ts'

/** What every example is: the document service, under one framework each. */
export const frameworks = ['express', 'koa', 'hono', 'fetch'] as const

/** An example that is running, as a process of its own. */
export interface Example {
  /** Where it listens. */
  readonly url: string
  readonly process: ChildProcess
  /** What it has written so far. */
  output(): string
  /** Asks it to end, and resolves to its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
  [Symbol.asyncDispose](): Promise<void>
}

export type Variables = Readonly<Record<string, string>>

/** The users that the tests know. */
export const users = [
  { username: 'ada', password: 'pw', email: 'ada@example.com', roles: ['admin'] },
  { username: 'grace', password: 'a moth in the relay', roles: ['editor'] },
  { username: 'alan', password: 'an oracle never halts', roles: ['reader'] },
  { username: 'nobody', password: 'no role and no rights' },
] as const

export const usersJson: string = JSON.stringify(users)

const compileCache = join(tmpdir(), 'sallyport-compile-cache')
const flags = ['--conditions=@sallyport/source', '--disable-warning=ExperimentalWarning']

/** Starts an example in an environment that has nothing in it but what is given, on a free port and in memory by default. */
export async function startExample(name: string, variables: Variables = {}): Promise<Example> {
  const { code, child, output } = launch(name, variables)
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout?.on('data', () => {
      const [, found] = /(https?:\/\/\S+)\n/.exec(output()) ?? []
      if (found !== undefined) resolve(found)
    })
    void code.then((ended) => reject(new Error(`${name} ended with ${ended}:\n${output()}`)))
  })
  async function stop(signal: NodeJS.Signals = 'SIGTERM') {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal)
    return code
  }
  return {
    url,
    process: child,
    output,
    stop,
    async [Symbol.asyncDispose]() {
      await stop('SIGKILL')
    },
  }
}

/** Starts an example that can't start: its exit code, and what it says. */
export async function refusedStart(
  name: string,
  variables: Variables,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const { code, output, child } = launch(name, variables)
  const timer = setTimeout(() => child.kill('SIGKILL'), 15_000)
  const ended = await code
  clearTimeout(timer)
  return { code: ended, output: output() }
}

function launch(name: string, variables: Variables) {
  const data = mkdtempSync(join(tmpdir(), 'sallyport-example-'))
  const env = {
    PATH: process.env['PATH'],
    PORT: '0',
    STORAGE: 'memory',
    USERS: usersJson,
    SALLYPORT_SECRET: 'a secret of the tests, of at least 32 bytes',
    DATA: data,
    // Every start reads the same sources: Node has to read them once.
    NODE_COMPILE_CACHE: compileCache,
    ...variables,
  }
  const main = join(root, 'examples', name, 'main.ts')
  const child = spawn(process.execPath, [...flags, main], { env, cwd: data, stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += String(chunk)))
  const code = once(child, 'close').then(([ended]) => {
    watch(`The output of ${name}`, env.USERS === '' ? withoutDemoUsers(text) : text)
    rmSync(data, { recursive: true, force: true })
    return ended as number | null
  })
  return { child, code, output: () => text }
}

/** What the demo prints but for its users, whose passwords everybody is to read, and the command that logs in as one. */
function withoutDemoUsers(output: string): string {
  return output.replaceAll(/^ {2}(?:\w+ +\S.* \(\w+\)|curl .*)$/gm, '')
}
