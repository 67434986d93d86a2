import { alternate, median, report, section } from './measure.ts'
import { type BenchServer, type Load, load, startServer } from './server.ts'

/** A framework's bare route, ours in front of it, and what else is in front of it elsewhere. */
export interface Contest {
  readonly title: string
  readonly bare: string
  readonly sallyport: string
  readonly peers?: Readonly<Record<string, string>>
}

/** What no check can beat: see by-hand.ts. */
const byHand = 'one SHA-256 and one Map by hand'

const contests: readonly Contest[] = [
  {
    title: 'Express 5',
    bare: 'servers/bare.ts',
    sallyport: 'servers/sallyport.ts',
    peers: {
      [byHand]: 'servers/by-hand.ts',
      'express-session': 'peers/express-session.js',
      'better-auth': 'peers/better-auth.js',
    },
  },
  {
    title: 'Koa 3',
    bare: 'servers/bare-koa.ts',
    sallyport: 'servers/sallyport-koa.ts',
    peers: { [byHand]: 'servers/by-hand-koa.ts' },
  },
  {
    title: 'Hono 4',
    bare: 'servers/bare-hono.ts',
    sallyport: 'servers/sallyport-hono.ts',
    peers: { [byHand]: 'servers/by-hand-hono.ts' },
  },
]

/** A protected GET on memory, 32 connections, against the same route without authentication, on each framework. */
export async function benchHttp(rounds: number, seconds: number): Promise<void> {
  for (const contest of contests) await run(contest, rounds, seconds)
}

async function run({ title, bare, sallyport, peers = {} }: Contest, rounds: number, seconds: number): Promise<void> {
  const files = { bare, sallyport, ...peers }
  const servers = new Map<string, BenchServer>()
  const loads = new Map<string, Load[]>()
  for (const [name, file] of Object.entries(files)) servers.set(name, await startServer(file))
  const candidates = [...servers].map(([name, server]) => {
    loads.set(name, [])
    const measure = async () => {
      const seen = await load(server, 32, seconds)
      loads.get(name)?.push(seen)
      return seen.perSecond
    }
    return [name, measure] as const
  })
  const perSecond = await alternate(rounds, Object.fromEntries(candidates))
  const cpu = (name: string) => median((loads.get(name) ?? []).map((one) => one.cpu))
  const times = (name: string) => cpu(name) / cpu('bare')
  const share = (name: string) => (perSecond[name] ?? Number.NaN) / (perSecond['bare'] ?? Number.NaN)

  section(`A protected GET, ${title}, memory storage, 32 connections`)
  report('bare route', perSecond['bare'] ?? Number.NaN, 'requests/s')
  report('Sallyport, throughput', share('sallyport'), 'of bare', ['at least', 0.85])
  report('Sallyport, processor time', times('sallyport'), 'times bare', ['at most', 1.4])
  for (const peer of Object.keys(peers)) {
    report(`${peer}, throughput`, share(peer), 'of bare')
    report(`${peer}, processor time`, times(peer), 'times bare')
  }
  for (const server of servers.values()) await server.stop()
}
