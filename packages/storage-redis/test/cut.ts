import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A relay to a server that can swallow the reply to a command and cut the connection, as a broken network does. */
export interface Cut {
  readonly port: number
  /** The next command that contains the text is done by the server, and its reply lost. Resolves when that has happened. */
  next(text: string): Promise<void>
  close(): void
}

/** Starts a relay to a server on this machine. */
export async function startCut(target: number): Promise<Cut> {
  const sockets = new Set<Socket>()
  let armed: { readonly text: string; readonly done: () => void } | undefined

  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1')
    let swallow: (() => void) | undefined
    const end = (): void => {
      client.destroy()
      upstream.destroy()
    }
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', end).on('close', end)
    }
    client.on('data', (chunk: Buffer) => {
      if (armed && chunk.includes(armed.text)) {
        swallow = armed.done
        armed = undefined
      }
      upstream.write(chunk)
    })
    upstream.on('data', (chunk: Buffer) => {
      if (!swallow) return void client.write(chunk)
      end()
      swallow()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    port: (server.address() as AddressInfo).port,
    next: (text) => new Promise((done) => (armed = { text, done })),
    close() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
