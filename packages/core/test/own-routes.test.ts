import { describe, expect, test } from 'vitest'
import { createAuth } from '../src/index.ts'
import { fetchView } from '../src/fetch.ts'
import { memoryStorage, testSecret } from './house.ts'

const origin = 'https://app.example.com'
const ada = { username: 'ada', password: 'correct horse battery staple' }

async function setUp() {
  const auth = createAuth({
    origin,
    secret: testSecret,
    storage: memoryStorage(),
    trustedProxies: ['192.0.2.1'],
  })
  await auth.users.create(ada)
  const visit = (path: string, headers: Record<string, string> = {}) =>
    auth.visit(fetchView(new Request(origin + path, { headers }), { address: '192.0.2.1' }))
  return { auth, visit }
}

describe('an application that answers log-ins by routes of its own', () => {
  test('sets the cookie that the routes would have set, and removes it', async () => {
    const { auth, visit } = await setUp()
    const remembered = await auth.logIn(ada, visit('/in').client)
    const cookie = auth.cookies.token(remembered)
    expect(cookie).toMatch(/^__Host-sallyport=sp_s_.*; Max-Age=2592000; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
    const [pair = ''] = cookie.split(';')
    expect(await visit('/own', { cookie: pair }).resolve()).toMatchObject({ status: 'unlocked' })
    const forgotten = await auth.logIn(ada, { ...visit('/in').client, remember: false })
    expect(auth.cookies.token(forgotten)).not.toMatch(/Max-Age|Expires/)
    expect(auth.cookies.clear()).toMatch(/^__Host-sallyport=; Max-Age=0; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
  })

  test('has the token of a request at hand, however it came, and never two', async () => {
    const { visit } = await setUp()
    expect(visit('/own').credential()).toBeUndefined()
    expect(visit('/own?token=x').credential()).toEqual({ token: 'x', transport: 'query' })
    const cookie = '__Host-sallyport=y'
    expect(visit('/own', { cookie }).credential()).toEqual({ token: 'y', transport: 'cookie' })
    expect(() => visit('/own?token=x', { cookie }).credential()).toThrow('more than one credential')
  })

  test('D10: tells the functions who the client is, by the proxies that are trusted', async () => {
    const { visit } = await setUp()
    const { address, network } = visit('/own', { 'x-forwarded-for': '203.0.113.7' }).client
    expect({ address, network }).toEqual({ address: '203.0.113.7', network: '203.0.113.7' })
  })
})
