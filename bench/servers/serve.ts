import type { RequestListener } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Listens on a free port, tells the parent where and with which headers to ask, and answers for its processor time. */
export function serve(
  listener: RequestListener,
  path: string,
  headers: (origin: string) => Promise<Record<string, string>>,
): void {
  const server = createServer(listener).listen(0, '127.0.0.1', async () => {
    const { port } = server.address() as AddressInfo
    process.send?.({ url: `http://127.0.0.1:${port}${path}`, headers: await headers(`http://127.0.0.1:${port}`) })
  })
  process.on('message', () => {
    const { user, system } = process.cpuUsage()
    process.send?.(user + system)
  })
}
