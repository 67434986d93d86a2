import { type Auth, createAuth, type RequestView } from '@sallyport/core'
import { memoryStorage } from '@sallyport/storage-memory'

export const password = 'a brass engine counts'
export const origin = 'http://localhost:3000'

/** A framework on memory with one user who may read documents. */
export async function createBenchAuth(): Promise<Auth> {
  const auth = createAuth({
    origin,
    secret: 'a secret that is long enough and 0123456789 for the bench',
    storage: memoryStorage(),
    permissions: (user) => (user.roles.includes('reader') ? ['documents:read'] : []),
  })
  await auth.users.create({ username: 'ada', password, roles: ['reader'] })
  return auth
}

/** A session token of the user. */
export async function sessionToken(auth: Auth): Promise<string> {
  const result = await auth.logIn({ username: 'ada', password })
  return result.token.reveal()
}

/** A request as an adapter hands it over, with nothing but a cookie. */
export function viewWithCookie(cookie: string): RequestView {
  return {
    method: 'GET',
    url: '/documents/7',
    originalUrl: '/documents/7',
    header: (name) => (name === 'cookie' ? cookie : undefined),
    address: '127.0.0.1',
    body: async () => new Uint8Array(),
    departed: undefined,
  }
}

/** What a browser sends to a route that asks nobody who they are: a cookie as long as ours. */
export const someCookie = { cookie: `sallyport=${'x'.repeat(84)}` }
