import { randomUUID } from 'node:crypto'
import type { FactorType } from '@sallyport/core'
import { interceptStorage } from '@sallyport/core/testing'
import { beforeEach, describe, expect, test } from 'vitest'
import { memoryStorage } from '../house.ts'
import { type Browser, createBrowser, goodPassword, type House, house, withPassword } from './house.ts'
import { evidence, type StandIn, standIn, standInDirectory } from './stand-in.ts'

let acme: StandIn
let other: StandIn
let app: House
let browser: Browser

beforeEach(() => {
  acme = standIn('acme')
  other = standIn('other')
  acme.codes.set('alice', evidence())
  other.codes.set('alice', evidence())
  app = house([acme, other])
  browser = createBrowser(app)
})

const userId = async (of: Browser = browser): Promise<string> =>
  ((await of.session()) as { user: { id: string } }).user.id

interface Listed {
  readonly items: readonly { readonly id: string; readonly provider: string; readonly subject: string }[]
}

const identities = async (of: Browser = browser): Promise<Listed['items']> =>
  ((await of.get('/auth/identities')).body as never as Listed).items

/** Links by redirect, from the start to the callback. */
async function link(provider: string, code: string, of: Browser = browser) {
  const started = await of.send('POST', `/auth/identities/${provider}/link`, { returnTo: '/account' })
  if (started.status !== 200) return started
  const state = new URL(String(started.body['redirectTo'])).searchParams.get('state')
  return of.get(`/auth/callback/${provider}?code=${code}&state=${state}`)
}

describe('D5, ASVS 6.8.1: an identity is (provider, issuer, subject)', () => {
  test('each of the three tells users apart', async () => {
    acme.codes.set('issuer', evidence({ issuer: 'https://other.example' }))
    acme.codes.set('subject', evidence({ subject: 'Alice' }))
    const ids = new Set<string>()
    for (const [provider, code] of [
      ['acme', 'alice'],
      ['other', 'alice'],
      ['acme', 'issuer'],
      ['acme', 'subject'],
    ] as const) {
      const one = createBrowser(app)
      await one.logIn(provider, code)
      ids.add(await userId(one))
    }
    expect(ids.size).toBe(4)
  })

  test('the parts can’t be moved against each other', async () => {
    acme.codes.set('one', evidence({ issuer: 'https://a","b', subject: 'c' }))
    acme.codes.set('two', evidence({ issuer: 'https://a', subject: 'b","c' }))
    await browser.logIn('acme', 'one')
    const second = createBrowser(app)
    await second.logIn('acme', 'two')
    expect(await userId(second)).not.toBe(await userId())
  })

  test('ASVS 10.5.2: an address or a name never finds a user, verified or not', async () => {
    const { id } = await app.auth.users.create({ username: 'bob', email: 'bob@example.com', password: goodPassword })
    const profile = { username: 'bob', email: 'bob@example.com', emailVerified: true }
    const claims = { email: 'bob@example.com', email_verified: true, preferred_username: 'bob', upn: 'bob' }
    acme.codes.set('bob', evidence({ subject: 'x', profile, claims }))
    await browser.logIn('acme', 'bob')
    expect(await userId()).not.toBe(id)
    const { user } = (await browser.session()) as { user: { username: string } }
    expect(user.username).toMatch(/^bob-[\w-]{8}$/)
  })

  test('a name that is given elsewhere is not taken here unless the mapping says so', async () => {
    acme.codes.set('admin', evidence({ subject: 'admin', claims: { preferred_username: 'admin' } }))
    await browser.logIn('acme', 'admin')
    expect(await app.auth.users.findByLogin('admin')).toBeUndefined()
    expect(await app.auth.users.findByLogin('acme:admin')).toMatchObject({ id: await userId() })
  })

  test.each(['', 'x'.repeat(256), 'a\0b', 'a\nb'])('a subject that can’t be one is refused: %j', async (subject) => {
    acme.codes.set('odd', evidence({ subject }))
    expect((await browser.logIn('acme', 'odd')).status).toBe(401)
    expect((await app.auth.users.list()).items).toEqual([])
  })

  test('subjects of 255 characters, of any script, become users', async () => {
    acme.codes.set('long', evidence({ subject: '\u{1F600}'.repeat(127) }))
    expect((await browser.logIn('acme', 'long')).status).toBe(303)
  })
})

