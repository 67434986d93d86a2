import { argon2Hasher, type Auth, type AuthEvent, createAuth, type Settings } from '@sallyport/core'
import { memoryStorage } from '@sallyport/storage-memory'
import { passkeys, type PasskeyOptions } from '../src/index.ts'

export const origin = 'https://app.example.com'
export const password = 'a brass engine counts'

/** What a route answered. */
export interface Answer {
  readonly status: number
  readonly body: Record<string, unknown>
}

/** An installation with passkeys, and a way to talk to it. */
export interface House {
  readonly auth: Auth
  readonly events: AuthEvent[]
  post(path: string, body: object, token?: string): Promise<Answer>
  delete(path: string, token: string): Promise<Answer>
  /** Logs in with the password: the token of a session, or a locked one. */
  enter(username?: string): Promise<string>
}

export async function house(options: PasskeyOptions = {}, more: Partial<Settings> = {}): Promise<House> {
  const events: AuthEvent[] = []
  const auth = createAuth({
    origin,
    secret: 'a secret that is long enough and 0123456789 for tests',
    storage: memoryStorage(),
    factors: [passkeys(options)],
    password: { hasher: argon2Hasher({ memoryCost: 8, timeCost: 1, parallelism: 1 }) },
    onEvent: (event) => void events.push(event),
    ...more,
  })
  for (const username of ['ada', 'grace']) await auth.users.create({ username, password })

  async function send(method: string, path: string, body: object, token?: string): Promise<Answer> {
    const url = `${origin}/auth${path}${token === undefined ? '' : `?token=${token}`}`
    const headers = { 'content-type': 'application/json' }
    const response = await auth.handle(new Request(url, { method, headers, body: JSON.stringify(body) }))
    const text = (await response?.text()) ?? ''
    return { status: response?.status ?? 0, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) }
  }

  const post: House['post'] = (path, body, token) => send('POST', path, body, token)

  return {
    auth,
    events,
    post,
    delete: (path, token) => send('DELETE', path, {}, token),
    async enter(username = 'ada') {
      const { body } = await post('/login', { username, password, returnToken: true })
      return String(body['token'])
    },
  }
}
