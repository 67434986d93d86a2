import { type AdapterCase, adapterCase, answers, refuses, same } from './adapter-case.ts'
import { fixed } from './adapter-fixture.ts'
import { tokenOf } from './adapter-log-in.ts'

const { password } = fixed

/** Bodies, with a parser of the framework in front and without one; and the application below a prefix. */
export const bodyCases: readonly AdapterCase[] = [
  adapterCase('a body of more than 64 KiB is body_too_large', async (t) => {
    for (const size of [64 * 1024 + 1, 2 * 1024 * 1024]) {
      const answer = await t.post('/auth/login', { username: 'ada', password, padding: 'x'.repeat(size) })
      refuses(answer, 413, 'body_too_large')
    }
    const body = { username: 'nobody', password, padding: 'x'.repeat(64 * 1024 - 200) }
    refuses(await t.post('/auth/login', body), 401, 'invalid_credentials')
  }),

  adapterCase('the body of a protected route is the application’s, whole and unread', async (t) => {
    const { token } = await t.someone()
    const headers = { 'Content-Type': 'application/x-upload' }
    for (const size of [1, 100_000, 3_000_000]) {
      answers(await t.post('/upload', 'x'.repeat(size), { cookie: token, headers }), 200, { bytes: size })
    }
    answers(await t.send('POST', '/upload', { cookie: token }), 200, { bytes: 0 })
    refuses(await t.post('/upload', 'x'.repeat(3_000_000), { headers }), 401, 'unauthenticated')
    answers(await t.post(`/upload?token=${token}`, 'x'.repeat(100_000), { headers }), 200, { bytes: 100_000 })
  }),

  adapterCase(
    'behind a body parser: JSON arrives, forms and texts are 415, no body is none',
    async (t) => {
      const { username } = await t.user()
      const body = JSON.stringify({ username, password })
      const answer = await t.post('/auth/login', body)
      answers(answer, 200, { status: 'unlocked' })
      const token = tokenOf(answer)
      answers(await t.get('/echo', { cookie: token }), 200)
      const form = `username=${username}&password=${password.replaceAll(' ', '+')}`
      for (const [type, text] of [
        ['application/x-www-form-urlencoded', form],
        ['text/plain', body],
      ] as const) {
        refuses(await t.post('/auth/login', text, { headers: { 'Content-Type': type } }), 415, 'unsupported_media_type')
      }
      refuses(await t.post('/auth/login', {}), 400, 'invalid_request')
      refuses(await t.send('POST', '/auth/login'), 400, 'invalid_request')
      refuses(await t.post('/auth/login', { username: ['ada'], password }), 400, 'invalid_request')
      const padded = { username, password, padding: 'x'.repeat(66_000) }
      refuses(await t.post('/auth/login', padded), 413, 'body_too_large')
      answers(await t.post('/auth/api-tokens', { name: 'robot' }, { cookie: token }), 201)
      same((await t.send('POST', '/auth/logout', { cookie: token })).status, 204, 'log-out without a body')
      refuses(await t.get('/echo', { cookie: token }), 401, 'invalid_token')
    },
    { parser: true },
  ),

  adapterCase(
    'behind a body parser: the token is gone all the same, and an upload that nobody parses arrives',
    async (t) => {
      const { token } = await t.someone()
      const left = { url: '/echo?a=1', originalUrl: '/echo?a=1', query: { a: ['1'] } }
      answers(await t.get(`/echo?token=${token}&a=1`), 200, left)
      same(await t.lines(), ['GET /echo?a=1 /echo?a=1'], 'the lines of the logger')
      const headers = { 'Content-Type': 'application/x-upload' }
      const size = 300_000
      answers(await t.post(`/upload?token=${token}`, 'x'.repeat(size), { headers }), 200, { bytes: size })
    },
    { parser: true },
  ),

  adapterCase(
    'below a prefix: routes, guards, scrubbing and links',
    async (t) => {
      const { username } = await t.user()
      const answer = await t.post('/auth/login', { username, password })
      answers(answer, 200, { status: 'unlocked' })
      const token = tokenOf(answer)
      answers(await t.get('/documents/1', { cookie: token }), 200, { params: { id: '1' } })
      refuses(await t.get('/documents/1'), 401, 'unauthenticated')
      const left = { url: '/api/echo?a=1', originalUrl: '/api/echo?a=1', query: { a: ['1'] } }
      answers(await t.get(`/echo?token=${token}&a=1`), 200, left)
      same((await t.lines()).at(-1), 'GET /api/echo?a=1 /api/echo?a=1', 'the line of the logger')
      refuses(await t.get('/auth/nothing'), 404, 'not_found')
      refuses(
        await t.send('PUT', '/documents/1', { cookie: token, headers: { Origin: 'null' } }),
        403,
        'cross_site_request',
      )

      const wanted = { method: 'GET', path: '/api/echo?a=1', withinMs: 1000, uses: 'once' }
      const { url } = (await t.post('/auth/url-tokens', wanted, { cookie: token })).json() as { url: string }
      answers(await t.get(url.slice(`${fixed.origin}/api`.length)), 200, left)
    },
    { mount: '/api' },
  ),
]