describe('the first log-in', () => {
  test('50 at once of one new identity, in 50 browsers, make one user', async () => {
    const browsers = Array.from({ length: 50 }, () => createBrowser(app))
    const answers = await Promise.all(browsers.map((one) => one.logIn('acme', 'alice')))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([303]))
    const ids = await Promise.all(browsers.map((one) => userId(one)))
    expect(new Set(ids).size).toBe(1)
    expect((await app.auth.users.list()).items).toHaveLength(1)
  })

  test('is refused where the rules say so', async () => {
    app = house([standIn('acme', { onFirstLogin: 'refuse', finish: async () => evidence() })])
    const back = await createBrowser(app).logIn('acme', 'alice')
    expect([back.status, back.body['code']]).toEqual([401, 'provider_refused'])
    expect(app.reasons('provider.refused')).toEqual(['nobody here has this identity'])
  })

  test('is refused with the application’s own users, unless it says what to do', async () => {
    const users = { find: async () => undefined, findByLogin: async () => undefined }
    app = house([standIn('acme', { finish: async () => evidence() })], { users })
    expect((await createBrowser(app).logIn('acme', 'alice')).status).toBe(401)
  })

  test('asks the application, which makes the user and is asked once', async () => {
    const made = new Map<string, { id: string; username: string; roles: string[] }>()
    const asked: unknown[] = []
    const users = { find: async (id: string) => made.get(id), findByLogin: async () => undefined }
    const provider = standIn('acme', {
      finish: async () => evidence({ claims: { department: 'sales' } }),
      profile: ({ department }) => ({ roles: [department as string] }),
      onFirstLogin: async ({ provider: by, issuer, subject, claims, profile }) => {
        asked.push({ by, issuer, subject, claims, profile })
        made.set('u1', { id: 'u1', username: 'alice', roles: [] })
        return 'u1'
      },
    })
    app = house([provider], { users })
    for (const one of [createBrowser(app), createBrowser(app)]) {
      await one.logIn('acme', 'alice')
      expect(await userId(one)).toBe('u1')
    }
    expect(asked).toHaveLength(1)
    expect(asked[0]).toMatchObject({
      by: 'acme',
      issuer: 'https://idp.example',
      subject: 'alice',
      claims: { department: 'sales' },
      profile: { roles: ['sales'] },
    })
  })

  test.each([undefined, 'nobody'])('the application that answers %j refuses', async (answer) => {
    app = house([standIn('acme', { finish: async () => evidence(), onFirstLogin: () => answer })])
    expect((await createBrowser(app).logIn('acme', 'alice')).status).toBe(401)
  })

  test('D4: an application that can’t answer is an outage', async () => {
    const onFirstLogin = async () => {
      throw new Error('database away')
    }
    app = house([standIn('acme', { finish: async () => evidence(), onFirstLogin })])
    expect((await createBrowser(app).logIn('acme', 'alice')).status).toBe(503)
    const onLogin = onFirstLogin
    app = house([standIn('acme', { finish: async () => evidence(), onLogin })])
    expect((await createBrowser(app).logIn('acme', 'alice')).status).toBe(503)
  })

  test('a user who is deleted leaves the identity to a new one, who inherits nothing', async () => {
    await browser.logIn('acme', 'alice')
    const first = await userId()
    await app.auth.users.delete(first)
    const again = createBrowser(app)
    await again.logIn('acme', 'alice')
    expect(await userId(again)).not.toBe(first)
    expect((await browser.get('/auth/session')).status).toBe(401)
  })
})

