import { connect } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { application, serve } from '../flows/application.ts'
import { browser, sendOver } from '../flows/client.ts'
import { cheapHasher, goodPassword, house } from '../flows/house.ts'

async function open(settings: Parameters<typeof house>[0] = {}) {
  const there = await house(settings)
  const { url } = await serve(application(there.auth))
  const faults: unknown[] = []
  const notice = (fault: unknown) => void faults.push(fault)
  process.on('unhandledRejection', notice)
  onTestFinished(() => void process.off('unhandledRejection', notice))

  /** Sends bytes, and gives what comes back until the connection ends. */
  const raw = (text: string, leaveAfterMs?: number) =>
    new Promise<string>((resolve) => {
      const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(text))
      let received = ''
      socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')))
      socket.on('error', () => resolve(received))
      socket.on('close', () => resolve(received))
      setTimeout(() => socket.destroy(), leaveAfterMs ?? 300)
    })

  return { ...there, url, raw, faults, send: sendOver(url) }
}

const host = 'Host: app.example.com\r\n'
const post = (headers: string, body: string) =>
  `POST /auth/login HTTP/1.1\r\n${host}Content-Type: application/json\r\nConnection: close\r\n${headers}\r\n${body}`

describe('D22: every way to fail is handled', () => {
  test.each<[string, string]>([
    ['a target that can not be decoded', `GET /%ff%fe/%?token=%ff%&%=%zz HTTP/1.1\r\n${host}Connection: close\r\n\r\n`],
    [
      'a target of nothing but percent signs',
      `GET /auth/${'%'.repeat(2000)} HTTP/1.1\r\n${host}Connection: close\r\n\r\n`,
    ],
    ['an absolute target that is no URL', `GET http://[::1 HTTP/1.1\r\n${host}Connection: close\r\n\r\n`],
    ['an asterisk', `OPTIONS * HTTP/1.1\r\n${host}Connection: close\r\n\r\n`],
    ['an authority', `CONNECT evil.example:443 HTTP/1.1\r\n${host}Connection: close\r\n\r\n`],
    [
      'bytes that are no ASCII in a cookie',
      `GET /auth/session HTTP/1.1\r\n${host}Cookie: __Host-sallyport=\xff\xfe\x80\r\nConnection: close\r\n\r\n`,
    ],
    [
      'bytes that are no ASCII in the target',
      `GET /auth/session?token=\xff\xfe HTTP/1.1\r\n${host}Connection: close\r\n\r\n`,
    ],
    ['a Host that is none', 'GET /auth/session HTTP/1.1\r\nHost: [[[\r\nConnection: close\r\n\r\n'],
    ['an empty Host', 'GET /auth/session HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n'],
    ['no Host', 'GET /auth/session HTTP/1.0\r\n\r\n'],
    [
      'a hundred cookies',
      `GET /auth/session HTTP/1.1\r\n${host}Cookie: ${'a=b; '.repeat(100)}\r\nConnection: close\r\n\r\n`,
    ],
    [
      'a forwarded address that is none',
      `GET /auth/session HTTP/1.1\r\n${host}X-Forwarded-For: ,,[,]:,\r\nConnection: close\r\n\r\n`,
    ],
    ['a body that breaks off', post('Content-Length: 1000\r\n', '{"username":"ann"')],
    ['chunks that break off', post('Transfer-Encoding: chunked\r\n', '10\r\n{"user')],
    ['chunks that are none', post('Transfer-Encoding: chunked\r\n', 'zz\r\n{}\r\n0\r\n\r\n')],
    ['a length and chunks', post('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', '2\r\n{}\r\n0\r\n\r\n')],
    ['a negative length', post('Content-Length: -1\r\n', '{}')],
    ['an upgrade', `GET /auth/session HTTP/1.1\r\n${host}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`],
  ])('%s', async (_, text) => {
    const { raw, errors, faults, send } = await open()
    const answer = await raw(text)
    expect(answer === '' || /^HTTP\/1\.1 [2-4]\d\d /.test(answer)).toBe(true)
    expect(answer).not.toMatch(/\bat .*\.[jt]s:\d+/)
    expect([errors, faults]).toEqual([[], []])
    expect((await send({ method: 'GET', path: '/auth/session' })).status).toBe(200)
  })

  test('ASVS 15.4.4: clients that leave in the middle of a log-in leave their places in the queue', async () => {
    let verified = 0
    let release: (() => void) | undefined
    const gate = new Promise<void>((resolve) => (release = resolve))
    const slow = {
      ...cheapHasher,
      async verify(hash: string, password: string) {
        verified++
        await gate
        return cheapHasher.verify(hash, password)
      },
    }
    const { raw, send, faults } = await open({ password: { hasher: slow, hashing: { concurrency: 1, capacity: 80 } } })
    const body = JSON.stringify({ username: 'nobody', password: goodPassword })
    await Promise.all(Array.from({ length: 9 }, () => raw(post(`Content-Length: ${body.length}\r\n`, body), 60)))
    expect(verified).toBe(1)
    // One of them is at it still; the others are gone, and whoever comes now is next.
    const next = browser(send).logIn()
    await new Promise((resolve) => setTimeout(resolve, 20))
    release?.()
    expect((await next).status).toBe(200)
    expect(verified).toBe(2)
    expect(faults).toEqual([])
  })

  test('a client that leaves while the store is slow is nobody’s fault', async () => {
    const { raw, failing, errors, faults, send } = await open()
    failing.fail('hang')
    await Promise.all(
      Array.from({ length: 20 }, () => raw(`GET /auth/session?token=sp_s_x HTTP/1.1\r\n${host}\r\n`, 20)),
    )
    const body = JSON.stringify({ username: 'ann', password: goodPassword })
    await Promise.all(Array.from({ length: 5 }, () => raw(post(`Content-Length: ${body.length}\r\n`, body), 20)))
    failing.heal()
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(faults).toEqual([])
    expect(errors.every((error) => String(error).includes('does not answer'))).toBe(true)
    expect((await browser(send).logIn()).status).toBe(200)
  })

  test('the connection can be used again after every kind of refusal', async () => {
    const { url, auth } = await open()
    const { Agent, request } = await import('node:http')
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const { port } = new URL(url)
    const ask = (method: string, path: string, headers: Record<string, string>, body = '') =>
      new Promise<number>((resolve, reject) => {
        const outgoing = request(
          {
            port,
            host: '127.0.0.1',
            method,
            path,
            agent,
            headers: { ...headers, 'content-length': Buffer.byteLength(body) },
          },
          (incoming) => {
            incoming.resume()
            incoming.on('end', () => resolve(incoming.statusCode ?? 0))
          },
        )
        outgoing.on('error', reject)
        outgoing.end(body)
      })
    const json = { 'content-type': 'application/json' }
    const statuses = [
      await ask('POST', '/auth/login', json, '{'),
      await ask('POST', '/auth/login', json, JSON.stringify({ x: 'x'.repeat(100_000) })),
      await ask('POST', '/auth/login', { 'content-type': 'text/plain' }, 'x'.repeat(1000)),
      await ask(
        'POST',
        '/auth/login',
        { ...json, origin: 'https://evil.example' },
        JSON.stringify({ username: 'ann', password: goodPassword }),
      ),
      await ask('POST', '/auth/nothing', json, '{}'),
      await ask('PUT', '/documents/1', json, '{"a":1}'),
      await ask('GET', '/auth/session', {}),
      await ask('POST', '/auth/login', json, JSON.stringify({ username: 'ann', password: goodPassword })),
    ]
    agent.destroy()
    expect(statuses).toEqual([400, 413, 415, 403, 404, 401, 200, 200])
    expect(auth).toBeTruthy()
  })
})
