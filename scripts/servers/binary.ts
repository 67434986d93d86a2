import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** A server that this machine does not have and that could not be installed. */
export class MissingServer extends Error {}

/** Finds a server's program, or installs its Debian package where that is possible, or says how to get it. */
export async function findBinary(name: string, debianPackage: string, variable: string): Promise<string> {
  const found = search(name)
  if (found) return found
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    await install(debianPackage)
    const installed = search(name)
    if (installed) return installed
  }
  throw new MissingServer(
    `${name} is missing: install it (Debian: apt-get install ${debianPackage}), or set ${variable} to where ` +
      'there is one, or set ALLOW_MISSING=1 to leave out what needs it',
  )
}

function search(name: string): string | undefined {
  const directories = [
    ...globSync('/usr/lib/postgresql/*/bin').sort().reverse(),
    ...(process.env['PATH'] ?? '').split(delimiter),
    '/usr/sbin',
    '/usr/local/sbin',
    '/opt/homebrew/bin',
  ]
  return directories.map((directory) => join(directory, name)).find((path) => existsSync(path))
}

let updated = false
let queue: Promise<void> = Promise.resolve()

function install(debianPackage: string): Promise<void> {
  queue = queue.then(async () => {
    if (!updated) await apt('update')
    updated = true
    await apt('install', '-y', '--no-install-recommends', debianPackage)
  })
  return queue
}

async function apt(...args: string[]): Promise<void> {
  const child = spawn('apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=120', ...args], {
    stdio: 'ignore',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
  await once(child, 'exit')
}
