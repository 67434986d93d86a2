import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import { join } from 'node:path'

export const root: string = join(import.meta.dirname, '..')

export interface Outcome {
  readonly ok: boolean
  /** What the command wrote, unless it wrote to the terminal. */
  readonly output: string
}

export interface RunOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** Lets the command write to the terminal. */
  readonly show?: boolean
}

const running = new Set<ChildProcess>()
let ending = false
const patienceMs = 15_000

/**
 * Ends with a signal, or with the process that started this one: passes it on to every command that is running, and
 * waits for their ends. A server that was asked to stop, and did so in order, is no failure.
 */
export function endTogether(): void {
  const end = async (signal: NodeJS.Signals) => {
    if (ending) return
    ending = true
    const ended = [...running].map((child) => once(child, 'close'))
    for (const child of running) child.kill(signal)
    setTimeout(() => [...running].map((child) => child.kill('SIGKILL')), patienceMs)
    const codes = (await Promise.all(ended)).map(([code]) => code as unknown)
    process.exit(codes.length > 0 && codes.every((code) => code === 0) ? 0 : 128 + constants.signals[signal])
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end)
  const parent = process.ppid
  setInterval(() => process.ppid !== parent && void end('SIGTERM'), 500).unref()
}

/** Runs a command to its end. It never throws: whether the command worked is in the outcome. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  // Nothing new begins, and nobody goes on: the process is about to exit.
  if (ending) return new Promise(() => {})
  const child = spawn(command, args, {
    cwd: options.cwd ?? root,
    env: { ...process.env, ...options.env },
    stdio: options.show ? 'inherit' : ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (output += chunk))
  return new Promise((resolve) => {
    const end = (ok: boolean) => {
      running.delete(child)
      if (!ending) resolve({ ok, output })
    }
    child.on('error', (error) => {
      output += String(error)
      end(false)
    })
    child.on('close', (code) => end(code === 0))
  })
}

/** Runs a program that the workspace's root has installed. */
export function runTool(name: string, args: readonly string[], options?: RunOptions): Promise<Outcome> {
  return run(join(root, 'node_modules/.bin', name), args, options)
}
