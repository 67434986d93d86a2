import { providerUnavailable } from '@sallyport/core'
import { beforeEach, describe, expect, test } from 'vitest'
import { type Browser, createBrowser, type House, house, origin } from './house.ts'
import { evidence, type StandIn, standIn } from './stand-in.ts'

let acme: StandIn
let other: StandIn
let app: House
let browser: Browser

beforeEach(() => {
  acme = standIn('acme')
  other = standIn('other')
  app = house([acme, other])
  browser = createBrowser(app)
  acme.codes.set('alice', evidence())
})

describe('a log-in at a provider', () => {
  test('goes there and comes back with a session in a cookie', async () => {
    const started = await browser.get('/auth/login/acme?returnTo=/inbox')
    expect(started.status).toBe(303)
    expect(started.headers.get('cache-control')).toBe('no-store')
    expect(started.headers.get('referrer-policy')).toBe('no-referrer')
    const [cookie = ''] = started.headers.getSetCookie()
    expect(cookie).toMatch(/^__Host-sallyport-browser=[\w-]{43}; Max-Age=600; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
    const state = new URL(started.location).searchParams.get('state')
    expect(state).toMatch(/^[\w-]{43}$/)
    const back = await browser.get(`/auth/callback/acme?code=alice&state=${state}`)
    expect(back.status).toBe(303)
    expect(back.location).toBe('/inbox')
    expect(await browser.session()).toMatchObject({
      status: 'unlocked',
      user: { username: 'acme:alice', roles: [] },
      assurance: { level: 1, methods: ['fed'] },
    })
    expect(app.log.of('login.succeeded')).toHaveLength(1)
  })

  test('by POST answers with the address, and the same cookie', async () => {
    const started = await browser.send('POST', '/auth/login/acme', { returnTo: '/inbox' })
    expect(started.status).toBe(200)
    expect(started.body).toEqual({ redirectTo: `https://idp.example/authorize?state=${acme.started[0]?.state}` })
    const back = await browser.get(`/auth/callback/acme?code=alice&state=${acme.started[0]?.state}`)
    expect(back.location).toBe('/inbox')
    expect((await browser.session())['status']).toBe('unlocked')
  })

  test('ends the session that it replaces', async () => {
    await browser.logIn('acme', 'alice')
    await browser.logIn('acme', 'alice')
    expect(app.log.of('session.ended').map(({ reason }) => reason)).toEqual(['replaced'])
  })

  test('goes through the gate: a disabled user gets no session', async () => {
    await browser.logIn('acme', 'alice')
    const { user } = (await browser.session()) as { user: { id: string } }
    await app.auth.users.disable(user.id)
    const back = await createBrowser(app).logIn('acme', 'alice')
    expect(back.status).toBe(401)
    expect(back.body['code']).toBe('invalid_credentials')
    expect(back.headers.getSetCookie()).toEqual([])
  })

  test('in several tabs at once shares the cookie of the browser', async () => {
    const [one, two] = [await browser.start('acme'), await browser.start('other')]
    other.codes.set('bob', evidence({ subject: 'bob' }))
    expect((await browser.get(`/auth/callback/other?code=bob&state=${two}`)).status).toBe(303)
    expect((await browser.get(`/auth/callback/acme?code=alice&state=${one}`)).status).toBe(303)
  })

  test('without `remember` leaves a cookie that ends with the browser', async () => {
    await browser.send('POST', '/auth/login/acme', { remember: false })
    const back = await browser.get(`/auth/callback/acme?code=alice&state=${acme.started[0]?.state}`)
    expect(back.headers.getSetCookie()[0]).not.toContain('Max-Age')
  })

  test('is 503 when the provider is away', async () => {
    const state = await browser.start('acme')
    acme.codes.set('alice', async () => {
      throw providerUnavailable(new Error('connect ECONNREFUSED'))
    })
    const back = await browser.get(`/auth/callback/acme?code=alice&state=${state}`)
    expect(back.status).toBe(503)
    expect(back.headers.get('retry-after')).toBe('2')
    expect(app.reasons('provider.failed')).toEqual(['connect ECONNREFUSED'])
  })
})

describe('what comes back is for this browser, this provider and this log-in', () => {
  test('D11, ASVS 10.1.2: another browser can’t finish it, and it is not used up by the attempt', async () => {
    const state = await browser.start('acme')
    const victim = createBrowser(app)
    await victim.start('acme')
    for (const stranger of [createBrowser(app), victim]) {
      const back = await stranger.get(`/auth/callback/acme?code=alice&state=${state}`)
      expect(back.status).toBe(400)
      expect(back.body['code']).toBe('invalid_code')
      expect(back.headers.getSetCookie()).toEqual([])
    }
    expect(acme.redeemed).toEqual([])
    expect(app.reasons('provider.refused')).toEqual(Array(2).fill('another browser has started this log-in'))
    expect((await browser.get(`/auth/callback/acme?code=alice&state=${state}`)).status).toBe(303)
  })

  test('D11, ASVS 10.2.2: an answer that comes by another provider’s callback is refused', async () => {
    const state = await browser.start('acme')
    other.codes.set('alice', evidence())
    const back = await browser.get(`/auth/callback/other?code=alice&state=${state}`)
    expect(back.status).toBe(400)
    expect(other.redeemed).toEqual([])
    expect((await browser.get(`/auth/callback/acme?code=alice&state=${state}`)).status).toBe(303)
  })

  test.each(['', '&state=', '&state=wrong', `&state=${'x'.repeat(43)}`])(
    'ASVS 10.2.1: a state that was not given out (%j) is refused',
    async (state) => {
      await browser.start('acme')
      const back = await browser.get(`/auth/callback/acme?code=alice${state}`)
      expect([back.status, back.body['code']]).toEqual([400, 'invalid_code'])
      expect(acme.redeemed).toEqual([])
    },
  )

  test('D1: a state works once', async () => {
    const state = await browser.start('acme')
    expect((await browser.get(`/auth/callback/acme?code=alice&state=${state}`)).status).toBe(303)
    expect((await browser.get(`/auth/callback/acme?code=alice&state=${state}`)).status).toBe(400)
  })

  test('D1: the same callback 50 times at once gives one session', async () => {
    const state = await browser.start('acme')
    const callbacks = Array.from({ length: 50 }, () => browser.get(`/auth/callback/acme?code=alice&state=${state}`))
    const statuses = (await Promise.all(callbacks)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 303)).toHaveLength(1)
    expect(statuses.filter((status) => status === 400)).toHaveLength(49)
    expect(acme.redeemed).toHaveLength(1)
    expect(app.log.of('login.succeeded')).toHaveLength(1)
    expect(app.log.of('user.created')).toHaveLength(1)
  })

  test('D1: a provider package that forgets to claim does not make it work twice', async () => {
    const forgetful = standIn('acme', { finish: async () => evidence() })
    app = house([forgetful])
    browser = createBrowser(app)
    const state = await browser.start('acme')
    const callbacks = Array.from({ length: 20 }, () => browser.get(`/auth/callback/acme?code=alice&state=${state}`))
    const statuses = (await Promise.all(callbacks)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 303)).toHaveLength(1)
  })

  test('D12: an answer that is refused before it is claimed does not burn the genuine one', async () => {
    const state = await browser.start('acme')
    expect((await browser.get(`/auth/callback/acme?code=forged&state=${state}`)).status).toBe(401)
    expect((await browser.get(`/auth/callback/acme?code=alice&state=${state}`)).status).toBe(303)
  })

  test('a log-in that took longer than ten minutes is over', async () => {
    const state = await browser.start('acme')
    app.clock.advance(10 * 60_000)
    expect((await browser.get(`/auth/callback/acme?code=alice&state=${state}`)).status).toBe(400)
  })

  test('D7, ASVS 15.3.7: a parameter that comes twice is refused', async () => {
    const state = await browser.start('acme')
    for (const query of [`code=alice&code=bob&state=${state}`, `code=alice&state=${state}&state=${state}`]) {
      const back = await browser.get(`/auth/callback/acme?${query}`)
      expect([back.status, back.body['code']]).toEqual([400, 'invalid_request'])
    }
  })

  test('D13: two cookies of the browser’s name are none', async () => {
    const state = await browser.start('acme')
    const value = browser.cookies.get('__Host-sallyport-browser')
    const cookie = `__Host-sallyport-browser=${value}; __Host-sallyport-browser=${value}`
    const response = await createBrowser(app).get(`/auth/callback/acme?code=alice&state=${state}`, { cookie })
    expect(response.status).toBe(400)
  })

  test('nothing in storage lets its reader finish it: neither state nor browser value nor what was kept', async () => {
    const { memoryStorage } = await import('../house.ts')
    const storage = memoryStorage()
    const entries: unknown[] = []
    app = house([acme], {
      storage: { ...storage, insert: (entry, now) => (entries.push(entry), storage.insert(entry, now)) },
    })
    browser = createBrowser(app)
    const state = await browser.start('acme')
    const text = JSON.stringify(entries)
    expect(text).toContain('provider-flow')
    expect(text).not.toContain(state)
    expect(text).not.toContain(browser.cookies.get('__Host-sallyport-browser'))
    expect(text).not.toContain('kept for acme')
  })
})

