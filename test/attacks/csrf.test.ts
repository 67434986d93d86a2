import { describe, expect, test, vi } from 'vitest'
import { ways } from '../flows/application.ts'
import { browser, type Client, program } from '../flows/client.ts'
import { goodPassword, house, minute, origin, otherPassword } from '../flows/house.ts'

async function open(settings: Parameters<typeof house>[0] = {}) {
  const there = await house(settings)
  const send = await ways['Express 5'](there.auth)
  const page = browser(send)
  await page.logIn()
  return { ...there, send, page }
}

const changes: [string, string, unknown?][] = [
  ['POST', '/auth/login', { username: 'ann', password: goodPassword }],
  ['POST', '/auth/logout'],
  ['POST', '/auth/unlock', { factor: 'test', code: '1' }],
  ['POST', '/auth/unlock/begin', { factor: 'test' }],
  ['POST', '/auth/reauthenticate', { password: goodPassword }],
  ['POST', '/auth/sessions/revoke-others'],
  ['DELETE', '/auth/sessions/x'],
  ['POST', '/auth/api-tokens', { name: 'x' }],
  ['POST', '/auth/api-tokens/x/rotate', {}],
  ['DELETE', '/auth/api-tokens/x'],
  ['POST', '/auth/url-tokens', { method: 'GET', path: '/a', withinMs: minute }],
  ['POST', '/auth/password/change', { current: goodPassword, password: otherPassword }],
  ['PUT', '/documents/1', {}],
  ['DELETE', '/documents/1'],
  ['POST', '/nowhere', {}],
]

const elsewhere: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'another site': { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
  'a sibling': { 'sec-fetch-site': 'same-site', origin: 'https://evil.example.com' },
  'a sandboxed frame': { 'sec-fetch-site': 'cross-site', origin: 'null' },
  'an old browser, another site': { 'sec-fetch-site': '', origin: 'https://evil.example' },
  'plain http': { 'sec-fetch-site': 'same-site', origin: 'http://app.example.com' },
  'the address bar': { 'sec-fetch-site': 'none', origin: '' },
}

const networkKept = { operation: 'insert', kind: 'network' }

describe('ASVS 3.5.1, 16.3.3: a change that another site causes', () => {
  test.each(changes)(
    '%s %s is refused before anything is read',
    async (method: string, path: string, body?: unknown) => {
      const { page, counting, of } = await open()
      // The last thing that a log-in does, after its answer.
      await vi.waitFor(() => expect(counting.calls).toContainEqual(expect.objectContaining(networkKept)))
      counting.reset()
      for (const [name, headers] of Object.entries(elsewhere)) {
        const answer = await page.send(method, path, body, headers)
        expect([name, answer.status, answer.json['code'], answer.cookies]).toEqual([
          name,
          403,
          'cross_site_request',
          [],
        ])
      }
      expect(counting.calls).toEqual([])
      expect(of('request.refused').length).toBe(Object.keys(elsewhere).length)
      expect((await page.send('GET', '/auth/session')).json['status']).toBe('unlocked')
    },
  )

  test.each(Object.keys(elsewhere))('a log-in from %s is refused also without any cookie', async (name) => {
    const { send } = await open()
    const login = { username: 'ann', password: goodPassword }
    const answer = await browser(send).send('POST', '/auth/login', login, elsewhere[name])
    expect([answer.status, answer.json['code'], answer.cookies]).toEqual([403, 'cross_site_request', []])
  })

  test('without the headers of a browser: a program passes, a cookie does not', async () => {
    const { send, page } = await open()
    const client = program(send)
    expect((await client.logIn()).status).toBe(200)
    expect((await client.send('PUT', '/documents/1', {})).status).toBe(200)
    const headers = { 'content-type': 'application/json' }
    const body = '{}'
    const withOurs = await send({
      method: 'PUT',
      path: '/documents/1',
      headers: { ...headers, cookie: `__Host-sallyport=${page.token}` },
      body,
    })
    expect(withOurs.json['code']).toBe('cross_site_request')
    const login = JSON.stringify({ username: 'ann', password: goodPassword })
    const withAnother = await send({
      method: 'POST',
      path: '/auth/login',
      headers: { ...headers, cookie: 'theme=dark' },
      body: login,
    })
    expect(withAnother.json['code']).toBe('cross_site_request')
  })

  test('routes of the application are none of our business without our cookie', async () => {
    const { send } = await open()
    const answer = await send({
      method: 'POST',
      path: '/nowhere',
      headers: { ...elsewhere['another site'], cookie: 'theme=dark' },
      body: '',
    })
    expect(answer.status).toBe(404)
  })

  test('an API token in the query passes from anywhere: no browser adds it by itself', async () => {
    const { send, page } = await open()
    const made = await page.send('POST', '/auth/api-tokens', { name: 'ci' })
    const api: Client = Object.assign(program(send), { token: String(made.json['token']) })
    expect((await api.send('PUT', '/documents/1', {}, elsewhere['another site'])).status).toBe(200)
  })

  test('a socket that is opened with our cookie needs our origin', async () => {
    const { page } = await open()
    const upgrade = {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'x'.repeat(22),
    }
    expect(
      (await page.send('GET', '/documents/1', undefined, { ...upgrade, ...elsewhere['another site'] })).json['code'],
    ).toBe('cross_site_request')
    expect((await page.send('GET', '/documents/1', undefined, upgrade)).json['code']).toBe('cross_site_request')
    expect((await page.send('GET', '/documents/1', undefined, { ...upgrade, origin })).status).toBe(200)
  })

  test('a listed origin passes, and only it', async () => {
    const { page } = await open({ trustedOrigins: ['https://admin.example.com'] })
    const from = (other: string) =>
      page.send('PUT', '/documents/1', {}, { 'sec-fetch-site': 'same-site', origin: other })
    expect((await from('https://admin.example.com')).status).toBe(200)
    for (const other of [
      'https://admin.example.com.evil.example',
      'http://admin.example.com',
      'https://admin.example.com:8443',
      'https://ADMIN.example.com',
    ]) {
      expect((await from(other)).json['code']).toBe('cross_site_request')
    }
  })

  test('ASVS 3.5.3: what only reads changes nothing', async () => {
    const { page, auth, ann } = await open()
    for (const [, path] of changes) {
      for (const method of ['GET', 'HEAD']) {
        const answer = await page.send(method, path, undefined, { 'sec-fetch-site': 'cross-site' })
        expect([path, answer.cookies]).toEqual([path, []])
      }
    }
    expect((await auth.sessions.list(ann.id)).items.length).toBe(1)
    expect((await auth.apiTokens.list(ann.id)).items).toEqual([])
  })
})

describe('ASVS 3.4.2, 3.5.5 to 3.5.8: what another site may read', () => {
  test('nothing: no CORS headers, nothing that runs as a script, nothing that may be embedded', async () => {
    const { page } = await open()
    for (const path of ['/auth/session', '/auth/sessions', '/auth/nothing']) {
      const { headers } = await page.send('GET', `${path}?callback=steal`, undefined, {
        origin: 'https://evil.example',
      })
      for (const name of headers.keys()) expect(name).not.toMatch(/^access-control/)
      expect(headers.get('content-type')).toMatch(/^application\/(problem\+)?json/)
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin')
    }
  })
})
