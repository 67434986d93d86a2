import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

/** A throwaway server on a free port. `pid` is the server's own, for tests that stop it, slow it down or kill it. */
export interface Server {
  readonly url: string
  readonly pid: number
  stop(): Promise<void>
}

export interface Command {
  /** The server's own directory: removed when it ends. */
  readonly directory: string
  readonly command: string
  readonly args: readonly string[]
  /** What the server writes when it answers. */
  readonly ready: RegExp
  /** Asks the server to end quickly; after three seconds it is killed. */
  readonly signal: NodeJS.Signals
}

const pidLine = /^pid (\d+)$/m

/** Starts a server that lives no longer than this process, and resolves when it answers. */
export async function startProcess(server: Command): Promise<Omit<Server, 'url'>> {
  const guard = join(import.meta.dirname, 'guard.mjs')
  const { directory, signal, command, args } = server
  const child = spawn(process.execPath, [guard, directory, signal, command, ...args], {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, LC_ALL: 'C' },
  })
  const exit = once(child, 'exit')
  child.stdin.on('error', () => {})
  const output = await new Promise<string>((resolve, reject) => {
    let text = ''
    const read = (chunk: Buffer) => {
      if (text.length < 20_000) text += chunk
      // The guard's own line may come after the server's.
      if (server.ready.test(text) && pidLine.test(text)) resolve(text)
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.on('exit', () => reject(new Error(`${command} did not start:\n${text.slice(-2000)}`)))
  })
  child.unref()
  for (const stream of [child.stdin, child.stdout, child.stderr]) (stream as unknown as Socket).unref()
  return {
    pid: Number(pidLine.exec(output)?.[1]),
    async stop() {
      child.ref()
      child.stdin.end()
      await exit
    },
  }
}

/** Stops a process for a while, and waits until each of its threads stands: on a busy machine one goes on for a moment. */
export async function freeze(pid: number): Promise<void> {
  process.kill(pid, 'SIGSTOP')
  const tasks = `/proc/${pid}/task`
  if (!existsSync(tasks)) return
  const runs = (task: string) => !/\) T /.test(readFileSync(join(tasks, task, 'stat'), 'utf8'))
  while (readdirSync(tasks).some(runs)) await setTimeout(1)
}

/** A fresh directory outside the repository. */
export function freshDirectory(name: string): string {
  return mkdtempSync(join(tmpdir(), `sallyport-${name}-`))
}

/** A port that was free a moment ago. `below` bounds it. */
export async function freePort(below = 65_536): Promise<number> {
  for (;;) {
    const probe = createServer().listen(0, '127.0.0.1')
    await once(probe, 'listening')
    const { port } = probe.address() as AddressInfo
    probe.close()
    await once(probe, 'close')
    if (port < below) return port
  }
}
