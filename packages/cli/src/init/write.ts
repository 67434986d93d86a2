import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
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

/** Writes files that are not there, and those that may be replaced; adds lines that are missing. */
export async function writeProject(
  folder: string,
  files: Readonly<Record<string, string>>,
  lines: Readonly<Record<string, readonly string[]>>,
  mayReplace: MayReplace,
): Promise<Written> {
  const outcome = { written: [] as string[], extended: [] as string[], kept: [] as string[], closed: [] as string[] }
  makeFolder(folder)
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name)
    if (existsSync(path) && !(await mayReplace(name))) {
      outcome.kept.push(name)
      continue
    }
    writeFileSync(path, text)
    outcome.written.push(name)
  }
  for (const [name, wanted] of Object.entries(lines)) {
    const path = join(folder, name)
    // Before the secret is in it.
    if (holdsSecret(name) && close(path)) outcome.closed.push(name)
    outcome[addLines(path, wanted)].push(name)
  }
  return outcome
}

function holdsSecret(path: string): boolean {
  return path.endsWith('.env')
}

/** Lets nobody but the owner at a file, and says whether somebody else could until then. */
function close(path: string): boolean {
  if (process.platform === 'win32' || !existsSync(path) || (statSync(path).mode & 0o077) === 0) return false
  chmodSync(path, 0o600)
  return true
}

/** Adds the lines whose beginning, up to a `=`, is not there. A new file is for its owner alone when it holds a secret. */
function addLines(path: string, wanted: readonly string[]): 'written' | 'extended' | 'kept' {
  const present = existsSync(path) ? readFileSync(path, 'utf8') : undefined
  const keys = new Set((present ?? '').split('\n').map(keyOf))
  const missing = wanted.filter((line) => !keys.has(keyOf(line)))
  if (missing.length === 0) return 'kept'
  const start = present === undefined || present === '' || present.endsWith('\n') ? (present ?? '') : `${present}\n`
  writeFileSync(path, `${start}${missing.join('\n')}\n`, { mode: holdsSecret(path) ? 0o600 : 0o644 })
  return present === undefined ? 'written' : 'extended'
}

/** A name in `.env`, or a pattern in `.gitignore` whatever slashes stand around it. */
function keyOf(line: string): string {
  return (line.split('=')[0] ?? '')
    .trim()
    .replace(/^export\s+/, '')
    .replace(/^\/|\/$/g, '')
}