describe('a person is sent back, a program is told', () => {
  const html = { accept: 'text/html,application/xhtml+xml' }

  test('what the provider refuses brings a person back to where they came from', async () => {
    const state = await browser.start('acme', { returnTo: '/inbox?a=1#top' })
    const back = await browser.get(`/auth/callback/acme?code=forged&state=${state}`, html)
    expect([back.status, back.location]).toEqual([303, '/inbox?a=1&error=provider_refused#top'])
    expect(back.headers.getSetCookie()).toEqual([])
  })

  test('an old link brings a person to the front page', async () => {
    const back = await browser.get('/auth/callback/acme?code=alice&state=old', html)
    expect([back.status, back.location]).toEqual([303, '/?error=invalid_code'])
  })

  test('a form that comes too late, or a provider that is away, brings a person to the front page', async () => {
    const form = new Request(`${origin}/auth/callback/acme`, {
      method: 'POST',
      headers: { ...html, 'content-type': 'application/x-www-form-urlencoded' },
      body: 'code=alice&state=old',
    })
    const posted = await app.auth.handle(form)
    expect([posted?.status, posted?.headers.get('location')]).toEqual([303, '/?error=invalid_code'])
    acme.start = async () => Promise.reject(providerUnavailable(new Error('away')))
    const started = await browser.get('/auth/login/acme', html)
    expect([started.status, started.location]).toEqual([303, '/?error=unavailable'])
    expect((await browser.get('/auth/login/acme')).status).toBe(503)
  })

  test('ASVS 16.5.1: a program gets a problem document that tells nothing of the reason', async () => {
    const state = await browser.start('acme')
    const back = await browser.get(`/auth/callback/acme?code=forged&state=${state}`)
    expect(back.body).toEqual({
      type: 'urn:sallyport:provider_refused',
      title: 'The identity provider did not confirm who you are.',
      status: 401,
      code: 'provider_refused',
    })
    expect(app.reasons('provider.refused')).toEqual(['there is no such code'])
  })
})

