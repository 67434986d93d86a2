import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { browser, loggedIn, send, sessionToken } from './client.ts'
import { type Example, frameworks, startExample, users } from './start-example.ts'
import { letSessionsExpire, letTimePass } from './stored-time.ts'

const [ada, grace, alan, nobody] = users
const minute = 60_000

describe.each(frameworks)('the document service on %s', { timeout: 30_000 }, (framework) => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-service-'))
  const file = join(folder, 'service.sqlite')
  let example: Example
  let url = ''
  beforeAll(async () => {
    example = await startExample(framework, { STORAGE: `sqlite:${file}` })
    url = example.url
  }, 30_000)
  afterAll(async () => {
    await example[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true })
  })

  describe('documents', () => {
    test('GET /public is for everybody', async () => {
      const { status, json } = await send(url, 'GET', '/public')
      expect(status).toBe(200)
      expect(json).toEqual({ message: 'Anybody may read this.' })
    })

    test('a reader reads, and may do nothing else', async () => {
      const client = await loggedIn(url, alan)
      const read = await client.send('GET', '/api/v1/documents/1')
      expect(read.status).toBe(200)
      expect(read.json).toMatchObject({ id: '1', title: 'The sally port' })
      expect(read.headers.get('cache-control')).toBe('no-store')
      const list = await client.send('GET', '/api/v1/documents')
      expect(list.json.items.map(({ id }) => id).slice(0, 8)).toEqual(['1', '2', '3', '4', '5', '6', '7', '8'])
      const written = await client.send('PUT', '/api/v1/documents/1', { body: { title: 'Mine' } })
      expect([written.status, written.json.code, written.json.permission]).toEqual([
        403,
        'forbidden',
        'documents:write',
      ])
      const removed = await client.send('DELETE', '/api/v1/documents/1')
      expect([removed.status, removed.json.permission]).toEqual([403, 'documents:delete'])
      expect((await client.send('GET', '/api/v1/documents/1')).json.title).toBe('The sally port')
    })

    test('an editor writes; a part that is not sent stays', async () => {
      const client = await loggedIn(url, grace)
      const made = await client.send('PUT', '/api/v1/documents/notes-1', { body: { title: 'Notes', text: 'One.' } })
      expect(made.status).toBe(201)
      expect(made.json).toMatchObject({ id: 'notes-1', title: 'Notes', text: 'One.', updatedBy: 'grace' })
      const changed = await client.send('PUT', '/api/v1/documents/notes-1', { body: { text: 'Two.' } })
      expect(changed.status).toBe(200)
      expect((await client.send('GET', '/api/v1/documents/notes-1')).json).toMatchObject({
        title: 'Notes',
        text: 'Two.',
      })
      expect((await client.send('DELETE', '/api/v1/documents/notes-1')).status).toBe(403)
    })

    test('D7: what is no document is refused, and does not become one', async () => {
      const client = await loggedIn(url, grace)
      const put = (id: string, body: unknown) => client.send('PUT', `/api/v1/documents/${id}`, { body })
      for (const body of [{ title: 1 }, { text: ['x'] }, { text: 'x'.repeat(20_001) }, [], 'text', null]) {
        expect((await put('odd', body)).status).toBe(400)
      }
      expect((await put('a%20b', { title: 'x' })).status).toBe(400)
      expect((await put('x'.repeat(65), { title: 'x' })).status).toBe(400)
      const { json } = await put('own', { id: 'other', title: 'x', updatedBy: 'ada', __proto__: { text: 'y' } })
      expect(json).toMatchObject({ id: 'own', updatedBy: 'grace', text: '' })
      const broken = await fetch(new URL('/api/v1/documents/odd', url), {
        method: 'PUT',
        body: '{',
        headers: { 'content-type': 'application/json', origin: url, cookie: client.cookie ?? '' },
      })
      expect(broken.status).toBe(400)
      expect(await broken.json()).toMatchObject({ code: 'invalid_request', status: 400 })
      expect((await client.send('GET', '/api/v1/documents/odd')).json).toMatchObject({ code: 'not_found', status: 404 })
    })

    test('ASVS 7.5.3: an admin deletes, if the authentication is not older than 15 minutes', async () => {
      const client = await loggedIn(url, ada)
      await client.send('PUT', '/api/v1/documents/old', { body: { title: 'Old' } })
      letTimePass(file, 'ada', 16 * minute)
      const late = await client.send('DELETE', '/api/v1/documents/old')
      expect([late.status, late.json.code, late.json.requirement]).toEqual([
        403,
        'step_up_required',
        { within: 15 * minute },
      ])
      const before = client.cookie
      expect((await client.send('POST', '/auth/reauthenticate', { body: { password: ada.password } })).status).toBe(200)
      expect(client.cookie).not.toBe(before)
      expect((await client.send('DELETE', '/api/v1/documents/old')).status).toBe(204)
      expect((await client.send('DELETE', '/api/v1/documents/old')).status).toBe(404)
      expect((await client.send('GET', '/api/v1/documents/old')).status).toBe(404)
    })

    test('an API token never has the recent authentication that deleting needs', async () => {
      const client = await loggedIn(url, ada)
      const { token } = (await client.send('POST', '/auth/api-tokens', { body: { name: 'cleaner' } })).json
      expect((await send(url, 'GET', `/api/v1/documents/1?token=${token}`)).status).toBe(200)
      const answer = await send(url, 'DELETE', `/api/v1/documents/1?token=${token}`)
      expect([answer.status, answer.json.code]).toEqual([403, 'step_up_required'])
    })

    test('who has no role is told which permission is missing', async () => {
      const client = await loggedIn(url, nobody)
      const answer = await client.send('GET', '/api/v1/documents/1')
      expect([answer.status, answer.json.code, answer.json.permission]).toEqual([403, 'forbidden', 'documents:read'])
    })
  })

  describe('refusals of protected routes', () => {
    const path = '/api/v1/documents/1'

    test('no credential, and one that is no good', async () => {
      const none = await send(url, 'GET', path)
      expect([none.status, none.json.code]).toEqual([401, 'unauthenticated'])
      expect(none.headers.get('content-type')).toMatch(/^application\/problem\+json/)
      for (const token of ['x', 'sp_s_x', `${await sessionToken(url, alan)}x`]) {
        const bad = await send(url, 'GET', `${path}?token=${token}`)
        expect([bad.status, bad.json.code]).toEqual([401, 'invalid_token'])
        expect(bad.headers.getSetCookie()).toEqual([])
      }
    })

    test('an expired one', async () => {
      const token = await sessionToken(url, nobody)
      letSessionsExpire(file, 'nobody')
      const answer = await send(url, 'GET', `${path}?token=${token}`)
      expect([answer.status, answer.json.code]).toEqual([401, 'expired_token'])
    })

    test('a change from another site', async () => {
      const client = await loggedIn(url, grace)
      for (const headers of [
        { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
        { origin: url.replace(/\d+$/, '1'), 'sec-fetch-site': 'same-site' },
        { origin: 'null', 'sec-fetch-site': 'none' },
      ]) {
        const answer = await client.send('PUT', path, { body: { title: 'Theirs' }, headers })
        expect([answer.status, answer.json.code]).toEqual([403, 'cross_site_request'])
      }
      expect((await client.send('GET', path)).json.title).toBe('The sally port')
    })

    test('two credentials, and one twice', async () => {
      const client = await loggedIn(url, alan)
      const token = await sessionToken(url, alan)
      const both = await client.send('GET', `${path}?token=${token}`)
      expect([both.status, both.json.code]).toEqual([400, 'ambiguous_credentials'])
      const twice = await send(url, 'GET', `${path}?token=${token}&token=${token}`)
      expect([twice.status, twice.json.code]).toEqual([400, 'ambiguous_credentials'])
    })

    test('what is not there is 404, as a problem document', async () => {
      for (const missing of ['/nothing', '/page/nothing.js', '/page/../src/run.ts', '/page/%2e%2e/package.json']) {
        const answer = await send(url, 'GET', missing)
        expect([answer.status, answer.json.code]).toEqual([404, 'not_found'])
      }
    })
  })

  describe('GET /api/v1/echo', () => {
    test('the handler sees no token, however it came, and the answer shows none', async () => {
      const token = await sessionToken(url, nobody)
      const path = `/api/v1/echo?a=1&token=${token}&b=%2F&a=2`
      const byQuery = await send(url, 'GET', path)
      expect(byQuery.status).toBe(200)
      expect(byQuery.text).not.toContain(token.slice(10))
      expect(byQuery.json.url).toBe('/api/v1/echo?a=1&b=%2F&a=2')
      expect(byQuery.json.query).toEqual({ a: ['1', '2'], b: '/' })
      expect(byQuery.headers.get('cache-control')).toBe('no-store')
      expect(byQuery.headers.get('referrer-policy')).toBe('no-referrer')
      expect(byQuery.headers.getSetCookie()).toEqual([])
      const cookie = `theme=dark; sallyport=${token}`
      const byCookie = await send(url, 'GET', '/api/v1/echo', { headers: { cookie } })
      expect(byCookie.text).not.toContain(token.slice(10))
      expect(byCookie.json.headers['cookie']).toBe('theme=dark; sallyport=[redacted]')
    })

    test('the principal: who, what they may do, and by what', async () => {
      const client = await loggedIn(url, grace)
      const bySession = (await client.send('GET', '/api/v1/echo')).json.principal
      expect(bySession).toMatchObject({
        user: { username: 'grace', roles: ['editor'] },
        permissions: ['documents:read', 'documents:write'],
        via: 'session',
        assurance: { level: 1, methods: ['pwd'] },
      })
      const body = { name: 'reader', scopes: ['documents:read'] }
      const { token } = (await client.send('POST', '/auth/api-tokens', { body })).json
      const byToken = (await send(url, 'GET', `/api/v1/echo?token=${token}`)).json.principal
      expect(byToken).toMatchObject({
        user: { username: 'grace' },
        permissions: ['documents:read'],
        via: 'api-token',
        apiToken: { name: 'reader', scopes: ['documents:read'] },
      })
      expect(byToken.session).toBeUndefined()
    })
  })

  test('the page comes with a policy that allows nothing inline and nobody else', async () => {
    const page = await send(url, 'GET', '/')
    expect(page.status).toBe(200)
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
    const policy = page.headers.get('content-security-policy') ?? ''
    expect(policy).toMatch(/default-src 'none'; script-src 'self'; style-src 'self'/)
    expect(policy).toMatch(/frame-ancestors 'none'/)
    expect(policy).not.toMatch(/unsafe|data:|\*/)
    for (const [, path] of page.text.matchAll(/(?:src|href)="(\/page\/[^"]+)"/g)) {
      const file = await send(url, 'GET', path ?? '')
      expect(file.status).toBe(200)
      expect(file.headers.get('x-content-type-options')).toBe('nosniff')
      expect(file.headers.get('content-security-policy')).toBe(policy)
    }
    expect((await send(url, 'GET', '/page/demo.json')).json).toEqual({
      framework: expect.any(String),
      factors: ['totp', 'passkey', 'recovery-codes'],
      hasPages: true,
      sends: false,
      hasOutbox: false,
      users: [],
    })
    expect((await browser(url).send('POST', '/')).status).toBe(404)
  })

  test('without JavaScript the page leads to pages that do without', async () => {
    const { text } = await send(url, 'GET', '/')
    const ways = [...text.matchAll(/<noscript>.*?<\/noscript>/gs)].map(([way]) => /\/account(?=")/.exec(way)?.[0])
    expect(ways).toEqual(['/account', '/account'])
    expect((await send(url, 'GET', '/account/log-in')).text).toContain('<form')
  })
})
