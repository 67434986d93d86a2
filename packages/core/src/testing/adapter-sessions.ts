import { type AdapterCase, adapterCase, type AdapterTools, answers, cookieName, refuses, same } from './adapter-case.ts'
import type { Answer } from './adapter-client.ts'
import { fixed } from './adapter-fixture.ts'
import { isPrivate, tokenOf } from './adapter-log-in.ts'

const { password } = fixed
const days30 = 30 * 24 * 60 * 60_000

/** The session: check, log-out, the user's sessions, step-up, and what all routes have in common. */
export const sessionCases: readonly AdapterCase[] = [
  adapterCase('GET /session: anonymous, unlocked, by API token, invalid, expired', async (t) => {
    const nobody = await t.get('/auth/session')
    same([nobody.status, nobody.body, isPrivate(nobody)], [200, '{"status":"anonymous"}', true], 'nobody')
    const { id, username, token } = await t.someone()
    const unlocked = await t.get('/auth/session', { cookie: token })
    answers(unlocked, 200, { status: 'unlocked', user: { id, username, roles: ['editor'] }, apiToken: undefined })
    same([unlocked.cookies, isPrivate(unlocked)], [[], true], 'the cookies')
    const robot = await t.apiToken(token)
    const byRobot = await t.get(`/auth/session?token=${robot.token}`)
    answers(byRobot, 200, { status: 'unlocked', session: undefined, assurance: undefined })
    refuses(await t.get('/auth/session', { cookie: `${token}x` }), 401, 'invalid_token')
    refuses(await t.get('/auth/session?token='), 401, 'invalid_token')
    await t.control(`advance=${days30}`)
    const expired = await t.get('/auth/session', { cookie: token })
    refuses(expired, 401, 'expired_token')
    same(expired.cookies, [], 'the cookies of a refusal')
  }),

  adapterCase('GET /session: when it was used last, which is written after the answer', async (t) => {
    const { token } = await t.someone()
    const { id, token: robot } = await t.apiToken(token)
    await t.control('advance=61000')
    const now = new Date(Number((await t.control('')).now)).toISOString()
    answers(await t.get('/echo', { cookie: token }), 200)
    answers(await t.get(`/echo?token=${robot}`), 200)
    const lastUses = async (): Promise<unknown> => {
      const { session } = (await t.peek('GET', '/auth/session', { cookie: token })).json() as Seen
      const { items } = (await t.peek('GET', '/auth/api-tokens', { cookie: token })).json() as Listed
      return [session.lastSeenAt, items.find((item) => item.id === id)?.lastUsedAt]
    }
    for (let tries = 0; tries < 40 && JSON.stringify(await lastUses()) !== JSON.stringify([now, now]); tries++) {
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    same(await lastUses(), [now, now], 'when session and API token were used last')
  }),

  adapterCase('POST /logout: the session has ended and the cookie is cleared, and again', async (t) => {
    const { token } = await t.someone()
    for (const cookie of [token, token, undefined]) {
      const answer = await t.send('POST', '/auth/logout', { cookie })
      same([answer.status, answer.body], [204, ''], 'the answer')
      const cleared = `${cookieName}=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax`
      same([answer.cookies, answer.header('clear-site-data')], [[cleared], '"cache"'], 'what the browser is told')
      refuses(await t.get('/echo', { cookie: token }), 401, 'invalid_token')
    }
    const other = await t.someone()
    const byQuery = await t.send('POST', `/auth/logout?token=${other.token}`)
    same([byQuery.status, byQuery.cookies], [204, []], 'the answer to a token from the query')
    refuses(await t.get(`/echo?token=${other.token}`), 401, 'invalid_token')
  }),

  adapterCase('GET /sessions, DELETE /sessions/:id, POST /sessions/revoke-others', async (t) => {
    const { username, token } = await t.someone()
    const stranger = await t.someone()
    const others = [await t.logIn(username), await t.logIn(username), await t.logIn(username)]
    const items = await sessionsOf(t, token)
    same(items.length, 4, 'how many sessions')
    same(items.filter(({ current }) => current).length, 1, 'how many are the current one')
    const names = ['id', 'current', 'createdAt', 'lastSeenAt', 'expiresAt', 'address', 'userAgent', 'methods']
    for (const item of items)
      same(
        names.filter((name) => !Object.hasOwn(item, name)),
        [],
        'what is missing of an item',
      )
    same(
      [token, ...others].some((secret) => JSON.stringify(items).includes(secret.slice(28))),
      false,
      'a token is shown',
    )

    const [other] = await sessionsOf(t, others[0] ?? '').then((all) => all.filter(({ current }) => current))
    refuses(await t.send('DELETE', `/auth/sessions/${other?.id}`, { cookie: stranger.token }), 404, 'not_found')
    const deleted = await t.send('DELETE', `/auth/sessions/${other?.id}`, { cookie: token })
    same([deleted.status, deleted.body], [204, ''], 'the answer')
    refuses(await t.send('DELETE', `/auth/sessions/${other?.id}`, { cookie: token }), 404, 'not_found')
    refuses(await t.get('/echo', { cookie: others[0] }), 401, 'invalid_token')

    same((await t.send('POST', '/auth/sessions/revoke-others', { cookie: token })).status, 204, 'revoke-others')
    refuses(await t.get('/echo', { cookie: others[1] }), 401, 'invalid_token')
    same((await sessionsOf(t, token)).length, 1, 'how many sessions are left')
    answers(await t.get('/echo', { cookie: stranger.token }), 200)
  }),

  adapterCase('POST /reauthenticate: a new token for a renewed session', async (t) => {
    const { token } = await t.someone('roles=editor&factor=1').then(unlocked(t))
    await t.control('advance=1000000')
    refuses(await t.send('DELETE', '/documents/1', { cookie: token }), 403, 'step_up_required', {
      requirement: { within: 15 * 60_000 },
    })
    refuses(await t.post('/auth/reauthenticate', { password: 'x' }, { cookie: token }), 401, 'invalid_credentials')
    refuses(await t.post('/auth/reauthenticate', {}, { cookie: token }), 400, 'invalid_request')
    answers(await t.post('/auth/reauthenticate/begin', { factor: 'code' }, { cookie: token }), 200, { sent: true })
    const renewed = await t.post('/auth/reauthenticate', { factor: 'code', code: fixed.code }, { cookie: token })
    answers(renewed, 200, { status: 'unlocked', token: undefined })
    refuses(await t.get('/echo', { cookie: token }), 401, 'invalid_token')
    answers(await t.send('DELETE', '/documents/1', { cookie: tokenOf(renewed) }), 200)
    const byPassword = await t.post(`/auth/reauthenticate?token=${tokenOf(renewed)}`, { password })
    answers(byPassword, 200, { status: 'unlocked' })
    same(byPassword.cookies, [], 'the cookies')
  }),

  adapterCase('POST /password/change: every other session has ended, the caller has a new one', async (t) => {
    const { username, token } = await t.someone()
    const other = await t.logIn(username)
    const wanted = { current: password, password: 'a new correct horse battery' }
    refuses(
      await t.post('/auth/password/change', { ...wanted, current: 'x' }, { cookie: token }),
      401,
      'invalid_credentials',
    )
    refuses(
      await t.post('/auth/password/change', { ...wanted, password: 'short' }, { cookie: token }),
      400,
      'password_refused',
    )
    const changed = await t.post('/auth/password/change', wanted, { cookie: token })
    answers(changed, 200, { status: 'unlocked', token: undefined })
    for (const cookie of [token, other]) refuses(await t.get('/echo', { cookie }), 401, 'invalid_token')
    answers(await t.get('/echo', { cookie: tokenOf(changed) }), 200)
  }),

  adapterCase(
    'the routes: HEAD as GET without its body, 405 with Allow, 404, and OPTIONS is the application’s',
    async (t) => {
      const head = await t.send('HEAD', '/auth/session')
      same([head.status, head.body, isPrivate(head)], [200, '', true], 'HEAD')
      same(head.header('content-type'), 'application/json; charset=utf-8', 'the type of HEAD')
      same((await t.send('HEAD', '/echo')).status, 401, 'HEAD of a protected route')
      for (const [method, allow] of [
        ['PUT', 'POST'],
        ['GET', 'POST'],
      ] as const) {
        const answer = await t.send(method, '/auth/login')
        refuses(answer, 405, 'method_not_allowed')
        same(answer.header('allow'), allow, 'Allow')
      }
      for (const path of ['/auth', '/auth/', '/auth/nothing', '/auth/login/', '/auth/sessions/a/b']) {
        refuses(await t.get(path), 404, 'not_found')
      }
      for (const [method, path] of [
        ['GET', '/authors'],
        ['OPTIONS', '/auth/login'],
      ] as const) {
        const { body } = await t.peek(method, path)
        same(body.includes('urn:sallyport'), false, `${method} ${path} was answered by Sallyport`)
      }
    },
  ),
]

async function sessionsOf(t: AdapterTools, cookie: string): Promise<readonly ListedSession[]> {
  const answer = await t.get('/auth/sessions', { cookie })
  answers(answer, 200)
  return (answer.json() as { items: ListedSession[] }).items
}

function unlocked(t: AdapterTools): (locked: { readonly token: string }) => Promise<{ readonly token: string }> {
  return async ({ token }) =>
    tokenFrom(await t.post('/auth/unlock', { factor: 'code', code: fixed.code }, { cookie: token }))
}

function tokenFrom(answer: Answer): { readonly token: string } {
  return { token: tokenOf(answer) }
}

interface Seen {
  readonly session: { readonly lastSeenAt: string }
}

interface Listed {
  readonly items: readonly { readonly id: string; readonly lastUsedAt: string | null }[]
}

interface ListedSession {
  readonly id: string
  readonly current: boolean
}
