import { createHash } from 'node:crypto'
import { type Auth, createAuth } from '../auth.ts'
import type { AuthenticationRequirement } from '../authentication.ts'
import type { PasswordHasher } from '../factors/password-hash.ts'
import type { Principal } from '../principal.ts'
import type { Settings } from '../settings.ts'
import type { Storage } from '../storage.ts'
import { failingStorage } from './storage-calls.ts'

/** How a server for the adapter contract is to be built. It is JSON, so that the server may run in another process. */
export interface AdapterOptions {
  /** Mounted with everything else under this path, as the framework does it: `/api`. */
  readonly mount?: string
  /** A body parser of the framework stands in front of Sallyport. */
  readonly parser?: boolean
  /** Without `sallyport(auth)`: every guarded route must fail. */
  readonly uninstalled?: boolean
  readonly settings?: Pick<Settings, 'bearer' | 'query' | 'trustedProxies' | 'trustedOrigins'>
}

/** What a handler of the fixed application sees of a request, as its framework shows it. */
export interface SeenRequest {
  /** Path and query as the framework keeps them for routing, with the mount path. */
  readonly url: string
  /** Path and query as the framework keeps them for logs. */
  readonly originalUrl: string
  readonly query: Readonly<Record<string, unknown>>
  readonly params: Readonly<Record<string, string>>
  readonly principal: Principal | undefined
  header(name: string): string | undefined
  /** How long the body is, read to its end. */
  bodyLength(): Promise<number>
}

