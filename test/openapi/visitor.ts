import type { Auth } from '@sallyport/core'
import type { Contract } from './contract.ts'

/** An answer with its JSON read. */
export interface Answer {
  readonly status: number
  readonly location: string
  readonly body: Readonly<Record<string, unknown>>
}

/** Somebody who talks to an installation, whose every exchange is held against its document. */
export interface Visitor {
  /** Borne in the query; else cookies are kept as a browser does. */
  token: string | undefined
  send(method: string, path: string, body?: object): Promise<Answer>
  form(path: string, fields: Readonly<Record<string, string>>): Promise<Answer>
}

export const origin = 'https://app.example.com'

export function visitor(auth: Auth, contract: Contract): Visitor {
  const cookies = new Map<string, string>()

  async function run(method: string, target: string, body: object | undefined, init: RequestInit): Promise<Answer> {
    const { token } = them
    const url = new URL(`${origin}/auth${target}`)
    const query = [...url.searchParams.keys()]
    if (token !== undefined) url.searchParams.set('token', token)
    const headers = new Headers(init.headers)
    const jar = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    if (token === undefined && jar !== '') headers.set('cookie', jar)
    const response = await auth.handle(new Request(url, { ...init, method, headers }), { address: '203.0.113.7' })
    if (response === undefined) throw new Error(`${target} is no route`)
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '') cookies.delete(name)
      else cookies.set(name, value)
    }
    const text = await response.text()
    const mediaType = response.headers.get('content-type')?.split(';')[0]
    const received: unknown = mediaType?.endsWith('json') ? JSON.parse(text) : text
    const { status } = response
    contract.hold({ method, path: url.pathname.slice(5), query, sent: body, status, mediaType, received })
    const location = response.headers.get('location') ?? ''
    return { status, location, body: typeof received === 'object' ? (received as Answer['body']) : {} }
  }

  const them: Visitor = {
    token: undefined,

    async send(method, target, body) {
      const json = body !== undefined && { body: JSON.stringify(body) }
      const headers = { origin, ...(json && { 'content-type': 'application/json' }) }
      const answer = await run(method, target, body, { headers, ...json })
      const { status, token } = answer.body
      if (typeof status === 'string' && typeof token === 'string') them.token = token
      return answer
    },

    form: (target, fields) => run('POST', target, fields, { body: new URLSearchParams(fields) }),
  }
  return them
}
