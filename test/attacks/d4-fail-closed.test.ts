import type { StorageCall, StorageFailure } from '@sallyport/core/testing'
import { describe, expect, test } from 'vitest'
import { ways } from '../flows/application.ts'
import { type Answer, browser } from '../flows/client.ts'
import { goodPassword, house, minute, otherPassword, testFactor } from '../flows/house.ts'
import { tally, together } from './slow-storage.ts'

const operations = ['get', 'getWithOwner', 'list', 'insert', 'replace', 'take', 'removeAll', 'increment'] as const

async function open() {
  const enrolled = new Set<string>()
  const there = await house({ factors: [testFactor(enrolled)] })
  const send = await ways['Express 5'](there.auth)
  const page = browser(send)
  await page.logIn()
  const made = await page.send('POST', '/auth/api-tokens', { name: 'ci' })
  const { id } = made.json['apiToken'] as { id: string }
  const bob = await there.auth.users.create({ username: 'bob', password: goodPassword })
  const locked = browser(send)
  enrolled.add(bob.id)
  await locked.logIn({ username: 'bob' })
  return { ...there, send, page, bob, locked, apiTokenId: id, apiToken: String(made.json['token']) }
}

type There = Awaited<ReturnType<typeof open>>

/** Everything that somebody may want who has all that it takes. */
const wishes: Readonly<Record<string, (there: There) => Promise<Answer>>> = {
  'log in': ({ send }) => browser(send).logIn(),
  'log in over a session': ({ page }) => page.logIn(),
  unlock: ({ locked }) => locked.send('POST', '/auth/unlock', { factor: 'test', code: '123456' }),
  'see the session': ({ page }) => page.send('GET', '/auth/session'),
  'see the locked token': ({ locked }) => locked.send('GET', '/auth/session'),
  'read a document': ({ page }) => page.send('GET', '/documents/1'),
  'read a document by API token': ({ send, apiToken }) =>
    send({ method: 'GET', path: `/documents/1?token=${apiToken}` }),
  'be identified': ({ page }) => page.send('GET', '/who'),
  'list sessions': ({ page }) => page.send('GET', '/auth/sessions'),
  'end the others': ({ page }) => page.send('POST', '/auth/sessions/revoke-others'),
  'authenticate again': ({ page }) => page.send('POST', '/auth/reauthenticate', { password: goodPassword }),
  'issue an API token': ({ page }) => page.send('POST', '/auth/api-tokens', { name: 'x' }),
  'rotate an API token': ({ page, apiTokenId }) => page.send('POST', `/auth/api-tokens/${apiTokenId}/rotate`, {}),
  'end an API token': ({ page, apiTokenId }) => page.send('DELETE', `/auth/api-tokens/${apiTokenId}`),
  'make a link': ({ page }) => page.send('POST', '/auth/url-tokens', { method: 'GET', path: '/a', withinMs: minute }),
  'change the password': ({ page }) =>
    page.send('POST', '/auth/password/change', { current: goodPassword, password: otherPassword }),
  'log out': ({ page }) => page.send('POST', '/auth/logout'),
}

/** An outage shows itself as one, and as nothing else. */
function expectOutage({ status, json, headers, cookies, text }: Answer): void {
  expect([status, json['code'], headers.get('retry-after') !== null, cookies]).toEqual([503, 'unavailable', true, []])
  expect(text).not.toMatch(/does not answer|Error|storage/i)
}

describe.each(Object.keys(wishes))('D4: to %s', (name) => {
  const wish = wishes[name] ?? expect.fail()

  test.each<StorageFailure>(['reject', 'reject-after-write'])(
    'while every storage call is lost (%s): 503 with Retry-After',
    async (failure) => {
      const there = await open()
      there.failing.fail(failure)
      const answer = await wish(there)
      // What writes nothing does not notice that writes are lost.
      if (failure === 'reject-after-write' && answer.status < 300) expect(name).toMatch(/see|read|list|identified/)
      else expectOutage(answer)
      expect(there.of('storage.failed').length + (answer.status < 300 ? 1 : 0)).toBeGreaterThan(0)
      expect([...there.of('password.failed'), ...there.of('unlock.failed'), ...there.of('token.refused')]).toEqual([])
    },
  )

  test.each(operations)('ASVS 16.5.2: while %s fails: done, or 503; never anything else', async (operation) => {
    for (const failure of ['reject', 'reject-after-write'] as const) {
      const there = await open()
      there.failing.fail(failure, (call) => call.operation === operation)
      const answer = await wish(there)
      if (answer.status >= 300) expectOutage(answer)
    }
  })

  test('while nothing is answered: no answer, and 503 when that has an end', async () => {
    const there = await open()
    let asked = false
    there.failing.fail('hang', () => {
      asked = true
      return true
    })
    let answered = false
    const answer = wish(there).finally(() => (answered = true))
    while (!asked) await new Promise((resolve) => setTimeout(resolve, 1))
    await new Promise((resolve) => setTimeout(resolve, 10))
    expect(answered).toBe(false)
    // What needs no storage is served meanwhile.
    expect((await there.page.send('GET', '/public')).status).toBe(200)
    there.failing.heal()
    const final = await answer
    if (final.status >= 300) expectOutage(final)
  })
})

