import { describe, expect, test } from 'vitest'
import { ways } from '../flows/application.ts'
import { browser, type Outgoing } from '../flows/client.ts'
import { goodPassword, hour, house, otherPassword, testFactor } from '../flows/house.ts'

/** A request that bears a token by each transport; whatever it wants, it comes from our own page. */
function transports(token: string, method: string, path: string, body?: unknown): Readonly<Record<string, Outgoing>> {
  const base = {
    method,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  }
  const headers = { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' }
  return {
    cookie: { ...base, path, headers: { ...headers, cookie: `__Host-sallyport=${token}` } },
    query: { ...base, path: `${path}?token=${token}`, headers },
    bearer: { ...base, path, headers: { ...headers, authorization: `Bearer ${token}` } },
  }
}

async function open() {
  const enrolled = new Set<string>()
  const there = await house({ bearer: true, factors: [testFactor(enrolled)] })
  const send = await ways['Express 5'](there.auth)
  const page = browser(send)
  await page.logIn()
  const session = page.token ?? ''
  const issued = async (fields: object) =>
    String((await page.send('POST', '/auth/api-tokens', { name: 'ci', ...fields })).json['token'])
  const tokens = {
    session,
    'API token': await issued({}),
    'narrow API token': await issued({ scopes: ['documents:read'] }),
    expired: await issued({ expiresAt: new Date(there.now() + 2 * hour).toISOString() }),
  }
  enrolled.add(there.ann.id)
  const other = browser(send)
  await other.logIn()
  // A first use is written down; what comes after it at the same time is not.
  for (const token of Object.values(tokens)) await send({ method: 'GET', path: `/auth/session?token=${token}` })
  await new Promise((resolve) => setTimeout(resolve, 5))
  return {
    ...there,
    send,
    enrolled,
    tokens: { ...tokens, locked: other.token ?? '', nonsense: 'nonsense', forged: `${session.slice(0, -1)}!` },
  }
}

describe('D2: what a token is worth does not depend on how it came', () => {
  const requests: [string, string, unknown?][] = [
    ['GET', '/auth/session'],
    ['GET', '/auth/sessions'],
    ['GET', '/auth/api-tokens'],
    ['POST', '/auth/api-tokens', { name: 'x', scopes: ['documents:delete'] }],
    ['DELETE', '/auth/sessions/nobody'],
    ['POST', '/auth/url-tokens', { method: 'POST' }],
    ['GET', '/documents/1'],
    ['PUT', '/documents/1', { text: 'x' }],
    ['DELETE', '/documents/1'],
    ['GET', '/vault'],
    ['GET', '/who'],
  ]

  test.each(requests)('%s %s', async (method: string, path: string, body?: unknown) => {
    const { send, tokens, advance } = await open()
    for (const [name, token] of Object.entries(tokens)) {
      if (name === 'expired') continue
      const answers = await Promise.all(Object.values(transports(token, method, path, body)).map(send))
      const [first] = answers
      for (const answer of answers) {
        expect([name, answer.status, answer.json]).toEqual([name, first?.status, first?.json])
      }
    }
    advance(3 * hour)
    const answers = await Promise.all(Object.values(transports(tokens.expired, method, path, body)).map(send))
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1)
  })

  test('also once it is disabled, changed or of lower rank', async () => {
    const { send, tokens, auth, ann } = await open()
    const acts = [
      () => auth.users.update(ann.id, { roles: ['reader'] }),
      () => auth.users.setMfa(ann.id, 'required'),
      () => auth.passwords.set(ann.id, otherPassword),
      () => auth.users.disable(ann.id),
    ]
    for (const act of acts) {
      await act()
      for (const token of [tokens.session, tokens['API token'], tokens.locked]) {
        const answers = await Promise.all(Object.values(transports(token, 'PUT', '/documents/1', {})).map(send))
        expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1)
        expect(answers[0]?.status).toBeGreaterThanOrEqual(401)
      }
    }
  })

  test('a principal can not be changed by whoever gets it', async () => {
    const { auth, tokens } = await open()
    const whoIs = async () => {
      const resolution = await auth.authenticate(
        new Request('https://app.example.com', { headers: { authorization: `Bearer ${tokens.session}` } }),
      )
      return resolution.status === 'unlocked' ? resolution.principal : expect.fail()
    }
    const principal = (await whoIs()) as { user: unknown }
    expect(() => {
      principal.user = { id: 'root' }
    }).toThrow(TypeError)
    expect((await whoIs()).user.username).toBe('ann')
  })

  test('only the cookie of a page is told nothing of its token', async () => {
    const { send, enrolled, ann, auth } = await open()
    enrolled.delete(ann.id)
    for (const transport of ['cookie', 'query', 'bearer']) {
      const { token } = await auth.logIn({ username: 'ann', password: goodPassword })
      const outgoing = transports(token.reveal(), 'POST', '/auth/reauthenticate', { password: goodPassword })[transport]
      const answer = await send(outgoing ?? expect.fail())
      expect([transport, 'token' in answer.json, answer.cookies.length]).toEqual([
        transport,
        transport !== 'cookie',
        transport === 'cookie' ? 1 : 0,
      ])
    }
  })
})
