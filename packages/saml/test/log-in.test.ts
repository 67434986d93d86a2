import { argon2Hasher, type Auth, createAuth } from '@sallyport/core'
import { memoryStorage } from '@sallyport/storage-memory'
import { inflateRawSync } from 'node:zlib'
import { beforeAll, beforeEach, expect, it } from 'vitest'
import { saml } from '../src/index.ts'
import { callbackUrl, type Facts, facts, idpEntityId, type KeyPair, makeKeyPair, signedResponse } from './idp.ts'

const origin = 'https://app.example.com'
let key: KeyPair
let auth: Auth
beforeAll(() => {
  key = makeKeyPair()
})
beforeEach(() => {
  auth = createAuth({
    origin,
    secret: 'a secret that is long enough and 0123456789 for tests',
    storage: memoryStorage(),
    providers: [
      saml({
        id: 'acme',
        idpEntityId,
        entryPoint: 'https://idp.example.org/sso',
        certificates: [key.certificate],
        profile: ({ mail, groups }) => ({
          username: typeof mail === 'string' ? mail : undefined,
          roles: [groups].flat().map(String),
        }),
      }),
    ],
    password: { hasher: argon2Hasher({ memoryCost: 8, timeCost: 1, parallelism: 1 }) },
    onError: () => {},
  })
})

/** A browser that keeps cookies and does not follow redirects. */
function browser() {
  const cookies = new Map<string, string>()
  return async (url: string, init: RequestInit = {}): Promise<Response> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = { ...init.headers, ...(cookie !== '' && init.method !== 'POST' && { cookie }) }
    const response = await auth.handle(new Request(new URL(url, origin), { ...init, headers }))
    if (response === undefined) return expect.fail(`nothing answers ${url}`)
    for (const set of response.headers.getSetCookie()) {
      const [pair = ''] = set.split(';')
      cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1))
    }
    return response
  }
}
type Browser = ReturnType<typeof browser>

async function start(go: Browser): Promise<{ facts: Facts; relayState: string }> {
  const response = await go('/auth/login/acme?returnTo=/inside')
  const to = new URL(response.headers.get('location') ?? '')
  const xml = inflateRawSync(Buffer.from(to.searchParams.get('SAMLRequest') ?? '', 'base64')).toString()
  const [, requestId] = /ID="([^"]+)"/.exec(xml) ?? []
  return { facts: facts(requestId), relayState: to.searchParams.get('RelayState') ?? '' }
}

/** The provider's page posts to us, from its own site and so without our cookies. */
async function post(go: Browser, xml: string, relayState: string): Promise<string> {
  const body = new URLSearchParams({ SAMLResponse: Buffer.from(xml).toString('base64'), RelayState: relayState })
  const headers = { origin: 'https://idp.example.org', 'sec-fetch-site': 'cross-site' }
  const response = await go(callbackUrl, { method: 'POST', body, headers })
  expect([response.status, response.headers.getSetCookie()]).toEqual([303, []])
  return response.headers.get('location') ?? ''
}

const sessionOf = async (go: Browser) => (await (await go('/auth/session')).json()) as Record<string, unknown>

it('the answer of the provider comes by a cross-site POST, and the browser that asked is logged in', async () => {
  const go = browser()
  const { facts: f, relayState } = await start(go)
  const handle = await post(go, signedResponse(f, { key }), relayState)
  const done = await go(handle)
  expect([done.status, done.headers.get('location')]).toEqual([303, '/inside'])
  expect(await sessionOf(go)).toMatchObject({
    status: 'unlocked',
    user: { username: 'ada@example.org', roles: ['staff', 'editors'] },
  })
})

it('D11: another browser that follows the handle is not logged in', async () => {
  const [victim, thief] = [browser(), browser()]
  const { facts: f, relayState } = await start(thief)
  const handle = await post(victim, signedResponse(f, { key }), relayState)
  await victim(handle)
  expect(await sessionOf(victim)).toEqual({ status: 'anonymous' })
})

it('D12: a forged answer does not burn the log-in of the genuine one', async () => {
  const go = browser()
  const { facts: f, relayState } = await start(go)
  const forged = signedResponse(f, { key }).replace('ada-7', 'root')
  await go(await post(go, forged, relayState))
  expect(await sessionOf(go)).toEqual({ status: 'anonymous' })
  await go(await post(go, signedResponse(f, { key }), relayState))
  expect(await sessionOf(go)).toMatchObject({ status: 'unlocked' })
})

it('D1: of twenty at once with one answer, one is logged in', async () => {
  const go = browser()
  const { facts: f, relayState } = await start(go)
  const xml = signedResponse(f, { key })
  const handles = await Promise.all(Array.from({ length: 20 }, () => post(go, xml, relayState)))
  const done = await Promise.all(handles.map((handle) => go(handle)))
  const tokens = done
    .flatMap((response) => response.headers.getSetCookie())
    .filter((set) => /sallyport=sp_s_/.test(set))
  expect(tokens).toHaveLength(1)
})

it('our metadata is there for the provider', async () => {
  const response = await browser()('/auth/saml/acme/metadata')
  expect(response.headers.get('content-type')).toContain('application/samlmetadata+xml')
  expect(await response.text()).toContain(callbackUrl)
})
