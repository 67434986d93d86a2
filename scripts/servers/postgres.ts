import { execFile } from 'node:child_process'
import { chownSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { findBinary } from './binary.ts'
import { freePort, freshDirectory, startProcess } from './process.ts'
import type { Server } from './process.ts'

const run = promisify(execFile)
const nobody = 65_534

/** Starts an empty PostgreSQL that syncs nothing to disk. The user of `url` is a superuser and may create databases. */
export async function startPostgres(): Promise<Server> {
  const postgres = await findBinary('postgres', 'postgresql', 'POSTGRES_URL')
  const directory = freshDirectory('postgres')
  const data = join(directory, 'data')
  // PostgreSQL refuses to run as root.
  const asRoot = process.getuid?.() === 0
  if (asRoot) chownSync(directory, nobody, nobody)
  const prefix = asRoot ? ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups'] : []

  const initdb = [...prefix, join(dirname(postgres), 'initdb'), '-D', data, '-U', 'app', '-A', 'trust', '--no-sync']
  await run(initdb[0] as string, [...initdb.slice(1), '-E', 'UTF8', '--locale=C'], { cwd: directory })

  const port = await freePort()
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    fsync: 'off',
    synchronous_commit: 'off',
    full_page_writes: 'off',
    max_connections: '200',
  }
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const [command, ...args] = [...prefix, postgres, '-D', data, '-p', String(port), ...options]
  const server = await startProcess({
    directory,
    command: command as string,
    args,
    ready: /database system is ready to accept connections/,
    signal: 'SIGQUIT',
  })
  return { ...server, url: `postgres://app@127.0.0.1:${port}/postgres` }
}
