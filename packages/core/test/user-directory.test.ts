import { AuthError } from '@sallyport/core'
import { describe, expect, test } from 'vitest'
import { house, settled } from './auth-house.ts'
import { goodPassword } from './house.ts'

const codeOf = (result: PromiseSettledResult<unknown>) =>
  result.status === 'fulfilled' ? 'done' : (result.reason as AuthError).code

describe('the built-in users', () => {
  test('D8: are found by every way to write their name, and only there', async () => {
    const { auth, ann } = await house()
    for (const name of ['ann', 'ANN', ' Ann\t', 'ａｎｎ']) expect(await auth.users.findByLogin(name)).toEqual(ann)
    for (const name of ['anna', 'an', '', 'a\0nn', 'ann%20']) expect(await auth.users.findByLogin(name)).toBeUndefined()
    expect(await auth.users.find(ann.id)).toEqual(ann)
    for (const id of ['', 'ann', '__proto__', 'x'.repeat(500), 'é']) expect(await auth.users.find(id)).toBeUndefined()
  })

  test('ASVS 15.4.1: of fifty with one name one is made, and nothing is left of the others', async () => {
    const { auth, counting } = await house()
    const names = ['bob', 'BOB', ' bob', 'ｂob']
    const all = await Promise.allSettled(
      Array.from({ length: 50 }, (_, i) => auth.users.create({ username: names[i % 4] ?? '' })),
    )
    expect(all.map(codeOf).filter((code) => code === 'done').length).toBe(1)
    expect(new Set(all.map(codeOf))).toEqual(new Set(['done', 'username_taken']))
    expect((await auth.users.list()).items.map(({ username }) => username)).toEqual(['ann', 'bob'])
    const made = counting.calls.filter(({ operation, kind }) => operation === 'insert' && kind === 'user').length
    const taken = counting.calls.filter(({ operation, kind }) => operation === 'take' && kind === 'user').length
    expect(made - taken).toBe(2)
  })

  test('ASVS 15.4.1: who is brought along keeps an id, and of twenty with one id one is made', async () => {
    const { auth } = await house()
    const all = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) => auth.users.create({ id: 'cus_7', username: `bob${i}` })),
    )
    expect(all.map(codeOf).sort()).toEqual([...Array<string>(19).fill('conflict'), 'done'])
    const { items } = await auth.users.list({ search: 'bob' })
    expect(items).toMatchObject([{ id: 'cus_7' }])
    for (let i = 0; i < 20; i++) {
      const username = `bob${i}`
      if (username !== items[0]?.username) expect((await auth.users.create({ username })).username).toBe(username)
    }
    for (const id of ['', 'a b', 'é', 'x'.repeat(129)]) {
      await expect(auth.users.create({ id, username: 'cid' })).rejects.toMatchObject({ code: 'invalid_request' })
    }
  })

  test('a new name is theirs, the old one is free', async () => {
    const { auth, ann } = await house()
    await auth.users.update(ann.id, { username: 'Anna' })
    expect(await auth.users.findByLogin('anna')).toMatchObject({ id: ann.id, username: 'anna' })
    expect(await auth.users.findByLogin('ann')).toBeUndefined()
    await auth.users.create({ username: 'ann' })
    await expect(auth.users.update(ann.id, { username: 'ann' })).rejects.toMatchObject({ code: 'username_taken' })
  })

  test('two who take one name, and one who takes two: nobody holds more than one', async () => {
    const { auth, ann } = await house()
    const bob = await auth.users.create({ username: 'bob' })
    await Promise.allSettled([
      auth.users.update(ann.id, { username: 'new' }),
      auth.users.update(bob.id, { username: 'new' }),
      auth.users.update(ann.id, { username: 'newer' }),
      auth.users.update(bob.id, { username: 'newest' }),
    ])
    const { items } = await auth.users.list()
    expect(items.length).toBe(2)
    for (const { id, username } of items) expect(await auth.users.findByLogin(username)).toMatchObject({ id })
    for (const name of ['ann', 'bob', 'new', 'newer', 'newest']) {
      const found = await auth.users.findByLogin(name)
      if (found !== undefined) expect(found.username).toBe(name)
    }
  })

  test('the name of a user who is gone can be had', async () => {
    const { auth, ann, failing } = await house()
    // The tidying up does not get as far as the name.
    failing.fail('reject', ({ operation }) => operation === 'removeAll')
    await auth.users.delete(ann.id).catch(() => {})
    failing.heal()
    const all = await Promise.allSettled(Array.from({ length: 10 }, () => auth.users.create({ username: 'ann' })))
    expect(all.map(codeOf).filter((code) => code === 'done').length).toBe(1)
  })

  test('a change leaves what it does not name, and a new address is not verified', async () => {
    const { auth, ann } = await house()
    await auth.users.update(ann.id, { email: 'ann@example.com', displayName: 'Ann' })
    await auth.users.update(ann.id, { roles: ['reader'] })
    expect(await auth.users.find(ann.id)).toEqual({
      id: ann.id,
      username: 'ann',
      displayName: 'Ann',
      email: 'ann@example.com',
      emailVerified: false,
      roles: ['reader'],
    })
    await expect(auth.users.update(ann.id, { displayName: 'x'.repeat(257) })).rejects.toMatchObject({
      code: 'invalid_request',
    })
    await auth.users.update(ann.id, { email: null, displayName: null })
    expect(await auth.users.find(ann.id)).toEqual({ id: ann.id, username: 'ann', roles: ['reader'] })
  })

  test('ASVS 7.4.2: a change of the profile ends no session; the next request sees it', async () => {
    const { auth, ann, logIn, principalOf } = await house()
    const { token } = await logIn()
    await auth.users.update(ann.id, { roles: ['admin'], username: 'anna' })
    expect(await principalOf(token)).toMatchObject({ user: { username: 'anna' }, permissions: ['be:admin'] })
  })

  test('are listed by the beginning of their names, in pages', async () => {
    const { auth } = await house()
    for (const username of ['bob', 'bobby', 'boris', 'ünal']) await auth.users.create({ username })
    const names = async (search?: string) => (await auth.users.list({ search })).items.map(({ username }) => username)
    expect(await names('BO')).toEqual(['bob', 'bobby', 'boris'])
    expect(await names('bobb')).toEqual(['bobby'])
    expect(await names('ü')).toEqual(['ünal'])
    expect(await names()).toEqual(['ünal', 'ann', 'bob', 'bobby', 'boris'])
    expect(await names('%')).toEqual([])
    const first = await auth.users.list({ limit: 2 })
    const second = await auth.users.list({ limit: 2, cursor: first.next })
    expect([...first.items, ...second.items].length).toBe(4)
  })

  test('what can not be a beginning of a name finds nobody, rather than everybody', async () => {
    const { auth } = await house()
    for (const search of ['\0', 'a\u200bnn', 'x'.repeat(500)])
      expect((await auth.users.list({ search })).items).toEqual([])
  })

  test.each(['', ' ', 'a\0', 'a\u202eb', 'x'.repeat(129)])('D7: %j is no name', async (username) => {
    const { auth, ann } = await house()
    await expect(auth.users.create({ username })).rejects.toMatchObject({ code: 'invalid_request' })
    await expect(auth.users.update(ann.id, { username })).rejects.toMatchObject({ code: 'invalid_request' })
  })

  test('changes of nobody are errors', async () => {
    const { auth } = await house()
    const acts = [
      () => auth.users.update('nobody', { roles: [] }),
      () => auth.users.delete('nobody'),
      () => auth.users.disable('nobody'),
      () => auth.users.enable('nobody'),
      () => auth.users.setMfa('nobody', 'off'),
      () => auth.passwords.set('nobody', goodPassword),
    ]
    for (const act of acts) await expect(act()).rejects.toMatchObject({ code: 'not_found' })
  })

  test('D4: a store that fails in the middle of creating is 503, and the name is not lost', async () => {
    const { auth, failing } = await house()
    for (const kind of ['user', 'login-name']) {
      for (const mode of ['reject', 'reject-after-write'] as const) {
        failing.fail(mode, (call) => call.operation === 'insert' && call.kind === kind)
        const username = `bob-${kind}-${mode}`
        await expect(auth.users.create({ username })).rejects.toMatchObject({ code: 'unavailable' })
        failing.heal()
        expect(await auth.users.create({ username })).toMatchObject({ username })
      }
    }
  })
})

