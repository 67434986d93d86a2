import { createHash, randomBytes } from 'node:crypto'
import { beforeEach, describe, expect, test } from 'vitest'
import { memoryStorage } from '../house.ts'
import { type Answer, type Browser, createBrowser, type House, house, secondFactor } from './house.ts'
import { evidence, type StandIn, standIn } from './stand-in.ts'

const callback = 'https://spa.example.org/callback'
const loose = 'https://old.example.org/callback'

let acme: StandIn
let app: House
let browser: Browser
let verifier: string
let challenge: string

beforeEach(() => {
  acme = standIn('acme')
  acme.codes.set('alice', evidence())
  app = house([acme, standIn('other')], { callbacks: [callback, { url: loose, challenge: 'optional' }] })
  browser = createBrowser(app)
  verifier = randomBytes(32).toString('base64url')
  challenge = createHash('sha256').update(verifier).digest('base64url')
})

/** Logs in for the application on the other origin, and gives the code that it gets. */
async function codeFor(
  returnTo = callback,
  more: Record<string, string> = { challenge, state: 'st' },
): Promise<string> {
  const { location } = await browser.logIn('acme', 'alice', { returnTo, ...more })
  return new URL(location).searchParams.get('code') ?? ''
}

const exchange = (body: unknown): Promise<Answer> => createBrowser(app).send('POST', '/auth/exchange', body)

