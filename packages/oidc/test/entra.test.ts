import { createOutbound, type Outbound } from '@sallyport/core/outbound'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { microsoft, oidc } from '../src/index.ts'
import { createBrowser, type House, house } from './house.ts'
import { clientId, clientSecret, type LyingProvider, lyingProvider } from './lying-provider.ts'

const entra = 'https://login.microsoftonline.com'
const template = `${entra}/{tenantid}/v2.0`

let idp: LyingProvider
let app: House

beforeAll(async () => {
  idp = await lyingProvider()
  const outbound = createOutbound({ network: 'localhost' })
  // The addresses are Microsoft's, the answers come from a provider on this machine.
  const fetch: Outbound = (url, request) => {
    const { pathname } = new URL(url)
    const path = pathname.includes('/.well-known/') ? '/.well-known/openid-configuration' : pathname
    return outbound(idp.origin + path, request)
  }
  app = await house(() => [
    oidc({ id: 'many', ...microsoft('organizations'), clientId, clientSecret, fetch }),
    oidc({ id: 'one', ...microsoft('11111111-1111-1111-1111-111111111111'), clientId, clientSecret, fetch }),
  ])
})

afterAll(async () => {
  await app.close()
  await idp.close()
})

async function logIn(provider: string, issuer: string, claims: Record<string, unknown>) {
  const endpoints = ['authorize', 'token', 'userinfo', 'jwks'].map((name) => `${entra}/${name}`)
  const [authorization, token, userinfo, keys] = endpoints
  idp.lies = {
    metadata: {
      issuer,
      authorization_endpoint: authorization,
      token_endpoint: token,
      userinfo_endpoint: userinfo,
      jwks_uri: keys,
      end_session_endpoint: undefined,
      pushed_authorization_request_endpoint: undefined,
      authorization_response_iss_parameter_supported: undefined,
    },
    answer: { iss: undefined },
    claims,
  }
  const browser = createBrowser()
  const started = await browser.fetch(`${app.origin}/auth/login/${provider}`)
  const location = started.headers.get('location')
  if (location === null) return started.status
  await browser.go(location.replace(entra, idp.origin))
  const session = (await (await browser.fetch(`${app.origin}/auth/session`)).json()) as { status: string }
  return session.status
}

test('one registration for many tenants: the issuer in the identity is that of the tenant', async () => {
  for (const tid of ['tenant-a', 'tenant-b']) {
    expect(await logIn('many', template, { iss: `${entra}/${tid}/v2.0`, tid })).toBe('unlocked')
  }
  const { items } = await app.auth.users.list()
  const issuers = await Promise.all(items.map(async ({ id }) => (await app.auth.identities.list(id))[0]?.issuer))
  expect(issuers.sort()).toEqual([`${entra}/tenant-a/v2.0`, `${entra}/tenant-b/v2.0`])
})

test('the issuer of another tenant than the one that signs is refused', async () => {
  expect(await logIn('many', template, { iss: `${entra}/tenant-a/v2.0`, tid: 'tenant-b' })).toBe('anonymous')
  expect(await logIn('many', template, { iss: `${entra}/tenant-a/v2.0` })).toBe('anonymous')
  expect(await logIn('many', template, { iss: 'https://evil.example', tid: 'tenant-a' })).toBe('anonymous')
})

test('one tenant is one issuer: the document for many is not its own', async () => {
  expect(await logIn('one', template, { iss: `${entra}/tenant-a/v2.0`, tid: 'tenant-a' })).toBe(503)
})
