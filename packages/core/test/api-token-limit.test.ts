import { type Auth, createAuth, type Settings, type Storage } from '@sallyport/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fetchView } from '../src/http/fetch-view.ts'
import { bearing, house, origin } from './auth-house.ts'
import { cheapHasher, goodPassword, testClock, testSecret } from './house.ts'
import { type OpenStore, stores } from './mfa/stores.ts'

const minute = 60_000
const limited: Partial<Settings> = { apiToken: { limit: { requests: 3, withinMs: minute } } }

async function withTokens(settings: Partial<Settings> = limited) {
  const there = await house(settings)
  const { principal } = await there.logIn()
  const issue = async () => (await there.auth.apiTokens.issue(principal, { name: 'program' })).token.reveal()
  const use = async (token: string) => {
    const outcome = await there.auth.visit(fetchView(bearing(token))).authorize({})
    return 'reply' in outcome ? outcome.reply : undefined
  }
  /** So many requests one after the other: the status of each. */
  async function uses(count: number, token: string): Promise<number[]> {
    const statuses: number[] = []
    for (let i = 0; i < count; i++) statuses.push((await use(token))?.status ?? 200)
    return statuses
  }
  return { ...there, issue, use, uses }
}

describe('requests of an API token, where they are limited', () => {
  test('so many in a window, then 429 with Retry-After until it ends', async () => {
    const { issue, use, uses, clock } = await withTokens()
    const token = await issue()
    expect(await uses(2, token)).toEqual([200, 200])
    clock.advance(minute / 2)
    expect(await uses(3, token)).toEqual([200, 429, 429])
    const { headers, body } = (await use(token)) ?? expect.fail()
    expect(Object.fromEntries(headers)).toMatchObject({
      'Retry-After': '30',
      RateLimit: '"api-token";r=0;t=30',
      'RateLimit-Policy': '"api-token";q=3;w=60',
    })
    expect(JSON.parse(body ?? '')).toMatchObject({ code: 'too_many_requests', status: 429 })
    clock.advance(minute / 2)
    expect(await uses(4, token)).toEqual([200, 200, 200, 429])
  })

  test('of that token and of no other, nor of the session of its user', async () => {
    const { issue, uses, auth, log, logIn } = await withTokens()
    const [one, other] = [await issue(), await issue()]
    expect(await uses(5, one)).toEqual([200, 200, 200, 429, 429])
    expect(await uses(3, other)).toEqual([200, 200, 200])
    const { token } = await logIn()
    expect(await uses(5, token)).toEqual([200, 200, 200, 200, 200])
    expect(log.of('api_token.limited')).toHaveLength(1)
    const answer = await auth.handle(new Request(`${origin}/auth/session?token=${one}`))
    expect([answer?.status, answer?.headers.get('retry-after')]).toEqual([429, '60'])
    await expect(auth.authenticate(bearing(one))).rejects.toMatchObject({ code: 'too_many_requests', status: 429 })
  })

  test('counts what was right alone: who knows the id of a token uses up nothing of it', async () => {
    const { issue, uses, auth, ann } = await withTokens()
    const token = await issue()
    const [head, secret = ''] = token.split('.')
    const forged = `${head}.${secret.slice(0, 20)}${secret[20] === 'A' ? 'B' : 'A'}${secret.slice(21)}`
    expect(await uses(5, forged)).toEqual([401, 401, 401, 401, 401])
    expect(await uses(1, token)).toEqual([200])
    // A new secret is no new token.
    const { items } = await auth.apiTokens.list(ann.id)
    const rotated = (await auth.apiTokens.rotate(ann.id, items[0]?.id ?? '')).token.reveal()
    expect(await uses(3, rotated)).toEqual([200, 200, 429])
    await auth.apiTokens.revoke(ann.id, items[0]?.id ?? '')
    expect(await uses(1, rotated)).toEqual([401])
  })

  test('is off by default, and a request then writes nothing', async () => {
    const { issue, uses, counting } = await withTokens({})
    const token = await issue()
    await uses(1, token)
    await new Promise((resolve) => setTimeout(resolve, 20))
    const before = counting.writes
    expect(await uses(50, token)).toEqual(Array.from({ length: 50 }, () => 200))
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(counting.writes).toBe(before)
  })

  test('D4: a store that is away is 503, and no limit', async () => {
    const { issue, uses, failing } = await withTokens()
    const token = await issue()
    failing.fail('reject', ({ operation }) => operation === 'increment')
    expect(await uses(2, token)).toEqual([503, 503])
    failing.heal()
    expect(await uses(4, token)).toEqual([200, 200, 200, 429])
  })
})

const servers = stores.filter(({ name }) => /^(memory|Redis \(|PostgreSQL \(pg\)|MySQL)/.test(name))

for (const { name, here, open } of servers) {
  describe.skipIf(!here)(`at the same time, on ${name}`, () => {
    let store: OpenStore
    beforeAll(async () => {
      store = await open()
    }, 60_000)
    afterAll(() => store.dispose())

    test('ASVS 2.4.1: of a hundred requests by two processes as many pass as the limit says', async () => {
      const clock = testClock(Date.now())
      const process = (storage: Storage): Auth =>
        createAuth({
          origin,
          secret: testSecret,
          storage,
          clock,
          password: { hasher: cheapHasher },
          apiToken: { limit: { requests: 30, withinMs: minute } },
        })
      const [one, other] = [process(store.storage), process(store.storage)]
      await one.users.create({ username: 'ann', password: goodPassword })
      const session = await one.logIn({ username: 'ann', password: goodPassword })
      const resolution = await one.authenticate(bearing(session.token.reveal()))
      const principal = resolution.status === 'unlocked' ? resolution.principal : expect.fail()
      const token = (await one.apiTokens.issue(principal, { name: 'program' })).token.reveal()
      const all = await Promise.allSettled(
        Array.from({ length: 100 }, (_, i) => (i % 2 === 0 ? one : other).authenticate(bearing(token))),
      )
      expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(30)
      const refused = all.flatMap((result) => (result.status === 'rejected' ? [result.reason as { code: string }] : []))
      expect(new Set(refused.map(({ code }) => code))).toEqual(new Set(['too_many_requests']))
      await Promise.all([one.close(), other.close()])
    })
  })
}
