import { argon2Hasher, type PasswordHasher } from '@sallyport/core'
import { describe, expect, test } from 'vitest'
import { ways } from '../flows/application.ts'
import { browser } from '../flows/client.ts'
import { goodPassword, house, minute, otherPassword } from '../flows/house.ts'

const unlimited = { account: [{ limit: 10_000, windowMs: minute }], network: [{ limit: 10_000, windowMs: minute }] }
const hasher = argon2Hasher({ memoryCost: 4096, timeCost: 1, parallelism: 1 })

/** Who may be asked for, each with a password that does not let them in. */
const guesses: Readonly<Record<string, { readonly username: string; readonly password: string }>> = {
  'an unknown user': { username: 'nobody', password: otherPassword },
  'a wrong password': { username: 'ann', password: otherPassword },
  'a disabled user with the right password': { username: 'bob', password: goodPassword },
  'a disabled user with a wrong one': { username: 'bob', password: otherPassword },
  'a user without a password': { username: 'eve', password: otherPassword },
  'what can not be a name': { username: 'a\u202eb', password: otherPassword },
  'a password that is too short to be one': { username: 'ann', password: 'short' },
  'the same for nobody': { username: 'nobody', password: 'short' },
}

async function open(given: PasswordHasher = hasher) {
  const there = await house({ throttle: unlimited, password: { hasher: given } })
  const bob = await there.auth.users.create({ username: 'bob', password: goodPassword })
  await there.auth.users.create({ username: 'eve' })
  await there.auth.users.disable(bob.id)
  return { ...there, send: await ways['Express 5'](there.auth) }
}

function median(list: readonly number[]): number {
  const sorted = [...list].sort((one, other) => one - other)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

describe('ASVS 6.3.8: who is a user can not be found out', () => {
  test('by what is answered, byte for byte', async () => {
    const { send } = await open()
    const answers = []
    for (const fields of Object.values(guesses)) answers.push(await browser(send).logIn(fields))
    const said = answers.map(({ status, text, headers }) => {
      const { date: _date, ...rest } = Object.fromEntries(headers)
      return JSON.stringify([status, text, rest])
    })
    expect(new Set(said).size).toBe(1)
    expect(answers[0]?.status).toBe(401)
  })

  test('by what is done: one hash of the same cost, and as many round trips', async () => {
    const verified: string[] = []
    const watched: PasswordHasher = {
      ...hasher,
      verify: (hash, password) => {
        verified.push(hash.replace(/\$[^$]+\$[^$]+$/, ''))
        return hasher.verify(hash, password)
      },
    }
    const { send, counting } = await open(watched)
    const seen: Record<string, unknown> = {}
    for (const [name, fields] of Object.entries(guesses)) {
      verified.length = 0
      counting.reset()
      await browser(send).logIn(fields)
      seen[name] = { verified: [...verified], calls: counting.calls.map(({ operation }) => operation).sort() }
    }
    const { 'what can not be a name': nameless, ...named } = seen
    for (const [name, work] of Object.entries(named)) expect([name, work]).toEqual([name, seen['an unknown user']])
    // It is no name of anybody, so there is nothing to look up and nothing to tell.
    expect((nameless as { verified: string[] }).verified).toEqual(
      (seen['an unknown user'] as { verified: string[] }).verified,
    )
  })

  test('by what is done for an address, which may be the second name of somebody, or the first', async () => {
    const { auth, send, counting } = await open()
    const amy = { username: 'amy', password: goodPassword, email: 'amy@example.com', emailVerified: true }
    await auth.users.create(amy)
    await auth.users.create({ ...amy, username: 'joe@example.com', email: 'joe@example.com' })
    const seen = []
    for (const username of ['amy@example.com', 'joe@example.com', 'nobody@example.com']) {
      counting.reset()
      const { status } = await browser(send).logIn({ username, password: otherPassword })
      seen.push(JSON.stringify([status, counting.calls.map(({ operation }) => operation)]))
    }
    expect(new Set(seen).size).toBe(1)
    expect(seen[0]).toContain('401')
    expect((await browser(send).logIn({ username: 'amy@example.com' })).status).toBe(200)
  })

  test('by how long it takes', { retry: 2 }, async () => {
    const { send } = await open()
    const names = Object.keys(guesses)
    const times = new Map<string, number[]>(names.map((name) => [name, []]))
    for (let round = 0; round < 43; round++) {
      // In another order each time, and the first rounds warm up.
      for (const name of [...names].sort(() => Math.random() - 0.5)) {
        const startedAt = performance.now()
        await browser(send).logIn(guesses[name])
        if (round >= 3) times.get(name)?.push(performance.now() - startedAt)
      }
    }
    const medians = [...times.values()].map(median)
    expect(Math.max(...medians) / Math.min(...medians)).toBeLessThan(1.4)
  })

  test('by being shut out', async () => {
    const there = await house()
    const send = await ways['Express 5'](there.auth)
    for (const username of ['ann', 'nobody']) {
      const statuses: number[] = []
      for (let i = 0; i < 12; i++)
        statuses.push((await browser(send).logIn({ username, password: otherPassword })).status)
      expect(statuses).toEqual([...Array.from({ length: 10 }, () => 401), 429, 429])
    }
  })

  test('and a token tells nothing about the ids that there are', async () => {
    const { send, auth } = await open()
    const { session } = await auth
      .logIn({ username: 'ann', password: goodPassword })
      .then((result) => (result.status === 'unlocked' ? result : expect.fail()))
    const real = (await auth.logIn({ username: 'ann', password: goodPassword })).token.reveal()
    const ask = async (token: string) => (await send({ method: 'GET', path: `/documents/1?token=${token}` })).text
    const existing = `sp_s_${session.id}.${real.slice(28)}`
    const nothing = `sp_s_${'x'.repeat(22)}.${real.slice(28)}`
    expect(await ask(existing)).toBe(await ask(nothing))
  })
})
