import { findBinary } from './binary.ts'
import { freePort, freshDirectory, startProcess } from './process.ts'
import type { Server } from './process.ts'

/** Starts an empty Redis that keeps nothing on disk. `args` are further settings, such as `--requirepass secret`. */
export async function startRedis(args: readonly string[] = [], below?: number): Promise<Server> {
  const command = await findBinary('redis-server', 'redis-server', 'REDIS_URL')
  const port = await freePort(below)
  const directory = freshDirectory('redis')
  const settings = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--appendonly',
    'no',
    '--dir',
    directory,
  ]
  const server = await startProcess({
    directory,
    command,
    args: [...settings, ...args],
    ready: /Ready to accept connections/,
    signal: 'SIGKILL',
  })
  return { ...server, url: `redis://127.0.0.1:${port}` }
}
