import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { mkdtempSync, rmSync } from 'node:fs'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { browser, loggedIn, send, sessionToken } from './client.ts'
import { refusedStart, startExample, users } from './start-example.ts'

const [ada] = users

vi.setConfig({ testTimeout: 30_000 })

/** Not the next one, where the demo's own provider is. */
const otherPort = (port: number) => (port + 10 > 65_535 ? port - 10 : port + 10)

describe.concurrent('a value that cannot work ends the start with code 1, and says what to mend', () => {
  test.each([
    ['PORT', 'abc', /PORT is "abc": give a number/],
    ['PORT', '70000', /PORT is "70000"/],
    ['BEARER', 'yes', /BEARER is "yes": give 1/],
    ['USERS', 'ada', /USERS is not JSON: write JSON, as in \[/],
    ['USERS', '{}', /USERS must be a list/],
    ['USERS', '[{"username":"ada"}]', /USERS has a mistake: 0\.password is missing/],
    ['USERS', '[{"username":"ada","password":""}]', /USERS has a mistake: 0\.password must be a text/],
    ['USERS', '[{"username":"ada","password":"pw","roles":"admin"}]', /USERS has a mistake: 0\.roles must be a list/],
    ['USERS', '[{"username":"a\\u0000","password":"pw"}]', /USERS has the user "a\\u0000"/],
    ['STORAGE', 'mongodb://localhost', /STORAGE is of no kind that there is: give memory, sqlite:FILE/],
    ['STORAGE', 'redis://127.0.0.1:1', /STORAGE can't be opened \(.*ECONNREFUSED.*\): check that the server runs/],
    ['STORAGE', 'redis-cluster://127.0.0.1:1', /STORAGE can't be opened/],
    ['STORAGE', 'postgres://app:hush@127.0.0.1:1/x', /STORAGE can't be opened \(.*ECONNREFUSED.*\)/],
    ['STORAGE', 'mysql://app:hush@127.0.0.1:1/x', /STORAGE can't be opened \(.*ECONNREFUSED.*\)/],
    ['STORAGE', 'sqlite:/no/such/folder/x.sqlite', /STORAGE is in no folder that is there: make \/no\/such\/folder\./],
    ['SALLYPORT_SECRET', 'too short', /SALLYPORT_SECRET .*32/],
    ['ORIGIN', 'http://app.example.com', /ORIGIN is http:\/\/app\.example\.com, which is not safe: use https/],
    ['ORIGIN', 'example', /ORIGIN is "example", which is no address/],
    ['MAIL', 'localhost', /MAIL is no address of a mail server: write it as smtp:/],
    ['MAIL', 'https://app:hush@example.com', /MAIL is no address of a mail server/],
    ['PROVIDERS', 'acme', /PROVIDERS is not JSON: write JSON, as in \[/],
    [
      'PROVIDERS',
      '[{"type":"openid","id":"acme"}]',
      /PROVIDERS has a mistake: 0\.type must be oidc, oauth2, saml or ldap/,
    ],
    ['PROVIDERS', '[{"type":"oidc"}]', /PROVIDERS has a mistake: 0\.id is missing/],
    [
      'PROVIDERS',
      '[{"type":"oidc","id":"acme","issuer":"http://acme.example","clientId":"x","clientSecret":"hush"}]',
      /PROVIDERS has the provider "acme" \(.*`issuer` is not https.*\)/,
    ],
    [
      'PROVIDERS',
      '[{"type":"saml","id":"acme","metadataFile":"none.xml"}]',
      /PROVIDERS has the provider "acme" \(ENOENT/,
    ],
    ['TRUSTED_PROXIES', '10.0.0.0/8, everybody', /TRUSTED_PROXIES has "everybody": list addresses/],
  ])('%s=%s', async (variable, value, message) => {
    const { code, output } = await refusedStart('express', { [variable]: value })
    expect(output).toMatch(message)
    expect(output).not.toContain('hush')
    expect(output.trim().split('\n')).toHaveLength(1)
    expect(code).toBe(1)
  })

  test.each([
    ['/proc/x', /^DATA can't be had \(.*\): name a folder that this user may write to/],
    ['/etc/passwd', /^DATA can't be had \(\/etc\/passwd is a file\): name a folder/],
    ['/etc/passwd/x', /^DATA can't be had \(.*\): name a folder/],
  ])('a folder of the defaults that cannot be: DATA=%s', async (DATA, message) => {
    const { code, output } = await refusedStart('express', { DATA, STORAGE: '' })
    expect(output).toMatch(message)
    expect(output.trim().split('\n')).toHaveLength(1)
    expect(code).toBe(1)
  })

  test('a port that another program has', async () => {
    const other = createServer().listen(0)
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const { code, output } = await refusedStart('express', { PORT: String(port) })
    other.close()
    expect(output).toBe(
      `PORT is ${port}, which another program has: choose another one, as in PORT=${otherPort(port)}.\n`,
    )
    expect(code).toBe(1)
  })

  test('production with a storage that ends with the process', async () => {
    const { code, output } = await refusedStart('express', { NODE_ENV: 'production', STORAGE: 'memory' })
    expect(output).toMatch(/memory/)
    expect(output).toMatch(/production/)
    expect(code).toBe(1)
  })

  test('production without a secret of the operator’s own', async () => {
    const variables = { NODE_ENV: 'production', STORAGE: 'sqlite:x.sqlite', SALLYPORT_SECRET: '' }
    const { code, output } = await refusedStart('express', variables)
    expect(output).toMatch(/^SALLYPORT_SECRET /)
    expect(code).toBe(1)
  })
})

test('roles that grant nothing are said', async () => {
  const USERS = JSON.stringify([{ username: 'ada', password: 'pw', roles: ['editr'] }])
  await using example = await startExample('express', { USERS })
  expect(example.output()).toMatch(/^USERS names the role "editr", which grants nothing here/m)
})

describe('who may connect', () => {
  const elsewhere = Object.values(networkInterfaces())
    .flat()
    .find((address) => address?.internal === false && address.family === 'IPv4')?.address

  test.runIf(elsewhere !== undefined)('with the demo’s users this machine alone', async () => {
    await using example = await startExample('express', { USERS: '' })
    const { port } = new URL(example.url)
    const socket = connect({ host: elsewhere ?? '', port: Number(port) })
    socket.write('GET /public HTTP/1.1\r\nHost: x\r\n\r\n')
    const answer = await new Promise((resolve) => {
      socket.on('error', () => {}).on('close', () => resolve('closed'))
      socket.on('data', resolve)
    })
    expect(answer).toBe('closed')
    for (const host of ['localhost', '127.0.0.1', '[::1]']) {
      expect((await send(`http://${host}:${port}`, 'GET', '/public')).status).toBe(200)
    }
  })

  test.runIf(elsewhere !== undefined)('with other users everybody', async () => {
    await using example = await startExample('express')
    const { port } = new URL(example.url)
    expect((await send(`http://${elsewhere}:${port}`, 'GET', '/public')).status).toBe(200)
  })

  test('ASVS 6.3.2: there are no demo users in production', async () => {
    const variables = { NODE_ENV: 'production', STORAGE: 'sqlite:x.sqlite', USERS: '' }
    await using example = await startExample('express', variables)
    const body = { username: 'ada', password: 'a brass engine counts' }
    expect((await send(example.url, 'POST', '/auth/login', { body })).status).toBe(401)
    const lines = example.output().trim().split('\n')
    expect(lines).toEqual([
      expect.stringMatching(/^Nobody can log in: there are no demo users in production, .* USERS='\[/),
      expect.stringMatching(/^Sallyport on Express: http/),
    ])
  })
})

test('whoever starts the demo again is told that its passwords may be others by now', async () => {
  const DATA = mkdtempSync(join(tmpdir(), 'sallyport-again-'))
  try {
    for (const [start, isAgain] of [false, true].entries()) {
      await using example = await startExample('express', { DATA, STORAGE: '', USERS: '' })
      await vi.waitFor(() => expect(example.output()).toContain('Only this machine'))
      expect([start, example.output().includes(`To begin anew, delete ${join(DATA, 'demo.sqlite')}.`)]).toEqual([
        start,
        isAgain,
      ])
      expect(example.output()).toMatch(
        / at http:\/\/localhost:\d+ believes anybody\. “Local provider” needs no account\./,
      )
    }
  } finally {
    rmSync(DATA, { recursive: true, force: true })
  }
})

test('the local provider says nothing in the terminal that nobody can do anything about', async () => {
  await using example = await startExample('express', { USERS: '' })
  const { headers } = await send(example.url, 'GET', '/auth/login/local')
  expect((await fetch(headers.get('location') ?? '', { redirect: 'manual' })).status).toBe(303)
  expect(example.output()).not.toContain('WARNING')
})

describe('ORIGIN', () => {
  test('may differ from where the example listens: then cookies are for https alone', async () => {
    const ORIGIN = 'https://docs.example.com'
    await using example = await startExample('express', { ORIGIN })
    expect(example.url).toMatch(/^http:\/\/localhost:\d+$/)
    const client = browser(example.url, ORIGIN)
    const { headers } = await client.send('POST', '/auth/login', { body: ada })
    expect(headers.get('set-cookie')).toMatch(/^__Host-sallyport=.*; HttpOnly; Secure; SameSite=Lax/)
    expect((await client.send('GET', '/auth/session')).json.status).toBe('unlocked')
    const path = '/api/v1/documents/1'
    const link = { method: 'GET', path, withinMs: 60_000, uses: 'once' }
    const { url } = (await client.send('POST', '/auth/url-tokens', { body: link })).json
    expect(url).toMatch(/^https:\/\/docs\.example\.com\/api\/v1\/documents\/1\?token=/)
    const { pathname, search } = new URL(url)
    expect((await send(example.url, 'GET', pathname + search)).status).toBe(200)
  })

  test('D6: a page of another origin than ORIGIN changes nothing, whatever Host says', async () => {
    await using example = await startExample('express', { ORIGIN: 'https://docs.example.com' })
    const headers = { origin: example.url, host: 'docs.example.com' }
    const answer = await send(example.url, 'POST', '/auth/login', { body: ada, headers })
    expect([answer.status, answer.json.code]).toEqual([403, 'cross_site_request'])
  })
})

describe('BEARER', () => {
  test('=1 switches the header on', async () => {
    await using example = await startExample('express', { BEARER: '1' })
    const authorization = `Bearer ${await sessionToken(example.url, ada)}`
    const answer = await send(example.url, 'GET', '/api/v1/echo', { headers: { authorization } })
    expect(answer.status).toBe(200)
    expect(answer.json.headers.authorization).toBe('Bearer [redacted]')
  })

  test('without it the header opens nothing, and the answer says what would', async () => {
    await using example = await startExample('express')
    const authorization = `Bearer ${await sessionToken(example.url, ada)}`
    const answer = await send(example.url, 'GET', '/api/v1/echo', { headers: { authorization } })
    expect([answer.status, answer.json.code]).toEqual([401, 'unauthenticated'])
    expect(answer.json.detail).toMatch(/query parameter/)
  })
})

describe('D10: TRUSTED_PROXIES', () => {
  async function addressSeen(url: string, forwarded: string): Promise<string> {
    const headers = { 'x-forwarded-for': forwarded }
    const client = browser(url)
    await client.send('POST', '/auth/login', { body: ada, headers })
    const { items } = (await client.send('GET', '/auth/sessions')).json
    return String(items.find(({ current }) => current)?.address)
  }

  test('listed, its X-Forwarded-For is believed from the right, up to the first that is not listed', async () => {
    await using example = await startExample('express', { TRUSTED_PROXIES: '127.0.0.0/8, ::1, 10.1.0.0/16' })
    expect(await addressSeen(example.url, '203.0.113.7')).toBe('203.0.113.7')
    expect(await addressSeen(example.url, '198.51.100.1, 203.0.113.7, 10.1.2.3')).toBe('203.0.113.7')
    expect(await addressSeen(example.url, '2001:db8::7, 10.1.2.3')).toBe('2001:db8::7')
  })

  test('not listed, what it says is not believed', async () => {
    await using example = await startExample('express')
    expect(await addressSeen(example.url, '203.0.113.7')).toMatch(/^(127\.0\.0\.1|::1)$/)
  })

  test('attempts of one network do not lock another one out', async () => {
    await using example = await startExample('express', { TRUSTED_PROXIES: '127.0.0.0/8,::1' })
    const guess = (username: string, forwarded: string) =>
      send(example.url, 'POST', '/auth/login', {
        body: { username, password: 'wrong' },
        headers: { 'x-forwarded-for': forwarded },
      })
    for (let i = 0; i < 100; i += 10) {
      const names = Array.from({ length: 10 }, (_, k) => `somebody-${i + k}`)
      const answers = await Promise.all(names.map((name) => guess(name, '203.0.113.7')))
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]))
    }
    expect((await guess('somebody', '203.0.113.7')).status).toBe(429)
    expect((await guess('somebody', '203.0.113.8')).status).toBe(401)
  })
})

test('USERS are created once, with whatever password the operator says, and keep what they have', async () => {
  await using example = await startExample('express')
  const client = await loggedIn(example.url, { username: ' ADA ', password: ada.password })
  const { user, permissions } = (await client.send('GET', '/auth/session')).json
  expect(user).toMatchObject({ username: 'ada', email: 'ada@example.com', roles: ['admin'] })
  expect(permissions).toEqual(['documents:read', 'documents:write', 'documents:delete', 'sallyport:admin'])
})