/** What a handler of the fixed application answers: 200 with this JSON and these headers. */
export interface FixedAnswer {
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

/** The type of every answer of the fixed application. */
export const fixedType = 'application/json; charset=utf-8'

/** A route of the fixed application. `guard` says what stands in front of it: `identify()`, or `protect(…)` with these. */
export interface FixedRoute {
  readonly method: 'get' | 'post' | 'put' | 'delete'
  readonly path: string
  readonly guard?: 'identify' | { readonly permission?: string; readonly requirement?: AuthenticationRequirement }
  handle(request: SeenRequest): Promise<FixedAnswer>
}

/** The fixed application: what every adapter serves for the contract, in its own framework. */
export interface AdapterFixture {
  readonly auth: Auth
  readonly routes: readonly FixedRoute[]
  /** To be called by a middleware right behind Sallyport, as a logger would be. */
  log(line: string): void
  /** The route for a request, for frameworks without a router. */
  match(
    method: string,
    path: string,
  ): { readonly route: FixedRoute; readonly params: Record<string, string> } | undefined
}

/** What the contract's users are called to be in: the origin, the password, the code. */
export const fixed = {
  origin: 'https://app.example.com',
  password: 'correct horse battery staple',
  code: '271008',
} as const

const startsAt = Date.UTC(2030, 0, 1)

/** Builds the fixed application on a storage that nothing else uses, with what its runtime needs. */
export function adapterFixture(
  storage: Storage,
  { settings = {} }: AdapterOptions,
  runtime: Pick<Settings, 'waitUntil'> = {},
): AdapterFixture {
  const failing = failingStorage(storage)
  const enrolled = new Set<string>()
  let now = startsAt
  let lines: string[] = []
  let faults: string[] = []
  const auth = createAuth({
    ...settings,
    ...runtime,
    origin: fixed.origin,
    secret: 'a secret of the contract, known to everybody who reads it',
    storage: failing,
    clock: () => now,
    permissions: ({ roles }) => roles.flatMap((role) => rights[role] ?? []),
    password: { hasher: quickHasher },
    factors: [
      () => ({
        id: 'code',
        methods: ['otp'],
        isEnrolled: ({ id }) => enrolled.has(id),
        begin: async () => ({ sent: true }),
        verify: async ({ user }, { code }) => (enrolled.has(user.id) && code === fixed.code ? ['otp'] : undefined),
      }),
    ],
    onError: (error) => void faults.push(error instanceof Error ? error.message : String(error)),
  })

  /** Does to the server what no client can do. */
  async function control(url: string): Promise<unknown> {
    const query = new URL(url, fixed.origin).searchParams
    const [user, advance, health, disable, of] = ['user', 'advance', 'storage', 'disable', 'of'].map(
      (name) => query.get(name) ?? undefined,
    )
    const roles = query.get('roles')?.split(',') ?? []
    if (advance !== undefined) now += Number(advance)
    if (health === 'up') failing.heal()
    if (health === 'down') failing.fail('reject')
    if (disable !== undefined) await auth.users.disable(disable)
    if (of !== undefined) await auth.users.update(of, { roles })
    if (user === undefined) {
      const [seen, found] = [lines, faults]
      ;[lines, faults] = [[], []]
      return { now, lines: seen, faults: found }
    }
    const passwordHash = quickHash(fixed.password)
    const { id } = await auth.users.create({ username: user, roles, passwordHash })
    if (query.has('factor')) enrolled.add(id)
    return { id }
  }

  const routes: readonly FixedRoute[] = [
    { method: 'post', path: '/control', handle: async ({ url }) => ({ body: JSON.stringify(await control(url)) }) },
    { method: 'get', path: '/public', handle: echo },
    { method: 'get', path: '/who', guard: 'identify', handle: echo },
    { method: 'get', path: '/echo', guard: {}, handle: echo },
    { method: 'get', path: '/documents/:id', guard: { permission: 'documents:read' }, handle: echo },
    { method: 'put', path: '/documents/:id', guard: { permission: 'documents:write' }, handle: echo },
    {
      method: 'delete',
      path: '/documents/:id',
      guard: { permission: 'documents:delete', requirement: { within: 15 * 60_000 } },
      handle: echo,
    },
    { method: 'get', path: '/strong', guard: { requirement: { assurance: 2 } }, handle: echo },
    { method: 'get', path: '/hardware', guard: { requirement: { methods: ['hwk'] } }, handle: echo },
    { method: 'post', path: '/open', handle: echo },
    {
      method: 'post',
      path: '/upload',
      guard: { permission: 'documents:write' },
      handle: async (request) => ({ body: JSON.stringify({ bytes: await request.bodyLength() }) }),
    },
    {
      method: 'get',
      path: '/cached',
      guard: {},
      handle: async () => ({
        body: '{}',
        headers: { 'Cache-Control': 'private, max-age=60', 'Referrer-Policy': 'unsafe-url' },
      }),
    },
    {
      method: 'get',
      path: '/slow',
      guard: {},
      async handle() {
        await new Promise((resolve) => setTimeout(resolve, 100))
        return { body: '{}' }
      },
    },
    {
      method: 'get',
      path: '/fault',
      guard: {},
      handle: () => Promise.reject(new Error('a fault of the application')),
    },
  ]

  return {
    auth,
    routes,
    log: (line) => {
      if (!line.includes('/control?')) lines.push(line)
    },

    match(method, path) {
      for (const route of routes) {
        if (route.method.toUpperCase() !== method && !(method === 'HEAD' && route.method === 'get')) continue
        const [id = '', ...more] = path.startsWith('/documents/') ? path.slice('/documents/'.length).split('/') : []
        const wanted = route.path.replace(':id', id)
        if (wanted === path && more.length === 0) return { route, params: id === '' ? {} : { id } }
      }
      return undefined
    },
  }
}

const rights: Readonly<Record<string, readonly string[]>> = {
  reader: ['documents:read'],
  editor: ['documents:read', 'documents:write', 'documents:delete'],
}

/** The contract is about adapters: a hash that costs nothing, so that the suite is quick. */
const quickHasher: PasswordHasher = {
  hash: async (password) => quickHash(password),
  verify: async (hash, password) => hash === quickHash(password),
  isCurrent: () => true,
  dummy: '',
}

/** In the form of argon2, so that it is taken over. */
function quickHash(password: string): string {
  const digest = createHash('sha256').update(password).digest('base64')
  return `$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$${digest.slice(0, -1)}`
}

/** Shows what the handler sees. */
async function echo({ url, originalUrl, query, params, principal, header }: SeenRequest): Promise<FixedAnswer> {
  const seen = {
    url,
    originalUrl,
    query: Object.fromEntries(Object.entries(query).map(([name, value]) => [name, [value].flat()])),
    params,
    headers: { cookie: header('cookie'), test: header('x-test') },
    principal: principal && {
      user: principal.user.username,
      via: principal.via,
      permissions: principal.permissions,
      session: principal.session?.id,
      apiToken: principal.apiToken?.name,
      level: principal.assurance?.level,
    },
  }
  return { body: JSON.stringify(seen) }
}
