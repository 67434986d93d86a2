import { describe, expect, test } from 'vitest'
import { browser, send } from './client.ts'
import { startExample, users } from './start-example.ts'

const [ada, grace] = users
const document = '/api/v1/documents/1'

/** The members of the documented format that a test reads. */
interface Wire {
  readonly logged: boolean
  readonly isUnlocked: boolean
  readonly token: string
  readonly rights: readonly string[]
  readonly user: { readonly username: string }
  readonly id: string
  readonly results: readonly { readonly id: string; readonly lastUsed: string | null }[]
  readonly error: { readonly code: string; readonly message: string }
}

async function wire(url: string, method: string, path: string, body?: unknown) {
  const answer = await send(url, method, path, { body })
  return { ...answer, json: answer.json as unknown as Wire }
}

async function logIn(url: string, { username, password }: { username: string; password: string }): Promise<string> {
  return (await wire(url, 'POST', '/login', { name: username, password, returnToken: true })).json.token
}

describe('the documented wire format', { timeout: 30_000 }, () => {
  test('log in, check, use, terminate', async () => {
    await using example = await startExample('wire-compat')
    const { url } = example
    const body = { name: 'ada', password: ada.password, returnToken: true }
    const { status, json } = await wire(url, 'POST', '/login', body)
    expect(status).toBe(200)
    expect(json).toEqual({
      logged: true,
      isUnlocked: true,
      token: expect.stringMatching(/^sp_s_/),
      tenant: 'default',
      user: expect.objectContaining({ username: 'ada' }),
      settings: {},
      rights: ['documents:read', 'documents:write', 'documents:delete', 'sallyport:admin'],
    })
    const { token } = json
    const checked = await wire(url, 'GET', `/login?token=${token}`)
    expect(checked.json).toMatchObject({
      logged: true,
      isUnlocked: true,
      rights: json.rights,
      user: { username: 'ada' },
    })
    expect((await send(url, 'GET', `${document}?token=${token}`)).json).toMatchObject({ id: '1' })
    expect((await wire(url, 'GET', `/logout?token=${token}`)).json).toEqual({ logged: false, isUnlocked: false })
    expect((await wire(url, 'GET', `/login?token=${token}`)).json).toEqual({ logged: false, isUnlocked: false })
    const refused = await wire(url, 'GET', `${document}?token=${token}`)
    expect([refused.status, refused.json.error.code]).toEqual([401, 'invalid_token'])
  })

  test('a wrong password, a missing one, and guessing', async () => {
    await using example = await startExample('wire-compat')
    const attempt = (body: unknown) => wire(example.url, 'POST', '/login', body)
    const wrong = await attempt({ name: 'ada', password: 'wrong' })
    expect([wrong.status, wrong.json.error.code]).toEqual([401, 'invalid_credentials'])
    for (const body of [{}, { name: 'ada' }, { name: ['ada'], password: {} }, []]) {
      expect((await attempt(body)).status).toBe(400)
    }
    for (let i = 1; i < 10; i++) await attempt({ name: 'ada', password: `wrong ${i}` })
    const waiting = await attempt({ name: 'ada', password: ada.password })
    expect([waiting.status, waiting.json.error.code]).toEqual([429, 'too_many_attempts'])
    expect(Number(waiting.headers.get('retry-after'))).toBeGreaterThan(0)
  })

  test('as a browser the token is a cookie and not in the body; log out removes it', async () => {
    await using example = await startExample('wire-compat')
    const client = browser(example.url)
    const { headers, text } = await client.send('POST', '/login', { body: { name: 'ada', password: ada.password } })
    expect(headers.get('set-cookie')).toMatch(/^sallyport=sp_s_.*; HttpOnly; SameSite=Lax$/)
    expect(text).not.toContain('sp_s_')
    expect((await client.send('GET', document)).status).toBe(200)
    expect((await client.send('GET', '/logout')).headers.get('set-cookie')).toMatch(/^sallyport=; Max-Age=0/)
  })

  test('Authorization: Bearer is not accepted', async () => {
    await using example = await startExample('wire-compat')
    const authorization = `Bearer ${await logIn(example.url, ada)}`
    const answer = await send(example.url, 'GET', document, { headers: { authorization } })
    expect(answer.status).toBe(401)
  })

  test('an API token is made, listed, used, rotated by hand, and deleted', async () => {
    await using example = await startExample('wire-compat')
    const { url } = example
    const token = await logIn(url, grace)
    const make = () => wire(url, 'POST', `/api/key?token=${token}`, { description: 'Nightly backup' })
    const [first, second] = [(await make()).json, (await make()).json]
    expect(first).toMatchObject({
      description: 'Nightly backup',
      lastUsed: null,
      token: expect.stringMatching(/^sp_a_/),
    })
    expect((await send(url, 'GET', `${document}?token=${first.token}`)).status).toBe(200)
    const list = await wire(url, 'GET', `/api/key?token=${token}`)
    expect(list.json.results.map(({ id }) => id).sort()).toEqual([first.id, second.id].sort())
    expect(list.json.results[0]).toEqual({
      id: expect.any(String),
      description: 'Nightly backup',
      created: expect.any(String),
      lastUsed: list.json.results[0]?.lastUsed,
      apiKeyType: 'user',
    })
    expect((await wire(url, 'DELETE', `/api/key/${first.id}?token=${token}`)).status).toBe(200)
    expect((await send(url, 'GET', `${document}?token=${first.token}`)).status).toBe(401)
    expect((await send(url, 'GET', `${document}?token=${second.token}`)).status).toBe(200)
    expect((await wire(url, 'DELETE', `/api/key/${first.id}?token=${token}`)).status).toBe(404)
  })

  test('keys are managed by people: an API token opens no /api/key, and nobody deletes somebody else’s', async () => {
    await using example = await startExample('wire-compat')
    const { url } = example
    const [mine, theirs] = [await logIn(url, grace), await logIn(url, ada)]
    const key = (await wire(url, 'POST', `/api/key?token=${mine}`, { description: 'x' })).json
    for (const [method, path] of [
      ['POST', '/api/key'],
      ['GET', '/api/key'],
      ['DELETE', `/api/key/${key.id}`],
    ] as const) {
      const body = method === 'POST' ? { description: 'y' } : undefined
      const answer = await wire(url, method, `${path}?token=${key.token}`, body)
      expect([method, answer.status, answer.json.error.code]).toEqual([method, 403, 'session_required'])
    }
    expect((await wire(url, 'DELETE', `/api/key/${key.id}?token=${theirs}`)).status).toBe(404)
    expect((await send(url, 'GET', `${document}?token=${key.token}`)).status).toBe(200)
  })

  test('the default routes are not there', async () => {
    await using example = await startExample('wire-compat')
    const { username, password } = ada
    const answer = await send(example.url, 'POST', '/auth/login', { body: { username, password } })
    expect(answer.status).toBe(404)
    expect((await send(example.url, 'GET', '/auth/session')).status).toBe(404)
  })
})