describe('a form that another site posts', () => {
  test('ASVS 3.5.1: signs nobody in by itself: it is kept under a handle, and the GET checks the browser', async () => {
    const state = await browser.start('acme', { returnTo: '/inbox' })
    const posted = await browser.postFromElsewhere('/auth/callback/acme', { code: 'alice', state })
    expect(posted.status).toBe(303)
    expect(posted.location).toMatch(/^\/auth\/callback\/acme\?handle=[\w-]{43}$/)
    expect(posted.headers.getSetCookie()).toEqual([])
    expect(acme.redeemed).toEqual([])
    expect((await createBrowser(app).get(posted.location)).status).toBe(400)
    const again = await browser.postFromElsewhere('/auth/callback/acme', { code: 'alice', state })
    const back = await browser.get(again.location)
    expect([back.status, back.location]).toEqual([303, '/inbox'])
    expect((await browser.session())['status']).toBe('unlocked')
  })

  test('D1: a handle works once, for a minute, and for its own provider', async () => {
    const state = await browser.start('acme')
    const { location } = await browser.postFromElsewhere('/auth/callback/acme', { code: 'alice', state })
    expect((await browser.get(location.replace('acme', 'other'))).status).toBe(400)
    expect((await browser.get(location)).status).toBe(400)
    const late = await browser.postFromElsewhere('/auth/callback/acme', { code: 'alice', state })
    app.clock.advance(60_000)
    expect((await browser.get(late.location)).status).toBe(400)
    const good = await browser.postFromElsewhere('/auth/callback/acme', { code: 'alice', state })
    const statuses = await Promise.all(
      Array.from({ length: 20 }, async () => (await browser.get(good.location)).status),
    )
    expect(statuses.filter((status) => status === 303)).toHaveLength(1)
  })

  test('nothing is kept for who has started nothing', async () => {
    const posted = await browser.postFromElsewhere('/auth/callback/acme', { code: 'alice', state: 'unknown' })
    expect([posted.status, posted.body['code']]).toEqual([400, 'invalid_code'])
  })

  test('ASVS 2.4.1: a log-in may get twenty answers, and no more', async () => {
    const state = await browser.start('acme')
    const post = () => browser.postFromElsewhere('/auth/callback/acme', { code: 'alice', state })
    const statuses = (await Promise.all(Array.from({ length: 30 }, post))).map(({ status }) => status)
    expect(statuses.filter((status) => status === 303)).toHaveLength(20)
    expect(statuses.filter((status) => status === 429)).toHaveLength(10)
  })

  test('any other form from another site is refused', async () => {
    for (const path of ['/auth/login', '/auth/login/acme', '/auth/identities/acme/link', '/auth/logout/provider']) {
      const posted = await browser.postFromElsewhere(path, { a: 'b' })
      expect([posted.status, posted.body['code']]).toEqual([403, 'cross_site_request'])
    }
  })

  test('D7: a field that comes twice, a file or JSON is refused', async () => {
    const state = await browser.start('acme')
    const send = async (body: string, type: string) => {
      const request = new Request('https://app.example.com/auth/callback/acme', {
        method: 'POST',
        body,
        headers: { 'content-type': type },
      })
      return (await app.auth.handle(request))?.status
    }
    expect(await send(`state=${state}&state=${state}`, 'application/x-www-form-urlencoded')).toBe(400)
    expect(await send(JSON.stringify({ state }), 'application/json')).toBe(415)
    expect(await send(JSON.stringify({ state }), 'text/plain')).toBe(415)
    expect(await send(`state=${'x'.repeat(300_000)}`, 'application/x-www-form-urlencoded')).toBe(413)
  })
})

