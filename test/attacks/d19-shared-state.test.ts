import { createAuth } from '@sallyport/core'
import { memoryStorage } from '@sallyport/storage-memory'
import { describe, expect, test } from 'vitest'
import { ways } from '../flows/application.ts'
import { browser, program, sendTo } from '../flows/client.ts'
import { cheapHasher, goodPassword, house, origin, testSecret } from '../flows/house.ts'
import { slowStorage, together } from './slow-storage.ts'

describe('D19: nothing that belongs to a request is shared', () => {
  test('two hundred requests of twenty users at once: each gets its own', async () => {
    const { auth } = await house({ storage: slowStorage() })
    const send = await ways['Express 5'](auth)
    const clients = await together(20, async (i) => {
      await auth.users.create({ username: `user-${i}`, password: goodPassword, roles: i % 2 ? ['reader'] : ['editor'] })
      const client = i % 3 ? browser(send) : program(send)
      await client.logIn({ username: `user-${i}` })
      return client
    })
    const answers = await together(200, async (n) => {
      const i = n % 20
      const path = n % 2 ? '/documents/1' : '/auth/session'
      const answer = await (clients[i] ?? expect.fail()).send('GET', path)
      return {
        i,
        name: answer.json['by'] ?? (answer.json['user'] as { username: string }).username,
        permissions: answer.json['permissions'],
      }
    })
    for (const { i, name, permissions } of answers) {
      expect(name).toBe(`user-${i}`)
      if (permissions !== undefined) expect((permissions as string[]).includes('documents:write')).toBe(i % 2 === 0)
    }
  })

  test('a handler that changes its principal changes nobody else’s, and not the table of rights', async () => {
    const readers: readonly string[] = ['documents:read']
    const { auth } = await house({ permissions: () => readers })
    const { token } = await auth.logIn({ username: 'ann', password: goodPassword })
    const principal = async () => {
      const resolution = await auth.authenticate(new Request(`${origin}/?token=${token.reveal()}`))
      return resolution.status === 'unlocked' ? resolution.principal : expect.fail()
    }
    const first = await principal()
    const acts: (() => void)[] = [
      () => (first.permissions as string[]).push('documents:delete'),
      () => (first.granted as string[]).push('documents:delete'),
      () => Object.assign(first, { permissions: ['documents:delete'] }),
      () => Object.assign(first.user, { username: 'root' }),
      () => Object.assign(first.session ?? {}, { id: 'x' }),
    ]
    for (const act of acts) {
      try {
        act()
      } catch (error) {
        expect(error).toBeInstanceOf(TypeError)
      }
    }
    const second = await principal()
    expect([second.permissions, second.granted, second.user.username]).toEqual([readers, readers, 'ann'])
    expect(readers).toEqual(['documents:read'])
    expect(second.session?.id).not.toBe('x')
  })

  test('refusals and their headers are the same the hundredth time, whoever has laid hands on one', async () => {
    const { auth } = await house()
    const visit = () =>
      auth.visit({
        method: 'GET',
        url: '/documents/1',
        originalUrl: '/documents/1',
        header: () => undefined,
        address: undefined,
        body: async () => new Uint8Array(),
        departed: undefined,
      })
    const outcome = async () => {
      const result = await visit().authorize({})
      return 'reply' in result ? result.reply : expect.fail()
    }
    const first = await outcome()
    const before = JSON.stringify(first)
    try {
      ;(first.headers as unknown as string[][]).push(['Set-Cookie', 'x=1'])
      ;(first as { status: number }).status = 200
    } catch (error) {
      expect(error).toBeInstanceOf(TypeError)
    }
    expect(JSON.stringify(await outcome())).toBe(before)
  })

  test('ASVS 10.3.1: two installations in one process know nothing of each other', async () => {
    const settings = { origin, secret: testSecret, password: { hasher: cheapHasher } }
    const [one, two] = [
      createAuth({ ...settings, storage: memoryStorage() }),
      createAuth({ ...settings, storage: memoryStorage() }),
    ]
    for (const auth of [one, two]) await auth.users.create({ username: 'ann', password: goodPassword })
    const page = browser(sendTo(one))
    await page.logIn()
    const other = Object.assign(browser(sendTo(two)), { token: page.token })
    expect((await other.send('GET', '/auth/session')).json['code']).toBe('invalid_token')
    for (let i = 0; i < 11; i++) await browser(sendTo(one)).logIn({ password: 'a wrong passphrase' })
    expect((await browser(sendTo(one)).logIn()).status).toBe(429)
    expect((await browser(sendTo(two)).logIn()).status).toBe(200)
  })

  test('settings that are changed afterwards change nothing', async () => {
    const secrets = [testSecret]
    const proxies = ['10.0.0.0/8']
    const there = await house({ secret: secrets, trustedProxies: proxies, trustedOrigins: [] })
    const { token } = await there.auth.logIn({ username: 'ann', password: goodPassword })
    secrets[0] = `other-${testSecret}`
    proxies.push('0.0.0.0/1')
    Object.assign(there.settings, { origin: 'https://evil.example', bearer: true, query: false })
    expect((await there.auth.authenticate(new Request(`${origin}/?token=${token.reveal()}`))).status).toBe('unlocked')
  })

  test('prototypes that somebody has polluted give nobody rights', async () => {
    const { auth } = await house({ permissions: () => [] })
    const { token } = await auth.logIn({ username: 'ann', password: goodPassword })
    const polluted = Object.prototype as unknown as Record<string, unknown>
    try {
      polluted['within'] = Number.POSITIVE_INFINITY
      polluted['mfa'] = 0
      polluted['admin'] = true
      const resolution = await auth.authenticate(new Request(`${origin}/?token=${token.reveal()}`))
      const principal = resolution.status === 'unlocked' ? resolution.principal : expect.fail()
      expect([principal.assurance?.level, principal.permissions]).toEqual([1, []])
    } finally {
      for (const name of ['within', 'mfa', 'admin']) delete polluted[name]
    }
  })
})