describe('an operator’s word', () => {
  const key = { provider: 'acme', issuer: 'https://idp.example', subject: 'alice' }

  test('gives an identity to a user who is there before they log in', async () => {
    app = house([standIn('acme', { onFirstLogin: 'refuse', finish: async () => evidence() })])
    browser = createBrowser(app)
    const { id } = await app.auth.users.create({ username: 'alice' })
    expect(await app.auth.identities.add(id, key)).toMatchObject({ ...key, lastLoginAt: app.clock() })
    await browser.logIn('acme', 'alice')
    expect(await userId()).toBe(id)
    expect(app.log.of('identity.linked')).toMatchObject([{ userId: id, by: 'operator' }])
    expect(app.log.of('identity.confirmed')).toMatchObject([{ userId: id, provider: 'acme', methods: ['fed'] }])
  })

  test('counts for nothing against somebody who has it, for nobody, or without a subject', async () => {
    await browser.logIn('acme', 'alice')
    const { id } = await app.auth.users.create({ username: 'bob' })
    await expect(app.auth.identities.add(id, key)).rejects.toMatchObject({ code: 'conflict' })
    await expect(app.auth.identities.add('nobody', key)).rejects.toMatchObject({ code: 'not_found' })
    await expect(app.auth.identities.add(id, { ...key, subject: '' })).rejects.toMatchObject({
      code: 'provider_refused',
    })
  })
})

