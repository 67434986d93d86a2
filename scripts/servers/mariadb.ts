import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findBinary } from './binary.ts'
import { freePort, freshDirectory, startProcess } from './process.ts'
import type { Server } from './process.ts'

const run = promisify(execFile)

/** Starts an empty MariaDB with a database `sallyport`. The user of `url` may do everything. */
export async function startMariadb(): Promise<Server> {
  const mariadbd = await findBinary('mariadbd', 'mariadb-server', 'MYSQL_URL')
  const installDb = await findBinary('mariadb-install-db', 'mariadb-server', 'MYSQL_URL')
  const directory = freshDirectory('mariadb')
  const user = userInfo().username
  const data = `--datadir=${join(directory, 'data')}`
  const root = '--auth-root-authentication-method=normal'
  await run(installDb, ['--no-defaults', data, root, '--skip-test-db', `--user=${user}`])

  const start = join(directory, 'start.sql')
  writeFileSync(start, 'CREATE DATABASE sallyport;\n')
  const port = await freePort()
  const server = await startProcess({
    directory,
    command: mariadbd,
    args: [
      '--no-defaults',
      `--user=${user}`,
      data,
      `--socket=${join(directory, 'socket')}`,
      `--port=${port}`,
      `--init-file=${start}`,
      '--bind-address=127.0.0.1',
      '--innodb-flush-log-at-trx-commit=0',
      '--max-connections=300',
    ],
    ready: /ready for connections/,
    signal: 'SIGKILL',
  })
  return { ...server, url: `mysql://root@127.0.0.1:${port}/sallyport` }
}