describe('a password that was made elsewhere', () => {
  test('works, and becomes one of ours at the first log-in, without ending a session', async () => {
    const { auth, judge, log } = await house()
    const hash = '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4'
    const old = await auth.users.create({ username: 'old', passwordHash: hash })
    const first = await auth.logIn({ username: 'old', password: 'password' })
    await settled()
    expect(log.of('password.rehashed')).toMatchObject([{ userId: old.id }])
    const second = await auth.logIn({ username: 'old', password: 'password' })
    expect(await Promise.all([first, second].map(({ token }) => judge(token.reveal())))).toEqual([
      'unlocked',
      'unlocked',
    ])
    await settled()
    expect(log.of('password.rehashed').length).toBe(1)
  })

  test('can be changed at once: the better hash is not in the way', async () => {
    const { auth, principalOf } = await house()
    const hash = '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4'
    for (let round = 0; round < 5; round++) {
      const old = await auth.users.create({ username: `old-${round}`, passwordHash: hash })
      const { token } = await auth.logIn({ username: old.username, password: 'password' })
      const principal = await principalOf(token.reveal())
      const changed = await auth.passwords.change(principal, { current: 'password', password: goodPassword })
      expect(changed.status).toBe('unlocked')
      expect((await auth.logIn({ username: old.username, password: goodPassword })).status).toBe('unlocked')
    }
  })

  test.each(['', 'x', '$2b$10$abc', '$argon2id$', '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ', '$argon2nonsense'])(
    'D4: %j can not be read, and is refused when it comes',
    async (passwordHash) => {
      const { auth } = await house()
      await expect(auth.users.create({ username: 'old', passwordHash })).rejects.toMatchObject({
        code: 'invalid_request',
      })
    },
  )
})

