import { type Auth, type AuthEvent, createAuth, type FactorType, type Provider, type Settings } from '@sallyport/core'
import {
  cheapHasher,
  eventLog,
  type EventLog,
  goodPassword,
  memoryStorage,
  testClock,
  type TestClock,
  testSecret,
} from '../house.ts'

export const origin = 'https://app.example.com'

/** Sallyport with providers, and what happened in it. */
export interface House {
  readonly auth: Auth
  readonly clock: TestClock
  readonly log: EventLog
  /** The reasons that operators were told. */
  reasons(type?: AuthEvent['type']): readonly string[]
}

export function house(providers: readonly Provider[], settings: Partial<Settings> = {}): House {
  const clock = testClock()
  const log = eventLog()
  const auth = createAuth({
    origin,
    secret: testSecret,
    storage: memoryStorage(),
    providers,
    clock,
    password: { hasher: cheapHasher },
    onEvent: log.listener,
    onError: () => {},
    ...settings,
  })
  const reasons = (type?: AuthEvent['type']) =>
    log.all.flatMap((event) =>
      'reason' in event && (type === undefined || event.type === type) ? [String(event.reason)] : [],
    )
  return { auth, clock, log, reasons }
}

/** An answer with its JSON read, where it is JSON. */
export interface Answer {
  readonly status: number
  readonly location: string
  readonly body: Record<string, unknown>
  readonly headers: Headers
}

/** A browser on the application's origin: it keeps cookies, and follows no redirect by itself. */
export interface Browser {
  readonly cookies: Map<string, string>
  get(path: string, headers?: Record<string, string>): Promise<Answer>
  /** JSON, as a page of the origin sends it. */
  send(method: string, path: string, body?: unknown): Promise<Answer>
  /** A form from a page of another origin: cookies that are `Lax` stay at home. */
  postFromElsewhere(path: string, fields: Record<string, string>): Promise<Answer>
  /** Starts a log-in and gives the state that the provider would bring back. */
  start(provider: string, query?: Record<string, string>): Promise<string>
  /** The whole of a log-in: `code` must be known to the stand-in. */
  logIn(provider: string, code: string, query?: Record<string, string>): Promise<Answer>
  session(): Promise<Record<string, unknown>>
}

export function createBrowser({ auth }: Pick<House, 'auth'>): Browser {
  const cookies = new Map<string, string>()

  async function run(path: string, init: RequestInit, withCookies = true): Promise<Answer> {
    const headers = new Headers(init.headers)
    if (withCookies && cookies.size > 0) {
      headers.set('cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '))
    }
    const response = await auth.handle(new Request(origin + path, { ...init, headers, redirect: 'manual' }), {
      address: '203.0.113.7',
    })
    if (response === undefined) throw new Error(`${path} is no route`)
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '') cookies.delete(name)
      else cookies.set(name, value)
    }
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('json') === true
    const body = isJson ? (JSON.parse(text) as Record<string, unknown>) : { text }
    const { status } = response
    return { status, location: response.headers.get('location') ?? '', body, headers: response.headers }
  }

  const get: Browser['get'] = (path, headers = {}) => run(path, { headers })

  async function start(provider: string, query: Record<string, string> = {}): Promise<string> {
    const { location, body } = await get(`/auth/login/${provider}?${new URLSearchParams(query)}`)
    if (location === '') throw new Error(JSON.stringify(body))
    return new URL(location).searchParams.get('state') ?? ''
  }

  return {
    cookies,
    get,
    start,
    send: (method, path, body = {}) =>
      run(path, { method, headers: { 'content-type': 'application/json', origin }, body: JSON.stringify(body) }),
    postFromElsewhere: (path, fields) =>
      run(
        path,
        { method: 'POST', headers: { origin: 'https://idp.example' }, body: new URLSearchParams(fields) },
        false,
      ),
    logIn: async (provider, code, query) =>
      get(`/auth/callback/${provider}?code=${code}&state=${await start(provider, query)}`),
    session: async () => (await get('/auth/session')).body,
  }
}

/** A user with a password, logged in by it. */
export async function withPassword({ auth }: House, browser: Browser, username = 'bob'): Promise<string> {
  const { id } = await auth.users.create({ username, password: goodPassword })
  await browser.send('POST', '/auth/login', { username, password: goodPassword })
  return id
}

/** A second factor that everybody has: the code is 123456. */
export const secondFactor: FactorType = () => ({
  id: 'code',
  methods: ['otp'],
  isEnrolled: () => true,
  begin: async () => ({}),
  verify: async (_, { code }) => (code === '123456' ? ['otp'] : undefined),
})

export { goodPassword }
