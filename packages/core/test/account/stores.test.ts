import type { Message } from '@sallyport/core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { cheapHasher, goodPassword, testClock } from '../house.ts'
import { type OpenStore, stores } from '../mfa/stores.ts'
import { outcomes, otherPassword, tokenIn } from './account-house.ts'
import { adminHouse, type AdminHouse } from './admin-house.ts'

const times = 20
const loose = {
  registration: { by: 'username' },
  password: { hasher: cheapHasher, hashing: { capacity: 1000 } },
  throttle: { account: [{ limit: 1000, windowMs: 1e9 }], network: [{ limit: 1000, windowMs: 1e9 }] },
} as const

// Every kind of store, by one driver: what is asked here of a driver its own suite asks too.
const kinds = ['memory', 'SQLite (node:sqlite)', 'PostgreSQL (pg)', 'MariaDB (mysql2/promise)', 'Redis (node-redis)']

test('every kind of store is there', () => {
  expect(stores.map(({ name }) => name)).toEqual(expect.arrayContaining(kinds))
})

for (const { name, here, open } of stores.filter((store) => kinds.includes(store.name))) {
  describe.skipIf(!here)(`the account and its administration, on ${name}`, () => {
    let store: OpenStore
    let house: AdminHouse
    let count = 0

    beforeAll(async () => {
      store = await open()
      // Redis lets go of entries by a clock of its own.
      house = await adminHouse({ ...loose, storage: store.storage, clock: testClock(Date.now()) })
    }, 60_000)
    afterAll(() => store.dispose())

    /** A new user with a verified address, and a session of theirs. */
    async function someone() {
      const username = `user-${++count}`
      const email = `${username}@example.com`
      const user = await house.auth.users.create({ username, password: goodPassword, email, emailVerified: true })
      return { ...user, email, ...(await house.logIn(username)) }
    }

    /** The token of the newest message of a type to an address, once it was sent. */
    const linkTo = (to: string, type: Message['type']): Promise<string> =>
      vi.waitFor(
        () => {
          const message = house.sent.findLast((one) => one.to === to && one.type === type)
          return message !== undefined && 'link' in message ? tokenIn(message.link.reveal()) : expect.fail('none yet')
        },
        { timeout: 5000, interval: 5 },
      )

    test('ASVS 15.4.1: of many who register with one name one has it', async () => {
      const wanted = { username: 'sought', password: goodPassword }
      const all = Array.from({ length: times }, () => house.auth.account.register(wanted))
      expect(await outcomes(all)).toEqual({ done: 1, username_taken: times - 1 })
    })

    test('D1: of many with one link to a new password one sets it, and the sessions are over', async () => {
      const { auth, judge } = house
      const user = await someone()
      await auth.account.forgotPassword(user.email)
      const token = await linkTo(user.email, 'password-reset')
      const all = Array.from({ length: times }, () => auth.account.resetPassword({ token, password: otherPassword }))
      expect(await outcomes(all)).toEqual({ done: 1, invalid_code: times - 1 })
      expect(await judge(user.token)).toBe('invalid_token')
      expect((await auth.logIn({ username: user.username, password: otherPassword })).status).toBe('unlocked')
    })

    test('of many users who prove one address one has it', async () => {
      const { auth } = house
      const tokens: string[] = []
      const email = 'shared@example.com'
      for (let i = 0; i < 5; i++) {
        const { id } = await auth.users.create({ username: `sharer-${i}`, email })
        const before = house.sent.length
        await auth.emails.sendVerification(id)
        await vi.waitFor(() => expect(house.sent.length).toBeGreaterThan(before), { interval: 5 })
        tokens.push(await linkTo(email, 'email-verification'))
      }
      expect(await outcomes(tokens.map((token) => auth.emails.verify(token)))).toEqual({ done: 1, conflict: 4 })
      expect((await auth.users.findByLogin(email))?.emailVerified).toBe(true)
    })

    /** A user with a link to a new password, which is bound to the address, and one to another address. */
    async function undecided() {
      const { auth } = house
      const user = await someone()
      const next = `new-${user.email}`
      await auth.account.forgotPassword(user.email)
      await auth.emails.change(user.principal, next)
      const [reset, change] = [await linkTo(user.email, 'password-reset'), await linkTo(next, 'email-change')]
      return {
        user,
        next,
        reset: () => auth.account.resetPassword({ token: reset, password: otherPassword }),
        change: () => auth.emails.confirmChange(user.principal, change),
      }
    }

    /** What has become of them: never both, and the names say the same as the profile. */
    async function verdict({ user, next }: Awaited<ReturnType<typeof undecided>>): Promise<string> {
      const { auth } = house
      const now = await auth.users.find(user.id)
      expect([user.email, next]).toContain(now?.email)
      const free = now?.email === next ? user.email : next
      expect((await auth.users.findByLogin(now?.email ?? ''))?.id).toBe(user.id)
      expect(await auth.users.findByLogin(free)).toBeUndefined()
      const byOther = await auth.logIn({ username: user.username, password: otherPassword }).catch(() => undefined)
      return `${byOther === undefined ? 'old' : 'new'} password, ${now?.email === next ? 'new' : 'old'} address`
    }

    test('a reset ends the change of the address, and the change ends the reset', async () => {
      const one = await undecided()
      await one.reset()
      await expect(one.change()).rejects.toMatchObject({ code: 'invalid_code' })
      expect(await verdict(one)).toBe('new password, old address')
      const other = await undecided()
      await other.change()
      await expect(other.reset()).rejects.toMatchObject({ code: 'invalid_code' })
      expect(await verdict(other)).toBe('old password, new address')
    })

    test.each([true, false])(
      'ASVS 15.4.2: of both at once one wins, whichever comes first: the reset %j',
      async (first) => {
        for (let round = 0; round < 2; round++) {
          const there = await undecided()
          const [one, other] = first ? [there.reset, there.change] : [there.change, there.reset]
          const ends = await outcomes([one(), other()])
          expect(ends['done']).toBe(1)
          expect(await verdict(there)).toMatch(/^(new password, old|old password, new) address$/)
        }
      },
    )

    test('administration lists everybody once, in pages, and finds by the beginning of a name', async () => {
      const { ask, root } = house
      const made = await someone()
      const seen: string[] = []
      let cursor = ''
      do {
        const { body } = await ask('GET', '/users', undefined, `${root.token}&limit=3${cursor}`)
        seen.push(...(body['items'] as { username: string }[]).map(({ username }) => username))
        cursor = typeof body['next'] === 'string' ? `&cursor=${encodeURIComponent(body['next'])}` : ''
      } while (cursor !== '')
      expect(seen).toContain(made.username)
      expect(new Set(seen).size).toBe(seen.length)
      const { body } = await ask('GET', '/users', undefined, `${root.token}&search=${made.username}`)
      expect(body['items']).toMatchObject([{ id: made.id }])
    })

    test('ASVS 7.4.5: sessions and API tokens end by condition, in batches', async () => {
      const { auth, judge, clock } = house
      const user = await someone()
      const api = await auth.apiTokens.issue(user.principal, { name: 'x' })
      clock.advance(1)
      const [later, stranger] = [await house.logIn(user.username), await someone()]
      const issuedBefore = later.principal.session?.createdAt
      const totals = { matched: 0, revoked: 0 }
      for (const dryRun of [true, false]) {
        let cursor: string | undefined
        do {
          const batch = await auth.revocations.byCondition(
            { user: user.id, issuedBefore },
            { dryRun, cursor, limit: 1 },
          )
          expect(batch.examined).toBeLessThanOrEqual(1)
          totals.matched += batch.matched
          totals.revoked += batch.revoked
          cursor = batch.next
        } while (cursor !== undefined)
      }
      expect(totals).toEqual({ matched: 4, revoked: 2 })
      const judged = await Promise.all([user.token, api.token.reveal(), later.token, stranger.token].map(judge))
      expect(judged).toEqual(['invalid_token', 'invalid_token', 'unlocked', 'unlocked'])
      const all = await auth.revocations.byCondition({ userAgent: 'nobody has this' }, { limit: 500 })
      expect([all.matched, all.examined > 1]).toEqual([0, true])
    })

    test('D21: an administrator in a user’s place is out when the administrator is', async () => {
      const { auth, judge } = house
      await auth.users.create({ username: 'helper', password: goodPassword, roles: ['admin'] })
      const { principal } = await house.logIn('helper')
      const user = await someone()
      const { token } = await auth.administration.impersonate(principal, user.id)
      expect(await judge(token.reveal())).toBe('unlocked')
      await auth.users.disable(principal.user.id)
      expect(await judge(token.reveal())).toBe('invalid_token')
    })

    test('ASVS 7.4.5: everyone’s sessions end in batches that reach each user once', async () => {
      const { auth, judge, ask, root } = house
      const [one, other] = [await someone(), await someone()]
      const api = await auth.apiTokens.issue(one.principal, { name: 'x' })
      let body: Record<string, unknown> = {}
      let users = 0
      do {
        body = (await ask('POST', '/revoke-everyone', { limit: 4, cursor: body['next'] })).body
        users += Number(body['users'])
      } while (body['next'] !== undefined)
      const listed = new Set<string>()
      let cursor: string | undefined
      do {
        const page = await auth.users.list({ limit: 100, cursor })
        for (const { id } of page.items) listed.add(id)
        cursor = page.next
      } while (cursor !== undefined)
      expect(users).toBe(listed.size - 1)
      expect([await judge(one.token), await judge(other.token)]).toEqual(['invalid_token', 'invalid_token'])
      expect([await judge(api.token.reveal()), await judge(root.token)]).toEqual(['unlocked', 'unlocked'])
    })
  })
}
