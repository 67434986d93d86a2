import { describe, expect, test, vi } from 'vitest'
import { openReader, type Reader } from '../../packages/ui/test/reader.ts'
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
