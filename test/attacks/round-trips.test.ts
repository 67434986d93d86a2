import { describe, expect, test } from 'vitest'
import { ways } from '../flows/application.ts'
import { browser, type Outgoing, sendTo } from '../flows/client.ts'
import { goodPassword, house, minute, origin, testFactor, testSecret } from '../flows/house.ts'

const settle = () => new Promise((resolve) => setTimeout(resolve, 5))
const otherSecret = `other-${testSecret}`

async function open(settings: Parameters<typeof house>[0] = {}) {
  const enrolled = new Set<string>()
  const there = await house({ factors: [testFactor(enrolled)], ...settings })
  const send = await ways['Express 5'](there.auth)
  const page = browser(send)
  await page.logIn()
  const made = await page.send('POST', '/auth/api-tokens', { name: 'ci' })
  const apiToken = String(made.json['token'])
  await send({ method: 'GET', path: `/documents/1?token=${apiToken}` })
  enrolled.add(there.ann.id)
  const locked = browser(send)
  await locked.logIn()
  await settle()
  there.counting.reset()
  const calls = () => there.counting.calls.map(({ operation, kind = 'counter' }) => `${operation} ${kind}`)
  const get = async (token: string, path = '/documents/1') =>
    (await send({ method: 'GET', path, headers: { cookie: `__Host-sallyport=${token}` } })).status
  return { ...there, send, page, session: page.token ?? '', apiToken, locked: locked.token ?? '', calls, get }
}

/** Another text of the same form. */
function forge(token: string, from: number): string {
  return token.slice(0, from) + token.slice(from).replace(/[A-Za-z]/g, (letter) => (letter === 'A' ? 'B' : 'A'))
}

