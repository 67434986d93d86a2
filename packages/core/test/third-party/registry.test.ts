import { describe, expect, test } from 'vitest'
import { AuthError, createAuth } from '@sallyport/core'
import { memoryStorage, otherSecrets, testSecret } from '../house.ts'
import { createBrowser, house, origin } from './house.ts'
import { evidence, standIn, standInType } from './stand-in.ts'

const types = { standIn: standInType }

describe('providers as data', () => {
  test('are there for every process at once, changed and removed', async () => {
    const storage = memoryStorage()
    const [one, two] = [
      house([standIn('fixed')], { storage, providerTypes: types }),
      house([], { storage, providerTypes: types }),
    ]
    await one.auth.providers.set({ id: 'acme', type: 'standIn', options: { issuer: 'First' } })
    expect(await two.auth.providers.list()).toEqual([{ id: 'acme', label: 'First', protocol: 'oidc' }])
    expect((await createBrowser(two).get('/auth/login/acme')).status).toBe(303)
    await two.auth.providers.set({ id: 'acme', type: 'standIn', options: { issuer: 'Second' } })
    expect((await one.auth.providers.list()).map(({ label }) => label)).toEqual(['Stand-in fixed', 'Second'])
    expect(await one.auth.providers.remove('acme')).toBe(true)
    expect(await one.auth.providers.remove('acme')).toBe(false)
    expect((await createBrowser(two).get('/auth/login/acme')).status).toBe(404)
    expect(one.log.of('provider.set')).toHaveLength(1)
    expect(one.log.of('provider.removed')).toHaveLength(1)
  })

  test('keep their options sealed', async () => {
    const storage = memoryStorage()
    const { auth } = house([], { storage, providerTypes: types })
    await auth.providers.set({ id: 'acme', type: 'standIn', options: { issuer: 'I', clientSecret: 'very secret' } })
    const stored = JSON.stringify(await storage.get('provider', 'acme'))
    expect(stored).toContain('standIn')
    expect(stored).not.toContain('very secret')
  })

  test('ASVS 6.7.1: what somebody has put into the store, the certificates of a provider included, makes no provider', async () => {
    const storage = memoryStorage()
    const { auth, log } = house([], { storage, providerTypes: types })
    await auth.providers.set({ id: 'acme', type: 'standIn', options: { issuer: 'I' } })
    await auth.providers.set({ id: 'evil', type: 'standIn', options: { issuer: 'E' } })
    const [acme, evil] = await Promise.all([storage.get('provider', 'acme'), storage.get('provider', 'evil')])
    if (acme === undefined || evil === undefined) return expect.fail()
    await storage.replace({ ...acme, data: evil.data }, Date.now())
    expect(
      (await house([], { storage, providerTypes: types, onEvent: log.listener }).auth.providers.list()).map(
        ({ id }) => id,
      ),
    ).toEqual(['evil'])
    expect(log.of('provider.failed')).toMatchObject([{ provider: 'acme' }])
  })

  test('what makes no provider is refused before it is kept', async () => {
    const { auth } = house([standIn('fixed')], { providerTypes: types })
    const refused = async (data: unknown) => {
      const error: unknown = await auth.providers.set(data as never).catch((thrown: unknown) => thrown)
      return error instanceof AuthError ? error.detail : 'none'
    }
    expect(await refused({ id: 'acme', type: 'standIn', options: {} })).toContain('`issuer` is missing')
    expect(await refused({ id: 'acme', type: 'other', options: {} })).toContain('has no "other"')
    expect(await refused({ id: 'acme', type: 'toString', options: {} })).toContain('has no "toString"')
    expect(await refused({ id: 'fixed', type: 'standIn', options: { issuer: 'I' } })).toContain('has "fixed" already')
    for (const id of ['', 'A', 'a/b', 'passkey', 'begin', 'provider', 'x'.repeat(65)]) {
      expect(await refused({ id, type: 'standIn', options: { issuer: 'I' } })).toContain('has the id')
    }
    expect(await auth.providers.list()).toHaveLength(1)
  })

  test('one that can’t be read any more is told of, and takes no other with it', async () => {
    const storage = memoryStorage()
    const before = house([], { storage, providerTypes: types, secret: otherSecrets[0] })
    await before.auth.providers.set({ id: 'acme', type: 'standIn', options: { issuer: 'I' } })
    const after = house([standIn('fixed')], { storage, providerTypes: types })
    expect((await after.auth.providers.list()).map(({ id }) => id)).toEqual(['fixed'])
    expect(after.log.of('provider.failed')).toHaveLength(1)
    expect((await createBrowser(after).get('/auth/login/acme')).status).toBe(503)
  })

  test('ASVS 11.2.2: the secret may be rotated under them: what is read is sealed anew, and the old one can be dropped', async () => {
    const storage = memoryStorage()
    const before = house([], { storage, providerTypes: types, secret: otherSecrets[0] })
    await before.auth.providers.set({ id: 'acme', type: 'standIn', options: { issuer: 'I' } })
    const both = house([], { storage, providerTypes: types, secret: [testSecret, String(otherSecrets[0])] })
    expect((await both.auth.providers.list()).map(({ id }) => id)).toEqual(['acme'])
    await both.auth.close()
    const after = house([], { storage, providerTypes: types })
    expect((await after.auth.providers.list()).map(({ id }) => id)).toEqual(['acme'])
  })

  test('of two at once under one id, one is what stays', async () => {
    const { auth } = house([], { providerTypes: types })
    const issuers = Array.from({ length: 10 }, (_, i) => `I${i}`)
    await Promise.all(issuers.map((issuer) => auth.providers.set({ id: 'acme', type: 'standIn', options: { issuer } })))
    const listed = await auth.providers.list()
    expect(listed).toHaveLength(1)
    expect(issuers).toContain(listed[0]?.label)
  })
})

test('a dry run explains what it has tried', async () => {
  const app = house([standIn('acme')])
  expect(await app.auth.providers.check('acme')).toEqual([
    { name: 'callback', ok: true, detail: `${origin}/auth/callback/acme must be registered` },
  ])
  await expect(app.auth.providers.check('nobody')).rejects.toThrow('There is no such provider.')
})

test('settings that can’t work are refused at the start', () => {
  const start = (more: object) => () => createAuth({ origin, secret: testSecret, storage: memoryStorage(), ...more })
  expect(start({ providers: [standIn('a'), standIn('a')] })).toThrow('names an id twice')
  expect(start({ providers: [standIn('Not this')] })).toThrow('has the id')
  expect(start({ publicPath: 'auth' })).toThrow('`publicPath`')
  expect(start({ callbacks: ['http://spa.example.org/'] })).toThrow('`callbacks`')
})

test('everything that the routes do is a plain function', async () => {
  const acme = standIn('acme')
  acme.codes.set('alice', evidence())
  const { auth } = house([acme])
  const { redirectTo, browser } = await auth.providers.start('acme', { returnTo: '/inbox' })
  const state = new URL(redirectTo).searchParams.get('state') ?? ''
  expect(String(browser)).toBe('[redacted]')
  const finished = await auth.providers.finish('acme', { code: 'alice', state }, browser.reveal())
  expect(finished).toMatchObject({ status: 'finished', returnTo: '/inbox', result: { status: 'unlocked' } })
  const [user] = (await auth.users.list()).items
  const [identity] = await auth.identities.list(user?.id ?? '')
  expect(identity).toMatchObject({ provider: 'acme', issuer: 'https://idp.example', subject: 'alice' })
  await expect(auth.identities.unlink(user?.id ?? '', identity?.id ?? '')).rejects.toThrow('the last way to log in')
})
