import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { EnvironmentError } from './environment-error.ts'

/** A server that has its port, and answers 503 until it is given something to answer with. */
export interface Listening {
  readonly port: number
  answerWith(listener: RequestListener): void
  /** Takes no new request, lets those under way finish, and resolves when all are done. */
  stop(): Promise<void>
}

type Servers = readonly [Server, ...Server[]]

const patienceMs = 10_000

/** Listens on a port. With `onlyHere` at the two loopback addresses alone, and by no other. */
export async function listen(port: number, onlyHere: boolean): Promise<Listening> {
  let answer: RequestListener = (_request, response) => {
    response.writeHead(503, { 'Retry-After': '1', 'Cache-Control': 'no-store' }).end()
  }
  const open = async (at: number, host?: string): Promise<Server> => {
    const server = createServer((request, response) => {
      if (!server.listening) response.setHeader('Connection', 'close')
      answer(request, response)
    })
    server.listen(at, host)
    await once(server, 'listening')
    return server
  }
  const servers = await openAll(open, port, onlyHere)

  return {
    port: portOf(servers),
    answerWith: (listener) => {
      answer = listener
    },

    stop: async () => void (await Promise.all(servers.map(stop))),
  }
}

async function openAll(
  open: (port: number, host?: string) => Promise<Server>,
  port: number,
  onlyHere: boolean,
): Promise<Servers> {
  try {
    if (!onlyHere) return [await open(port)]
    const first = await open(port, '127.0.0.1')
    // A machine without IPv6 has one address of its own.
    const second = await open(portOf([first]), '::1').catch(async (error: unknown) => {
      if (codeOf(error) !== 'EADDRINUSE') return undefined
      await stop(first)
      throw error
    })
    return second === undefined ? [first] : [first, second]
  } catch (error) {
    // The next port is the local provider's.
    const other = port + 10 > 65_535 ? port - 10 : port + 10
    throw new EnvironmentError('PORT', `is ${port}, ${whyNot(error)}`, `choose another one, as in PORT=${other}`)
  }
}

function portOf([server]: Servers): number {
  return (server.address() as AddressInfo).port
}

async function stop(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve))
  // A connection that stays open for further requests is idle only once its last answer is out.
  const idle = setInterval(() => server.closeIdleConnections(), 50)
  const patience = setTimeout(() => server.closeAllConnections(), patienceMs)
  await closed
  clearInterval(idle)
  clearTimeout(patience)
}

function whyNot(error: unknown): string {
  const code = codeOf(error)
  if (code === 'EADDRINUSE') return 'which another program has'
  return code === 'EACCES' ? 'which this user may not take' : `which can't be had (${code})`
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