describe('D4: an outage is no failure', () => {
  test.each(operations)(
    'guesses while %s fails are not counted: afterwards the right password works',
    async (operation) => {
      const { send, failing, of } = await open()
      failing.fail('reject', (call) => call.operation === operation)
      await together(30, () => browser(send).logIn())
      failing.heal()
      expect((await browser(send).logIn()).status).toBe(200)
      expect(of('attempts.throttled')).toEqual([])
    },
  )

  test('codes while the store is away are not counted', async () => {
    const { locked, failing } = await open()
    const filters: ((call: StorageCall) => boolean)[] = [
      () => true,
      ({ operation }) => operation === 'take',
      ({ operation, key }) => operation === 'increment' && key?.includes(':network:') === true,
    ]
    for (const filter of filters) {
      failing.fail('reject', filter)
      for (let i = 0; i < 15; i++) {
        const answer = await locked.send('POST', '/auth/unlock', { factor: 'test', code: '123456' })
        expect(answer.status).toBe(503)
      }
      failing.heal()
    }
    expect((await locked.send('POST', '/auth/unlock', { factor: 'test', code: '123456' })).status).toBe(200)
  })

  test('a store that comes and goes while two hundred log in: each answer is 200, 503 or 429, and nobody is shut out', async () => {
    const { send, failing } = await open()
    let calls = 0
    failing.fail('reject', () => ++calls % 7 === 0)
    const answers = await together(200, () => browser(send).logIn())
    failing.heal()
    expect(
      Object.keys(tally(answers.map(({ status }) => status))).filter(
        (status) => !['200', '503', '429'].includes(status),
      ),
    ).toEqual([])
    expect((await browser(send).logIn()).json['status']).toBe('unlocked')
  })
})

describe('D4: what was not finished is not half done', () => {
  test('a password change that is lost after its write has ended the old sessions, and the new password works', async () => {
    const { send, page, failing } = await open()
    failing.fail('reject-after-write', ({ operation, kind }) => operation === 'replace' && kind === 'user')
    const change = { current: goodPassword, password: otherPassword }
    expectOutage(await page.send('POST', '/auth/password/change', change))
    failing.heal()
    expect((await page.send('GET', '/auth/session')).status).toBe(401)
    expect((await browser(send).logIn()).status).toBe(401)
    expect((await browser(send).logIn({ password: otherPassword })).status).toBe(200)
  })

  test('a password change that breaks off after its first write leaves nobody in', async () => {
    const { send, page, failing } = await open()
    failing.fail('reject', ({ kind, operation }) => kind === 'session' && operation !== 'getWithOwner')
    const change = { current: goodPassword, password: otherPassword }
    expectOutage(await page.send('POST', '/auth/password/change', change))
    failing.heal()
    expect((await page.send('GET', '/auth/session')).status).toBe(401)
    expect((await browser(send).logIn({ password: otherPassword })).status).toBe(200)
  })

  test('an unlock that breaks off after the locked token was consumed gives no session, and no second try', async () => {
    const { locked, failing, auth, bob } = await open()
    failing.fail('reject', ({ operation, kind }) => operation === 'insert' && kind === 'session')
    const unlock = (): Promise<Answer> => locked.send('POST', '/auth/unlock', { factor: 'test', code: '123456' })
    expectOutage(await unlock())
    failing.heal()
    expect((await unlock()).json['code']).toBe('locked_token_expired')
    expect((await auth.sessions.list(bob.id)).items).toEqual([])
  })

  test('a rotation that is lost after its write: the old secret lives for its overlap', async () => {
    const { page, failing, apiTokenId, apiToken, send } = await open()
    failing.fail('reject-after-write', ({ operation }) => operation === 'replace')
    expectOutage(await page.send('POST', `/auth/api-tokens/${apiTokenId}/rotate`, {}))
    failing.heal()
    expect((await send({ method: 'GET', path: `/documents/1?token=${apiToken}` })).status).toBe(200)
    expect((await page.send('POST', `/auth/api-tokens/${apiTokenId}/rotate`, {})).status).toBe(200)
  })
})

describe('D4: what is not the storage’s', () => {
  const broken: Readonly<Record<string, () => readonly string[] | Promise<readonly string[]>>> = {
    throws: () => {
      throw new Error('canary: no rights today')
    },
    rejects: () => Promise.reject(new Error('canary: no rights today')),
    'answers nonsense': () => undefined as unknown as readonly string[],
  }

  test.each(Object.keys(broken))('permissions that %s let nobody pass, and tell nothing', async (how) => {
    let isBroken = false
    const there = await house({ permissions: () => (isBroken ? (broken[how] ?? expect.fail())() : []) })
    const send = await ways['Express 5'](there.auth)
    const page = browser(send)
    await page.logIn()
    isBroken = true
    for (const path of ['/documents/1', '/echo', '/auth/session', '/who']) {
      const answer = await page.send('GET', path)
      expect([path, answer.status, answer.text.includes('canary')]).toEqual([path, 500, false])
    }
    expect(there.errors.length).toBe(4)
  })
})
