import { connect, createServer, type Server as TcpServer, type Socket } from 'node:net'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { ProviderContext } from '@sallyport/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freeze } from '../../../scripts/servers/process.ts'
import type { Directory } from '../../../scripts/servers/slapd.ts'
import { ldap, type LdapSettings } from '../src/index.ts'
import { ada, binding, people, searching, service, startDirectory } from './directory.ts'

let directory: Directory
beforeAll(async () => {
  directory = await startDirectory()
}, 60_000)
afterAll(() => directory.stop())

const context: ProviderContext = {
  origin: 'https://app.example.com',
  callbackUrl: 'https://app.example.com/auth/callback/staff',
  metadataUrl: 'https://app.example.com/auth/saml/staff/metadata',
  now: Date.now,
  canonicalName: (text) => text,
  once: async () => true,
}
const logIn = (settings: LdapSettings, username: string, password: string, departed?: AbortSignal) =>
  ldap(settings).logIn({ username, password }, { ...context, departed })

describe.each([
  ['search, then bind, over ldaps', searching],
  ['search, then bind, over StartTLS', (d: Directory) => ({ ...searching(d), url: d.url, startTls: true })],
  ['bind as oneself, over ldaps', binding],
])('%s', (_, settingsOf) => {
  it('knows a person by name and password, under a subject that is no name', async () => {
    const evidence = await logIn(settingsOf(directory), ada.username, ada.password)
    expect(evidence).toMatchObject({
      issuer: `ldap:${people}`,
      methods: ['pwd', 'fed'],
      profile: { username: 'ada', displayName: 'ada of the test', email: 'ada@example.org' },
    })
    expect(evidence?.subject).toMatch(/^[\da-f-]{36}$/)
    expect(await logIn(settingsOf(directory), ada.username, ada.password)).toEqual(evidence)
  })

  it.each([
    ['a wrong password', ada.username, 'not the right one at all'],
    ['an unknown name', 'nobody', ada.password],
    ['an empty password, which is an anonymous bind', ada.username, ''],
    ['a name that opens a filter', '*)(uid=*', ada.password],
    ['a wildcard', 'ad*', ada.password],
    ['a name with the signs of a DN', `ada,${people}`, ada.password],
    ['a name with a NUL in hexadecimal', 'ada\\00', ada.password],
    ['a name with a plus sign', 'ada+cn=x', ada.password],
  ])('D8: refuses %s', async (_what, username, password) => {
    expect(await logIn(settingsOf(directory), username, password)).toBeUndefined()
  })
})

describe('groups', () => {
  it('give roles by their names, whatever their case', async () => {
    const roles = async (username: string, password: string) =>
      (await logIn(searching(directory), username, password))?.profile?.roles
    expect(await roles(ada.username, ada.password)).toEqual(['editor', 'reader'])
    expect(await roles('grace', 'a moth in the relay')).toEqual(['reader'])
  })

  it('leave roles alone where none are named', async () => {
    const { roles: _, ...settings } = searching(directory)
    const evidence = await logIn(settings, ada.username, ada.password)
    expect(evidence?.profile).not.toHaveProperty('roles')
    expect(evidence?.claims['groups']).toEqual(['Editors', 'Everybody'])
  })
})

it('refuses a name that two people have', async () => {
  expect(await logIn(searching(directory), 'twin', 'the first of two twins')).toBeUndefined()
})

it('keeps out whom the filter leaves out', async () => {
  const settings = { ...searching(directory), filter: '(!(uid=ada))' }
  expect(await logIn(settings, ada.username, ada.password)).toBeUndefined()
  expect(await logIn(settings, 'grace', 'a moth in the relay')).toBeDefined()
})

