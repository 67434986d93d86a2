import { describe, expect, test } from 'vitest'
import { wayNames, ways } from './application.ts'
import { browser, type Client, program } from './client.ts'
import { day, goodPassword, hour, house, minute, origin } from './house.ts'

const iso = (at: number) => new Date(at).toISOString()

describe.each(wayNames)('API tokens, through %s', (way) => {
  async function open(settings: Parameters<typeof house>[0] = {}) {
    const there = await house(settings)
    const send = await ways[way](there.auth)
    const page = browser(send)
    await page.logIn()
    return { ...there, send, page }
  }

  async function make(page: Client, fields: object = {}) {
    const answer = await page.send('POST', '/auth/api-tokens', { name: 'ci', ...fields })
    const { id } = (answer.json['apiToken'] ?? {}) as { id: string }
    return { answer, id, token: String(answer.json['token']) }
  }

  test('201 with the token, which is never shown again', async () => {
    const { send, page, now } = await open()
    const { answer, id, token } = await make(page)
    expect(answer.status).toBe(201)
    expect(answer.json).toEqual({
      apiToken: expect.objectContaining({
        id,
        name: 'ci',
        createdAt: iso(now()),
        expiresAt: expect.stringMatching(/^2036-01-0[12]T/) as string,
        lastUsedAt: null,
        rotatedAt: null,
        scopes: null,
      }) as object,
      token: expect.stringMatching(/^sp_a_/) as string,
    })
    expect(answer.cookies).toEqual([])
    const api = program(send)
    api.token = token
    expect((await api.send('GET', '/auth/session')).json).toMatchObject({ status: 'unlocked', apiToken: { id } })
    const list = await page.send('GET', '/auth/api-tokens')
    expect(list.json).toMatchObject({ items: [{ id, name: 'ci' }] })
    expect(list.text).not.toContain(token.slice(28, 71))
    expect(list.text).not.toMatch(/hash|epoch/)
  })

  test('with an end and scopes of its own', async () => {
    const { send, page, now, advance } = await open()
    const { answer, token } = await make(page, { expiresAt: iso(now() + hour), scopes: ['documents:read'] })
    expect(answer.json['apiToken']).toMatchObject({ expiresAt: iso(now() + hour), scopes: ['documents:read'] })
    const api = program(send)
    api.token = token
    expect((await api.send('GET', '/auth/session')).json['permissions']).toEqual(['documents:read'])
    advance(hour)
    expect((await api.send('GET', '/auth/session')).json['code']).toBe('expired_token')
  })

  test.each([
    [{ name: '' }],
    [{ name: 'x'.repeat(201) }],
    [{ name: ['ci'] }],
    [{ name: 'a\0b' }],
    [{ name: undefined }],
    [{ expiresAt: 0 }],
    [{ expiresAt: '2020-01-01T00:00:00Z' }],
    [{ expiresAt: '2046-01-01T00:00:00Z' }],
    [{ expiresAt: '2026-06-01T00:00:00+05' }],
    [{ expiresAt: 'never' }],
    [{ expiresAt: null }],
    [{ scopes: 'documents:read' }],
    [{ scopes: ['documents:delete'] }],
    [{ scopes: [''] }],
    [{ scopes: [['documents:read']] }],
    [{ scopes: Array.from({ length: 201 }, () => 'documents:read') }],
  ])('D7: 400 for %j', async (fields) => {
    const { page } = await open()
    const { answer } = await make(page, fields)
    expect([answer.status, answer.json['code']]).toEqual([400, 'invalid_request'])
  })

  test('ASVS 15.3.3: what is not asked for can not be set', async () => {
    const { page, ann } = await open()
    const { answer } = await make(page, {
      id: 'mine',
      userId: 'x',
      owner: 'x',
      createdAt: 0,
      epoch: 'x',
      hash: 'x',
      lastUsedAt: 5,
    })
    expect(answer.json['apiToken']).toMatchObject({ name: 'ci', lastUsedAt: null })
    expect((answer.json['apiToken'] as { id: string }).id).not.toBe('mine')
    expect(ann.id).toBeTruthy()
  })

  test('rotation: the new one at once, the old one for the overlap', async () => {
    const { send, page, advance } = await open()
    const { id, token } = await make(page)
    const rotated = await page.send('POST', `/auth/api-tokens/${id}/rotate`, { overlapMs: 10 * minute })
    expect([rotated.status, (rotated.json['apiToken'] as { id: string }).id]).toEqual([200, id])
    const [old, fresh] = [program(send), program(send)]
    old.token = token
    fresh.token = String(rotated.json['token'])
    advance(10 * minute - 1)
    expect([
      (await old.send('GET', '/auth/session')).status,
      (await fresh.send('GET', '/auth/session')).status,
    ]).toEqual([200, 200])
    advance(1)
    expect([
      (await old.send('GET', '/auth/session')).json['code'],
      (await fresh.send('GET', '/auth/session')).status,
    ]).toEqual(['invalid_token', 200])
  })

  test('rotation without a body keeps the old one for a day', async () => {
    const { send, page, advance } = await open()
    const { id, token } = await make(page)
    expect((await page.send('POST', `/auth/api-tokens/${id}/rotate`)).status).toBe(200)
    const old = program(send)
    old.token = token
    advance(day - 1)
    expect((await old.send('GET', '/auth/session')).status).toBe(200)
    advance(1)
    expect((await old.send('GET', '/auth/session')).status).toBe(401)
  })

  test.each([-1, 1.5, '0', null, 31 * day, 1e300])('D7: an overlap of %j is 400', async (overlapMs) => {
    const { page } = await open()
    const { id } = await make(page)
    expect((await page.send('POST', `/auth/api-tokens/${id}/rotate`, { overlapMs })).status).toBe(400)
  })

  test('DELETE: 204, dead at once, then 404', async () => {
    const { send, page } = await open()
    const { id, token } = await make(page)
    const api = program(send)
    api.token = token
    expect((await page.send('DELETE', `/auth/api-tokens/${id}`)).status).toBe(204)
    expect((await api.send('GET', '/auth/session')).json['code']).toBe('invalid_token')
    expect((await page.send('DELETE', `/auth/api-tokens/${id}`)).json['code']).toBe('not_found')
    expect((await page.send('POST', `/auth/api-tokens/${id}/rotate`, {})).json['code']).toBe('not_found')
  })

  test('D16: somebody else’s is not there', async () => {
    const { send, page, auth } = await open()
    const { id, token } = await make(page)
    await auth.users.create({ username: 'bob', password: goodPassword })
    const bobs = browser(send)
    await bobs.logIn({ username: 'bob' })
    expect((await bobs.send('DELETE', `/auth/api-tokens/${id}`)).status).toBe(404)
    expect((await bobs.send('POST', `/auth/api-tokens/${id}/rotate`, {})).status).toBe(404)
    expect((await bobs.send('GET', '/auth/api-tokens')).json).toEqual({ items: [] })
    const api = program(send)
    api.token = token
    expect((await api.send('GET', '/auth/session')).status).toBe(200)
  })

  test('ASVS 7.5.1: issue and rotate need an authentication of the last hour', async () => {
    const { page, advance } = await open()
    const { id } = await make(page)
    advance(hour)
    expect((await make(page)).answer.status).toBe(201)
    advance(1)
    for (const answer of [(await make(page)).answer, await page.send('POST', `/auth/api-tokens/${id}/rotate`, {})]) {
      expect([answer.status, answer.json]).toEqual([
        403,
        {
          type: 'urn:sallyport:step_up_required',
          title: 'This needs a more recent or stronger authentication.',
          status: 403,
          code: 'step_up_required',
          requirement: { within: hour },
        },
      ])
    }
    expect((await page.send('GET', '/auth/api-tokens')).status).toBe(200)
    await page.send('POST', '/auth/reauthenticate', { password: goodPassword })
    expect((await make(page)).answer.status).toBe(201)
  })

  describe('POST /url-tokens', () => {
    test('201 with a link on the configured origin', async () => {
      const { page, now } = await open()
      const wanted = { method: 'GET', path: '/documents/1?v=2', withinMs: minute, uses: 'once' }
      const answer = await page.send('POST', '/auth/url-tokens', wanted, {
        host: 'evil.example',
        'x-forwarded-host': 'evil.example',
      })
      expect([answer.status, answer.json]).toEqual([
        201,
        {
          url: expect.stringMatching(/^https:\/\/app\.example\.com\/documents\/1\?v=2&token=sp_u_/) as string,
          expiresAt: iso(now() + minute),
        },
      ])
      expect(new URL(String(answer.json['url'])).origin).toBe(origin)
    })

    test.each([
      [{ method: 'POST' }],
      [{ method: 'get' }],
      [{ path: 'https://evil.example/' }],
      [{ path: '//evil.example/' }],
      [{ path: '/\\evil.example' }],
      [{ path: '' }],
      [{ path: `/${'x'.repeat(2000)}` }],
      [{ withinMs: 0 }],
      [{ withinMs: hour + 1 }],
      [{ withinMs: 0.5 }],
      [{ uses: 'always' }],
      [{ uses: true }],
    ])('D7: 400 for %j', async (fields) => {
      const { page } = await open()
      const answer = await page.send('POST', '/auth/url-tokens', {
        method: 'GET',
        path: '/a',
        withinMs: minute,
        ...fields,
      })
      expect([answer.status, answer.json['code']]).toEqual([400, 'invalid_request'])
    })
  })
})
