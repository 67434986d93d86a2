import { createClient, type Client, type ClientOptions, type Requirement, SallyportError } from '@sallyport/client'
import { refusals } from '@sallyport/core'
import { generateSync } from 'otplib/functional'
import { afterAll, beforeAll, beforeEach, describe, expect, expectTypeOf, test } from 'vitest'
import { minute, password, startServer, type TestServer } from './server.ts'

let there: TestServer
let url: string
let ada: { readonly username: string; readonly password: string }
let number = 0

beforeAll(async () => {
  there = await startServer({ bearer: true })
  url = `${there.origin}/auth`
})

afterAll(() => there.server.close())

beforeEach(async () => {
  ada = { username: `ada-${number++}`, password }
  await there.auth.users.create(ada)
  there.requests.length = 0
})

const program = (options: Partial<ClientOptions> = {}): Client =>
  createClient({ url, token: { by: 'query' }, ...options })

/** What an attempt is refused with. */
async function refusalOf(attempt: Promise<unknown>): Promise<SallyportError> {
  const error: unknown = await attempt.then(
    () => expect.fail('it was not refused'),
    (reason: unknown) => reason,
  )
  return error instanceof SallyportError ? error : expect.fail(String(error))
}

describe.each(['query', 'bearer'] as const)('a program that bears its token by %s', (by) => {
  test('logs in, is known, lists, ends, and is nobody again', async () => {
    const seen: (string | undefined)[] = []
    const client = program({ token: { by, onChange: (token) => void seen.push(token) } })
    expect(await client.session()).toEqual({ status: 'anonymous' })
    const result = await client.logIn(ada)
    expect(result).toMatchObject({ status: 'unlocked', user: { username: ada.username } })
    expect(client.token).toMatch(/^sp_s_/)
    const caller = await client.session()
    expect(caller.status === 'unlocked' && caller.session?.id).toBe(result.status === 'unlocked' && result.session.id)
    const other = program()
    await other.logIn(ada)
    const { items } = await client.call('GET /sessions', { query: { cursor: undefined } })
    const id = items.find(({ current }) => !current)?.id ?? ''
    await client.call('DELETE /sessions/:id', { params: { id } })
    expect(await refusalOf(other.session())).toMatchObject({ code: 'invalid_token', status: 401 })
    const last = client.token
    await client.logOut()
    expect(seen).toEqual([last, undefined])
    expect(await client.session()).toEqual({ status: 'anonymous' })
  })

  test('uses an API token, in the routes of the application too', async () => {
    const client = program()
    await client.logIn(ada)
    const { token, apiToken } = await client.call('POST /api-tokens', { body: { name: 'ci' } })
    expect(client.token).not.toBe(token)
    const robot = program({ token: { by, value: token } })
    expect(await robot.session()).toMatchObject({ status: 'unlocked', apiToken: { id: apiToken.id } })
    const answer = await robot.fetch('/documents/7?q=a%20b+c')
    expect([answer.status, await answer.json()]).toEqual([200, { id: '7', q: 'a b c' }])
    expect(there.requests.at(-1)).toBe(`GET /documents/7?q=a%20b+c${by === 'query' ? `&token=${token}` : ''}`)
    expect(await refusalOf(robot.call('GET /api-tokens'))).toMatchObject({ code: 'session_required', status: 403 })
  })
})

test('a token goes to no other origin', async () => {
  const other = await startServer()
  const client = program()
  await client.logIn(ada)
  const bearer = createClient({ url, token: { by: 'bearer', value: client.token } })
  for (const one of [client, bearer]) expect((await one.fetch(`${other.origin}/documents/1`)).status).toBe(401)
  expect(other.requests).toEqual(['GET /documents/1', 'GET /documents/1'])
  other.server.close()
})

test('the second door: locked, then unlocked, under a new token', async () => {
  const client = program()
  await client.logIn(ada)
  const { secret } = await client.call('POST /factors/totp')
  const code = (ahead: number) => generateSync({ secret, epoch: Math.floor(Date.now() / 1000) + ahead * 30 })
  expect(await client.call('POST /factors/totp/confirm', { body: { code: code(0) } })).toMatchObject({
    factor: { factor: 'totp' },
  })
  const result = await client.logIn(ada)
  if (result.status !== 'locked') return expect.fail(result.status)
  expectTypeOf(result.factors).toEqualTypeOf<readonly string[]>()
  expect(result.factors).toEqual(['totp'])
  const locked = client.token
  expect(await client.session()).toMatchObject({ status: 'locked' })
  expect(await refusalOf(client.unlock({ factor: 'totp', code: '000000' }))).toMatchObject({ code: 'invalid_code' })
  expect(client.token).toBe(locked)
  expect(await client.unlock({ factor: 'totp', code: code(1) })).toMatchObject({ status: 'unlocked' })
  expect(client.token).not.toBe(locked)
})

