import { channel, tracingChannel } from 'node:diagnostics_channel'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { eventChannel, isWatched, workChannels } from '../../src/diagnostics.ts'
import { bearing, house, origin } from '../auth-house.ts'
import { goodPassword } from '../house.ts'

const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

/** All that is published on a channel of this name while the test runs. */
function hear(name: string): object[] {
  const heard: object[] = []
  const listener = (message: unknown) => void heard.push(message as object)
  const heardOn = channel(name)
  heardOn.subscribe(listener)
  ends.push(() => heardOn.unsubscribe(listener))
  return heard
}

describe('diagnostics_channel', () => {
  test('the names are those that are documented', () => {
    const page = readFileSync(join(import.meta.dirname, '../../../../docs/observability.md'), 'utf8')
    const [, table = ''] = /^\| channel \|.*\n((?:\|.*\n)+)/m.exec(page) ?? []
    const documented = [...table.matchAll(/^\| `(?:tracing:)?(sallyport\.\w+)` \|/gm)].map(([, name]) => name)
    const names = Object.keys(workChannels).map((name) => `sallyport.${name}`)
    expect(documented.sort()).toEqual([eventChannel.name, ...names].sort())
  })

  test('events are published as listeners hear them, whether or not there is a listener', async () => {
    const heard = hear('sallyport.event')
    const { auth, log } = await house()
    await auth.logIn({ username: 'ann', password: goodPassword })
    expect(heard).toEqual(log.all)
    expect(heard.length).toBeGreaterThan(1)
    const silent = await house({ onEvent: () => {} })
    heard.length = 0
    await expect(silent.auth.logIn({ username: 'ann', password: 'wrong horse battery' })).rejects.toMatchObject({
      code: 'invalid_credentials',
    })
    expect(heard).toMatchObject([{ type: 'password.failed' }])
  })

  test('work is published at its start and at its end, with what came out', async () => {
    const { auth } = await house()
    const begun = hear('tracing:sallyport.request:start')
    const ended = hear('tracing:sallyport.request:asyncEnd')
    await auth.handle(new Request(`${origin}/auth/session`))
    await auth.handle(new Request(`${origin}/auth/there-is-no-such-route`))
    expect(begun).toEqual(ended)
    expect(ended).toMatchObject([
      { method: 'GET', route: '/session', status: 200 },
      { method: 'GET', route: undefined, status: 404 },
    ])
  })

  test('a failure of the storage is published as one', async () => {
    const { auth, failing, logIn } = await house()
    const { token } = await logIn()
    const failed = hear('tracing:sallyport.storage:error')
    failing.fail('reject')
    await expect(auth.authenticate(bearing(token))).rejects.toMatchObject({ code: 'unavailable' })
    expect(failed).toMatchObject([{ operation: 'getWithOwner', kind: 'session', error: { code: 'unavailable' } }])
  })

  test('D20: what is published of work holds no result, no token and no id', async () => {
    const messages = Object.keys(workChannels).flatMap((name) =>
      ['start', 'end', 'asyncStart', 'asyncEnd'].map((at) => hear(`tracing:sallyport.${name}:${at}`)),
    )
    const { auth, logIn, ann } = await house()
    const { token } = await logIn()
    await auth.authenticate(bearing(token))
    const told = JSON.stringify(messages)
    expect(messages.flat().length).toBeGreaterThan(20)
    for (const secret of [token, ann.id, '"hash":', '"data":', goodPassword]) expect(told).not.toContain(secret)
    const names = new Set(messages.flat().flatMap((message) => Object.keys(message)))
    expect([...names].filter((name) => name !== 'result').sort()).toEqual(['kind', 'operation', 'status'])
    for (const message of messages.flat()) expect((message as { result?: unknown }).result).toBeUndefined()
  })

  test('a subscriber may run the work, and nobody who watches changes what comes out', async () => {
    const { logIn, judge } = await house()
    const { token } = await logIn()
    const work = tracingChannel<unknown, { within?: (run: () => unknown) => unknown }>('sallyport.authenticate')
    let ran = 0
    const start = (message: unknown) => {
      ;(message as { within: unknown }).within = (run: () => unknown) => {
        ran++
        return run()
      }
    }
    work.start.subscribe(start)
    ends.push(() => work.start.unsubscribe(start))
    expect(await judge(token)).toBe('unlocked')
    expect(await judge('made up')).toBe('invalid_token')
    expect(ran).toBe(2)
  })

  test('nothing is watched when nobody watches, and OpenTelemetry is loaded by one file alone', () => {
    for (const name of Object.keys(workChannels)) expect(isWatched(name as keyof typeof workChannels)).toBe(false)
    const sources = join(import.meta.dirname, '../../src')
    const users = readdirSync(sources, { recursive: true, encoding: 'utf8' }).filter(
      (path) => path.endsWith('.ts') && readFileSync(join(sources, path), 'utf8').includes("'@opentelemetry/api'"),
    )
    expect(users).toEqual(['telemetry.ts'])
    const importers = readdirSync(sources, { recursive: true, encoding: 'utf8' }).filter(
      (path) => path.endsWith('.ts') && readFileSync(join(sources, path), 'utf8').includes("/telemetry.ts'"),
    )
    expect(importers).toEqual([])
  })
})
