import { once } from 'node:events'
import { type ChildProcess, fork } from 'node:child_process'
import autocannon from 'autocannon'

/** A server in a process of its own, and how to ask it. */
export interface BenchServer {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** Microseconds of processor time that the process has used. */
  cpu(): Promise<number>
  stop(): Promise<void>
}

interface Ready {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}

/** Starts one of the servers in `servers/`, from there or from the peers' folder. */
export async function startServer(file: string): Promise<BenchServer> {
  const child = fork(new URL(file, import.meta.url), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const ready = (await answer(child)) as Ready
  return {
    ...ready,
    async cpu() {
      child.send('cpu')
      return (await answer(child)) as number
    },
    async stop() {
      child.kill()
      await once(child, 'exit')
    },
  }
}

async function answer(child: ChildProcess): Promise<unknown> {
  const [message] = (await once(child, 'message')) as [unknown]
  return message
}

/** What a load of so many connections for so many seconds saw. */
export interface Load {
  readonly perSecond: number
  readonly p99: number
  /** Microseconds of processor time for each request. */
  readonly cpu: number
}

/** Loads a server; fails if a single answer was not a success. */
export async function load(server: BenchServer, connections: number, seconds: number): Promise<Load> {
  const before = await server.cpu()
  const rest = stayAwake()
  const { requests, latency, non2xx, errors } = await autocannon({
    url: server.url,
    headers: server.headers,
    connections,
    duration: seconds,
  })
  rest()
  if (non2xx > 0 || errors > 0) throw new Error(`${server.url}: ${non2xx} refusals, ${errors} errors`)
  return { perSecond: requests.average, p99: latency.p99, cpu: ((await server.cpu()) - before) / requests.total }
}

/**
 * Keeps the event loop of the client turning. Asleep between two answers, it would have to be woken for each, and that is
 * work of the server's system call: on a virtual machine as much as a third of a bare request, and the more the slower the
 * server is, since the client of a fast one hardly ever sleeps.
 */
function stayAwake(): () => void {
  let isAwake = true
  const turn = () => void (isAwake && setImmediate(turn))
  turn()
  return () => {
    isAwake = false
  }
}
