import { argon2Hasher, type Auth, type AuthEvent, createAuth } from '@sallyport/core'
import { memoryStorage } from '@sallyport/storage-memory'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { freeze } from '../../../scripts/servers/process.ts'
import type { Directory } from '../../../scripts/servers/slapd.ts'
import { ldap, type LdapSettings } from '../src/index.ts'
import { ada, binding, joan, searching, startDirectory } from './directory.ts'

const origin = 'https://app.example.com'
let directory: Directory
let auth: Auth
let events: AuthEvent[]

beforeAll(async () => {
  directory = await startDirectory()
}, 60_000)
afterAll(() => directory.stop())
beforeEach(() => {
  events = []
  auth = open({ ...searching(directory), timeoutMs: 500 })
})

function open(settings: LdapSettings): Auth {
  return createAuth({
    origin,
    secret: 'a secret that is long enough and 0123456789 for tests',
    storage: memoryStorage(),
    providers: [ldap(settings)],
    permissions: (user) => user.roles.map((role) => `as:${role}`),
    password: { hasher: argon2Hasher({ memoryCost: 8, timeCost: 1, parallelism: 1 }) },
    onEvent: (event) => void events.push(event),
    onError: () => {},
  })
}

async function logIn(username: string, password: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const request = new Request(`${origin}/auth/login/staff`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password, returnToken: true }),
  })
  const response = await auth.handle(request, { address: '203.0.113.9' })
  return { status: response?.status ?? 0, body: (await response?.json()) as Record<string, unknown> }
}

it('a person of the directory gets a session, with the roles of their groups', async () => {
  const { status, body } = await logIn(ada.username, ada.password)
  expect([status, body['status']]).toEqual([200, 'unlocked'])
  expect(body['user']).toMatchObject({ username: 'ada', displayName: 'ada of the test', roles: ['editor', 'reader'] })
  expect(body['permissions']).toEqual(['as:editor', 'as:reader'])
  const again = await logIn('ADA', ada.password)
  expect((again.body['user'] as { id: string }).id).toBe((body['user'] as { id: string }).id)
})

it('is listed as a provider', async () => {
  const response = await auth.handle(new Request(`${origin}/auth/providers`))
  expect(await response?.json()).toEqual({ items: [{ id: 'staff', label: 'staff', protocol: 'ldap' }] })
})

describe('D10: guesses', () => {
  it('are counted before the directory hears of them, by canonical name, and a right one is not let through either', async () => {
    const spellings = ['ada', 'ADA', ' ada ', 'Ada', 'ａｄａ']
    for (const username of spellings) expect((await logIn(username, 'not the right one')).status).toBe(401)
    expect((await logIn(ada.username, ada.password)).body['code']).toBe('too_many_attempts')
  })

  it.each([
    ['search, then bind', searching],
    ['bind as oneself', binding],
  ])('%s: a name that only the directory takes for another has no guesses of its own', async (_, settingsOf) => {
    auth = open(settingsOf(directory))
    const { username, password } = joan
    expect((await logIn(username.toUpperCase(), password)).status).toBe(200)
    expect((await logIn(username.replace(' ', '  '), password)).status).toBe(401)
  })

  it('of fifty at once, five reach the directory', async () => {
    const all = await Promise.all(Array.from({ length: 50 }, () => logIn('grace', 'not the right one')))
    expect(all.filter(({ status }) => status === 401)).toHaveLength(5)
    expect(all.filter(({ status }) => status === 429)).toHaveLength(45)
  })

  it('D4: are not counted while the directory is away, and nobody is told that the password is wrong', async () => {
    await freeze(directory.pid)
    const answers = await Promise.all(Array.from({ length: 8 }, () => logIn(ada.username, ada.password)))
    process.kill(directory.pid, 'SIGCONT')
    for (const { status, body } of answers) expect([status === 503 || status === 429, body['code']]).not.toContain(401)
    expect(answers.map(({ status }) => status)).toContain(503)
    expect((await logIn(ada.username, ada.password)).status).toBe(200)
  })
})

it('ASVS 16.2.5: no event says the password', async () => {
  await logIn(ada.username, ada.password)
  await logIn(ada.username, 'not the right one')
  expect(events.length).toBeGreaterThan(1)
  expect(JSON.stringify(events)).not.toMatch(/brass|not the right/)
})
