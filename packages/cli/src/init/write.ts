import { chmodSync, existsSync, lstatSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Failure } from '../failure.ts'
import { makeFolder } from './folder.ts'

/** What became of each file. */
export interface Written {
  readonly written: readonly string[]
  /** Lines were added to what was there. */
  readonly extended: readonly string[]
  /** Was there, and stayed as it was. */
  readonly kept: readonly string[]
  /** Holds a secret, and could be read by others of the machine until now. */
  readonly closed: readonly string[]
}

/** Whether a file that is there may be replaced. */
export type MayReplace = (name: string) => Promise<boolean>

/**
 * Writes files that are not there, and those that may be replaced; adds lines that are missing.
 * Throws a failure before anything is written when a folder or a symbolic link is where a file is to be written.
 */
export async function writeProject(
  folder: string,
  files: Readonly<Record<string, string>>,
  lines: Readonly<Record<string, readonly string[]>>,
  mayReplace: MayReplace,
): Promise<Written> {
  const outcome = { written: [] as string[], extended: [] as string[], kept: [] as string[], closed: [] as string[] }
  const texts = new Map<string, string>()
  makeFolder(folder)
  for (const [name, text] of Object.entries(files)) {
    const isKept = existsSync(join(folder, name)) && !(await mayReplace(name))
    if (!isKept) texts.set(name, text)
    outcome[isKept ? 'kept' : 'written'].push(name)
  }
  for (const [name, wanted] of Object.entries(lines)) {
    const path = join(folder, name)
    refuseOther(path)
    const present = existsSync(path) ? readFileSync(path, 'utf8') : undefined
    const text = withLines(present, wanted)
    if (text !== present) texts.set(name, text)
    outcome[text === present ? 'kept' : present === undefined ? 'written' : 'extended'].push(name)
    if (holdsSecret(name) && isOpen(path)) outcome.closed.push(name)
  }
  for (const name of [...texts.keys(), ...outcome.closed]) {
    refuseLink(join(folder, name))
    refuseOther(join(folder, name))
  }
  // Before the secret is in it.
  for (const name of outcome.closed) chmodSync(join(folder, name), 0o600)
  for (const [name, text] of texts) write(join(folder, name), text)
  return outcome
}

/** A new file is for its owner alone when it holds a secret. */
function write(path: string, text: string): void {
  // What has come there since it was looked at, such as a link, is not overwritten.
  const flag = existsSync(path) ? 'w' : 'wx'
  writeFileSync(path, text, { flag, mode: holdsSecret(path) ? 0o600 : 0o644 })
}

/** A link leads to a file that nobody has named, and may be somebody else's. */
function refuseLink(path: string): void {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) return
  throw new Failure(`${path} is a symbolic link, and nothing is written through it.`, 'put a file there, or remove it')
}

function refuseOther(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== false) return
  throw new Failure(`${path} is no file.`, 'move it elsewhere, or choose another folder')
}

function holdsSecret(path: string): boolean {
  return path.endsWith('.env')
}

/** Whether a file that is there can be read by others than its owner. */
function isOpen(path: string): boolean {
  return process.platform !== 'win32' && existsSync(path) && (statSync(path).mode & 0o077) !== 0
}

/** Adds the lines whose beginning, up to a `=`, is not there. */
function withLines(present = '', wanted: readonly string[]): string {
  const keys = new Set(present.split('\n').map(keyOf))
  const missing = wanted.filter((line) => !keys.has(keyOf(line)))
  const start = present === '' || present.endsWith('\n') || missing.length === 0 ? present : `${present}\n`
  return start + missing.map((line) => `${line}\n`).join('')
}

/** A name in `.env`, or a pattern in `.gitignore` whatever slashes stand around it. */
function keyOf(line: string): string {
  return (line.split('=')[0] ?? '')
    .trim()
    .replace(/^export\s+/, '')
    .replace(/^\/|\/$/g, '')
}