test('a link is good once, without any other credential', async () => {
  const client = program()
  await client.logIn(ada)
  const link = await client.urlToken('/documents/9?q=x', { withinMs: minute })
  expect(Date.parse(link.expiresAt)).toBeGreaterThan(Date.now())
  expect(await (await fetch(link.url)).json()).toEqual({ id: '9', q: 'x' })
  expect((await fetch(link.url)).status).toBe(401)
})

describe('errors', () => {
  test('have the code of the server and what belongs to it', async () => {
    const client = program()
    expect(await refusalOf(client.logIn({ ...ada, password: 'wrong' }))).toMatchObject({
      name: 'SallyportError',
      code: 'invalid_credentials',
      status: 401,
      message: refusals.invalid_credentials[1],
    })
    await client.logIn(ada)
    const current = password
    const changed = await refusalOf(client.call('POST /password/change', { body: { current, password: 'short' } }))
    expect(changed).toMatchObject({ code: 'password_refused', reason: 'too_short' })
    expect(changed.message).toContain(changed.detail)
    expect(await refusalOf(client.call('GET /admin/users'))).toMatchObject({ permission: 'sallyport:admin' })
  })

  test('ids lead nowhere else', async () => {
    const client = program()
    await client.logIn(ada)
    for (const id of ['..', '.', '']) {
      const attempt = client.call('DELETE /sessions/:id', { params: { id } })
      expect(await refusalOf(attempt)).toMatchObject({ code: 'not_found', status: undefined })
    }
    const strange = client.call('DELETE /sessions/:id', { params: { id: '../api-tokens?x=#y' } })
    expect(await refusalOf(strange)).toMatchObject({ code: 'not_found', status: 404 })
    expect(there.requests.at(-1)).toContain('DELETE /auth/sessions/..%2Fapi-tokens%3Fx%3D%23y')
  })

  test('say when to come again', async () => {
    const client = program()
    const attempt = () => refusalOf(client.logIn({ ...ada, password: 'wrong' }))
    let last = await attempt()
    for (let i = 0; i < 20 && last.code === 'invalid_credentials'; i++) last = await attempt()
    expect(last.code).toBe('too_many_attempts')
    expect(last.retryAfterMs).toBeGreaterThan(1000)
  })

  test('tell silence and strangers from refusals; an abort is an abort', async () => {
    const nowhere = program({ url: 'http://localhost:1/auth' })
    expect(await refusalOf(nowhere.session())).toMatchObject({ code: 'no_answer', status: undefined })
    const stranger = program({ url: `${there.origin}/elsewhere` })
    expect(await refusalOf(stranger.session())).toMatchObject({ code: 'unexpected_answer', status: 404 })
    const page = program({ url: `${there.origin}/html/` })
    expect(await refusalOf(page.session())).toMatchObject({ code: 'unexpected_answer', status: 200 })
    const gone = program().call('GET /session', { signal: AbortSignal.abort() })
    await expect(gone).rejects.toMatchObject({ name: 'AbortError' })
    expect(await refusalOf(program().passkeys.logIn())).toMatchObject({ code: 'passkeys_unsupported' })
  })

  test('a program that has no address, or nothing that keeps its session, is told when it makes the client', () => {
    const mend = "Outside a page give both: { url: 'https://app.example.com/auth', token: { by: 'query' } }"
    const nothing = `createClient: there is no page here, and nothing keeps its cookies. ${mend}`
    const make = (options?: ClientOptions) => () => createClient(options)
    expect(make()).toThrow(new TypeError(nothing))
    expect(make({ url })).toThrow(new TypeError(nothing))
    expect(make({ token: { by: 'query' } })).toThrow(new TypeError(`createClient: \`url\` is "/auth". ${mend}`))
    for (const kept of [{ fetch }, { credentials: 'include' as const }]) expect(make({ url, ...kept })).not.toThrow()
  })

  test('where there is nothing the address is said, without a token; of what has an id the id may be wrong', async () => {
    const client = program()
    await client.logIn(ada)
    for (const [by, path] of [
      ['query', '/auth/login'],
      ['bearer', '/elsewhere'],
    ] as const) {
      const astray = program({ url: `${there.origin}${path}`, token: { by, value: client.token } })
      const { message } = await refusalOf(astray.session())
      expect(message).toMatch(/Is `url` right\? This was asked: GET http:\/\/localhost:\d+\/[\w/]+\/session$/)
    }
    const unknown = await refusalOf(client.call('DELETE /sessions/:id', { params: { id: 'none' } }))
    expect([unknown.code, unknown.message]).toEqual(['not_found', refusals.not_found[1]])
  })
})