describe('ASVS 16.5.3: what JavaScript gets wrong about a user is refused, and changes nothing', () => {
  test.each([
    [{ passwort: goodPassword }, '`passwort` is no field of a user: did you mean `password`?'],
    [{ role: ['admin'] }, '`role` is no field of a user: did you mean `roles`?'],
    [{ disabled: true }, /^`disabled` is no field of a user: use one of username, /],
    [{ roles: 'admin' }, '`roles` must be an array of texts.'],
    [{ roles: [1] }, '`roles` must be an array of texts.'],
    [{ roles: null }, '`roles` must be an array of texts.'],
  ])('%j', async (wrong, detail) => {
    const { auth, ann } = await house()
    const refusal = {
      code: 'invalid_request',
      detail: detail instanceof RegExp ? expect.stringMatching(detail) : detail,
    }
    await expect(auth.users.create({ username: 'bob', ...wrong } as never)).rejects.toMatchObject(refusal)
    if (!('passwort' in wrong || 'disabled' in wrong))
      await expect(auth.users.update(ann.id, { username: 'eve', ...wrong } as never)).rejects.toMatchObject(refusal)
    expect((await auth.users.list()).items).toEqual([ann])
  })

  test('a password is not changed by an update', async () => {
    const { auth, ann } = await house()
    await expect(auth.users.update(ann.id, { password: goodPassword } as never)).rejects.toMatchObject({
      detail: '`password` is no field of a user: use one of username, displayName, email, roles.',
    })
  })
})