describe('linking', () => {
  test('gives the user of the session a second way in', async () => {
    const id = await withPassword(app, browser)
    const back = await link('acme', 'alice')
    expect([back.status, back.location]).toEqual([303, '/account'])
    expect((await identities()).map(({ provider, subject }) => [provider, subject])).toEqual([['acme', 'alice']])
    const later = createBrowser(app)
    await later.logIn('acme', 'alice')
    expect(await userId(later)).toBe(id)
    expect(app.log.of('identity.linked')).toMatchObject([{ userId: id, provider: 'acme', by: 'user' }])
  })

  test('D5: needs a session, unlocked, authenticated within the hour', async () => {
    expect((await link('acme', 'alice')).status).toBe(401)
    await withPassword(app, browser)
    app.clock.advance(60 * 60_000 + 1)
    const refused = await link('acme', 'alice')
    expect([refused.status, refused.body['code']]).toEqual([403, 'step_up_required'])
  })

  test('an API token can’t do it', async () => {
    await withPassword(app, browser)
    const { body } = await browser.send('POST', '/auth/api-tokens', { name: 'x' })
    const fresh = createBrowser(app)
    const refused = await fresh.send('POST', `/auth/identities/acme/link?token=${String(body['token'])}`)
    expect([refused.status, refused.body['code']]).toEqual([403, 'session_required'])
  })

  test('an identity that somebody has is a conflict, and stays theirs', async () => {
    const owner = createBrowser(app)
    await owner.logIn('acme', 'alice')
    await withPassword(app, browser)
    const back = await link('acme', 'alice')
    expect([back.status, back.body['code']]).toEqual([409, 'conflict'])
    expect(await identities()).toEqual([])
    const again = createBrowser(app)
    await again.logIn('acme', 'alice')
    expect(await userId(again)).toBe(await userId(owner))
  })

  test('the same identity twice is one', async () => {
    await withPassword(app, browser)
    await link('acme', 'alice')
    expect((await link('acme', 'alice')).status).toBe(303)
    expect(await identities()).toHaveLength(1)
  })

  test('D11: what was started as a link ends as one: no session, and no other user', async () => {
    const id = await withPassword(app, browser)
    const back = await link('acme', 'alice')
    expect(back.headers.getSetCookie()).toEqual([])
    expect(await userId()).toBe(id)
    expect(app.log.of('user.created')).toHaveLength(1)
  })

  test('D11: another browser can’t finish it: nobody’s identity gets to somebody else', async () => {
    await withPassword(app, browser)
    const { body } = await browser.send('POST', '/auth/identities/acme/link')
    const state = new URL(String(body['redirectTo'])).searchParams.get('state')
    const victim = createBrowser(app)
    await victim.start('acme')
    expect((await victim.get(`/auth/callback/acme?code=alice&state=${state}`)).status).toBe(400)
    expect(await identities()).toEqual([])
  })

  test.each([
    ['another user’s session', '/auth/identities/acme/link'],
    ['no session', '/auth/identities/acme/link'],
    ['another user’s session', '/auth/reauthenticate/acme'],
    ['no session', '/auth/reauthenticate/acme'],
  ])('D5, D11: a browser in which there is %s by now finishes nothing that was begun at %s', async (what, path) => {
    const id = await withPassword(app, browser)
    await link('acme', 'alice')
    const { body } = await browser.send('POST', path)
    const state = new URL(String(body['redirectTo'])).searchParams.get('state')
    // As if the browser had been closed: nothing has ended the session.
    const kept = new Map(browser.cookies)
    for (const name of browser.cookies.keys()) if (name.endsWith('sallyport')) browser.cookies.delete(name)
    if (what !== 'no session') await withPassword(app, browser, 'eve')
    acme.codes.set('anew', evidence({ authenticatedAt: app.clock() }))
    const back = await browser.get(`/auth/callback/acme?code=anew&state=${state}`)
    expect([back.status, back.body['code'], back.headers.getSetCookie()]).toEqual([401, 'invalid_token', []])
    for (const [name, value] of kept) browser.cookies.set(name, value)
    expect([await userId(), (await identities()).length]).toEqual([id, 1])
  })

  test('D11: whoever sends their token by hand can begin nothing that a browser has to finish', async () => {
    await withPassword(app, browser)
    const login = { username: 'bob', password: goodPassword, returnToken: true }
    const { token } = (await createBrowser(app).send('POST', '/auth/login', login)).body
    for (const name of browser.cookies.keys()) browser.cookies.delete(name)
    const started = await browser.send('POST', `/auth/identities/acme/link?token=${String(token)}`)
    expect([started.status, started.body['code']]).toEqual([400, 'invalid_request'])
  })

  test.each(['logout', 'revoked', 'expired', 'disabled'])(
    'D5: a session that has ended meanwhile (%s) links nothing',
    async (how) => {
      const id = await withPassword(app, browser)
      const { body } = await browser.send('POST', '/auth/identities/acme/link')
      const state = new URL(String(body['redirectTo'])).searchParams.get('state')
      if (how === 'logout') await browser.send('POST', '/auth/logout')
      if (how === 'revoked') await app.auth.sessions.revokeAll(id)
      if (how === 'disabled') await app.auth.users.disable(id)
      if (how === 'expired') app.clock.advance(10 * 60_000 - 1)
      const back = await browser.get(`/auth/callback/acme?code=alice&state=${state}`)
      if (how === 'expired') expect(back.status).toBe(303)
      else expect([back.status, back.body['code']]).toEqual([401, 'invalid_token'])
      expect(await app.auth.identities.list(id)).toHaveLength(how === 'expired' ? 1 : 0)
    },
  )

  test('D21: what ends the user’s sessions while the identity is written down takes it back', async () => {
    const storage = memoryStorage()
    let id = ''
    let interfere = false
    const slow = {
      ...storage,
      async insert(entry: Parameters<typeof storage.insert>[0], now: number) {
        const won = await storage.insert(entry, now)
        if (entry.kind === 'identity' && interfere) await app.auth.sessions.revokeAll(id)
        return won
      },
    }
    app = house([acme], { storage: slow })
    browser = createBrowser(app)
    id = await withPassword(app, browser)
    interfere = true
    expect((await link('acme', 'alice')).status).toBe(401)
    interfere = false
    const stranger = createBrowser(app)
    await stranger.logIn('acme', 'alice')
    expect(await userId(stranger)).not.toBe(id)
  })

  test('what a crash left half done counts for nobody, and makes way after half a minute', async () => {
    const storage = memoryStorage()
    let crash = true
    const crashing = {
      ...storage,
      async replace(entry: Parameters<typeof storage.replace>[0], now: number) {
        if (crash && entry.kind === 'user') throw new Error('power lost')
        return storage.replace(entry, now)
      },
      take: async (kind: string, key: string) => {
        if (crash && kind === 'identity') throw new Error('power lost')
        return storage.take(kind, key)
      },
    }
    app = house([acme], { storage: crashing })
    browser = createBrowser(app)
    const id = await withPassword(app, browser)
    expect((await link('acme', 'alice')).status).toBe(503)
    crash = false
    expect(await app.auth.identities.list(id)).toEqual([])
    app.clock.advance(31_000)
    const other = createBrowser(app)
    await other.logIn('acme', 'alice')
    expect(await userId(other)).not.toBe(id)
  })
})

