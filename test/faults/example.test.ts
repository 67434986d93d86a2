import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tally } from '../attacks/slow-storage.ts'
import { browser } from '../examples/client.ts'
import { type Example, startExample } from '../examples/start-example.ts'
import { type Load, type Outcome, startLoad } from './load.ts'
import { type FrailServer, frailServers } from './servers.ts'

// The default of the storages, and what this busy machine may need on top.
const deadlineMs = 2000
const graceMs = 1000
const recoveryMs = 2000
const cuts = 8

const faults = ['killed', 'cut', 'frozen', 'blocked', 'read-only'] as const
const password = 'correct horse battery staple'
const users = faults.map((fault) => ({ username: `user-${fault}`, password, roles: ['reader'] }))

describe.each(frailServers)('the Express example under load on $name', ({ name, isHere, open }) => {
  let server: FrailServer
  let example: Example
  beforeAll(async () => {
    if (!isHere) return
    server = await open()
    example = await startExample('express', { STORAGE: server.url, USERS: JSON.stringify(users) })
  }, 60_000)
  afterAll(async () => {
    await example?.[Symbol.asyncDispose]()
    await server?.end()
  })

  /** Load, a fault in the midst of it, and what must be so afterwards. Resolves to what was answered meanwhile. */
  async function under(fault: (typeof faults)[number], strike: () => Promise<void>): Promise<readonly Outcome[]> {
    const user = { username: `user-${fault}`, password }
    const load = await startLoad(example.url, user)
    await sleep(300)
    await strike()
    await recovered(load)
    await sleep(300)
    await load.stop()

    const { outcomes } = load
    const strange = outcomes.filter(({ status }) => ![200, 201, 204, 503].includes(status))
    expect(tally(strange.map(({ what, status, code }) => `${what}: ${status} ${code}`))).toEqual({})
    const refused = outcomes.filter(({ status }) => status === 503)
    expect(refused.filter(({ code, retryAfter }) => code !== 'unavailable' || !Number(retryAfter))).toEqual([])
    expect(outcomes.filter(({ ms }) => ms > deadlineMs + graceMs)).toEqual([])
    expect(await load.lost()).toEqual([])
    expect(example.process.exitCode).toBeNull()
    expect(example.output()).not.toMatch(/unhandled|uncaught|ERR_|TypeError/i)
    return outcomes
  }

  /** Everything is answered as before soon after the server is back. */
  async function recovered(load: Load): Promise<void> {
    const back = performance.now()
    for (;;) {
      const answers = await load.once()
      if (answers.every(({ status }) => status !== 503)) return
      expect(performance.now() - back, `${JSON.stringify(answers)}`).toBeLessThan(recoveryMs)
      await sleep(50)
    }
  }

  /**
   * The outage used up nobody's attempts: ten wrong passwords are judged. Where the answer to a count got lost nobody can
   * know whether it was counted: that many, and no more, may be missing or left over.
   */
  async function nothingCounted(fault: (typeof faults)[number], struckAtOnce: number): Promise<void> {
    // Refunds that failed are tried again.
    await sleep(1000)
    const body = { username: `user-${fault}`, password: 'a wrong passphrase' }
    let judged = 0
    while ((await browser(example.url).send('POST', '/auth/login', { body })).status === 401) judged++
    expect(Math.abs(judged - 10), `${judged} were judged`).toBeLessThanOrEqual(struckAtOnce)
  }

  const has503 = (outcomes: readonly Outcome[], what: string) =>
    outcomes.some((outcome) => outcome.what === what && outcome.status === 503)

  test.skipIf(!isHere)(
    'D4: the server is killed and started again',
    async () => {
      const outcomes = await under('killed', async () => {
        await server.kill()
        await sleep(700)
        await server.start()
      })
      expect([has503(outcomes, 'session'), has503(outcomes, 'log-in')]).toEqual([true, true])
      await nothingCounted('killed', 2)
    },
    30_000,
  )

  test.skipIf(!isHere)(
    'D4: connections are cut in mid-request, again and again',
    async () => {
      await under('cut', async () => {
        for (let i = 0; i < cuts; i++) {
          server.cut()
          await sleep(20 + i * 10)
        }
      })
      await nothingCounted('cut', cuts)
    },
    30_000,
  )

  test.skipIf(!isHere)(
    'D4: the server stands still for longer than the deadline',
    async () => {
      const outcomes = await under('frozen', async () => {
        server.freeze()
        await sleep(deadlineMs + 600)
        await server.thaw()
      })
      expect([has503(outcomes, 'session'), has503(outcomes, 'API token')]).toEqual([true, true])
      await nothingCounted('frozen', 2)
    },
    30_000,
  )

  // Of Redis all share one connection.
  test.skipIf(!isHere).each(name.startsWith('Redis') ? [] : ['pool'])(
    'D4: all connections of the %s are held up',
    async () => {
      const outcomes = await under('blocked', async () => {
        const release = await server.block?.()
        await sleep(deadlineMs + 600)
        await release?.()
      })
      expect([has503(outcomes, 'session'), has503(outcomes, 'API token')]).toEqual([true, true])
      await nothingCounted('blocked', 0)
    },
    30_000,
  )

  test.skipIf(!isHere)(
    'D4: the server takes no writes: who is in stays in, nobody gets in, no write is lost',
    async () => {
      const outcomes = await under('read-only', async () => {
        const release = await server.refuseWrites()
        await sleep(700)
        await release()
      })
      expect([has503(outcomes, 'log-in'), has503(outcomes, 'issue')]).toEqual([true, true])
      expect([has503(outcomes, 'session'), has503(outcomes, 'API token')]).toEqual([false, false])
      await nothingCounted('read-only', 0)
    },
    30_000,
  )
})
