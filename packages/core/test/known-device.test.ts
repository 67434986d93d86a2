import type { Settings } from '@sallyport/core'
import { describe, expect, test } from 'vitest'
import { createKeys } from '../src/keys.ts'
import { createKnownDevices } from '../src/known-device.ts'
import { house, origin } from './auth-house.ts'
import { goodPassword, otherSecrets, testClock, testSecret } from './house.ts'

const day = 24 * 60 * 60_000
const ann = { id: 'u1', data: { epoch: 'first' } }
const credentials = { username: 'ann', password: goodPassword }
const wrong = { username: 'ann', password: 'wrong horse battery staple' }

describe('the marker of a device', () => {
  const keys = createKeys(testSecret)

  test('is of one user, under one epoch, for half a year', () => {
    const clock = testClock()
    const devices = createKnownDevices(keys, clock)
    const marker = devices.mark({}, ann)?.value.reveal() ?? expect.fail()
    const device = devices.idOf(marker, ann)
    expect(device).toMatch(/^[\w-]{22}$/)
    expect(devices.idOf(marker, { ...ann, id: 'u2' })).toBeUndefined()
    expect(devices.idOf(marker, { ...ann, data: { epoch: 'second' } })).toBeUndefined()
    clock.advance(180 * day)
    expect(devices.idOf(marker, ann)).toBe(device)
    clock.advance(1)
    expect(devices.idOf(marker, ann)).toBeUndefined()
  })

  test('is made anew when half of its life is over, for the same device', () => {
    const clock = testClock()
    const devices = createKnownDevices(keys, clock)
    const marker = devices.mark({}, ann)?.value.reveal() ?? ''
    expect(devices.mark({ known: marker }, ann)).toBeUndefined()
    clock.advance(90 * day)
    const renewed = devices.mark({ known: marker }, ann)?.value.reveal() ?? ''
    expect(devices.idOf(renewed, ann)).toBe(devices.idOf(marker, ann))
    expect(devices.mark({ known: renewed }, ann)).toBeUndefined()
    const stolen = devices.mark({ known: marker }, { ...ann, id: 'u2' })?.value.reveal()
    expect(devices.idOf(stolen, { ...ann, id: 'u2' })).not.toBe(devices.idOf(marker, ann))
  })

  test('can not be made by anybody else, nor out of another one', () => {
    const clock = testClock()
    const devices = createKnownDevices(keys, clock)
    const marker = devices.mark({}, ann)?.value.reveal() ?? ''
    const [device = '', at = '', stamp = ''] = marker.split('.')
    const later = (clock() + day).toString(36)
    const forged = [
      '',
      device,
      `${device}.${later}.${stamp}`,
      `${[...device].reverse().join('')}.${at}.${stamp}`,
      `${device}.${at}.${stamp.slice(0, -1)}${stamp.endsWith('A') ? 'B' : 'A'}`,
      `${marker}.`,
      createKnownDevices(createKeys(otherSecrets), clock).mark({}, ann)?.value.reveal(),
    ]
    for (const text of forged) expect(devices.idOf(text, ann)).toBeUndefined()
    const rotated = createKnownDevices(createKeys([otherSecrets[0] ?? '', testSecret]), clock)
    expect(rotated.idOf(marker, ann)).toBe(device)
  })
})

/** What goes on after an answer. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 50))

async function open(settings: Partial<Settings> = {}) {
  const there = await house(settings)
  async function send(
    path: string,
    body: object,
    headers: Readonly<Record<string, string>> = {},
    address = '203.0.113.7',
  ) {
    const request = new Request(`${origin}/auth${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin', ...headers },
      body: JSON.stringify(body),
    })
    const response = (await there.auth.handle(request, { address })) ?? expect.fail()
    return { status: response.status, headers: response.headers, cookies: response.headers.getSetCookie() }
  }
  const browser = { 'sec-fetch-dest': 'empty' }
  /** The cookies of a browser in which ann has logged in. */
  async function enter(): Promise<string> {
    const { status, cookies } = await send('/login', credentials, browser)
    expect(status).toBe(200)
    return cookies.map((line) => line.split(';')[0]).join('; ')
  }
  return { ...there, send, browser, enter }
}

