import { createHash, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type OpenStore, stores } from '../mfa/stores.ts'
import { testClock } from '../house.ts'
import { createBrowser, type House, house, withPassword } from './house.ts'
import { evidence, standIn, type StandIn } from './stand-in.ts'

const times = 50
const callback = 'https://spa.example.org/callback'

for (const { name, here, open } of stores) {
  describe.skipIf(!here)(`races of third-party login, on ${name}`, () => {
    let store: OpenStore
    let acme: StandIn
    let other: StandIn
    let app: House
    let count = 0

    beforeAll(async () => {
      store = await open()
      ;[acme, other] = [standIn('acme'), standIn('other')]
      // Redis lets go of entries by a clock of its own.
      const clock = testClock(Date.now())
      app = { ...house([acme, other], { storage: store.storage, callbacks: [callback], clock }), clock }
    }, 60_000)
    afterAll(() => store.dispose())

    /** A code for an identity that nobody has yet. */
    function fresh(of: StandIn): string {
      const subject = `subject-${count++}`
      of.codes.set(subject, evidence({ subject, sessionId: `sid-${subject}`, issuedAt: app.clock() }))
      return subject
    }

    const tally = (statuses: readonly number[]) =>
      Object.fromEntries(
        [...new Set(statuses)].sort().map((status) => [status, statuses.filter((one) => one === status).length]),
      )

    test('D1: the same callback 50 times at once gives one session', async () => {
      const browser = createBrowser(app)
      const [code, state] = [fresh(acme), await browser.start('acme')]
      app.log.all.length = 0
      const callbacks = Array.from({ length: times }, () =>
        browser.get(`/auth/callback/acme?code=${code}&state=${state}`),
      )
      expect(tally((await Promise.all(callbacks)).map(({ status }) => status))).toEqual({ 303: 1, 400: times - 1 })
      expect(app.log.of('login.succeeded')).toHaveLength(1)
      expect(acme.redeemed.filter((one) => one === code)).toHaveLength(1)
    })

    test('D1: a handle gives one answer', async () => {
      const browser = createBrowser(app)
      const [code, state] = [fresh(acme), await browser.start('acme')]
      const { location } = await browser.postFromElsewhere('/auth/callback/acme', { code, state })
      const answers = await Promise.all(Array.from({ length: times }, () => browser.get(location)))
      expect(tally(answers.map(({ status }) => status))).toEqual({ 303: 1, 400: times - 1 })
    })

    test('D1: an exchange code gives one session', async () => {
      const verifier = randomBytes(32).toString('base64url')
      const challenge = createHash('sha256').update(verifier).digest('base64url')
      const browser = createBrowser(app)
      const { location } = await browser.logIn('acme', fresh(acme), { returnTo: callback, challenge, state: 'st' })
      const code = new URL(location).searchParams.get('code')
      const exchanges = Array.from({ length: times }, () => browser.send('POST', '/auth/exchange', { code, verifier }))
      expect(tally((await Promise.all(exchanges)).map(({ status }) => status))).toEqual({ 200: 1, 400: times - 1 })
    })

    test('one new identity in 20 browsers at once is one user', async () => {
      const code = fresh(acme)
      const browsers = Array.from({ length: 20 }, () => createBrowser(app))
      const answers = await Promise.all(browsers.map((browser) => browser.logIn('acme', code)))
      expect(tally(answers.map(({ status }) => status))).toEqual({ 303: 20 })
      const users = await Promise.all(
        browsers.map(async (browser) => (await browser.session())['user'] as { id: string }),
      )
      expect(new Set(users.map(({ id }) => id)).size).toBe(1)
    })

    test('one identity that ten users link at once is one’s', async () => {
      const code = fresh(acme)
      const browsers = await Promise.all(
        Array.from({ length: 10 }, async () => {
          const browser = createBrowser(app)
          await withPassword(app, browser, `user-${count++}`)
          const { body } = await browser.send('POST', '/auth/identities/acme/link')
          return { browser, state: new URL(String(body['redirectTo'])).searchParams.get('state') }
        }),
      )
      const links = browsers.map(({ browser, state }) => browser.get(`/auth/callback/acme?code=${code}&state=${state}`))
      expect(tally((await Promise.all(links)).map(({ status }) => status))).toEqual({ 303: 1, 409: 9 })
    })

    test('of two last identities that are removed at once, one stays', async () => {
      for (let round = 0; round < 5; round++) {
        const browser = createBrowser(app)
        await browser.logIn('acme', fresh(acme))
        const { body } = await browser.send('POST', '/auth/identities/other/link')
        const state = new URL(String(body['redirectTo'])).searchParams.get('state')
        await browser.get(`/auth/callback/other?code=${fresh(other)}&state=${state}`)
        const { items } = (await browser.get('/auth/identities')).body as { items: { id: string }[] }
        const removed = await Promise.all(items.map(({ id }) => browser.send('DELETE', `/auth/identities/${id}`)))
        expect(tally(removed.map(({ status }) => status))).toEqual({ 204: 1, 409: 1 })
      }
    })

    test('D1: a log-in and the provider’s logout at once leave no session', async () => {
      for (let round = 0; round < 10; round++) {
        const browser = createBrowser(app)
        const [code, state] = [fresh(acme), await browser.start('acme')]
        acme.notice = { issuer: 'https://idp.example', sessionId: `sid-${code}`, issuedAt: app.clock() }
        const logIn = browser.get(`/auth/callback/acme?code=${code}&state=${state}`)
        await new Promise((resolve) => setTimeout(resolve, round / 2))
        await Promise.all([logIn, browser.postFromElsewhere('/auth/backchannel-logout/acme', { logout_token: 'good' })])
        expect((await browser.get('/auth/session')).body['status']).not.toBe('unlocked')
      }
    })

    test('a user who is deleted takes identities and sessions along', async () => {
      const browser = createBrowser(app)
      const code = fresh(acme)
      await browser.logIn('acme', code)
      const { id } = (await browser.session())['user'] as { id: string }
      await app.auth.users.delete(id)
      expect((await browser.get('/auth/session')).status).toBe(401)
      const again = createBrowser(app)
      await again.logIn('acme', code)
      expect(((await again.session())['user'] as { id: string }).id).not.toBe(id)
    })
  })
}
