import { type AdapterCase, adapterCase, answers, refuses, same } from './adapter-case.ts'
import { isPrivate } from './adapter-log-in.ts'

const day = 24 * 60 * 60_000

/** API tokens, from issue to revocation. */
export const tokenCases: readonly AdapterCase[] = [
  adapterCase('POST /api-tokens: ten years, the token shown this once, all permissions of the user', async (t) => {
    const { token } = await t.someone()
    const answer = await t.post('/auth/api-tokens', { name: 'robot' }, { cookie: token })
    answers(answer, 201)
    same([answer.cookies, isPrivate(answer)], [[], true], 'cookies and privacy')
    const { apiToken, token: secret } = answer.json() as { apiToken: Record<string, string>; token: string }
    const years = (Date.parse(apiToken['expiresAt'] ?? '') - Date.parse(apiToken['createdAt'] ?? '')) / (365.25 * day)
    same(Math.round(years * 100) / 100, 10, 'its years')
    same([apiToken['name'], apiToken['lastUsedAt'], apiToken['scopes']], ['robot', null, null], 'what is shown')
    answers(await t.send('PUT', `/documents/1?token=${secret}`), 200)
    answers(await t.get('/documents/1', { cookie: secret }), 200)
    const list = await t.get('/auth/api-tokens', { cookie: token })
    answers(list, 200)
    same(list.body.includes(secret.slice(28)), false, 'the token is shown again')
  }),

  adapterCase(
    'POST /api-tokens: scopes narrow and never widen, an end is in the future and at most ten years away',
    async (t) => {
      const { token } = await t.someone()
      const issue = (wanted: object) => t.post('/auth/api-tokens', { name: 'robot', ...wanted }, { cookie: token })
      const narrow = await issue({ scopes: ['documents:read'] })
      answers(narrow, 201)
      const { token: secret } = narrow.json() as { token: string }
      answers(await t.get(`/documents/1?token=${secret}`), 200)
      refuses(await t.send('PUT', `/documents/1?token=${secret}`), 403, 'forbidden', {
        detail: 'The user has the permission documents:write, but it is not among the scopes of this API token.',
      })
      for (const wanted of [
        { scopes: ['documents:burn'] },
        { scopes: 'documents:read' },
        { name: '' },
        { name: 7 },
        { expiresAt: '2001-01-01T00:00:00Z' },
        { expiresAt: '2090-01-01T00:00:00Z' },
        { expiresAt: 'tomorrow' },
      ]) {
        refuses(await issue(wanted), 400, 'invalid_request')
      }
    },
  ),

  adapterCase('POST /api-tokens/:id/rotate: both secrets for the overlap, then the new one alone', async (t) => {
    const { token } = await t.someone()
    const { id, token: old } = await t.apiToken(token)
    const rotate = (body?: object) => t.post(`/auth/api-tokens/${id}/rotate`, body, { cookie: token })
    const rotated = await rotate()
    answers(rotated, 200)
    const { token: next, apiToken } = rotated.json() as { token: string; apiToken: { id: string } }
    same(apiToken.id, id, 'the id')
    for (const secret of [old, next]) answers(await t.get(`/echo?token=${secret}`), 200)
    await t.control(`advance=${day}`)
    refuses(await t.get(`/echo?token=${old}`), 401, 'invalid_token')
    answers(await t.get(`/echo?token=${next}`), 200)
    refuses(await rotate({ overlapMs: 0 }), 403, 'step_up_required')
    const fresh = await t.someone()
    const other = await t.apiToken(fresh.token)
    const path = `/auth/api-tokens/${other.id}/rotate`
    answers(await t.post(path, { overlapMs: 0 }, { cookie: fresh.token }), 200)
    refuses(await t.get(`/echo?token=${other.token}`), 401, 'invalid_token')
    refuses(await t.post(path, { overlapMs: -1 }, { cookie: fresh.token }), 400, 'invalid_request')
  }),

  adapterCase('D16: API tokens of somebody else are not found', async (t) => {
    const { token } = await t.someone()
    const robot = await t.apiToken(token)
    const stranger = await t.someone()
    const path = `/auth/api-tokens/${robot.id}`
    refuses(await t.send('DELETE', path, { cookie: stranger.token }), 404, 'not_found')
    refuses(await t.post(`${path}/rotate`, {}, { cookie: stranger.token }), 404, 'not_found')
    answers(await t.get(`/echo?token=${robot.token}`), 200)
    const gone = await t.send('DELETE', path, { cookie: token })
    same([gone.status, gone.body], [204, ''], 'the answer')
    refuses(await t.get(`/echo?token=${robot.token}`), 401, 'invalid_token')
    refuses(await t.send('DELETE', path, { cookie: token }), 404, 'not_found')
  }),

  adapterCase('an API token gets session_required from every route but GET /session', async (t) => {
    const { token } = await t.someone()
    const robot = await t.apiToken(token)
    const sessionOnly = [
      ['GET', '/sessions'],
      ['DELETE', `/sessions/${robot.id}`],
      ['POST', '/sessions/revoke-others'],
      ['POST', '/reauthenticate', { password: 'x' }],
      ['POST', '/reauthenticate/begin', { factor: 'code' }],
      ['GET', '/api-tokens'],
      ['POST', '/api-tokens', { name: 'another' }],
      ['POST', `/api-tokens/${robot.id}/rotate`],
      ['DELETE', `/api-tokens/${robot.id}`],
      ['POST', '/url-tokens', { method: 'GET', path: '/echo', withinMs: 1000, uses: 'once' }],
      ['POST', '/password/change', { current: 'x', password: 'y' }],
    ] as const
    for (const [method, path, body] of sessionOnly) {
      refuses(await t.send(method, `/auth${path}?token=${robot.token}`, { body }), 403, 'session_required')
    }
    for (const [method, path, body] of sessionOnly) {
      refuses(await t.send(method, `/auth${path}`, { body }), 401, 'unauthenticated')
    }
  }),

  adapterCase('POST /url-tokens { once }: a link for one request, that one alone', async (t) => {
    const { token, username } = await t.someone()
    const issue = (wanted: object) =>
      t.post('/auth/url-tokens', { method: 'GET', path: '/echo?a=1&b=', withinMs: 5000, ...wanted }, { cookie: token })
    const issued = await issue({ uses: 'once' })
    answers(issued, 201)
    const { url } = issued.json() as { url: string }
    const [, link] = /^https:\/\/app\.example\.com\/echo\?a=1&b=&token=(.*)$/.exec(url) ?? []
    const inTime = [`/echo?a=1&token=${link}`, `/echo?b=&a=1&token=${link}`, `/documents/1?a=1&b=&token=${link}`]
    for (const target of inTime) refuses(await t.get(target), 401, 'invalid_token')
    same((await t.send('HEAD', `/echo?a=1&b=&token=${link}`)).status, 401, 'another method')
    const opened = await t.get(`/echo?a=1&token=${link}&b=`, { cookie: 'of somebody else' })
    const { principal, query } = opened.json() as { principal: Record<string, unknown>; query: unknown }
    same([principal['user'], principal['via']], [username, 'url-token'], 'the principal')
    same([query, opened.cookies], [{ a: ['1'], b: [''] }, []], 'query and cookies')
    refuses(await t.get(`/echo?a=1&b=&token=${link}`), 401, 'invalid_token')
    for (const wanted of [
      { path: 'https://evil.example/' },
      { path: '//evil.example/' },
      { path: '/echo?token=x' },
      { method: 'POST' },
      { withinMs: 0 },
    ]) {
      refuses(await issue({ uses: 'once', ...wanted }), 400, 'invalid_request')
    }
  }),

  adapterCase(
    'POST /url-tokens { untilExpiry }: as often as is liked, until its time or its session ends',
    async (t) => {
      const { token } = await t.someone()
      const issue = async () => {
        const wanted = { method: 'GET', path: '/documents/1', withinMs: 5000, uses: 'untilExpiry' }
        const { url } = (await t.post('/auth/url-tokens', wanted, { cookie: token })).json() as { url: string }
        return url.slice('https://app.example.com'.length)
      }
      const first = await issue()
      for (let n = 0; n < 3; n++) answers(await t.get(first), 200)
      await t.control('advance=5001')
      refuses(await t.get(first), 401, 'expired_token')
      const second = await issue()
      answers(await t.get(second), 200)
      await t.send('POST', '/auth/logout', { cookie: token })
      refuses(await t.get(second), 401, 'invalid_token')
    },
  ),
]