describe('round trips to the store', () => {
  test('ASVS 7.2.1: a valid session: one, and it writes nothing within the interval', async () => {
    const { session, get, calls, advance } = await open()
    expect(await get(session)).toBe(200)
    expect(calls()).toEqual(['getWithOwner session'])
    advance(minute - 1)
    for (let i = 0; i < 5; i++) await get(session)
    await settle()
    expect(calls()).toEqual(Array.from({ length: 6 }, () => 'getWithOwner session'))
    advance(1)
    await Promise.all([get(session), get(session), get(session)])
    await settle()
    expect(calls().filter((call) => call.startsWith('replace')).length).toBeLessThanOrEqual(3)
  })

  test('a valid API token: one, and it writes nothing within the interval', async () => {
    const { apiToken, get, calls, advance } = await open()
    expect(await get(apiToken)).toBe(200)
    advance(minute - 1)
    expect(await get(apiToken)).toBe(200)
    await settle()
    expect(calls()).toEqual(['getWithOwner api-token', 'getWithOwner api-token'])
  })

  test('a locked token at a protected route: one', async () => {
    const { locked, get, calls } = await open()
    expect(await get(locked)).toBe(401)
    expect(calls()).toEqual(['getWithOwner locked'])
  })

  test('an expired, a revoked and a disabled one: one', async () => {
    const { session, get, calls, auth, ann, counting } = await open()
    await auth.users.disable(ann.id)
    counting.reset()
    expect(await get(session)).toBe(401)
    expect(calls()).toEqual(['getWithOwner session'])
  })

  test('none for what needs none', async () => {
    const { send, calls } = await open()
    for (const path of ['/public', '/documents/1', '/auth/session', '/auth/nothing', '/nothing'])
      await send({ method: 'GET', path })
    expect(calls()).toEqual([])
  })

  test('ASVS 9.1.1: none for a forged, malformed or ambiguous one, wherever it is sent', async () => {
    const { session, apiToken, locked, send, calls, counting } = await open()
    const forged = [session, apiToken, locked].flatMap((token) => [
      forge(token, 5),
      token.slice(0, 28) + forge(token.slice(28, 71), 0) + token.slice(71),
      token.slice(0, 5) + forge(token.slice(5, 27), 0) + token.slice(27),
      `${token.slice(0, 73)}AAAAAAAAAAA`,
      token.slice(0, -1),
      `${token}x`,
      token.replace('sp_', 'sq_'),
    ])
    // Another key's tag is looked up, so what changes the tag is another matter.
    const offline = [
      ...forged.filter((token) => token.slice(71, 73) === session.slice(71, 73)),
      'x',
      '',
      'sp_s_',
      'sp_s_x.y',
      '\u00e4',
    ]
    expect(offline.length).toBeGreaterThan(12)
    const json = { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' }
    for (const token of offline) {
      const cookie = { cookie: `__Host-sallyport=${token}` }
      const requests: Outgoing[] = [
        { method: 'GET', path: '/documents/1', headers: cookie },
        { method: 'GET', path: `/documents/1?token=${encodeURIComponent(token)}` },
        { method: 'GET', path: '/auth/session', headers: cookie },
        { method: 'POST', path: '/auth/unlock', headers: { ...json, ...cookie }, body: '{"factor":"test","code":"1"}' },
        { method: 'POST', path: '/auth/logout', headers: { ...json, ...cookie } },
        { method: 'GET', path: '/documents/1', headers: { cookie: `${cookie.cookie}; ${cookie.cookie}` } },
      ]
      for (const request of requests) await send(request)
    }
    expect(calls()).toEqual([])
    expect(counting.writes).toBe(0)
  })
})

describe('D4: a token under a key that is not ours', () => {
  /** Tokens that another installation on another secret has made. */
  async function strangers(count: number) {
    const other = await house({ secret: otherSecret })
    return Promise.all(
      Array.from({ length: count }, async () =>
        (await other.auth.logIn({ username: 'ann', password: goodPassword })).token.reveal(),
      ),
    )
  }

  test('ASVS 2.4.1: is looked up sixty times a minute for each network, at every route together', async () => {
    const { auth, calls, counting, advance } = await open()
    const [token = ''] = await strangers(1)
    const ask = async (address: string, method = 'GET', path = '/auth/session') => {
      const client = Object.assign(browser(sendTo(auth, address)), { token })
      return (
        await client.send(
          method,
          path,
          method === 'POST' && path.endsWith('unlock') ? { factor: 'test', code: '1' } : undefined,
        )
      ).status
    }
    for (let i = 0; i < 200; i++) {
      if (i % 4 === 0) await ask('203.0.113.7')
      if (i % 4 === 1) await ask('203.0.113.7', 'POST', '/auth/logout')
      if (i % 4 === 2) await ask('203.0.113.7', 'POST', '/auth/unlock')
      if (i % 4 === 3) await ask('203.0.113.7', 'GET', '/auth/sessions')
    }
    expect(calls().length).toBe(60)
    counting.reset()
    await ask('203.0.113.8')
    expect(calls().length).toBe(1)
    advance(minute)
    counting.reset()
    for (let i = 0; i < 200; i++) await ask('203.0.113.7')
    expect(calls().length).toBe(60)
  })

  test('a log-in is not hindered by it', async () => {
    const { auth } = await open()
    const [token = ''] = await strangers(1)
    for (let i = 0; i < 100; i++) {
      await auth.authenticate(new Request(origin, { headers: { cookie: `__Host-sallyport=${token}` } }), {
        address: '203.0.113.7',
      })
    }
    const page = Object.assign(browser(sendTo(auth, '203.0.113.7')), { token })
    expect((await page.logIn()).status).toBe(200)
  })

  test('rolling deployment: old and new processes read each other’s tokens, however often they are used', async () => {
    const old = await open()
    const fresh = await house({ secret: [otherSecret, testSecret], storage: old.counting })
    const byNew = await fresh.auth.logIn({ username: 'ann', password: goodPassword })
    expect(byNew.status).toBeDefined()
    const ask = async (auth: typeof fresh.auth, token: string) =>
      (
        await auth.authenticate(new Request(origin, { headers: { cookie: `__Host-sallyport=${token}` } }), {
          address: '203.0.113.7',
        })
      ).status
    for (let i = 0; i < 200; i++) {
      expect(await ask(fresh.auth, old.session)).toBe('unlocked')
      expect(await ask(old.auth, byNew.token.reveal())).not.toBe('refused')
    }
  })

  test('a retired key may be dropped: its tokens live on, behind the limit for those that are none', async () => {
    const before = await open()
    const after = await house({ secret: otherSecret, storage: before.counting })
    const ask = async (token: string) =>
      (
        await after.auth.authenticate(new Request(origin, { headers: { cookie: `__Host-sallyport=${token}` } }), {
          address: '203.0.113.7',
        })
      ).status
    for (let i = 0; i < 100; i++) expect(await ask(before.session)).toBe('unlocked')
    for (let i = 0; i < 100; i++) await ask(forge(before.session, 28).slice(0, 71) + before.session.slice(71))
    // A flood from the same network takes the look-ups of its neighbours with it, and nobody else's.
    expect(await ask(before.session)).toBe('refused')
    after.advance(minute)
    expect(await ask(before.session)).toBe('unlocked')
  })

  test('what was stamped under the old key is stamped under the new one when it is renewed', async () => {
    const before = await open()
    const after = await house({ secret: [otherSecret, testSecret], storage: before.counting })
    const resolution = await after.auth.authenticate(new Request(`${origin}/?token=${before.session}`))
    const principal = resolution.status === 'unlocked' ? resolution.principal : expect.fail()
    const renewed = (await after.auth.reauthenticate(principal, { password: goodPassword })).token.reveal()
    expect(renewed.slice(71, 73)).not.toBe(before.session.slice(71, 73))
    const only = await house({ secret: otherSecret, storage: before.counting })
    only.counting.reset()
    expect((await only.auth.authenticate(new Request(`${origin}/?token=${renewed}`))).status).toBe('unlocked')
  })
})
