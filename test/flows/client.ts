import { request } from 'node:http'
import type { Auth } from '@sallyport/core'
import { origin } from './house.ts'

/** A request as it goes over the wire. A list of pairs sends a header twice. */
export interface Outgoing {
  readonly method: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>> | readonly (readonly [string, string])[]
  readonly body?: string | Uint8Array
}

/** An answer. `json` is the body where it is JSON, an empty object elsewhere. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly cookies: readonly string[]
  readonly text: string
  readonly json: Readonly<Record<string, unknown>>
}

/** Sends a request to an installation, however it is reached. */
export type Send = (outgoing: Outgoing) => Promise<Answer>

/** Straight into `auth.handle`; what is no route of Sallyport's is a bare 404. */
export function sendTo(auth: Auth, address = '203.0.113.7'): Send {
  return async ({ method, path, headers, body }) => {
    const pairs = Array.isArray(headers) ? [...headers] : Object.entries(headers ?? {})
    const init = {
      method,
      headers: pairs as [string, string][],
      ...(body !== undefined && { body: Buffer.from(body) }),
    }
    const response = await auth.handle(new Request(origin + path, init), { address })
    if (response === undefined) return answer(404, new Headers(), '')
    return answer(response.status, response.headers, await response.text())
  }
}

/** Over HTTP/1.1 to a server; nothing is added to what is sent but `Host` and `Content-Length`. */
export function sendOver(url: string): Send {
  const { hostname, port } = new URL(url)
  return ({ method, path, headers = {}, body }) =>
    new Promise((resolve, reject) => {
      const list = Array.isArray(headers) ? headers.flat() : Object.entries(headers).flat()
      const names = list.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase())
      const host = names.includes('host') ? [] : ['Host', 'app.example.com']
      const length =
        body === undefined || names.includes('content-length')
          ? []
          : ['Content-Length', String(Buffer.byteLength(body))]
      const outgoing = request(
        { hostname, port, method, path, headers: [...list, ...host, ...length], agent: false },
        (incoming) => {
          const chunks: Buffer[] = []
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
          incoming.on('error', reject)
          incoming.on('end', () => {
            const received = new Headers()
            incoming.rawHeaders.forEach((name, i, all) => {
              if (i % 2 === 0) received.append(name, all[i + 1] ?? '')
            })
            resolve(answer(incoming.statusCode ?? 0, received, Buffer.concat(chunks).toString()))
          })
        },
      )
      outgoing.on('error', reject)
      outgoing.end(body)
    })
}

function answer(status: number, headers: Headers, text: string): Answer {
  const isJson = /json/.test(headers.get('content-type') ?? '')
  const json = isJson && text !== '' ? (JSON.parse(text) as Answer['json']) : {}
  return { status, headers, cookies: headers.getSetCookie(), text, json }
}

const tokenCookie = '__Host-sallyport'

/** Something that talks to an installation, and remembers its token. */
export interface Client {
  /** The token that it holds. */
  token: string | undefined
  send(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>
  logIn(fields?: Readonly<Record<string, unknown>>): Promise<Answer>
}

const credentials = { username: 'ann', password: 'correct horse battery staple' }

/** A browser on a page of ours: it keeps the cookie, and says where its requests come from. */
export function browser(send: Send): Client {
  const client: Client = {
    token: undefined,
    logIn: (fields = {}) => client.send('POST', '/auth/login', { ...credentials, ...fields }),

    async send(method, path, body, headers = {}) {
      const answered = await send({
        method,
        path,
        ...(body !== undefined && { body: JSON.stringify(body) }),
        headers: {
          ...(method !== 'GET' && { 'sec-fetch-site': 'same-origin', origin }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...(client.token !== undefined && { cookie: `theme=dark; ${tokenCookie}=${client.token}` }),
          ...headers,
        },
      })
      for (const line of answered.cookies) {
        const value = new RegExp(`^${tokenCookie}=([^;]*)`).exec(line)?.[1]
        if (value !== undefined) client.token = value === '' ? undefined : value
      }
      return answered
    },
  }
  return client
}

/** A program: no cookies and no headers of a browser; its token goes in the query. */
export function program(send: Send): Client {
  const client: Client = {
    token: undefined,
    logIn: (fields = {}) => client.send('POST', '/auth/login', { ...credentials, returnToken: true, ...fields }),

    async send(method, path, body, headers = {}) {
      const bearing =
        client.token === undefined ? path : `${path}${path.includes('?') ? '&' : '?'}token=${client.token}`
      const answered = await send({
        method,
        path: bearing,
        ...(body !== undefined && { body: JSON.stringify(body) }),
        headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      })
      // API tokens and links are for the test to hold; a session is the client's own.
      if (typeof answered.json['token'] === 'string' && typeof answered.json['status'] === 'string') {
        client.token = answered.json['token']
      }
      return answered
    },
  }
  return client
}
