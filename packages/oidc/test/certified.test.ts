import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { oidc } from '../src/index.ts'
import { type CertifiedProvider, certifiedProvider, client } from './certified-provider.ts'
import { type Browser, createBrowser, type House, house, post } from './house.ts'

let app: House
let idp: CertifiedProvider
let browser: Browser

beforeAll(async () => {
  app = await house(async (origin) => {
    idp = await certifiedProvider(origin)
    return [oidc({ id: 'acme', label: 'Acme', issuer: idp.origin, ...client, network: 'localhost' })]
  })
})

beforeEach(() => {
  browser = createBrowser()
  app.events.length = 0
  idp.user = `user-${Math.random().toString(36).slice(2)}`
})

afterAll(async () => {
  await app.close()
  await idp.close()
})

async function session(): Promise<Record<string, unknown>> {
  return (await (await browser.fetch(`${app.origin}/auth/session`)).json()) as Record<string, unknown>
}

describe('a log-in at a certified provider', () => {
  test('the list of providers', async () => {
    const response = await browser.fetch(`${app.origin}/auth/providers`)
    expect(await response.json()).toEqual({ items: [{ id: 'acme', label: 'Acme', protocol: 'oidc' }] })
  })

  test('by a link: through the redirects to the page that was asked for, with a session in a cookie', async () => {
    const response = await browser.go(`${app.origin}/auth/login/acme?returnTo=/inbox?a=1`)
    expect(app.reasons()).toEqual([])
    expect(await response.text()).toBe('page /inbox?a=1')
    const { status, user, assurance } = (await session()) as never as {
      status: string
      user: { displayName: string; email: string; emailVerified: boolean; username: string }
      assurance: { level: number; methods: string[] }
    }
    expect(status).toBe('unlocked')
    expect(user).toMatchObject({
      displayName: `User ${idp.user}`,
      email: `${idp.user}@example.com`,
      emailVerified: true,
    })
    expect(user.username).toBe(`acme:${idp.user}`)
    expect(assurance).toMatchObject({ level: 1, methods: ['fed'] })
  })

  test('by POST: the address to go to', async () => {
    const started = await browser.fetch(`${app.origin}/auth/login/acme`, post(app.origin, { returnTo: '/' }))
    expect(started.status).toBe(200)
    const { redirectTo } = (await started.json()) as { redirectTo: string }
    expect(new URL(redirectTo).searchParams.get('code_challenge_method')).toBe('S256')
    expect(new URL(redirectTo).searchParams.get('nonce')).toHaveLength(43)
    await browser.go(redirectTo)
    expect(await session()).toMatchObject({ status: 'unlocked' })
  })

  test('the second log-in is the same user', async () => {
    await browser.go(`${app.origin}/auth/login/acme`)
    const first = (await session()) as { user: { id: string } }
    browser = createBrowser()
    await browser.go(`${app.origin}/auth/login/acme`)
    const second = (await session()) as { user: { id: string } }
    expect(second.user.id).toBe(first.user.id)
  })
})
