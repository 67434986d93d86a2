import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findBinary } from '../../../scripts/servers/binary.ts'
import { freePort, freshDirectory, type Server, startProcess } from '../../../scripts/servers/process.ts'

/** Starts a Sentinel that watches a Redis under the name `main`. */
export async function startSentinel(master: Server): Promise<Server> {
  const command = await findBinary('redis-server', 'redis-server', 'REDIS_URL')
  const directory = freshDirectory('sentinel')
  const port = await freePort()
  const file = join(directory, 'sentinel.conf')
  const watched = `127.0.0.1 ${new URL(master.url).port}`
  writeFileSync(
    file,
    `port ${port}\nbind 127.0.0.1\ndir ${directory}\nsentinel monitor main ${watched} 1\n` +
      'sentinel down-after-milliseconds main 500\nsentinel failover-timeout main 2000\n',
  )
  const args = [file, '--sentinel']
  const server = await startProcess({ directory, command, args, ready: /\+monitor master main/, signal: 'SIGKILL' })
  return { ...server, url: `redis://127.0.0.1:${port}` }
}
