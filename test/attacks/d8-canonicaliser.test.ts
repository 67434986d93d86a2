import { describe, expect, test } from 'vitest'
import { ways } from '../flows/application.ts'
import { browser } from '../flows/client.ts'
import { goodPassword, house } from '../flows/house.ts'
import { slowStorage, tally, together } from './slow-storage.ts'

const spellings = ['ann', 'ANN', 'Ann', ' ann ', '\tann', 'ａｎｎ', 'ＡＮＮ', 'ann\u3000', '\u00a0ann', 'ᵃⁿⁿ']

async function open(settings: Parameters<typeof house>[0] = {}) {
  const there = await house(settings)
  return { ...there, send: await ways['Express 5'](there.auth) }
}

describe('D8: one canonical form of a name everywhere', () => {
  test.each(spellings)('%j logs in as ann', async (username) => {
    const { send } = await open()
    expect((await browser(send).logIn({ username })).json['user']).toMatchObject({ username: 'ann' })
  })

  test('ASVS 6.3.1: every spelling counts for one account', async () => {
    const { send } = await open()
    const statuses: number[] = []
    for (let i = 0; i < 40; i++) {
      const username = spellings[i % spellings.length]
      statuses.push((await browser(send).logIn({ username, password: 'a wrong passphrase' })).status)
    }
    expect(tally(statuses)).toEqual({ 401: 10, 429: 30 })
    expect((await browser(send).logIn()).status).toBe(429)
  })

  test('ASVS 6.3.8: also the spellings of a name that nobody has', async () => {
    const { send } = await open()
    const statuses: number[] = []
    for (let i = 0; i < 20; i++) {
      const username = ['nobody', 'NOBODY', ' nobody', 'ｎｏｂｏｄｙ'][i % 4]
      statuses.push((await browser(send).logIn({ username })).status)
    }
    expect(tally(statuses)).toEqual({ 401: 10, 429: 10 })
  })

  test('every spelling is taken, also when all are wanted at once', async () => {
    const { auth } = await open({ storage: slowStorage() })
    for (const username of spellings)
      await expect(auth.users.create({ username })).rejects.toMatchObject({ code: 'username_taken' })
    const made = await Promise.allSettled(
      spellings.map((name) =>
        auth.users.create({
          username: name
            .replace(/ann/i, 'bob')
            .replace('ａｎｎ', 'ｂｏｂ')
            .replace('ＡＮＮ', 'BOB')
            .replace('ᵃⁿⁿ', 'Bob'),
        }),
      ),
    )
    expect(tally(made.map(({ status }) => status))).toEqual({ fulfilled: 1, rejected: spellings.length - 1 })
  })

  test.each([
    ['a dotless i', 'admın', 'admin'],
    ['a Cyrillic a', '\u0430dmin', 'admin'],
    ['sharp s', 'straße', 'strasse'],
    ['a trailing dot', 'admin.', 'admin'],
    ['a middle dot', 'ad·min', 'admin'],
  ])('what only looks alike is another name: %s', async (_, one, other) => {
    const { auth, send } = await open()
    const [first, second] = [
      await auth.users.create({ username: one, password: goodPassword }),
      await auth.users.create({ username: other, password: goodPassword }),
    ]
    expect(first.id).not.toBe(second.id)
    expect((await browser(send).logIn({ username: one })).json['user']).toMatchObject({ id: first.id })
    expect((await browser(send).logIn({ username: other })).json['user']).toMatchObject({ id: second.id })
  })

  test.each(['a\u200bnn', 'ann\u0000', 'ann\u202e', '\ufeffann\ufeffx', 'a\u00adnn', 'ann\u2066'])(
    '%j is nobody',
    async (username) => {
      const { send, auth } = await open()
      expect([400, 401]).toContain((await browser(send).logIn({ username })).status)
      await expect(auth.users.create({ username })).rejects.toMatchObject({ code: 'invalid_request' })
    },
  )

  test('a name that was given up can be had by somebody else, who gets nothing with it', async () => {
    const { auth, ann, send } = await open()
    const page = browser(send)
    await page.logIn()
    await auth.users.update(ann.id, { username: 'anna' })
    const bob = await auth.users.create({ username: 'ann', password: 'a quite different passphrase' })
    expect((await browser(send).logIn()).status).toBe(401)
    expect((await page.send('GET', '/auth/session')).json['user']).toMatchObject({ id: ann.id, username: 'anna' })
    expect((await browser(send).logIn({ password: 'a quite different passphrase' })).json['user']).toMatchObject({
      id: bob.id,
    })
  })

  test('a hundred log-ins while a name moves from one user to another: nobody is let in as somebody else', async () => {
    const { auth, ann, send } = await open({
      storage: slowStorage(),
      password: { hashing: { concurrency: 3, capacity: 2000 } },
      throttle: { account: [{ limit: 1000, windowMs: 60_000 }], network: [{ limit: 1000, windowMs: 60_000 }] },
    })
    const bob = await auth.users.create({ username: 'bob', password: 'a quite different passphrase' })
    const moving = (async () => {
      for (let i = 0; i < 5; i++) {
        await auth.users.update(ann.id, { username: 'anna' }).catch(() => {})
        await auth.users.update(bob.id, { username: 'ann' }).catch(() => {})
        await auth.users.update(bob.id, { username: 'bob' }).catch(() => {})
        await auth.users.update(ann.id, { username: 'ann' }).catch(() => {})
      }
    })()
    const answers = await together(100, () => browser(send).logIn())
    await moving
    for (const { status, json } of answers) {
      if (status === 200) expect(json['user']).toMatchObject({ id: ann.id })
      else expect(status).toBe(401)
    }
    const { items } = await auth.users.list()
    for (const { id, username } of items) expect(await auth.users.findByLogin(username)).toMatchObject({ id })
  })
})
