import { type AdapterCase, adapterCase, type AdapterTools, answers, cookieName, refuses, same } from './adapter-case.ts'
import type { Answer } from './adapter-client.ts'
import { fixed } from './adapter-fixture.ts'

const { password } = fixed

/** What only somebody who writes bytes can send. Servers may refuse some of it themselves: none may let it pass. */
export const wireCases: readonly AdapterCase[] = [
  adapterCase('headers sent twice: every one counts', async (t) => {
    const { username, token } = await t.someone()
    const other = await t.logIn(username)
    const put = (fields: string) =>
      say(t, `PUT /documents/1 HTTP/1.1\r\nHost: ${t.host}\r\n${fields}Content-Length: 0\r\n\r\n`)
    const cookie = `Cookie: ${cookieName}=${token}\r\n`
    const [own, evil] = [`Origin: ${fixed.origin}\r\n`, 'Origin: https://evil.example\r\n']
    answers(await put(cookie + own), 200)
    for (const fields of [own + evil, evil + own]) refuses(await put(cookie + fields), 403, 'cross_site_request')
    const [same1, cross] = ['Sec-Fetch-Site: same-origin\r\n', 'Sec-Fetch-Site: cross-site\r\n']
    for (const fields of [same1 + cross, cross + same1]) refuses(await put(cookie + fields), 403, 'cross_site_request')
    const twice = await put(`${cookie}Cookie: ${cookieName}=${other}\r\n${own}`)
    if (!t.foreign) refuses(twice, 400, 'ambiguous_credentials')
    same(twice.status >= 400, true, 'two cookies of ours')
    if (!t.foreign) answers(await put(`Cookie: a=b\r\n${cookie}Cookie: c=d\r\n${own}`), 200)

    const body = JSON.stringify({ username, password })
    const [json, form] = ['Content-Type: application/json\r\n', 'Content-Type: text/plain\r\n']
    for (const fields of [json + form, form + json]) {
      const head = `POST /auth/login HTTP/1.1\r\nHost: ${t.host}\r\n${fields}Content-Length: ${body.length}\r\n\r\n`
      refuses(await say(t, head + body), 415, 'unsupported_media_type')
    }
  }),

  adapterCase('D6: nothing is built from Host, X-Forwarded-Host or Forwarded', async (t) => {
    const { token } = await t.someone()
    const wanted = JSON.stringify({ method: 'GET', path: '/echo', withinMs: 1000, uses: 'once' })
    const lines = [
      'Host: evil.example',
      'Host: evil.example:99999',
      'Host: user@evil.example',
      'Host: evil.example/path?',
      'Host: [::1]:80',
      'Host: evil.example\r\nX-Forwarded-Host: evil.example\r\nForwarded: host=evil.example;proto=http',
      'Host: ',
      'Host: evil example',
      'Host: a.example\r\nHost: evil.example',
    ]
    for (const line of lines) {
      const fields = `${line}\r\nCookie: ${cookieName}=${token}\r\nOrigin: ${fixed.origin}\r\nContent-Type: application/json`
      const head = `POST /auth/url-tokens HTTP/1.1\r\n${fields}\r\nContent-Length: ${wanted.length}\r\n\r\n`
      const answer = await say(t, head + wanted)
      const refused = t.foreign ? answer.status >= 400 : answer.status === 400
      same(answer.status === 201 || refused, true, `the status for ${line}: ${answer.status}`)
      same(JSON.stringify([answer.headers, answer.body]).includes('evil'), false, `the answer to ${line} believes it`)
      if (answer.status === 201) same(answer.body.includes(`${fixed.origin}/echo?token=`), true, 'the link')
    }
    answers(await t.get('/echo', { cookie: token }), 200)
  }),

  adapterCase('targets in absolute form are what their path says', async (t) => {
    const { username, token } = await t.someone()
    const get = (target: string) => say(t, `GET ${target} HTTP/1.1\r\nHost: ${t.host}\r\n\r\n`)
    for (const base of [`http://${t.host}`, 'http://evil.example', 'HTTP://evil.example:1']) {
      const answer = await get(`${base}/echo?token=${token}&a=1`)
      if (answer.status === 400 || (t.foreign && answer.status === 500)) continue
      answers(answer, 200, { url: '/echo?a=1', originalUrl: '/echo?a=1' })
      same(
        (await t.lines()).some((line) => line.includes(token)),
        false,
        'the token is in the log',
      )
    }
    const odd = t.foreign ? [500] : []
    const nobody = await get(`http://${t.host}/documents/1`)
    same([400, 401, ...odd].includes(nobody.status), true, 'the status without a token')
    const body = JSON.stringify({ username, password })
    const head = `POST http://evil.example/auth/login HTTP/1.1\r\nHost: ${t.host}\r\nOrigin: http://evil.example\r\n`
    const fields = `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`
    same([400, 403, ...odd].includes((await say(t, head + fields + body)).status), true, 'a log-in from another site')
  }),

  adapterCase('D15: doubled, encoded and dotted paths open nothing', async (t) => {
    const { username, token } = await t.someone('roles=reader')
    const odd = [
      '//documents/1',
      '/documents//1',
      '/%64ocuments/1',
      '/documents%2F1',
      '/x/../documents/1',
      '/documents/1/',
    ]
    for (const target of [
      ...odd,
      '/documents/1;a',
      '/DOCUMENTS/1',
      '/./documents/1',
      '/documents/.',
      '/\\documents\\1',
    ]) {
      const { status } = await say(t, `GET ${target} HTTP/1.1\r\nHost: ${t.host}\r\n\r\n`)
      same(status >= 400 && status < 500, true, `the status of ${target} without a credential: ${status}`)
      const write = `PUT ${target} HTTP/1.1\r\nHost: ${t.host}\r\nCookie: ${cookieName}=${token}\r\nOrigin: ${fixed.origin}\r\n`
      const written = await say(t, `${write}Content-Length: 0\r\n\r\n`)
      same(
        written.status >= 400 && written.status < 500,
        true,
        `the status of ${target} as a reader: ${written.status}`,
      )
    }
    const body = JSON.stringify({ username, password })
    const fields = `Host: ${t.host}\r\nOrigin: https://evil.example\r\nContent-Type: application/json\r\n`
    for (const target of [
      '//auth/login',
      '/auth//login',
      '/auth%2Flogin',
      '/%61uth/login',
      '/x/../auth/login',
      '/auth/./login',
    ]) {
      const answer = await say(t, `POST ${target} HTTP/1.1\r\n${fields}Content-Length: ${body.length}\r\n\r\n${body}`)
      same([answer.status === 200, answer.cookies], [false, []], `log-in at ${target}`)
    }
  }),

  adapterCase('Transfer-Encoding with Content-Length smuggles nothing', async (t) => {
    const { token } = await t.someone()
    const hidden = `PUT /documents/1 HTTP/1.1\r\nHost: ${t.host}\r\nCookie: ${cookieName}=${token}\r\nOrigin: ${fixed.origin}\r\nContent-Length: 0\r\n\r\n`
    for (const fields of [
      `Content-Length: ${5 + hidden.length}\r\nTransfer-Encoding: chunked`,
      `Transfer-Encoding: chunked\r\nContent-Length: ${5 + hidden.length}`,
      `Content-Length: 5\r\nContent-Length: ${5 + hidden.length}`,
      `Transfer-Encoding: identity, chunked\r\nContent-Length: 4`,
    ]) {
      const connection = await t.connect()
      connection.write(`POST /open HTTP/1.1\r\nHost: ${t.host}\r\n${fields}\r\n\r\n0\r\n\r\n${hidden}`)
      const first = await connection.answer()
      if (first?.status === 200) same((await connection.answer())?.status === 200, false, `${fields}: both were served`)
      else same(first?.status === 400 || t.foreign, true, `${fields}: ${first?.status}`)
      connection.destroy()
    }
  }),

  adapterCase('ASVS 3.5.1: a socket is opened for pages of our own site', async (t) => {
    const { token } = await t.someone()
    const open = (site: string) => {
      const fields = `Cookie: ${cookieName}=${token}\r\nUpgrade: websocket\r\nSec-Fetch-Site: ${site}\r\n`
      return say(t, `GET /echo HTTP/1.1\r\nHost: ${t.host}\r\n${fields}\r\n`)
    }
    refuses(await open('cross-site'), 403, 'cross_site_request')
    answers(await open('same-origin'), 200)
  }),
]

/** Says something on a connection of its own, and hears what the server says to it. */
export async function say(t: AdapterTools, text: string): Promise<Answer> {
  const connection = await t.connect()
  try {
    connection.write(text)
    const answer = await connection.answer()
    if (answer === undefined) throw new Error(`there was no answer to ${text.split('\r\n')[0]}`)
    return answer
  } finally {
    connection.destroy()
  }
}