/** A key that lets its owner in by itself, as a passkey does. */
const key: FactorType = () => ({
  id: 'key',
  methods: ['hwk'],
  begin: async () => ({}),
  verify: async () => ['hwk'],
  enrolment: {
    paths: { begin: '/factors/key' },
    begin: async () => ({ credential: { id: randomUUID(), own: {}, methods: ['hwk'] } }),
  },
  logIn: {
    paths: { begin: '/login/key/options', finish: '/login/key' },
    begin: async () => ({}),
    finish: async () => undefined,
  },
})

describe('unlinking', () => {
  test('takes the way in, and ends the sessions that came of it but for the one that asks', async () => {
    await withPassword(app, browser)
    await link('acme', 'alice')
    const federated = createBrowser(app)
    await federated.logIn('acme', 'alice')
    const [identity] = await identities()
    expect((await browser.send('DELETE', `/auth/identities/${identity?.id}`)).status).toBe(204)
    expect((await federated.get('/auth/session')).status).toBe(401)
    expect((await browser.get('/auth/session')).status).toBe(200)
    const stranger = createBrowser(app)
    await stranger.logIn('acme', 'alice')
    expect(await userId(stranger)).not.toBe(await userId())
    expect(app.log.of('identity.unlinked')).toMatchObject([{ provider: 'acme' }])
  })

  test('the last way in can’t be removed', async () => {
    await browser.logIn('acme', 'alice')
    const [identity] = await identities()
    const refused = await browser.send('DELETE', `/auth/identities/${identity?.id}`)
    expect([refused.status, refused.body['code']]).toEqual([409, 'last_way_in'])
    other.codes.set('bob', evidence({ subject: 'bob' }))
    await link('other', 'bob')
    expect((await browser.send('DELETE', `/auth/identities/${identity?.id}`)).status).toBe(204)
  })

  test('of two last identities removed at once, one stays', async () => {
    for (let round = 0; round < 20; round++) {
      browser = createBrowser(app)
      acme.codes.set('a', evidence({ subject: `a${round}` }))
      other.codes.set('b', evidence({ subject: `b${round}` }))
      await browser.logIn('acme', 'a')
      await link('other', 'b')
      const both = await identities()
      const answers = await Promise.all(both.map(({ id }) => browser.send('DELETE', `/auth/identities/${id}`)))
      expect(answers.map(({ status }) => status).sort()).toEqual([204, 409])
      expect(await identities()).toHaveLength(1)
    }
  })

  test('ASVS 15.4.2: of the last identity and the last passkey removed at once, one stays', async () => {
    const pause = () => new Promise((resolve) => setTimeout(resolve, Math.random() * 4))
    const storage = interceptStorage(memoryStorage(), async (_, run) => pause().then(run))
    app = house([acme], { factors: [key], storage })
    const round = async (i: number) => {
      const mine = createBrowser(app)
      acme.codes.set(`a${i}`, evidence({ subject: `a${i}` }))
      await mine.logIn('acme', `a${i}`)
      const { factor } = (await mine.send('POST', '/auth/factors/key')).body as { factor: { id: string } }
      const [identity] = await identities(mine)
      const paths = [`/auth/identities/${identity?.id}`, `/auth/factors/${factor.id}`]
      const answers = await Promise.all(paths.map((path) => mine.send('DELETE', path)))
      const { items } = (await mine.get('/auth/factors')).body as { items: readonly unknown[] }
      const left = (await identities(mine)).length + items.length
      expect([left, answers.filter(({ status }) => status === 204).length]).toEqual([left, 2 - left])
      expect(left).toBeGreaterThan(0)
    }
    await Promise.all(Array.from({ length: 30 }, (_, i) => round(i)))
  })

  test('an identity at a provider that is gone is no way in', async () => {
    const storage = memoryStorage()
    app = house([acme, other], { storage })
    browser = createBrowser(app)
    await browser.logIn('acme', 'alice')
    other.codes.set('bob', evidence({ subject: 'bob' }))
    await link('other', 'bob')
    app = house([acme], { storage })
    const cookies = browser.cookies
    browser = createBrowser(app)
    for (const [name, value] of cookies) browser.cookies.set(name, value)
    const mine = (await identities()).find(({ provider }) => provider === 'acme')
    expect((await browser.send('DELETE', `/auth/identities/${mine?.id}`)).status).toBe(409)
  })

  test('nor is it one when a passkey is to go', async () => {
    const storage = memoryStorage()
    app = house([acme], { storage, factors: [key] })
    browser = createBrowser(app)
    await browser.logIn('acme', 'alice')
    const { factor } = (await browser.send('POST', '/auth/factors/key')).body as { factor: { id: string } }
    const later = createBrowser(house([other], { storage, factors: [key] }))
    for (const [name, value] of browser.cookies) later.cookies.set(name, value)
    const refused = await later.send('DELETE', `/auth/factors/${factor.id}`)
    expect([refused.status, refused.body['code']]).toEqual([409, 'last_way_in'])
    expect((await browser.send('DELETE', `/auth/factors/${factor.id}`)).status).toBe(204)
  })

  test('D16: somebody else’s identity is not there', async () => {
    await browser.logIn('acme', 'alice')
    const [identity] = await identities()
    const thief = createBrowser(app)
    await withPassword(app, thief)
    expect((await thief.send('DELETE', `/auth/identities/${identity?.id}`)).status).toBe(404)
    expect(await identities()).toHaveLength(1)
  })

  test('needs a recent authentication', async () => {
    await withPassword(app, browser)
    await link('acme', 'alice')
    app.clock.advance(60 * 60_000 + 1)
    const [identity] = await identities()
    expect((await browser.send('DELETE', `/auth/identities/${identity?.id}`)).body['code']).toBe('step_up_required')
  })
})

describe('a directory', () => {
  test('links with a name and a password', async () => {
    const ldap = standInDirectory('ldap')
    ldap.people.set('carol', 'secret')
    app = house([ldap])
    browser = createBrowser(app)
    await withPassword(app, browser)
    const wrong = await browser.send('POST', '/auth/identities/ldap/link', { username: 'carol', password: 'wrong' })
    expect([wrong.status, wrong.body['code']]).toEqual([401, 'invalid_credentials'])
    const { status, body } = await browser.send('POST', '/auth/identities/ldap/link', {
      username: 'Carol',
      password: 'secret',
    })
    expect(status).toBe(200)
    expect(body['identity']).toMatchObject({ provider: 'ldap', subject: 'uid=carol' })
  })
})