describe('a log-in for an application on another origin', () => {
  test('ends at its callback with a code and its state; the code becomes a token, and never a cookie', async () => {
    const back = await browser.logIn('acme', 'alice', { returnTo: callback, challenge, state: 'st/1' })
    expect(back.status).toBe(303)
    expect(back.headers.getSetCookie()).toEqual([])
    const url = new URL(back.location)
    expect(url.origin + url.pathname).toBe(callback)
    expect(url.searchParams.get('state')).toBe('st/1')
    expect(await browser.session()).toEqual({ status: 'anonymous' })
    expect(app.log.of('login.succeeded')).toEqual([])

    const answer = await exchange({ code: url.searchParams.get('code'), verifier })
    expect(answer.status).toBe(200)
    expect(answer.headers.getSetCookie()).toEqual([])
    expect(answer.body).toMatchObject({ status: 'unlocked', user: { username: 'acme:alice' } })
    const { token } = answer.body as { token: string }
    const response = await app.auth.authenticate(new Request(`https://app.example.com/?token=${token}`))
    expect(response.status).toBe('unlocked')
  })

  test('gets a locked token when policy asks for more', async () => {
    app = house([acme], { callbacks: [callback], mfa: 'required', factors: [secondFactor] })
    browser = createBrowser(app)
    const answer = await exchange({ code: await codeFor(), verifier })
    expect(answer.body).toMatchObject({ status: 'locked', factors: ['code'] })
    expect(answer.body['token']).toMatch(/^sp_l_/)
  })

  test('ASVS 10.2.1: needs a challenge and a state from the start', async () => {
    for (const query of [
      {},
      { challenge },
      { state: 'st' },
      { challenge: 'short', state: 'st' },
      { challenge: `${challenge}=`, state: 's' },
    ]) {
      const refused = await browser.get(
        `/auth/login/acme?${new URLSearchParams({ returnTo: callback, ...query } as never)}`,
      )
      expect([refused.status, refused.body['code']]).toEqual([400, 'invalid_request'])
    }
  })

  test('D1, ASVS 6.5.1: a code works once, of 50 exchanges at once', async () => {
    const code = await codeFor()
    const answers = await Promise.all(Array.from({ length: 50 }, () => exchange({ code, verifier })))
    const statuses = answers.map(({ status }) => status)
    expect(statuses.filter((status) => status === 200)).toHaveLength(1)
    expect(statuses.filter((status) => status === 400)).toHaveLength(49)
    expect(app.log.of('suspicion.replay')).toHaveLength(49)
    const [{ userId } = { userId: '' }] = app.log.of('login.succeeded')
    await exchange({ code, verifier })
    expect(app.log.of('suspicion.replay').at(-1)).toMatchObject({ of: 'exchange_code', userId })
    await exchange({ code, verifier: randomBytes(32).toString('base64url') })
    await exchange({ code: randomBytes(32).toString('base64url'), verifier })
    expect(app.log.of('suspicion.replay')).toHaveLength(50)
    expect(app.log.of('login.succeeded')).toHaveLength(1)
  })

  test('a code lives for 60 seconds', async () => {
    const [one, two] = [await codeFor(), await codeFor()]
    app.clock.advance(59_999)
    expect((await exchange({ code: one, verifier })).status).toBe(200)
    app.clock.advance(1)
    expect(await exchange({ code: two, verifier })).toMatchObject({ status: 400, body: { code: 'invalid_code' } })
  })

  test('D11: whoever saw the code but has not the verifier neither gets the session nor burns it', async () => {
    const code = await codeFor()
    const wrong = randomBytes(32).toString('base64url')
    for (const body of [{ code }, { code, verifier: wrong }, { code, verifier: challenge }, { code, verifier: 'x' }]) {
      expect(await exchange(body)).toMatchObject({ status: 400, body: { code: 'invalid_code' } })
    }
    // ASVS 16.3.3: somebody has tried.
    const told = { code: 'invalid_code', address: '203.0.113.7' }
    expect(app.log.of('request.refused')).toMatchObject([told, told, told, told])
    expect((await exchange({ code, verifier })).status).toBe(200)
  })

  test('a code is bound to provider and client, where they are named', async () => {
    const code = await codeFor()
    expect((await exchange({ code, verifier, provider: 'other' })).status).toBe(400)
    expect((await exchange({ code, verifier, returnTo: loose })).status).toBe(400)
    expect((await exchange({ code, verifier, provider: 'acme', returnTo: callback })).status).toBe(200)
  })

  test('what ends a user’s sessions meanwhile ends the code', async () => {
    const code = await codeFor()
    const { items } = await app.auth.users.list()
    await app.auth.sessions.revokeAll(items[0]?.id ?? '')
    expect(await exchange({ code, verifier })).toMatchObject({ status: 401, body: { code: 'invalid_credentials' } })
  })

  test('a callback that is not listed any more gets nothing, at the end as at the start', async () => {
    const storage = memoryStorage()
    app = house([acme], { storage, callbacks: [callback] })
    browser = createBrowser(app)
    const code = await codeFor()
    app = house([acme], { storage })
    expect((await exchange({ code, verifier })).body['code']).toBe('return_to_not_allowed')
  })

  test('a refusal reaches the callback, with the state', async () => {
    const back = await browser.logIn('acme', 'forged', { returnTo: callback, challenge, state: 'st' })
    expect([back.status, back.location]).toEqual([303, `${callback}?error=provider_refused&state=st`])
  })

  test('its page may send the exchange: it needs nothing that a browser adds by itself', async () => {
    const code = await codeFor()
    const request = new Request('https://app.example.com/auth/exchange', {
      method: 'POST',
      body: JSON.stringify({ code, verifier }),
      headers: {
        'content-type': 'application/json',
        origin: 'https://spa.example.org',
        'sec-fetch-site': 'cross-site',
      },
    })
    expect((await app.auth.handle(request))?.status).toBe(200)
  })

  test('D7: a code or verifier that is no text is refused', async () => {
    for (const body of [{}, { code: 1 }, { code: ['x'] }, { code: '' }, { code: 'x', verifier: {} }]) {
      expect((await exchange(body)).body['code']).toBe('invalid_request')
    }
  })

  test('storage holds no code', async () => {
    const storage = memoryStorage()
    const entries: unknown[] = []
    app = house([acme], {
      callbacks: [callback],
      storage: { ...storage, insert: (entry, now) => (entries.push(entry), storage.insert(entry, now)) },
    })
    browser = createBrowser(app)
    const code = await codeFor()
    expect(JSON.stringify(entries)).toContain('exchange-code')
    expect(JSON.stringify(entries)).not.toContain(code)
  })
})

describe('a callback that was let off the challenge', () => {
  test('gets a code that works alone', async () => {
    const code = await codeFor(loose, {})
    expect((await exchange({ code })).status).toBe(200)
  })

  test('RFC 9700 §2.1.1: a verifier for a code without a challenge is refused, and a challenge binds all the same', async () => {
    expect((await exchange({ code: await codeFor(loose, {}), verifier })).status).toBe(400)
    const code = await codeFor(loose, { challenge })
    expect((await exchange({ code })).status).toBe(400)
    expect((await exchange({ code, verifier })).status).toBe(200)
  })
})

test('linking and renewing never return to another origin', async () => {
  await browser.logIn('acme', 'alice')
  for (const path of ['/auth/identities/acme/link', '/auth/reauthenticate/acme']) {
    const refused = await browser.send('POST', path, { returnTo: callback })
    expect([refused.status, refused.body['code']]).toEqual([400, 'return_to_not_allowed'])
  }
})