describe('ASVS 6.1.1: a browser in which somebody has logged in', () => {
  test('keeps a marker that no page can read; a program gets none', async () => {
    const { send, browser } = await open()
    const { cookies } = await send('/login', credentials, browser)
    expect(cookies).toHaveLength(2)
    expect(cookies[0]).toMatch(/^__Host-sallyport=sp_s_/)
    expect(cookies[1]).toMatch(
      /^__Host-sallyport-known=[\w-]{22}\.\w+\.[\w-]{13}; Max-Age=15552000; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    )
    expect((await send('/login', credentials)).cookies).toHaveLength(1)
    expect((await send('/login', { ...credentials, returnToken: true }, browser)).cookies).toEqual([])
    expect((await send('/login', wrong, browser)).cookies).toEqual([])
    const known = cookies[1]?.split(';')[0] ?? ''
    expect((await send('/login', credentials, { ...browser, cookie: known })).cookies).toHaveLength(1)
  })

  test('is not locked out by the guesses of others, of its own network or of any', async () => {
    const { send, enter, auth } = await open({ throttle: { network: [{ limit: 12, windowMs: day }] } })
    await auth.users.create({ username: 'bob', password: goodPassword })
    const cookie = await enter()
    const known = cookie.split('; ')[1] ?? ''
    for (let i = 0; i < 10; i++) expect((await send('/login', wrong)).status).toBe(401)
    expect((await send('/login', credentials, {}, '198.51.100.1')).status).toBe(429)
    for (let i = 0; i < 2; i++) await send('/login', { ...wrong, username: `user-${i}` })
    expect((await send('/login', { ...credentials, username: 'bob' })).status).toBe(429)
    expect((await send('/login', credentials, { cookie: known })).status).toBe(200)
    expect((await send('/reauthenticate', { password: goodPassword }, { cookie })).status).toBe(200)
    // It is ann's, and nobody else's.
    expect((await send('/login', { ...credentials, username: 'bob' }, { cookie: known })).status).toBe(429)
    expect((await send('/login', credentials, { cookie: `${known}x` })).status).toBe(429)
  })

  test('has its own limit, whichever way it guesses, and is a stranger’s when it goes on', async () => {
    const { send, enter, clock } = await open()
    const cookie = await enter()
    const statuses: number[] = []
    for (let i = 0; i < 6; i++) {
      statuses.push((await send('/login', wrong, { cookie: cookie.split('; ')[1] ?? '' })).status)
      statuses.push((await send('/reauthenticate', { password: wrong.password }, { cookie })).status)
    }
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 401), 429, 429])
    expect((await send('/login', credentials)).status).toBe(200)
    for (let i = 0; i < 10; i++) {
      clock.advance(8 * 60 * 60_000)
      expect((await send('/login', wrong, { cookie: cookie.split('; ')[1] ?? '' })).status).toBe(401)
    }
    for (let i = 0; i < 10; i++) await send('/login', wrong)
    expect((await send('/login', credentials, { cookie: cookie.split('; ')[1] ?? '' })).status).toBe(429)
  })

  test.each(['a new password', 'an end of all sessions'])('is a stranger’s again with %s', async (how) => {
    const { send, enter, auth, ann: user } = await open()
    const cookie = (await enter()).split('; ')[1] ?? ''
    if (how === 'a new password') await auth.passwords.set(user.id, `another ${goodPassword}`)
    else await auth.sessions.revokeAll(user.id)
    await settled()
    for (let i = 0; i < 10; i++) expect((await send('/login', wrong)).status).toBe(401)
    expect((await send('/login', credentials, { cookie })).status).toBe(429)
  })
})

test('a new password has its own guesses: who has chosen it by a link or otherwise does not wait', async () => {
  const { send, auth, ann: user, logIn } = await open()
  const another = `another ${goodPassword}`
  const right = { username: 'ann', password: another }
  for (let i = 0; i < 10; i++) await send('/login', wrong)
  expect((await send('/login', credentials)).status).toBe(429)
  await auth.passwords.set(user.id, another)
  await expect.poll(async () => (await send('/login', right)).status).toBe(200)
  await auth.passwords.set(user.id, goodPassword)
  await settled()
  const { principal } = await logIn()
  for (let i = 0; i < 9; i++) await send('/login', wrong)
  await auth.passwords.change(principal, { current: goodPassword, password: another }, { address: '198.51.100.9' })
  await settled()
  for (let i = 0; i < 10; i++) expect((await send('/login', wrong)).status).toBe(401)
})

test('a browser that does not stay logged in is not known', async () => {
  const { send, browser } = await open()
  expect((await send('/login', { ...credentials, remember: false }, browser)).cookies).toHaveLength(1)
})

test('D10: a client that leaves before the answer has guessed all the same', async () => {
  const { auth, log, send } = await open()
  const leave = async (i: number) => {
    const gone = new AbortController()
    const request = new Request(`${origin}/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(wrong),
      signal: gone.signal,
    })
    const answer = auth.handle(request, { address: `198.51.100.${i}` })
    await new Promise((resolve) => setTimeout(resolve, i % 5))
    gone.abort()
    await answer
  }
  await Promise.all(Array.from({ length: 8 }, (_, i) => leave(i)))
  expect(log.of('password.failed').length).toBeGreaterThan(0)
  for (let i = 0; i < 10; i++) await send('/login', wrong)
  // Whoever left while they waited for their turn has guessed nothing; of all others each is counted.
  expect(log.of('password.failed')).toHaveLength(10)
  expect((await send('/login', credentials)).status).toBe(429)
})

describe('what is left is said', () => {
  test('with 429, and from the half on with every answer; t and w in seconds', async () => {
    const { send } = await open()
    const said: (string | null)[] = []
    for (let i = 0; i < 5; i++) said.push((await send('/login', wrong)).headers.get('ratelimit'))
    expect(said).toEqual([null, null, null, null, '"guesses";r=5;t=86400'])
    const right = await send('/login', credentials)
    expect(right.headers.get('ratelimit')).toBe('"guesses";r=5;t=86400')
    expect(right.headers.get('ratelimit-policy')).toBe('"guesses";q=10;w=86400')
    for (let i = 0; i < 5; i++) await send('/login', wrong)
    const { status, headers } = await send('/login', credentials)
    expect([status, headers.get('retry-after'), headers.get('ratelimit'), headers.get('ratelimit-policy')]).toEqual([
      429,
      '900',
      '"guesses";r=0;t=900',
      '"guesses";q=10;w=86400',
    ])
  })

  test('of the network too, and not of what others do', async () => {
    const { send } = await open()
    for (let i = 0; i < 9; i++) await send('/login', wrong, {}, `198.51.100.${i}`)
    expect((await send('/login', wrong)).headers.get('ratelimit')).toBeNull()
    for (let i = 0; i < 48; i++) await send('/login', { ...wrong, username: `user-${i}` })
    expect((await send('/login', { ...wrong, username: 'bob' })).headers.get('ratelimit')).toBe('"network";r=50;t=900')
  })
})
