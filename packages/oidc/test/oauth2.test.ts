import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { oauth2, type OAuth2Settings } from '../src/index.ts'
import { createBrowser, type House, house } from './house.ts'
import { clientId, clientSecret, type Lies, type LyingProvider, lyingProvider } from './lying-provider.ts'

let idp: LyingProvider
let app: House

const settings = (more: Partial<OAuth2Settings> = {}): OAuth2Settings => ({
  id: 'hub',
  label: 'Hub',
  authorizationEndpoint: `${idp.origin}/authorize`,
  tokenEndpoint: `${idp.origin}/token`,
  userinfoEndpoint: `${idp.origin}/userinfo`,
  scopes: ['read:user'],
  subject: 'id',
  claims: { displayName: 'name', email: 'email' },
  clientId,
  clientSecret,
  network: 'localhost',
  ...more,
})

beforeAll(async () => {
  idp = await lyingProvider()
})

beforeEach(async () => {
  await app?.close()
  app = await house(() => [oauth2(settings())])
})

afterAll(async () => {
  await app.close()
  await idp.close()
})

async function logIn(lies: Lies = {}) {
  const tokenResponse = { id_token: undefined, ...lies.tokenResponse }
  idp.lies = { answer: { iss: undefined }, userinfo: { id: 42, login: 'alice' }, ...lies, tokenResponse }
  const browser = createBrowser()
  const response = await browser.go(`${app.origin}/auth/login/hub`)
  const session = (await (await browser.fetch(`${app.origin}/auth/session`)).json()) as Record<string, unknown>
  return { status: response.status, session }
}

const refused = { session: { status: 'anonymous' } }

describe('an OAuth 2.0 server without OpenID', () => {
  test('code flow with PKCE and state; the record of the user has the subject', async () => {
    const { session } = await logIn()
    expect(app.reasons()).toEqual([])
    expect(session).toMatchObject({
      status: 'unlocked',
      user: { username: 'hub:42', displayName: 'Alice' },
      assurance: { level: 1, methods: ['fed'] },
    })
    expect(idp.lastToken?.body.get('code_verifier')).toHaveLength(43)
    const [user] = (await app.auth.users.list()).items
    const [identity] = await app.auth.identities.list(user?.id ?? '')
    expect(identity).toMatchObject({ provider: 'hub', issuer: idp.origin, subject: '42' })
  })

  test('D5: a subject that is a number is stable, whatever the login name becomes', async () => {
    const one = await logIn({ userinfo: { id: 42, login: 'alice' } })
    const two = await logIn({ userinfo: { id: 42, login: 'renamed' } })
    const other = await logIn({ userinfo: { id: 43, login: 'alice' } })
    const id = ({ session }: typeof one) => (session['user'] as { id: string }).id
    expect(id(two)).toBe(id(one))
    expect(id(other)).not.toBe(id(one))
  })

  test.each([undefined, null, '', {}, ['42'], true, 1.5, Number.MAX_VALUE])(
    'a record whose subject is %j is refused',
    async (id) => {
      expect(await logIn({ userinfo: { id } })).toMatchObject({ status: 401, ...refused })
    },
  )

  test.each<[string, Lies]>([
    ['a code that it does not know', { answer: { iss: undefined, code: 'unknown' } }],
    ['no code', { answer: { iss: undefined, code: undefined } }],
    ['another issuer', { answer: { iss: 'https://evil.example' } }],
    ['the user said no', { answer: { iss: undefined, error: 'access_denied', code: undefined } }],
    ['no access token', { tokenResponse: { access_token: undefined } }],
    [
      'an error with status 200, as GitHub sends it',
      { tokenResponse: { access_token: undefined, error: 'bad_verification_code' } },
    ],
  ])('%s is refused', async (_, lies) => {
    expect(await logIn(lies)).toMatchObject({ status: 401, ...refused })
  })

  test.each<[string, NonNullable<Lies['serve']>]>([
    ['the API is away', { '/userinfo': (_, response) => response.writeHead(503).end() }],
    ['D18: the API redirects', { '/userinfo': (_, response) => response.writeHead(302, { location: '/' }).end() }],
    ['the token endpoint is away', { '/token': (_, response) => response.writeHead(500).end() }],
  ])('%s: 503', async (_, serve) => {
    expect(await logIn({ serve })).toMatchObject({ status: 503, ...refused })
  })

  test.each<[string, NonNullable<Lies['serve']>]>([
    ['the API refuses the token', { '/userinfo': (_, response) => response.writeHead(401).end() }],
    ['the API answers a list', { '/userinfo': (_, response) => response.end('[]') }],
    ['the API answers no JSON', { '/userinfo': (_, response) => response.end('<html>') }],
  ])('%s: refused', async (_, serve) => {
    expect(await logIn({ serve })).toMatchObject({ status: 401, ...refused })
  })

  test('can’t renew a session, since it says neither when nor how somebody authenticated', async () => {
    const { start, canReauthenticate } = oauth2(settings())
    expect(canReauthenticate).toBe(false)
    expect(start).toBeTypeOf('function')
  })

  test('a dry run says whether it answers', async () => {
    expect((await app.auth.providers.check('hub')).map(({ name, ok }) => [name, ok])).toEqual([
      ['token', true],
      ['callback', true],
    ])
  })

  test.each([
    [{ tokenEndpoint: 'http://hub.example/token' }, 'is not https'],
    [{ userinfoEndpoint: 'nowhere' }, 'is no address'],
    [{ authorizationEndpoint: 'javascript:alert(1)' }, 'is not https'],
    [{ clientId: '' }, '`clientId` is missing'],
  ])('%j can’t work', (more, problem) => {
    expect(() => oauth2(settings(more))).toThrow(problem)
  })
})
