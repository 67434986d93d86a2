/** The members of any answer of the service that a test reads; what is not there is `undefined`, whatever this says. */
export interface Body {
  readonly status: string | number
  readonly code: string
  readonly detail: string
  readonly permission: string
  readonly requirement: { readonly within?: number }
  readonly token: string
  readonly user: { readonly id: string; readonly username: string }
  readonly permissions: readonly string[]
  readonly session: Item
  readonly apiToken: Item
  readonly assurance: { readonly level: number; readonly methods: readonly string[]; readonly authenticatedAt: string }
  readonly items: readonly Item[]
  readonly url: string
  readonly originalUrl: string
  readonly query: Readonly<Record<string, unknown>>
  readonly headers: Readonly<Record<string, string>>
  readonly principal: Body & { readonly via: string }
  readonly expiresAt: string
  readonly title: string
  readonly text: string
}

export interface Item {
  readonly id: string
  readonly name: string
  readonly title: string
  readonly current: boolean
  readonly address: string
  readonly createdAt: string
  readonly expiresAt: string
  readonly lastUsedAt: string | null
  readonly previousExpiresAt: string | null
  readonly scopes: readonly string[] | null
}

/** An answer, read whole. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly json: Body
}

/** What a request bears besides method and path. */
export interface RequestParts {
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** Somebody who talks to a server: what they are given as a cookie or token they send with every request. */
export interface Client {
  readonly cookie: string | undefined
  send(method: string, path: string, parts?: RequestParts): Promise<Answer>
}

/** Sends a request as a program does: no cookie, no origin. */
export async function send(base: string, method: string, path: string, parts: RequestParts = {}): Promise<Answer> {
  const { body, headers } = parts
  const response = await fetch(new URL(path, base), {
    method,
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    body: body === undefined ? null : JSON.stringify(body),
    redirect: 'manual',
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, json: parse(text) }
}

/** A browser on a page of ours, as far as the server can tell: it keeps the cookie and says where it comes from. */
export function browser(base: string, origin: string = base): Client {
  let cookie: string | undefined
  return {
    get cookie() {
      return cookie
    },
    async send(method, path, { body, headers } = {}) {
      const answer = await send(base, method, path, {
        body,
        headers: { origin, 'sec-fetch-site': 'same-origin', ...(cookie !== undefined && { cookie }), ...headers },
      })
      for (const line of answer.headers.getSetCookie()) cookie = line.split(';', 1)[0]
      return answer
    },
  }
}

/** A browser in which somebody has logged in. */
export async function loggedIn(
  base: string,
  user: { readonly username: string; readonly password: string },
  origin?: string,
): Promise<Client> {
  const client = browser(base, origin)
  const { username, password } = user
  const { status, text } = await client.send('POST', '/auth/login', { body: { username, password } })
  if (status !== 200) throw new Error(`${username} could not log in: ${status} ${text}`)
  return client
}

/** The session token of somebody, as a program asks for it. */
export async function sessionToken(
  base: string,
  user: { readonly username: string; readonly password: string },
): Promise<string> {
  const { username, password } = user
  const answer = await send(base, 'POST', '/auth/login', { body: { username, password, returnToken: true } })
  if (answer.status !== 200) throw new Error(`${username} could not log in: ${answer.status} ${answer.text}`)
  return answer.json.token
}

function parse(text: string): Body {
  try {
    return JSON.parse(text) as Body
  } catch {
    return {} as Body
  }
}
