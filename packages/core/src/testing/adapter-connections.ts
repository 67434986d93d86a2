import { type AdapterCase, adapterCase, answers, cookieName, same } from './adapter-case.ts'
import type { RawConnection } from './adapter-client.ts'
import { fixed } from './adapter-fixture.ts'
import { say } from './adapter-wire.ts'

const { password } = fixed

/** Connections: bodies as they arrive, what is left of a connection after a refusal, and clients that leave. */
export const connectionCases: readonly AdapterCase[] = [
  adapterCase('a body that is not UTF-8 is invalid_request', async (t) => {
    const connection = await t.connect()
    const body = Buffer.from('{"username":"\xff","password":"x"}', 'latin1')
    const head = `POST /auth/login HTTP/1.1\r\nHost: ${t.host}\r\nContent-Type: application/json\r\n`
    connection.write(`${head}Content-Length: ${body.length}\r\n\r\n`)
    connection.write(body)
    same((await connection.answer())?.status, 400, 'the status')
    connection.destroy()
  }),

  adapterCase('a body in chunks', async (t) => {
    const { username } = await t.user()
    const connection = await t.connect()
    const body = JSON.stringify({ username, password })
    const head = `POST /auth/login HTTP/1.1\r\nHost: ${t.host}\r\nContent-Type: application/json\r\n`
    connection.write(`${head}Transfer-Encoding: chunked\r\n\r\n`)
    for (const part of [body.slice(0, 9), body.slice(9)]) {
      connection.write(`${part.length.toString(16)}\r\n${part}\r\n`)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    connection.write('0\r\n\r\n')
    same((await connection.answer())?.status, 200, 'the status')
    connection.destroy()
  }),

  adapterCase('D22: a body that ends early harms nobody', async (t) => {
    const { username, token } = await t.someone()
    const json = `Host: ${t.host}\r\nContent-Type: application/json\r\n`
    for (const start of [
      `POST /auth/login HTTP/1.1\r\n${json}Content-Length: 1000\r\n\r\n{"username":"${username}"`,
      `POST /auth/login HTTP/1.1\r\n${json}Transfer-Encoding: chunked\r\n\r\nff\r\n{"username"`,
      `POST /auth/login HTTP/1.1\r\n${json}Content-Length: 1000\r\n`,
      `POST /auth/logout HTTP/1.1\r\n${json}Content-Length: 1000\r\n\r\n{`,
      `POST /upload?token=${token} HTTP/1.1\r\n${json}Content-Length: 1000\r\n\r\n{`,
    ]) {
      for (const leave of ['end', 'destroy'] as const) {
        const connection = await t.connect()
        connection.write(start)
        await new Promise((resolve) => setTimeout(resolve, 10))
        connection[leave]()
        if (leave === 'end') same([400, 500, undefined, 204].includes((await connection.answer())?.status), true, start)
        connection.destroy()
      }
    }
    answers(await t.get('/echo', { cookie: token }), 200)
  }),

  adapterCase('keep-alive: the next request of a connection is served after a refusal', async (t) => {
    const { token } = await t.someone()
    let connection = await t.connect()
    const head = (line: string, more = '') => `${line} HTTP/1.1\r\nHost: ${t.host}\r\n${more}`
    const early = 'x'.repeat(200_000)
    const body = (text: string, type = 'application/json') =>
      `Content-Type: ${type}\r\nContent-Length: ${text.length}\r\n\r\n${text}`
    const refused = [
      [head('GET /echo', '\r\n'), 401],
      [head('POST /auth/login', body('{')), 400],
      [head('POST /auth/login', body('{}', 'text/plain')), 415],
      [head('POST /auth/login', body(early)), 413],
      [head('POST /upload', body(early, 'application/x-upload')), 401],
      [head('POST /auth/login', `Origin: null\r\n${body(early)}`), 403],
      [head('POST /auth/nothing', body(early)), 404],
      [head('POST /auth/session', body('{}')), 405],
    ] as const
    for (const [request, status] of refused) {
      connection.write(request)
      same((await connection.answer())?.status, status, request.slice(0, 30))
      connection.write(head('GET /echo', `Cookie: ${cookieName}=${token}\r\n\r\n`))
      const answer = await connection.answer()
      if (answer !== undefined || !t.foreign) same(answer?.status, 200, `the request after ${request.slice(0, 30)}`)
      else connection = await t.connect()
    }
    connection.destroy()
  }),

  adapterCase('requests in a row on one connection are answered in their order', async (t) => {
    const { token } = await t.someone()
    const connection = await t.connect()
    const requests = [token, 'nonsense', token, undefined].map(
      (cookie) =>
        `GET /echo HTTP/1.1\r\nHost: ${t.host}\r\n${cookie === undefined ? '' : `Cookie: ${cookieName}=${cookie}\r\n`}\r\n`,
    )
    connection.write(requests.join(''))
    const statuses = [
      await statusOf(connection),
      await statusOf(connection),
      await statusOf(connection),
      await statusOf(connection),
    ]
    same(statuses, [200, 401, 200, 401], 'the statuses')
    connection.destroy()
  }),

  adapterCase('a client that leaves in the middle harms nobody', async (t) => {
    const { username, token } = await t.someone()
    const body = JSON.stringify({ username, password, returnToken: true })
    for (const request of [
      `GET /slow HTTP/1.1\r\nHost: ${t.host}\r\nCookie: ${cookieName}=${token}\r\n\r\n`,
      `GET /slow?token=${token} HTTP/1.1\r\nHost: ${t.host}\r\n\r\n`,
      `GET /echo HTTP/1.1\r\nHost: ${t.host}\r\nCookie: ${cookieName}=${token}\r\n\r\n`,
      `POST /auth/login HTTP/1.1\r\nHost: ${t.host}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    ]) {
      for (const wait of [0, 5]) {
        const connection = await t.connect()
        connection.write(request)
        await new Promise((resolve) => setTimeout(resolve, wait))
        connection.destroy()
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 120))
    answers(await t.get('/echo', { cookie: token }), 200)
    answers(await t.post('/auth/login', body), 200)
  }),

  adapterCase('HTTP/1.0, and Expect: 100-continue', async (t) => {
    const { username, token } = await t.someone()
    answers(await say(t, `GET /echo HTTP/1.0\r\nHost: ${t.host}\r\nCookie: ${cookieName}=${token}\r\n\r\n`), 200)
    const body = JSON.stringify({ username, password })
    const fields = `Content-Type: application/json\r\nContent-Length: ${body.length}\r\nExpect: 100-continue\r\n\r\n`
    answers(await say(t, `POST /auth/login HTTP/1.1\r\nHost: ${t.host}\r\n${fields}${body}`), 200)
  }),
]

async function statusOf(connection: RawConnection): Promise<number | undefined> {
  return (await connection.answer())?.status
}