describe('D4: an outage is never a wrong password', () => {
  it.each<[string, (d: Directory) => Partial<LdapSettings>]>([
    ['nobody listens', () => ({ url: 'ldaps://localhost:1' })],
    ['the certificate is of an unknown authority', () => ({ ca: undefined })],
    ['the certificate is for another name', ({ secureUrl }) => ({ url: secureUrl.replace('localhost', '127.0.0.1') })],
    ['the service account is refused', () => ({ service: { ...service, password: 'old' } })],
    ['people are not where they were said to be', () => ({ base: 'ou=nowhere,dc=example,dc=org' })],
    ['the subject can not be read', () => ({ subjectAttribute: 'employeeNumber' })],
  ])('%s', async (_, change) => {
    const settings = { ...searching(directory), ...change(directory) }
    await expect(logIn(settings, ada.username, ada.password)).rejects.toMatchObject({
      code: 'unavailable',
      status: 503,
    })
  })

  it('the directory hangs', async () => {
    await freeze(directory.pid)
    try {
      const started = Date.now()
      const settings = { ...searching(directory), timeoutMs: 300 }
      await expect(logIn(settings, ada.username, ada.password)).rejects.toMatchObject({ code: 'unavailable' })
      expect(Date.now() - started).toBeLessThan(1500)
    } finally {
      process.kill(directory.pid, 'SIGCONT')
    }
  })
})

describe('connections', () => {
  let relay: TcpServer
  const open = new Set<Socket>()
  let url = ''

  beforeAll(async () => {
    const { port } = new URL(directory.secureUrl)
    relay = createServer((socket) => {
      open.add(socket)
      socket.on('close', () => open.delete(socket)).on('error', () => {})
      const to = connect(Number(port), 'localhost').on('error', () => {})
      socket.pipe(to).pipe(socket)
    }).listen(0, 'localhost')
    await once(relay, 'listening')
    url = `ldaps://localhost:${(relay.address() as AddressInfo).port}`
  })
  afterAll(() => relay.close())

  it('are closed after a log-in, a refusal and a failure', async () => {
    const settings = { ...searching(directory), url }
    await logIn(settings, ada.username, ada.password)
    await logIn(settings, ada.username, 'not the right one at all')
    await logIn({ ...settings, subjectAttribute: 'employeeNumber' }, ada.username, ada.password).catch(() => {})
    await expect.poll(() => open.size).toBe(0)
  })

  it('are closed when the client leaves', async () => {
    await freeze(directory.pid)
    try {
      const controller = new AbortController()
      const asked = logIn({ ...searching(directory), url }, ada.username, ada.password, controller.signal)
      const outcome = asked.catch((error: unknown) => error)
      await expect.poll(() => open.size).toBe(1)
      controller.abort()
      expect(await outcome).toMatchObject({ code: 'unavailable' })
      await expect.poll(() => open.size).toBe(0)
    } finally {
      process.kill(directory.pid, 'SIGCONT')
    }
  })
})

describe('check', () => {
  const names = async (change: Partial<LdapSettings> = {}) =>
    (await ldap({ ...searching(directory), ...change }).check(context)).map(({ name, ok }) => `${name}: ${ok}`)

  it('goes through what a log-in needs', async () => {
    expect(await names()).toEqual(['service: true', 'base: true', 'subject: true'])
    expect((await ldap(binding(directory)).check(context)).map(({ ok }) => ok)).toEqual([true])
  })

  it('stops at what is wrong, and says what to do', async () => {
    expect(await names({ service: { ...service, password: 'old' } })).toEqual(['service: false'])
    expect(await names({ base: 'ou=nowhere,dc=example,dc=org' })).toEqual(['service: true', 'base: false'])
    expect(await names({ subjectAttribute: 'employeeNumber' })).toEqual([
      'service: true',
      'base: true',
      'subject: false',
    ])
    expect(await names({ url: 'ldaps://localhost:1' })).toEqual(['service: false'])
  })
})

describe('settings that are refused, with their mend', () => {
  it.each<[Partial<LdapSettings>, string]>([
    [{ url: 'https://directory' }, 'give an address such as'],
    [{ url: 'ldap://directory.example.org' }, 'use ldaps://, or set `startTls`'],
    [{ url: 'ldap://directory.example.org', plainOnLocalhost: true }, 'would send passwords in the clear'],
    [{ startTls: true }, 'is for ldap:// only'],
    [{ base: '' }, 'say where people are'],
    [{ service: { dn: 'cn=x', password: '' } }, 'would be an anonymous bind'],
    [{ groups: undefined }, 'has no groups to go by'],
  ])('%o', (change, mend) => {
    expect(() => ldap({ ...searching(directory), ...change })).toThrow(mend)
  })
})