describe('an answer that nobody asked for', () => {
  test('ASVS 7.6.2: is refused by default', async () => {
    const posted = await browser.postFromElsewhere('/auth/callback/acme', { code: 'alice' })
    expect(posted.status).toBe(400)
  })

  test('is read where the provider is set up for it, and goes to the front page', async () => {
    const saml = standIn('acme', { stateField: 'RelayState', protocol: 'saml', unsolicited: true })
    app = house([saml])
    browser = createBrowser(app)
    saml.codes.set('alice', evidence())
    const fields = { code: 'alice', RelayState: 'https://evil.example/' }
    const { location } = await browser.postFromElsewhere('/auth/callback/acme', fields)
    const back = await browser.get(location)
    expect([back.status, back.location]).toEqual([303, '/'])
    expect((await browser.session())['status']).toBe('unlocked')
  })

  test('never comes by GET', async () => {
    const saml = standIn('acme', { unsolicited: true })
    app = house([saml])
    saml.codes.set('alice', evidence())
    expect((await createBrowser(app).get('/auth/callback/acme?code=alice')).status).toBe(400)
  })
})

describe('how many log-ins may start', () => {
  test('ASVS 2.4.1: a network may start a thousand in 15 minutes', async () => {
    for (let i = 0; i < 1000; i++) await browser.start('acme')
    const refused = await browser.get('/auth/login/acme')
    expect([refused.status, refused.body['code']]).toEqual([429, 'too_many_attempts'])
    app.clock.advance(15 * 60_000)
    await browser.start('acme')
  })
})

test('a provider that is not there', async () => {
  for (const path of ['/auth/login/nobody', '/auth/callback/nobody?code=1&state=2', '/auth/saml/nobody/metadata']) {
    expect((await browser.get(path)).status).toBe(404)
  }
  expect((await browser.postFromElsewhere('/auth/backchannel-logout/nobody', { a: 'b' })).status).toBe(404)
})

test('metadata for the provider', async () => {
  const { status, body, headers } = await browser.get('/auth/saml/acme/metadata')
  expect(status).toBe(200)
  expect(headers.get('content-type')).toBe('application/samlmetadata+xml')
  expect(body['text']).toBe('<to>https://app.example.com/auth/callback/acme</to>')
})

test('D6: addresses come from the settings, whatever the Host header says', async () => {
  app = house([acme], { publicPath: '/api/auth' })
  await createBrowser(app).get('/auth/login/acme', { host: 'evil.example', 'x-forwarded-host': 'evil.example' })
  const context = acme.contexts.at(-1)
  expect(context?.origin).toBe('https://app.example.com')
  expect(context?.callbackUrl).toBe('https://app.example.com/api/auth/callback/acme')
  expect(context?.metadataUrl).toBe('https://app.example.com/api/auth/saml/acme/metadata')
})
