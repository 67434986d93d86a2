import { availableParallelism } from 'node:os'
import { hash } from '@node-rs/argon2'
import { report, section } from './measure.ts'
import { load, startServer } from './server.ts'
import { password } from './setting.ts'

const logins = 32

/** A protected GET while 32 log-ins run without pause, against the same GET on an idle server. */
export async function benchStorm(seconds: number): Promise<void> {
  const server = await startServer('servers/sallyport.ts')
  await load(server, 8, 1)
  const idle = await load(server, 8, seconds)
  const { origin } = new URL(server.url)
  let done = 0
  let isOver = false
  const storm = Array.from({ length: logins }, async () => {
    while (!isOver) if (await logIn(origin)) done++
  })
  const started = performance.now()
  const busy = await load(server, 8, seconds)
  isOver = true
  await Promise.all(storm)
  const perSecond = done / ((performance.now() - started) / 1000)
  await server.stop()

  section(`A protected GET while ${logins} log-ins run without pause`)
  report('p99 on an idle server', idle.p99, 'ms')
  report('p99 in the storm', busy.p99, 'ms', ['at most', Math.max(15, 3 * idle.p99)])
  report('log-ins', perSecond, 'per second')
  report('bare argon2id on all cores, meanwhile idle', await bareHashes(seconds), 'per second')
}

async function logIn(origin: string): Promise<boolean> {
  const body = JSON.stringify({ username: 'ada', password, returnToken: true })
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`${origin}/auth/login`, { method: 'POST', headers, body })
  await answer.arrayBuffer()
  return answer.status === 200
}

async function bareHashes(seconds: number): Promise<number> {
  let done = 0
  const end = performance.now() + seconds * 1000
  const one = async () => {
    while (performance.now() < end) {
      await hash(password, { memoryCost: 19_456, timeCost: 2, parallelism: 1 })
      done++
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, one))
  return done / seconds
}
