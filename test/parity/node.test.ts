import { createServer, type IncomingMessage, request as send, type ServerResponse } from 'node:http'
import { connect, createServer as createServer2 } from 'node:http2'
import { type AddressInfo, connect as connectSocket, type Socket } from 'node:net'
import { inspect } from 'node:util'
import { createAuth } from '@sallyport/core'
import { forceHeaders, nodeView, visitNode, writeReply } from '@sallyport/core/node'
import { memoryStorage } from '@sallyport/storage-memory'
import { afterEach, expect, test } from 'vitest'

const origin = 'https://app.example.com'
const password = 'correct horse battery staple'
const closing: (() => unknown)[] = []
afterEach(() => Promise.all(closing.splice(0).map((close) => close())))

async function newAuth() {
  const secret = 'a secret of the tests, known to everybody who reads it'
  const auth = createAuth({ origin, secret, storage: memoryStorage(), permissions: () => ['read'] })
  await auth.users.create({ username: 'ada', password })
  const result = await auth.logIn({ username: 'ada', password })
  return { auth, token: result.token.reveal() }
}

interface Listening {
  listen(port: number, host: string, done: () => void): unknown
  address(): AddressInfo | string | null
  close(): unknown
}

async function listen(server: Listening): Promise<number> {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  closing.push(() => server.close())
  return (server.address() as AddressInfo).port
}

test('ASVS 14.2.1: HTTP/2: nothing that a handler can print of its request shows a token from the query', async () => {
  const { auth, token } = await newAuth()
  let seen = ''
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const visit = await visitNode(auth, request, response)
    if (visit === undefined) return
    const outcome = await visit.authorize({ permission: 'read' })
    seen = inspect([visit, request.url, request.headers, request.rawHeaders], { depth: 5, showHidden: true })
    response.end('reply' in outcome ? 'refused' : outcome.principal.user.username)
  }
  const port = await listen(createServer2(answer as never))
  const session = connect(`http://127.0.0.1:${port}`)
  closing.push(() => session.close())
  const stream = session.request({ ':path': `/echo?a=1&token=${token}` })
  let text = ''
  for await (const chunk of stream) text += String(chunk)
  expect(text).toBe('ada')
  expect(seen.match(/\/echo\?a=1/g)?.length).toBe(3)
  expect(seen).not.toContain(token.slice(28))
})

test('ASVS 3.5.1: a WebSocket is opened for a page of ours, for a link, and for nobody else', async () => {
  const { auth, token } = await newAuth()
  const server = createServer()
  server.on('upgrade', async (request: IncomingMessage, socket: Socket) => {
    const visit = auth.visit(nodeView(request, socket))
    const outcome =
      visit.refusal === undefined ? await visit.authorize({ permission: 'read' }) : { reply: visit.refusal }
    const status = 'reply' in outcome ? outcome.reply.status : `101 ${outcome.principal.via} ${visit.url}`
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`)
  })
  const port = await listen(server)
  const open = (target: string, ...fields: string[]): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connectSocket(port, '127.0.0.1')
      const lines = [`GET ${target} HTTP/1.1`, 'Host: x', 'Connection: Upgrade', 'Upgrade: websocket', ...fields]
      socket.write(`${lines.join('\r\n')}\r\n\r\n`)
      socket.once('data', (data) => resolve(String(data).split('\r\n')[0]?.slice(9) ?? ''))
      socket.once('error', reject)
    })
  const cookie = `Cookie: __Host-sallyport=${token}`
  expect(await open('/live', cookie, `Origin: ${origin}`)).toBe('101 session /live')
  expect(await open('/live', cookie, 'Origin: https://evil.example')).toBe('403')
  expect(await open('/live', cookie)).toBe('403')
  expect(await open('/live')).toBe('401')

  const who = await auth.authenticate(new Request(`${origin}/x`, { headers: { cookie: cookie.slice(8) } }))
  if (who.status !== 'unlocked') throw new Error(who.status)
  const wanted = { method: 'GET', path: '/live?room=1', withinMs: 5000, uses: 'once' } as const
  const { url } = await auth.urlTokens.issue(who.principal, wanted)
  const target = url.reveal().slice(origin.length)
  expect(await open(target, 'Origin: https://elsewhere.example')).toBe('101 url-token /live?room=1')
  expect(await open(target)).toBe('401')
})

test('a client that leaves is known to have left, at once and afterwards', async () => {
  const views: { departed: AbortSignal | undefined; later: () => AbortSignal | undefined }[] = []
  const server = createServer((request, response) => {
    const view = nodeView(request, response)
    views.push({ departed: view.departed, later: () => nodeView(request, response).departed })
  })
  const port = await listen(server)
  const request = send({ port, host: '127.0.0.1' }).on('error', () => {})
  request.end()
  while (views.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  expect(views[0]?.departed?.aborted).toBe(false)
  request.destroy()
  for (let i = 0; i < 100 && !views[0]?.departed?.aborted; i++) await new Promise((resolve) => setTimeout(resolve, 5))
  expect([views[0]?.departed?.aborted, views[0]?.later()?.aborted]).toEqual([true, true])
})

test('headers that are forced stand on HTTP/2 and for an answer without a body', async () => {
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    forceHeaders(response, [['Cache-Control', 'no-store']])
    response.setHeader('Cache-Control', 'public')
    if (request.url === '/reply') writeReply(response, { status: 200, headers: [['Cache-Control', 'x']], body: 'x' })
    else response.writeHead(204, { 'cache-control': 'public' }).end()
  }
  const ports = [await listen(createServer(answer)), await listen(createServer2(answer as never))]
  for (const path of ['/reply', '/empty']) {
    const first = await fetch(`http://127.0.0.1:${ports[0]}${path}`)
    expect(first.headers.get('cache-control')).toBe('no-store')
    const session = connect(`http://127.0.0.1:${ports[1]}`)
    const stream = session.request({ ':path': path })
    const headers = await new Promise<Readonly<Record<string, unknown>>>(
      (resolve) => void stream.once('response', resolve),
    )
    expect(headers['cache-control']).toBe('no-store')
    stream.resume()
    session.close()
  }
})
