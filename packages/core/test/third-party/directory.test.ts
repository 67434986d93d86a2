import { beforeEach, describe, expect, test } from 'vitest'
import { type Browser, createBrowser, type House, house, withPassword } from './house.ts'
import { standIn, type StandInDirectory, standInDirectory } from './stand-in.ts'

let ldap: StandInDirectory
let app: House
let browser: Browser

beforeEach(() => {
  ldap = standInDirectory('ldap')
  ldap.people.set('carol', 'secret')
  app = house([ldap, standIn('acme')])
  browser = createBrowser(app)
})

const logIn = (username: unknown, password: unknown, more = {}) =>
  browser.send('POST', '/auth/login/ldap', { username, password, ...more })

describe('a log-in at a directory', () => {
  test('answers like a log-in by password', async () => {
    const { status, body } = await logIn('Carol', 'secret')
    expect(status).toBe(200)
    expect(body).toMatchObject({
      status: 'unlocked',
      user: { username: 'ldap:uid=carol' },
      assurance: { methods: ['pwd', 'fed'] },
    })
    expect(body['token']).toBeUndefined()
    expect((await browser.session())['status']).toBe('unlocked')
  })

  test('gives the token in the answer where a browser is not wanted', async () => {
    const { body, headers } = await logIn('carol', 'secret', { returnToken: true })
    expect(body['token']).toMatch(/^sp_s_/)
    expect(headers.getSetCookie()).toEqual([])
  })

  test('ASVS 6.3.8: is refused in the same words whatever is wrong', async () => {
    const answers = [await logIn('carol', 'wrong'), await logIn('nobody', 'secret'), await logIn('\u200b', 'secret')]
    for (const { status, body } of answers) expect([status, body['code']]).toEqual([401, 'invalid_credentials'])
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1)
  })

  test('an empty password never reaches the directory: there it would be an anonymous bind, and succeed', async () => {
    ldap.people.set('carol', '')
    expect((await logIn('carol', '')).status).toBe(400)
    await expect(app.auth.providers.logIn('ldap', { username: 'carol', password: '' })).rejects.toThrow('wrong')
    expect(ldap.asked).toBe(0)
  })

  test('D10: guesses are counted by canonical name before the directory is asked, below its own lock-out', async () => {
    for (let i = 0; i < 5; i++) await logIn(i % 2 === 0 ? 'carol' : ' CAROL', 'wrong')
    expect(ldap.asked).toBe(5)
    for (const password of ['wrong', 'secret']) {
      const refused = await logIn('carol', password)
      expect([refused.status, refused.body['code']]).toEqual([429, 'too_many_attempts'])
    }
    expect(ldap.asked).toBe(5)
    app.clock.advance(15 * 60_000)
    expect((await logIn('carol', 'secret')).status).toBe(200)
  })

  test('D10: guesses that are sent at once can’t pass the limit together', async () => {
    await Promise.all(Array.from({ length: 50 }, () => logIn('carol', 'wrong')))
    expect(ldap.asked).toBe(5)
  })

  test('D10: by network too, whatever the names', async () => {
    ldap = standInDirectory('ldap', { limits: { account: [], network: [{ limit: 3, windowMs: 60_000 }] } })
    app = house([ldap])
    browser = createBrowser(app)
    for (let i = 0; i < 4; i++) await logIn(`user${i}`, 'wrong')
    expect(ldap.asked).toBe(3)
  })

  test('linking and renewing are guesses like any other', async () => {
    await withPassword(app, browser)
    for (let i = 0; i < 5; i++) {
      const path = i % 2 === 0 ? '/auth/identities/ldap/link' : '/auth/reauthenticate/ldap'
      expect((await browser.send('POST', path, { username: 'carol', password: 'wrong' })).status).toBe(401)
    }
    expect((await logIn('carol', 'secret')).status).toBe(429)
  })

  test('D4: a directory that is away is 503, and counts no failure', async () => {
    ldap.away = true
    for (let i = 0; i < 10; i++) expect((await logIn('carol', 'secret')).status).toBe(503)
    ldap.away = false
    expect((await logIn('carol', 'secret')).status).toBe(200)
    expect(app.reasons('provider.failed')).toHaveLength(10)
  })

  test('a link to it, and a password for a provider without one, are told what is wanted', async () => {
    expect(await browser.get('/auth/login/ldap')).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
    const wrong = await browser.send('POST', '/auth/login/acme', { username: 'a', password: 'b' })
    expect(wrong).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
    expect((await browser.get('/auth/callback/ldap?code=1&state=2')).status).toBe(400)
  })
})

test('a session is renewed by the password in the directory, of its own user only', async () => {
  ldap.people.set('dave', 'other')
  await logIn('carol', 'secret')
  const before = browser.cookies.get('__Host-sallyport')
  const wrong = await browser.send('POST', '/auth/reauthenticate/ldap', { username: 'dave', password: 'other' })
  expect([wrong.status, wrong.body['code']]).toEqual([401, 'provider_refused'])
  app.clock.advance(2 * 60 * 60_000)
  const { status, body } = await browser.send('POST', '/auth/reauthenticate/ldap', {
    username: 'carol',
    password: 'secret',
  })
  expect([status, body['status']]).toEqual([200, 'unlocked'])
  expect(browser.cookies.get('__Host-sallyport')).not.toBe(before)
  expect((await browser.send('POST', '/auth/api-tokens', { name: 'x' })).status).toBe(201)
})
