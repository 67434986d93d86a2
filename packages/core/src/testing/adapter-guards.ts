import { type AdapterCase, adapterCase, answers, cookieName, refuses, same } from './adapter-case.ts'
import type { Answer } from './adapter-client.ts'
import { fixed } from './adapter-fixture.ts'

/** Protected routes of the application. */
export const guardCases: readonly AdapterCase[] = [
  adapterCase('protect: nobody is unauthenticated', async (t) => {
    for (const path of ['/echo', '/documents/1', '/strong']) {
      const answer = await t.get(path)
      refuses(answer, 401, 'unauthenticated')
      same(answer.header('www-authenticate'), 'Sallyport', 'WWW-Authenticate')
      same(answer.cookies, [], 'the cookies')
    }
  }),

  adapterCase('protect: the principal is the same by cookie and by query', async (t) => {
    const { username, token } = await t.someone('roles=reader')
    const byCookie = await t.get('/documents/7', { cookie: token })
    const byQuery = await t.get(`/documents/7?token=${token}`)
    for (const answer of [byCookie, byQuery]) {
      answers(answer, 200, { params: { id: '7' } })
      const { principal } = answer.json() as { principal: Record<string, unknown> }
      const { session, ...rest } = principal
      same(typeof session, 'string', 'the session')
      same(rest, { user: username, via: 'session', permissions: ['documents:read'], level: 1 }, 'the principal')
      same(answer.header('cache-control'), 'no-store', 'Cache-Control')
    }
  }),

  adapterCase('D9: protect: a forged, malformed or foreign token is invalid_token', async (t) => {
    const { token } = await t.someone()
    const flipped = `${token.slice(0, -20)}${token.at(-20) === 'A' ? 'B' : 'A'}${token.slice(-19)}`
    const other = token.replace('sp_s_', 'sp_a_')
    for (const bad of [flipped, other, `${token}=`, token.slice(1), '%00', 'x'.repeat(6000)]) {
      refuses(await t.get('/echo', { cookie: bad }), 401, 'invalid_token')
      refuses(await t.get(`/echo?token=${bad}`), 401, 'invalid_token')
    }
  }),

  adapterCase('protect: an expired session is expired_token', async (t) => {
    const { token } = await t.someone()
    await t.control(`advance=${30 * 24 * 60 * 60_000}`)
    refuses(await t.get('/echo', { cookie: token }), 401, 'expired_token')
  }),

  adapterCase('D3: protect: a locked token opens nothing', async (t) => {
    const { username } = await t.user('roles=editor&factor=1')
    const locked = await t.logIn(username)
    for (const path of ['/echo', '/documents/1', '/strong']) {
      refuses(await t.get(`${path}?token=${locked}`), 401, 'token_locked')
    }
    for (const [method, path] of [
      ['GET', 'sessions'],
      ['GET', 'api-tokens'],
      ['POST', 'api-tokens'],
    ] as const) {
      const body = method === 'POST' ? { name: 'x' } : undefined
      refuses(await t.send(method, `/auth/${path}`, { cookie: locked, body }), 401, 'token_locked')
    }
  }),

  adapterCase('protect: a permission that is missing is named', async (t) => {
    const { token } = await t.someone('roles=reader')
    const answer = await t.send('PUT', '/documents/1', { cookie: token })
    refuses(answer, 403, 'forbidden', {
      permission: 'documents:write',
      detail: 'The user does not have the permission documents:write.',
    })
    answers(await t.get('/documents/1', { cookie: token }), 200)
  }),

  adapterCase('ASVS 8.3.2: protect: a role that was given or lost counts with the next request', async (t) => {
    const { id, token } = await t.someone('roles=reader')
    const robot = await t.apiToken(token)
    await t.control(`of=${id}&roles=editor`)
    answers(await t.send('PUT', '/documents/1', { cookie: token }), 200)
    answers(await t.send('PUT', `/documents/1?token=${robot.token}`), 200)
    await t.control(`of=${id}&roles=reader`)
    refuses(await t.send('PUT', '/documents/1', { cookie: token }), 403, 'forbidden')
    refuses(await t.send('PUT', `/documents/1?token=${robot.token}`), 403, 'forbidden')
  }),

  adapterCase('ASVS 7.4.2: protect: a disabled user is refused with the next request', async (t) => {
    const { id, token } = await t.someone()
    const robot = await t.apiToken(token)
    await t.control(`disable=${id}`)
    refuses(await t.get('/echo', { cookie: token }), 401, 'invalid_token')
    refuses(await t.get(`/echo?token=${robot.token}`), 401, 'invalid_token')
  }),

  adapterCase(
    'ASVS 7.5.3: protect({ within, assurance, methods }): too old or too weak is step_up_required',
    async (t) => {
      const { token } = await t.someone()
      answers(await t.send('DELETE', '/documents/1', { cookie: token }), 200)
      refuses(await t.get('/strong', { cookie: token }), 403, 'step_up_required', { requirement: { assurance: 2 } })
      refuses(await t.get('/hardware', { cookie: token }), 403, 'step_up_required', {
        requirement: { methods: ['hwk'] },
      })
      const robot = await t.apiToken(token)
      const byRobot = await t.send('DELETE', `/documents/1?token=${robot.token}`)
      refuses(byRobot, 403, 'step_up_required', { requirement: { within: 900_000 } })
      await t.control('advance=900001')
      refuses(await t.send('DELETE', '/documents/1', { cookie: token }), 403, 'step_up_required')
      answers(await t.get('/documents/1', { cookie: token }), 200)
    },
  ),

  adapterCase('D7: protect: two credentials are ambiguous, one of them twice as well', async (t) => {
    const { username, token } = await t.someone()
    const other = await t.logIn(username)
    const ambiguous = [
      await t.get(`/echo?token=${other}`, { cookie: token }),
      await t.get(`/echo?token=${token}`, { cookie: token }),
      await t.get(`/echo?token=${token}&token=${other}`),
      await t.get(`/echo?token=${token}&%74oken=${token}`),
      await t.get('/echo', { headers: { Cookie: `${cookieName}=${token}; ${cookieName}=${other}` } }),
      await t.get('/auth/session', { headers: { Cookie: `${cookieName}=${token};${cookieName}=${token}` } }),
    ]
    for (const answer of ambiguous) refuses(answer, 400, 'ambiguous_credentials')
    refuses(await t.get(`/auth/sessions?token=${other}`, { cookie: token }), 400, 'ambiguous_credentials')
  }),

  adapterCase('D4: storage away: unavailable with Retry-After, and never a pass', async (t) => {
    const { username, token } = await t.someone()
    const all: Answer[] = []
    await t.control('storage=down')
    try {
      for (const path of ['/echo', '/documents/1', '/who', '/auth/session'])
        all.push(await t.get(path, { cookie: token }))
      all.push(await t.post('/auth/login', { username, password: fixed.password }))
    } finally {
      await t.control('storage=up')
    }
    for (const answer of all) {
      refuses(answer, 503, 'unavailable')
      same(Number(answer.header('retry-after')) > 0, true, 'Retry-After')
    }
    answers(await t.get('/public'), 200)
    answers(await t.get('/echo', { cookie: token }), 200)
  }),

  adapterCase('identify: lets everybody pass, and says who it is when somebody is', async (t) => {
    const { username, token } = await t.someone('roles=reader')
    answers(await t.get('/who'), 200, { principal: undefined })
    answers(await t.get('/who', { cookie: `${token}x` }), 200, { principal: undefined })
    const answer = await t.get('/who', { cookie: token })
    same((answer.json() as { principal: { user: string } }).principal.user, username, 'who it is')
    same(answer.header('cache-control'), 'no-store', 'Cache-Control')
    same((await t.get('/who')).header('cache-control'), undefined, 'Cache-Control for nobody')
  }),

  adapterCase('a route without a guard is the application’s alone', async (t) => {
    const { token } = await t.someone()
    for (const sent of [{}, { cookie: token }, { cookie: 'nonsense' }]) {
      answers(await t.get('/public', sent), 200, { principal: undefined })
    }
  }),

  adapterCase('the application’s own Cache-Control stands, but not for a token in the query', async (t) => {
    const { token } = await t.someone()
    const byCookie = await t.get('/cached', { cookie: token })
    const own = ['private, max-age=60', 'unsafe-url']
    same([byCookie.header('cache-control'), byCookie.header('referrer-policy')], own, 'by cookie')
    const byQuery = await t.get(`/cached?token=${token}`)
    same([byQuery.header('cache-control'), byQuery.header('referrer-policy')], ['no-store', 'no-referrer'], 'by query')
    same(byQuery.cookies, [], 'the cookies')
  }),

  adapterCase('a fault of a handler is the framework’s to answer, and it is no pass', async (t) => {
    const { token } = await t.someone()
    same((await t.peek('GET', '/fault', { cookie: token })).status, 500, 'the status')
    answers(await t.get('/echo', { cookie: token }), 200)
  }),

  adapterCase(
    'D15: protect and identify without Sallyport in front fail, and never pass',
    async (t) => {
      for (const path of ['/echo', '/who', '/documents/1']) {
        same((await t.peek('GET', path)).status, 500, `the status of ${path}`)
      }
      answers(await t.get('/public'), 200)
    },
    { uninstalled: true },
  ),

  adapterCase('Authorization: Bearer is not read unless it is switched on, and the refusal says so', async (t) => {
    const { token } = await t.someone()
    const answer = await t.get('/echo', { headers: { Authorization: `Bearer ${token}` } })
    refuses(answer, 401, 'unauthenticated', {
      detail: 'The Authorization header is not read here; send the token as a cookie or as the query parameter.',
    })
  }),

  adapterCase(
    'Authorization: Bearer, switched on',
    async (t) => {
      const { username, token } = await t.someone()
      for (const scheme of ['Bearer', 'bearer', 'BEARER ']) {
        answers(await t.get('/echo', { headers: { Authorization: `${scheme} ${token}` } }), 200)
      }
      refuses(await t.get('/echo', { headers: { Authorization: `Basic ${token}` } }), 401, 'unauthenticated')
      const both = { headers: { Authorization: `Bearer ${token}` }, cookie: await t.logIn(username) }
      refuses(await t.get('/echo', both), 400, 'ambiguous_credentials')
      refuses(
        await t.get('/echo', { headers: { Authorization: `Bearer ${token}, Bearer ${token}` } }),
        400,
        'ambiguous_credentials',
      )
    },
    { settings: { bearer: true } },
  ),
]
