import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, test, vi } from 'vitest'
import { openReader, type Reader } from '../../packages/ui/test/reader.ts'
import { serverUrl } from '../../scripts/servers/server-url.ts'
import { send } from './client.ts'
import { startExample, type Variables } from './start-example.ts'

const password = 'a sentence that nobody has used'

interface Letter {
  readonly to: string
  readonly subject: string
  readonly text: string
}

async function lettersOf(url: string): Promise<readonly Letter[]> {
  return (await send(url, 'GET', '/page/outbox.json')).json.items as unknown as readonly Letter[]
}

/** The path of the link in the newest letter to somebody. */
function linkTo(url: string, to: string, subject: RegExp): Promise<string> {
  return vi.waitFor(async () => {
    const letter = (await lettersOf(url)).find((one) => one.to === to && subject.test(one.subject))
    const [link = expect.fail('There is no link yet.')] = /^http\S+$/m.exec(letter?.text ?? '') ?? []
    expect(link.startsWith(url)).toBe(true)
    return link.slice(url.length)
  })
}

async function register(url: string, reader: Reader): Promise<void> {
  await reader.go('/account/register')
  await reader.press('Create an account', { email: 'new@example.com' })
  await reader.go(await linkTo(url, 'new@example.com', /Confirm your address/))
  await reader.press('Save password', { password })
  await reader.press('Log in', { username: 'new@example.com', password })
  await reader.go('/account')
  expect(reader.text).toContain('Hello, new@example.com')
}

describe('the links of the demo are in the outbox, and lead on', { timeout: 30_000 }, () => {
  test.each(['koa', 'hono', 'fetch'])('on %s', async (name) => {
    await using demo = await startExample(name, { USERS: '' })
    await register(demo.url, openReader(demo.url))
  })

  test('on express: a registration, a new address, a forgotten password', async () => {
    await using demo = await startExample('express', { USERS: '' })
    const reader = openReader(demo.url)
    await register(demo.url, reader)
    await reader.go('/account/email')
    await reader.press('Send link', { email: 'newer@example.com' })
    await reader.go(await linkTo(demo.url, 'newer@example.com', /new address/))
    await reader.press('Use the new address')
    expect(reader.text).toContain('newer@example.com')

    await reader.press('Log out')
    await reader.follow('Forgot your password?')
    await reader.press('Send link', { username: 'newer@example.com' })
    await reader.go(await linkTo(demo.url, 'newer@example.com', /A new password/))
    await reader.press('Save password', { password: `${password} before` })
    expect(reader.text).toContain('Your password is saved.')
  })
})

describe('a page of another name that leads here (DNS rebinding)', () => {
  /** The answer to a request by a name. */
  async function by(url: string, host: string, path: string): Promise<number> {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
    return Number(/^HTTP\/1\.1 (\d+)/.exec(await text(socket))?.[1])
  }

  test.each(['express', 'hono'])(
    'reads no outbox of the demo on %s; what programs call answers by any name',
    async (name) => {
      await using demo = await startExample(name, { USERS: '' })
      const { port } = new URL(demo.url)
      for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`, `LOCALHOST:${port}`]) {
        expect([host, await by(demo.url, host, '/page/outbox.json')]).toEqual([host, 200])
      }
      for (const host of [`evil.example:${port}`, 'localhost:1', 'localhost', `localhost.evil.example:${port}`, '']) {
        for (const path of ['/page/outbox.json', '/page/%6futbox.json', '/auth/../page/outbox.json', '/account', '/']) {
          expect([host, path, await by(demo.url, host, path)]).toEqual([host, path, 421])
        }
      }
      expect(await by(demo.url, 'x', '/public')).toBe(200)
      expect(await by(demo.url, 'x', '/auth/session')).toBe(200)
    },
  )
})

const redis = await serverUrl('redis')

test.skipIf(!redis)('ASVS 6.3.2: no demo users are made in a database server, unless that is asked for', async () => {
  const STORAGE = `${redis}/11`
  const ada = { username: 'ada', password: 'a brass engine counts' }
  const statusOf = async (variables: Variables) => {
    await using example = await startExample('express', { USERS: '', STORAGE, ...variables })
    return (await send(example.url, 'POST', '/auth/login', { body: ada })).status
  }
  expect([await statusOf({}), await statusOf({ DEMO: '1' })]).toEqual([401, 200])
})

describe('nobody else has an outbox', () => {
  const users = JSON.stringify([{ username: 'ada', password: 'pw' }])
  const cases: readonly (readonly [string, Variables])[] = [
    ['users of one’s own', { USERS: users }],
    ['production', { USERS: '', NODE_ENV: 'production', STORAGE: 'sqlite:x.sqlite' }],
    ['an address of the outside', { USERS: '', ORIGIN: 'https://demo.example.com' }],
    ['a mail server', { USERS: '', MAIL: 'smtp://localhost:2525' }],
  ]
  test.each(cases)('%s', async (_, variables) => {
    await using example = await startExample('express', variables)
    expect((await send(example.url, 'GET', '/page/outbox.json')).status).toBe(404)
    expect((await send(example.url, 'GET', '/page/demo.json')).json).toMatchObject({ hasOutbox: false })
  })
})