describe('step-up', () => {
  /** A client whose session is ten minutes old, and what it was asked. */
  async function tired(prove: (client: Client) => Promise<unknown>) {
    const asked: Requirement[] = []
    const client: Client = program({
      onStepUp: async (requirement) => {
        asked.push(requirement)
        return prove(client)
      },
    })
    await client.logIn(ada)
    there.advance(10 * minute)
    there.requests.length = 0
    return { client, asked }
  }

  test('is asked for once, and what was wanted is sent again', async () => {
    const { client, asked } = await tired(({ reauthenticate }) => reauthenticate({ password }))
    const before = client.token
    expect(await (await client.fetch('/secrets')).text()).toBe('secret')
    expect(asked).toEqual([{ within: 5 * minute }])
    expect(client.token).not.toBe(before)
    expect((await client.fetch('/secrets')).status).toBe(200)
    expect(asked).toHaveLength(1)
  })

  test('is one for all that ask at the same time', async () => {
    const { client, asked } = await tired(async ({ reauthenticate }) => {
      await new Promise((resolve) => setTimeout(resolve, 50))
      return reauthenticate({ password })
    })
    const answers = await Promise.all(Array.from({ length: 10 }, () => client.fetch('/secrets')))
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200))
    expect(asked).toHaveLength(1)
  })

  test('what was under way with the old token is sent again with the new one', async () => {
    const { client, asked } = await tired(({ reauthenticate }) => reauthenticate({ password }))
    let hold = Promise.resolve()
    const slow = program({
      token: { by: 'query', value: client.token },
      onStepUp: () => expect.fail('nobody is asked'),
      fetch: async (target, init) => {
        const mayGo = hold
        if (!new Request(target).url.includes('reauthenticate')) await mayGo
        return fetch(target, init)
      },
    })
    let resolve = () => {}
    hold = new Promise((release) => (resolve = release))
    const late = slow.fetch('/documents/1')
    hold = Promise.resolve()
    await slow.reauthenticate({ password })
    resolve()
    expect((await late).status).toBe(200)
    expect(asked).toEqual([])
  })

  test('is not asked for again by a refusal that comes late, whoever has renewed the session', async () => {
    let cookie = ''
    /** A browser, as far as it matters here: it keeps one cookie, and says where it comes from. */
    const browse: typeof fetch = async (target, init) => {
      const headers = new Headers(init?.headers)
      headers.set('origin', there.origin)
      if (cookie !== '') headers.set('cookie', cookie)
      const response = await fetch(target, { ...init, headers })
      cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? cookie
      return response
    }
    let release = () => {}
    let held: Promise<void> | undefined
    const asked: Requirement[] = []
    const elsewhere = createClient({ url, fetch: browse })
    const page = createClient({
      url,
      onStepUp: async (requirement) => {
        asked.push(requirement)
        await elsewhere.reauthenticate({ password })
      },
      async fetch(target, init) {
        const waits = held
        held = undefined
        const response = await browse(target, init)
        await waits
        return response
      },
    })
    await page.logIn(ada)
    expect(page.token).toBeUndefined()
    there.advance(10 * minute)
    held = new Promise((resolve) => (release = resolve))
    const late = page.fetch('/secrets')
    expect((await page.fetch('/secrets')).status).toBe(200)
    release()
    expect((await late).status).toBe(200)
    expect(asked).toHaveLength(1)
  })

  test('that does not help is not asked for again; one that is refused refuses the request', async () => {
    const idle = await tired(async () => undefined)
    expect((await idle.client.fetch('/secrets')).status).toBe(403)
    expect(idle.asked).toHaveLength(1)
    const refused = await tired(() => Promise.reject(new Error('not now')))
    await expect(refused.client.fetch('/secrets')).rejects.toThrow('not now')
    await expect(refused.client.fetch('/secrets')).rejects.toThrow('not now')
    expect(refused.asked).toHaveLength(2)
    const broken = await tired(() => Promise.reject(new TypeError('a fault of the page')))
    await expect(broken.client.call('POST /api-tokens', { body: { name: 'x' } })).resolves.toBeDefined()
    there.advance(60 * minute)
    await expect(broken.client.call('POST /api-tokens', { body: { name: 'x' } })).rejects.toThrow('a fault of the page')
    const wrong = await tired(({ reauthenticate }) => reauthenticate({ password: 'wrong' }))
    expect(await refusalOf(wrong.client.fetch('/secrets'))).toMatchObject({ code: 'invalid_credentials' })
  })

  test('is nothing for other refusals, and for a client without it', async () => {
    const { client, asked } = await tired(() => expect.fail('nobody is asked'))
    expect((await client.fetch('/never')).status).toBe(403)
    expect(asked).toEqual([])
    const plain = program({ token: { by: 'query', value: client.token } })
    const answer = await plain.fetch('/secrets')
    expect([answer.status, (await answer.json()) as unknown]).toMatchObject([403, { code: 'step_up_required' }])
  })
})

test('types: a route has its parameters, its body and its answer', () => {
  const client = program()
  expectTypeOf(client.call<'GET /session'>).returns.resolves.toHaveProperty('status')
  const wrong = () => [
    // @ts-expect-error: there is no such route
    client.call('GET /nothing'),
    // @ts-expect-error: the id is missing
    client.call('DELETE /sessions/:id'),
    // @ts-expect-error: the password is missing
    client.call('POST /login', { body: { username: 'ada' } }),
    // @ts-expect-error: it takes no body
    client.call('GET /sessions', { body: {} }),
  ]
  expect(wrong).toBeTypeOf('function')
})
