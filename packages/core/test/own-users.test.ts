import { scryptSync } from 'node:crypto'
import { AuthError, type User, type UserDirectory } from '@sallyport/core'
import { describe, expect, test } from 'vitest'
import { house, origin, settled } from './auth-house.ts'
import { goodPassword } from './house.ts'

/** A directory such as an application has, which does as it is told. */
function directory() {
  const users = new Map<string, User>([['7', { id: '7', username: 'ann', roles: ['reader'] }]])
  const state: { fails?: 'throws' | 'rejects'; asked: number } = { asked: 0 }
  const answer = <Value>(value: Value): Promise<Value> => {
    state.asked++
    if (state.fails === 'throws') throw new Error('the database is away')
    return state.fails === 'rejects' ? Promise.reject(new Error('the database is away')) : Promise.resolve(value)
  }
  const own: UserDirectory = {
    find: (id) => answer(users.get(id)),
    findByLogin: (name) => answer([...users.values()].find((user) => user.username === name)),
  }
  return { users, state, own }
}

async function ownHouse() {
  const there = directory()
  const made = await house({ users: there.own })
  await made.auth.passwords.set('7', goodPassword)
  return { ...there, ...made }
}

describe('the application’s own users', () => {
  test('log in, and are asked for with every request', async () => {
    const { logIn, principalOf, users, state } = await ownHouse()
    const { token, principal } = await logIn()
    expect(principal.user).toEqual({ id: '7', username: 'ann', roles: ['reader'] })
    users.set('7', { id: '7', username: 'ann', roles: ['editor'] })
    const before = state.asked
    expect((await principalOf(token)).permissions).toEqual(['be:editor'])
    expect(state.asked).toBe(before + 1)
  })

  test('bring the hash of their password along, once, and it becomes one of ours', async () => {
    const there = directory()
    const { auth, log } = await house({ users: there.own })
    const hash = `$scrypt$ln=10,r=8,p=1$c2l4dGVlbiBieXRlcyBvaw$${scryptSync(goodPassword, 'sixteen bytes ok', 32, { cost: 1024 }).toString('base64').replace('=', '')}`
    const all = await Promise.allSettled(Array.from({ length: 10 }, () => auth.passwords.adopt('7', hash)))
    expect(all.filter(({ status }) => status === 'fulfilled').length).toBe(1)
    const credentials = { username: 'ann', password: goodPassword }
    expect(await auth.logIn(credentials)).toMatchObject({ status: 'unlocked', user: { id: '7' } })
    await settled()
    expect(log.of('password.rehashed')).toMatchObject([{ userId: '7' }])
    await expect(auth.passwords.adopt('7', hash)).rejects.toMatchObject({ code: 'conflict' })
    expect(await auth.logIn(credentials)).toMatchObject({ status: 'unlocked' })
    await expect(auth.passwords.adopt('8', hash)).rejects.toMatchObject({ code: 'not_found' })
    await expect(auth.passwords.adopt('7', 'md5 of something')).rejects.toMatchObject({ code: 'invalid_request' })
  })

  test('who are not found are refused, sessions and API tokens alike', async () => {
    const { auth, logIn, judge, users, log } = await ownHouse()
    const { token, principal } = await logIn()
    const api = await auth.apiTokens.issue(principal, { name: 'x' })
    users.delete('7')
    expect([await judge(token), await judge(api.token.reveal())]).toEqual(['invalid_token', 'invalid_token'])
    expect(log.of('token.refused').map(({ reason }) => reason)).toEqual(['no_user', 'no_user'])
    await expect(auth.logIn({ username: 'ann', password: goodPassword })).rejects.toMatchObject({
      code: 'invalid_credentials',
    })
  })

  test.each(['throws', 'rejects'] as const)(
    'D4: a directory that %s is 503, never 401, and counts no failure',
    async (fails) => {
      const { auth, logIn, judge, state } = await ownHouse()
      const { token } = await logIn()
      state.fails = fails
      await expect(judge(token)).rejects.toMatchObject({ code: 'unavailable', status: 503 })
      for (let i = 0; i < 20; i++) {
        await expect(auth.logIn({ username: 'ann', password: goodPassword })).rejects.toMatchObject({
          code: 'unavailable',
        })
      }
      delete state.fails
      expect(await judge(token)).toBe('unlocked')
      expect((await auth.logIn({ username: 'ann', password: goodPassword })).status).toBe('unlocked')
    },
  )

  test('D21, ASVS 10.3.3: a reused id inherits nothing', async () => {
    const { auth, logIn, judge, users } = await ownHouse()
    const { token, principal } = await logIn()
    const api = await auth.apiTokens.issue(principal, { name: 'x' })
    const link = await auth.urlTokens.issue(principal, {
      method: 'GET',
      path: '/a',
      withinMs: 60_000,
      uses: 'untilExpiry',
    })
    users.delete('7')
    await auth.users.deleted('7')
    users.set('7', { id: '7', username: 'ann', roles: ['admin'] })
    expect([await judge(token), await judge(api.token.reveal())]).toEqual(['invalid_token', 'invalid_token'])
    expect(await auth.authenticate(new Request(link.url.reveal()))).toMatchObject({ status: 'refused' })
    await expect(auth.logIn({ username: 'ann', password: goodPassword })).rejects.toMatchObject({
      code: 'invalid_credentials',
    })
    expect((await auth.sessions.list('7')).items).toEqual([])
    expect((await auth.apiTokens.list('7')).items).toEqual([])
  })

  test('D21: one write is enough for that, though the tidying up fails', async () => {
    const { auth, logIn, judge, failing } = await ownHouse()
    const { token } = await logIn()
    failing.fail('reject', ({ operation }) => operation === 'removeAll')
    await expect(auth.users.deleted('7')).rejects.toMatchObject({ code: 'unavailable' })
    failing.heal()
    expect(await judge(token)).toBe('invalid_token')
  })

  test('ASVS 7.4.2: disabling ends everything, also for somebody who has never been here', async () => {
    const { auth, logIn, judge, users } = await ownHouse()
    const { token } = await logIn()
    await auth.users.disable('7')
    expect(await judge(token)).toBe('invalid_token')
    users.set('8', { id: '8', username: 'bob', roles: [] })
    await auth.users.disable('8')
    await auth.passwords.set('8', goodPassword)
    await expect(auth.logIn({ username: 'bob', password: goodPassword })).rejects.toMatchObject({
      code: 'invalid_credentials',
    })
    await auth.users.enable('8')
    expect((await auth.logIn({ username: 'bob', password: goodPassword })).status).toBe('unlocked')
    await expect(auth.users.disable('9')).rejects.toMatchObject({ code: 'not_found' })
  })

  test('null is as good as undefined', async () => {
    const { own } = directory()
    const orNull = <Key>(find: (key: Key) => Promise<User | undefined>) =>
      (async (key: Key) => (await find(key)) ?? null) as (key: Key) => Promise<User | undefined>
    const { auth } = await house({ users: { find: orNull(own.find), findByLogin: orNull(own.findByLogin) } })
    await expect(auth.logIn({ username: 'bob', password: goodPassword })).rejects.toMatchObject({
      code: 'invalid_credentials',
    })
    expect([await auth.users.find('8'), await auth.users.findByLogin('bob')]).toEqual([undefined, undefined])
  })

  test('a directory that answers with somebody else is not believed', async () => {
    const { own } = directory()
    const bob: User = { id: '8', username: 'bob', roles: ['admin'] }
    let wrong = false
    const { auth, logIn, judge } = await house({ users: { ...own, find: async (id) => (wrong ? bob : own.find(id)) } })
    await auth.passwords.set('7', goodPassword)
    const { token } = await logIn()
    wrong = true
    expect(await judge(token)).toBe('invalid_token')
  })

  test.each(['', 'a b', 'é', 'x'.repeat(129), 7, null])(
    'D7: a user whose id is %j is an error of the directory',
    async (id) => {
      const { own } = directory()
      const findByLogin = async () => ({ id, username: 'bob', roles: [] }) as unknown as User
      const { auth } = await house({ users: { ...own, findByLogin } })
      const error: unknown = await auth
        .logIn({ username: 'bob', password: goodPassword })
        .catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(AuthError)
      expect(error).toMatchObject({ code: 'invalid_setting', status: 500 })
    },
  )

  test('D4: an outage that the application tells by itself says when to come again', async () => {
    const { own } = directory()
    const { auth } = await house({
      users: {
        ...own,
        findByLogin: async (name) => {
          if (name === 'bob') throw new AuthError('unavailable')
          return own.findByLogin(name)
        },
      },
    })
    const body = JSON.stringify({ username: 'bob', password: goodPassword })
    const headers = { 'content-type': 'application/json' }
    const answer = await auth.handle(new Request(`${origin}/auth/login`, { method: 'POST', headers, body }))
    expect([answer?.status, answer?.headers.get('retry-after')]).toEqual([503, '2'])
  })

  test('are written by the application alone', async () => {
    const { auth } = await ownHouse()
    await expect(auth.users.create({ username: 'bob' })).rejects.toMatchObject({ code: 'invalid_setting' })
    await expect(auth.users.update('7', { roles: [] })).rejects.toMatchObject({ code: 'invalid_setting' })
    await expect(auth.users.delete('7')).rejects.toMatchObject({ code: 'invalid_setting' })
    await expect(auth.users.list()).rejects.toMatchObject({ code: 'not_found' })
  })

  test('D10: one user under many names is one account', async () => {
    const { own, users } = directory()
    // As with addresses where what follows a plus sign counts for nothing.
    const findByLogin = async (name: string) => own.findByLogin(name.replace(/\+.*$/, ''))
    const { auth } = await house({ users: { ...own, findByLogin } })
    await auth.passwords.set('7', goodPassword)
    // With a new password the guesses at the old one are forgotten.
    await settled()
    let verified = 0
    for (let i = 0; i < 40; i++) {
      const error: unknown = await auth
        .logIn({ username: `ann+${i}`, password: 'a wrong password' })
        .catch((reason: unknown) => reason)
      if ((error as AuthError).code === 'invalid_credentials') verified++
    }
    expect(verified).toBe(10)
    expect(users.size).toBe(1)
  })
})
