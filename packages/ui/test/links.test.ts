import { argon2Hasher, createAuth } from '@sallyport/core'
import { totp } from '@sallyport/core/totp'
import { memoryStorage } from '@sallyport/storage-memory'
import { beforeEach, expect, test } from 'vitest'
import { ask, cookieFor } from './asking.ts'
import { house, type House, password } from './house.ts'

let home: House
let id: string

beforeEach(async () => {
  home = house('https://app.example.com')
  id = (await home.auth.users.create({ username: 'bob', password, email: 'bob@example.com' })).id
})

const gone = 'This link can’t be used any more'
const another = (to: string) => `href="/account/${to}">Get another link</a>`

test('a link that is used up is called a link, and another one is to be had', async () => {
  await home.auth.emails.sendVerification(id)
  await expect.poll(() => home.lastLink('email-verification')).toBeDefined()
  const link = new URLSearchParams(home.lastLink('email-verification')?.split('?')[1]).get('link') ?? ''
  expect((await ask(home, '/account/verify-email', undefined, { link })).to).toContain('done=email_verified')
  const cookie = await cookieFor(home, 'bob', password)
  for (const [path, used, to] of [
    ['/verify-email', link, 'email'],
    ['/change-email', link, 'email'],
    ['/choose-password', 'x', 'forgot-password'],
  ] as const) {
    const answer = await ask(home, `/account${path}`, cookie, { link: used, password })
    expect([path, answer.status]).toEqual([path, 401])
    expect(answer.markup).toContain(gone)
    expect(answer.markup).toContain(another(to))
    expect(answer.markup).not.toMatch(/The code/)
  }
})

test.each(['/verify-email', '/change-email', '/choose-password'])(
  '%s without its link says that it is cut off',
  async (path) => {
    const cookie = await cookieFor(home, 'bob', password)
    for (const fields of [undefined, { password }]) {
      const { status, markup } = await ask(home, `/account${path}`, cookie, fields)
      expect([status, markup]).toEqual([fields ? 400 : 410, expect.stringContaining('This link is not complete')])
      expect(markup).toContain('Get another link')
      expect(markup).not.toContain('<form method="post" action="/account/choose')
    }
  },
)

test.each([true, false])('who has no ticket has one sent (%s), or is told whom to ask for one', async (isSent) => {
  const auth = createAuth({
    origin: 'https://app.example.com',
    secret: 'a secret that is long enough and 0123456789 for tests',
    storage: memoryStorage(),
    factors: [totp()],
    mfa: 'required',
    ...(isSent && { deliver: () => {} }),
    permissions: () => [],
    password: { hasher: argon2Hasher({ memoryCost: 8, timeCost: 1, parallelism: 1 }) },
  })
  await auth.users.create({ username: 'eve', password })
  const { markup } = await ask({ auth }, '/account/unlock', await cookieFor({ auth }, 'eve', password))
  expect(markup.includes('ask an administrator for one')).toBe(!isSent)
  expect(markup.includes('Send me a ticket by e-mail')).toBe(isSent)
})

test('a ticket that is no good is called a ticket', async () => {
  const strict = house('https://app.example.com', { mfa: 'required' })
  await strict.auth.users.create({ username: 'eve', password })
  const cookie = await cookieFor(strict, 'eve', password)
  const { status, markup } = await ask(strict, '/account/unlock/ticket', cookie, { ticket: 'sp_e_x' })
  expect([status, markup]).toEqual([expect.any(Number), expect.stringContaining('This ticket is wrong')])
  expect(markup).not.toMatch(/The code/)
})

test('a page for a password says whose it is, to password managers too; a first one puts an end to nothing', async () => {
  const { link: invitation } = await home.auth.account.offerPassword(
    (await home.auth.users.create({ username: 'invited' })).id,
  )
  await home.auth.account.register({ email: 'new@example.com' })
  await expect.poll(() => home.lastLink('registration')).toBeDefined()
  const { link: forgotten } = await home.auth.account.offerPassword(id)
  for (const [address, username, isFirst] of [
    [invitation.reveal(), 'invited', true],
    [home.lastLink('registration') ?? '', 'new@example.com', true],
    [forgotten.reveal(), 'bob', false],
  ] as const) {
    const { markup } = await ask(home, address.replace(home.auth.features.origin, ''))
    expect(markup).toMatch(new RegExp(`name="username" value="${username}" autocomplete="username"`))
    const seen = [/logged out everywhere else/, /name="revokeApiTokens"/].map((text) => text.test(markup))
    expect([username, ...seen]).toEqual([username, !isFirst, !isFirst])
  }
})
