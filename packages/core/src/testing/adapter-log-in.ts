import { type AdapterCase, adapterCase, answers, cookieName, refuses, same } from './adapter-case.ts'
import type { Answer } from './adapter-client.ts'
import { fixed } from './adapter-fixture.ts'

const { password } = fixed
const days30 = 30 * 24 * 60 * 60

/** Log-in and unlock. */
export const logInCases: readonly AdapterCase[] = [
  adapterCase('POST /login: a session in a cookie, and no token in the body', async (t) => {
    const { id, username } = await t.user('roles=reader')
    const answer = await t.post('/auth/login', { username, password })
    const now = new Date(Number((await t.control('')).now)).toISOString()
    answers(answer, 200, {
      status: 'unlocked',
      user: { id, username, roles: ['reader'] },
      permissions: ['documents:read'],
      assurance: { level: 1, methods: ['pwd'], provenAt: { pwd: now }, authenticatedAt: now },
      token: undefined,
    })
    const { session } = answer.json() as { session: Record<string, unknown> }
    same(
      { ...session, id: typeof session['id'], expiresAt: Date.parse(String(session['expiresAt'])) - Date.parse(now) },
      {
        id: 'string',
        createdAt: now,
        authenticatedAt: now,
        lastSeenAt: now,
        expiresAt: days30 * 1000,
        address: '127.0.0.1',
        userAgent: null,
        methods: ['pwd'],
      },
      'the session',
    )
    const [, token] = /^__Host-sallyport=([\w.-]+); /.exec(answer.cookies[0] ?? '') ?? []
    const attributes = `Max-Age=${days30}; Path=/; HttpOnly; Secure; SameSite=Lax`
    same(answer.cookies, [`${cookieName}=${token}; ${attributes}`], 'the cookie')
    same(isPrivate(answer), true, 'Cache-Control: no-store and its like')
    answers(await t.get('/echo', { cookie: token }), 200)
  }),

  adapterCase('POST /login { returnToken }: the token in the body, and no cookie', async (t) => {
    const { username } = await t.user()
    const answer = await t.post('/auth/login', { username, password, returnToken: true })
    answers(answer, 200, { status: 'unlocked' })
    same(answer.cookies, [], 'the cookies')
    const { token } = answer.json() as { token: string }
    answers(await t.get(`/echo?token=${token}`), 200)
  }),

  adapterCase('POST /login { remember: false }: the cookie ends with the browser', async (t) => {
    const { username } = await t.user()
    const answer = await t.post('/auth/login', { username, password, remember: false })
    answers(answer, 200)
    same(/^__Host-sallyport=[\w.-]+; Path=\/; HttpOnly; Secure; SameSite=Lax$/.test(answer.cookies.join()), true, 'it')
  }),

  adapterCase('POST /login: unknown user, wrong password and disabled user are answered alike', async (t) => {
    const { username } = await t.user()
    const disabled = await t.user()
    await t.control(`disable=${disabled.id}`)
    const all = [
      await t.post('/auth/login', { username, password: 'another battery staple' }),
      await t.post('/auth/login', { username: `nobody-${username}`, password }),
      await t.post('/auth/login', { username: disabled.username, password }),
    ]
    for (const answer of all) refuses(answer, 401, 'invalid_credentials')
    same(new Set(all.map(({ body }) => body)).size, 1, 'how many different answers')
    same(all[0]?.cookies, [], 'the cookies')
  }),

  adapterCase('POST /login: what is not the right JSON is invalid_request, 415 or 413', async (t) => {
    const bad: readonly unknown[] = [
      {},
      { username: 'ada' },
      { username: ['ada'], password },
      { username: { $ne: '' }, password },
      { username: '', password },
      { username: 'a\0da', password },
      { username: 'ada', password, remember: 'yes' },
      { username: 'a'.repeat(1025), password },
    ]
    for (const body of bad) refuses(await t.post('/auth/login', body), 400, 'invalid_request')
  }),

  adapterCase('POST /login: only JSON in UTF-8 is read', async (t) => {
    for (const body of ['null', '[]', '"text"', '{"username":']) {
      refuses(await t.post('/auth/login', body), 400, 'invalid_request')
    }
    const { username } = await t.user()
    const body = JSON.stringify({ username, password })
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/json-seq',
      'multipart/form-data',
    ]) {
      refuses(await t.post('/auth/login', body, { headers: { 'Content-Type': type } }), 415, 'unsupported_media_type')
    }
    const type = { 'Content-Type': 'Application/JSON; charset=utf-8' }
    answers(await t.post('/auth/login', body, { headers: type }), 200)
  }),

  adapterCase('POST /login: an eleventh guess waits, the right one too', async (t) => {
    const { username } = await t.user()
    const guess = { username, password: 'another battery staple' }
    for (let n = 0; n < 10; n++) refuses(await t.post('/auth/login', guess), 401, 'invalid_credentials')
    for (const body of [guess, { username, password }]) {
      const answer = await t.post('/auth/login', body)
      refuses(answer, 429, 'too_many_attempts')
      same(answer.header('retry-after'), '900', 'Retry-After')
    }
    await t.control('advance=900000')
    answers(await t.post('/auth/login', { username, password }), 200)
  }),

  adapterCase('POST /login: ends the session that its cookie held, and minds no stale or malformed one', async (t) => {
    const { username, token } = await t.someone()
    answers(await t.post('/auth/login', { username, password }, { cookie: token }), 200)
    refuses(await t.get('/echo', { cookie: token }), 401, 'invalid_token')
    for (const cookie of [token, 'nonsense', '']) {
      answers(await t.post('/auth/login', { username, password }, { cookie }), 200)
    }
    answers(await t.post('/auth/login?token=nonsense', { username, password }), 200)
  }),

  adapterCase('POST /unlock: the second factor, and a new token by the way of the old one', async (t) => {
    const { username } = await t.user('roles=editor&factor=1')
    const first = await t.post('/auth/login', { username, password })
    answers(first, 200, { status: 'locked', factors: ['code'], token: undefined, user: undefined })
    const locked = tokenOf(first)
    refuses(await t.get('/echo', { cookie: locked }), 401, 'token_locked')
    answers(await t.get('/auth/session', { cookie: locked }), 200, { status: 'locked', factors: ['code'] })
    answers(await t.post('/auth/unlock/begin', { factor: 'code' }, { cookie: locked }), 200, { sent: true })
    refuses(await t.post('/auth/unlock', { factor: 'code', code: '1' }, { cookie: locked }), 401, 'invalid_code')
    refuses(await t.post('/auth/unlock', { code: '1' }, { cookie: locked }), 400, 'invalid_request')

    const second = await t.post('/auth/unlock', { factor: 'code', code: fixed.code }, { cookie: locked })
    answers(second, 200, { status: 'unlocked', token: undefined })
    answers(await t.get('/strong', { cookie: tokenOf(second) }), 200)
    const again = await t.post('/auth/unlock', { factor: 'code', code: fixed.code }, { cookie: locked })
    refuses(again, 401, 'locked_token_expired')
    refuses(await t.get('/echo', { cookie: locked }), 401, 'invalid_token')
  }),

  adapterCase('POST /unlock: a locked token from the body goes back in the body', async (t) => {
    const { username } = await t.user('roles=editor&factor=1')
    const first = await t.post('/auth/login', { username, password, returnToken: true })
    const locked = (first.json() as { token: string }).token
    same(first.cookies, [], 'the cookies')
    const second = await t.post(`/auth/unlock?token=${locked}`, { factor: 'code', code: fixed.code })
    answers(second, 200, { status: 'unlocked' })
    same(second.cookies, [], 'the cookies')
    const { token } = second.json() as { token: string }
    answers(await t.get(`/strong?token=${token}`), 200)
    refuses(await t.post('/auth/unlock', { factor: 'code', code: fixed.code }), 401, 'unauthenticated')
  }),

  adapterCase('POST /unlock: ten minutes, and no longer', async (t) => {
    const { username } = await t.user('roles=editor&factor=1')
    const locked = tokenOf(await t.post('/auth/login', { username, password }))
    await t.control('advance=600001')
    const late = await t.post('/auth/unlock', { factor: 'code', code: fixed.code }, { cookie: locked })
    refuses(late, 401, 'locked_token_expired')
    refuses(await t.get('/auth/session', { cookie: locked }), 401, 'expired_token')
  }),
]

/** Whether an answer says that it is for nobody else. */
export function isPrivate(answer: Answer): boolean {
  const said = ['cache-control', 'referrer-policy', 'x-content-type-options', 'cross-origin-resource-policy']
  return said.map((name) => answer.header(name)).join() === 'no-store,no-referrer,nosniff,same-origin'
}

/** The token that an answer sets as a cookie. */
export function tokenOf({ cookies }: Answer): string {
  return /^__Host-sallyport=([^;]+)/.exec(cookies[0] ?? '')?.[1] ?? ''
}
