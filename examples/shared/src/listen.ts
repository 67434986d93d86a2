import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { EnvironmentError } from './environment-error.ts'

/** A server that has its port, and answers 503 until it is given something to answer with. */
export interface Listening {
  readonly port: number
  answerWith(listener: RequestListener): void
  /** Takes no new request, lets those under way finish, and resolves when all are done. */
  stop(): Promise<void>
}

const patienceMs = 10_000

/** Listens on a port. With `onlyHere` connections from other machines are closed. */
export async function listen(port: number, onlyHere: boolean): Promise<Listening> {
  let answer: RequestListener = (_request, response) => {
    response.writeHead(503, { 'Retry-After': '1', 'Cache-Control': 'no-store' }).end()
  }
  const server = createServer((request, response) => {
    if (!server.listening) response.setHeader('Connection', 'close')
    answer(request, response)
  })
  server.on('connection', (socket) => {
    if (onlyHere && !isLoopback(socket.remoteAddress)) socket.destroy()
  })
  server.listen(port)
  try {
    await once(server, 'listening')
  } catch (error) {
    throw new EnvironmentError('PORT', `is ${port}, ${whyNot(error)}`, `choose another one, as in PORT=${port + 1}`)
  }

  return {
    port: (server.address() as AddressInfo).port,
    answerWith: (listener) => {
      answer = listener
    },

    async stop() {
      const closed = new Promise((resolve) => server.close(resolve))
      // A connection that stays open for further requests is idle only once its last answer is out.
      const idle = setInterval(() => server.closeIdleConnections(), 50)
      const patience = setTimeout(() => server.closeAllConnections(), patienceMs)
      await closed
      clearInterval(idle)
      clearTimeout(patience)
    },
  }
}

function isLoopback(address = ''): boolean {
  return /^(?:::ffff:)?127\.|^::1$/.test(address)
}

function whyNot(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
  if (code === 'EADDRINUSE') return 'which another program has'
  return code === 'EACCES' ? 'which this user may not take' : `which can't be had (${code})`
}
